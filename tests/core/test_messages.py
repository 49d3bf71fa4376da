"""No screen speaks English to a Russian receptionist, and no translation loses a placeholder."""

import polib
import pytest

from tools import messages


def test_every_string_is_translated_into_russian_and_the_portal_into_romanian():
    assert messages.check() == []


def test_a_string_inside_a_component_attribute_is_found(tmp_path, monkeypatch):
    page = tmp_path / "page.html"
    page.write_text(
        "<c-card title=\"{% translate 'Family and friends' %}\">{{ x|default:_('Nobody') }}</c-card>", "utf8"
    )
    assert [single for _context, single, _plural in messages.strings_of(page)] == ["Family and friends", "Nobody"]


def test_a_plural_in_a_template_keeps_both_forms(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("{% blocktranslate count n=n %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}", "utf8")
    assert list(messages.strings_of(page)) == [("", "%(n)s row", "%(n)s rows")]


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("core/listing.py", "shell"),
        ("templates/base.html", "shell"),
        ("templates/cotton/note.html", "shell"),
        ("templates/account/login.html", "shell"),
        ("templates/patients/card.html", "patients"),
        ("patients/models.py", "patients"),
    ],
)
def test_a_string_belongs_to_the_app_in_whose_folder_it_stands(path, owner):
    assert messages.owner_of(messages.ROOT / path) == owner


def test_a_lost_placeholder_is_a_fault():
    entry = polib.POEntry(msgid="%(n)s rows of %(total)s", msgstr="строк: %(n)s")
    assert list(messages.faults(entry)) == ["placeholders differ: ['%(total)s']"]


def test_what_another_catalogue_knows_fills_a_new_string():
    known = {("*", "Save"): polib.POEntry(msgid="Save", msgstr="Сохранить")}
    assert messages.translated(("button", "Save"), "", known, 3) == {"msgstr": "Сохранить"}


def test_a_plural_is_not_filled_by_a_string_without_forms():
    known = {("*", "%(n)s row"): polib.POEntry(msgid="%(n)s row", msgstr="строка")}
    assert messages.translated(("", "%(n)s row"), "%(n)s rows", known, 3) == {"msgstr_plural": {0: "", 1: "", 2: ""}}

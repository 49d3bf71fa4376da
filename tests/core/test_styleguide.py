"""The style guide shows every component, and the tags write figures and dates as each language does."""

import re
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import translation

from core import styleguide
from core.context import active_key, js_strings, shell
from core.templatetags import ui
from tests.probe import look
from tools.messages import ROOT

pytestmark = pytest.mark.django_db  # the sign of the currency is a setting

NBSP = "\u00a0"


@pytest.fixture
def html(rf, monkeypatch):
    """The page as a stranger's request gives it: no navigation, no database."""
    request = rf.get("/styleguide/")
    return styleguide.styleguide(request).content.decode()


def test_every_component_stands_on_the_style_guide():
    sources = (ROOT / "templates/styleguide.html").read_text("utf8") + "".join(
        path.read_text("utf8") for path in (ROOT / "templates/parts").glob("*.html")
    )
    components = {
        path.relative_to(ROOT / "templates/cotton").with_suffix("")
        for path in (ROOT / "templates/cotton").rglob("*.html")
    }
    names = {".".join(part for part in path.parts if part != "index").replace("_", "-") for path in components}
    assert {name for name in names if f"<c-{name}" not in sources} == set()


def test_the_style_guide_is_drawn_whole(html):
    assert "{%" not in html and "{{" not in html and "<c-" not in html


def test_nothing_on_it_would_break_the_policy(html):
    assert re.findall(r"\s(?:style|on\w+)=", html) == []
    assert re.findall(r"<script(?![^>]*src=)(?![^>]*application/json)[^>]*>", html) == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_no_template_has_inline_style_or_script(path):
    text = path.read_text("utf8")
    assert re.findall(r"""\s(?:style|onclick|onchange|onload|onsubmit|oninput)=["']""", text) == []
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style", text) == []


@pytest.mark.parametrize(
    ("language", "value", "written"),
    [
        ("ru", Decimal("12400.50"), f"12{NBSP}400,50{NBSP}₽"),
        ("en", Decimal("12400.50"), f"12,400.50{NBSP}₽"),
        ("ro", Decimal("12400.50"), f"12.400,50{NBSP}₽"),
        ("ru", Decimal("-12400"), f"\u221212{NBSP}400{NBSP}₽"),
        ("ru", Decimal("0.00"), f"0{NBSP}₽"),
        ("ru", Decimal("-0.004"), f"0,00{NBSP}₽"),
        ("ru", None, f"0{NBSP}₽"),
    ],
)
def test_money_is_written_as_the_language_writes_it(language, value, written):
    with translation.override(language):
        assert ui.money(value) == written


@pytest.mark.parametrize(
    ("language", "long", "short"),
    [
        ("ru", "23 ноября 2026", "23.11.2026"),
        ("en", "23 November 2026", "23 Nov 2026"),
        ("ro", "23 noiembrie 2026", "23.11.2026"),
    ],
)
def test_dates_are_written_as_the_language_writes_them(language, long, short):
    with translation.override(language):
        assert ui.day(date(2026, 11, 23)).replace(NBSP, " ").lower() == long.lower()
        assert ui.day_short(date(2026, 11, 23)).replace(NBSP, " ") == short


@pytest.mark.parametrize(
    ("years", "words"), [(1, "1 год"), (2, "2 года"), (5, "5 лет"), (11, "11 лет"), (21, "21 год")]
)
def test_years_agree_with_their_number_in_russian(years, words):
    with translation.override("ru"):
        assert ui.age(years).replace(NBSP, " ") == words


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        ("+79162041783", "+7 916 204-17-83"),
        ("89162041783", "+7 916 204-17-83"),
        ("+37369123456", "+373 69 123-456"),
        ("112", "112"),
    ],
)
def test_a_phone_is_written_in_groups(raw, written):
    assert ui.phone(raw).replace(NBSP, " ") == written


def test_a_cell_escapes_what_people_typed():
    column = SimpleNamespace(name="x", kind="text")
    assert ui.cell_html(column, "<script>") == "&lt;script&gt;"
    assert "<b>" not in ui.cell_html(
        SimpleNamespace(name="x", kind="person"), {"name": "<b>", "marks": [("<i>", "red")]}
    )


def test_an_unknown_kind_of_cell_is_text():
    assert ui.cell_html(SimpleNamespace(name="x", kind="nonesuch"), "a & b") == "a &amp; b"


def test_a_field_with_an_error_points_at_it():
    class Form(forms.Form):
        name = forms.CharField(label="Name", help_text="As in the passport")

    written = Template('{% include "parts/field.html" with field=form.name %}').render(
        Context({"form": Form({"name": ""})})
    )
    assert (
        'aria-invalid="true"' in written
        and 'aria-describedby="id_name-error"' in written
        and 'id="id_name-error"' in written
    )


def test_no_field_of_a_form_is_lost_when_groups_forget_it():
    class Form(forms.Form):
        fieldsets = [("One", ["a"])]
        a = forms.CharField()
        b = forms.CharField()

    assert [[field.name for field in group["fields"]] for group in ui.fieldsets(Form())] == [["a"], ["b"]]


def test_the_section_is_the_longest_beginning_of_the_address():
    items = [
        {"key": "home", "url": "/"},
        {"key": "patients", "url": "/patients/"},
        {"key": "families", "url": "/patients/families/"},
    ]
    assert active_key("/patients/families/3/", items) == "families"
    assert active_key("/patients/7/", items) == "patients"
    assert active_key("/", items) == "home"
    assert active_key("/elsewhere/", items) == ""


def test_the_shell_never_fails_for_a_stranger():
    context = shell(RequestFactory().get("/"))
    assert context["nav"] == [] and context["user_name"] == ""


def test_scripts_ask_only_for_words_that_they_are_given():
    words = set(js_strings())
    asked = set()
    for script in (ROOT / "static/js").glob("*.js"):
        asked |= set(re.findall(r"""\bt\(["'](\w+)["']\)""", script.read_text("utf8")))
    assert asked - words == set()


def session_of(user, url):
    client = Client()
    client.force_login(user)
    return [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}]


def test_every_component_is_legible_and_nothing_sticks_out(browser, web, director):
    assert look(browser, web, {"styleguide": "/styleguide/"}, cookies=session_of(director, web)) == []


def test_the_pages_of_signing_in_are_legible_and_nothing_sticks_out(browser, web, director):
    assert look(browser, web, {"sign-in": "/accounts/login/", "new-password": "/accounts/password/reset/"}) == []


def test_ones_own_protection_is_legible_and_nothing_sticks_out(browser, web, director):
    pages = {"second": "/accounts/2fa/", "sessions": "/accounts/sessions/", "password": "/accounts/password/change/"}
    assert (
        look(browser, web, pages, cookies=session_of(director, web), combos=("desktop-light-ru", "mobile-dark-en"))
        == []
    )


def test_a_key_opens_the_palette_and_escape_closes_it(page, web, director, sign_in):
    sign_in(page, director, web)
    page.goto(f"{web}/styleguide/")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("#palette:not([open])", state="attached")
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open]")
    assert page.errors == []

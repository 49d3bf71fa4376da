"""Templates: what is pasted is cleaned, places are checked, an edit is a new edition (DOC-01, DOC-02)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents import rules
from documents.errors import TemplateNameTaken, UnknownPlace
from documents.models import Template, TemplateVersion
from documents.reference import STARTERS
from documents.reference import load as load_starters
from documents.selectors import places_known
from documents.services.templates import template_save, template_trash

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{margin:0}</style></head><body>
<!--[if gte mso 9]><xml><o:OfficeDocumentSettings/></xml><![endif]-->
<p class="MsoNormal" style='text-align:center;mso-margin-top-alt:auto'><b><span lang="RU">ДОГОВОР<o:p></o:p></span></b></p>
<p class=MsoNormal onclick="alert(1)">Пациент <span style="color:red">{{fio}}</span><script>alert(2)</script>
<img src=x onerror=alert(3)><a href="javascript:alert(4)">ссылка</a></p><p class=MsoNormal>&nbsp;</p>
<table border=1><tr><td colspan=2 style="width:10cm">ячейка</td></tr></table></body></html>"""


@pytest.mark.feature("DOC-01")
def test_what_is_pasted_from_word_keeps_words_and_loses_everything_else():
    text = rules.cleaned(WORD)
    assert '<p align="center"><b>ДОГОВОР</b></p>' in text
    assert '<td colspan="2">ячейка</td>' in text
    assert "ссылка" in text
    for foreign in ("script", "alert", "onclick", "onerror", "javascript", "style", "Mso", "o:p", "<a", "<img", "xml"):
        assert foreign not in text, foreign
    assert rules.cleaned(text) == text


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<b>",
                "</b>",
                "<table>",
                "<td",
                ">",
                "<script>",
                "</script>",
                "&lt;img onerror=1&gt;",
                "{{fio}}",
                "x",
                '<p align="right" onclick=1>',
                "<!--",
                "-->",
                "<svg/onload=1>",
                "<br/>",
                "\"'",
                "</td>",
                "<![if x]>",
            ]
        ),
        max_size=14,
    ).map("".join)
)
def test_whatever_is_pasted_comes_out_balanced_and_harmless(html):
    text = rules.cleaned(html)
    assert rules.cleaned(text) == text
    tags = [tag for tag in rules.re.findall(r"</?([a-z0-9]+)[^>]*>", text)]
    assert set(tags) <= rules.TAGS
    stack = []
    for closing, name in rules.re.findall(r"<(/?)([a-z0-9]+)[^>]*>", text):
        if name in rules.VOID:
            continue
        assert not closing or stack.pop() == name
        if not closing:
            stack.append(name)
    assert stack == []


def test_a_value_brings_in_neither_markup_nor_a_place():
    text, blanks = rules.filled("<p>{{ fio }} {{inn}}</p>", {"fio": "<b>{{inn}}</b>", "inn": ""})
    assert text.startswith("<p>&lt;b&gt;&#123;&#123;inn&#125;&#125;&lt;/b&gt; ")
    assert blanks == ["inn"]


@pytest.mark.django_db
@pytest.mark.feature("DOC-02")
def test_an_unknown_place_is_refused_beside_the_text_with_the_nearest_one(client, director):
    client.force_login(director)
    given = {"name": "Договор А", "kind": "contract", "language": "ru", "consent": "", "body": "<p>{{fioo}} и {{x</p>"}
    answer = client.post("/document-templates/new/", given)
    assert answer.status_code == 422
    assert not Template.objects.filter(name="Договор А").exists()
    errors = " ".join(answer.context["form"].errors["body"])
    assert "fioo" in errors and "fio" in errors
    assert "{{fioo}}" in answer.content.decode()  # what was typed stays
    for power in ("{% load x %}", "{{fio.__class__}}", "{{fio|safe}}", "{{ 7*7 }}"):
        with pytest.raises(UnknownPlace):
            template_save(name="Б", kind="memo", language="ru", body=f"<p>{power}</p>", actor=director)


@pytest.mark.django_db
def test_another_text_is_another_edition_and_the_same_text_is_not(director):
    row = template_save(name="Памятка А", kind="memo", language="ru", body="<p>Раз</p>", actor=director)
    same = template_save(
        template_id=row.pk,
        name="Памятка Б",
        kind="memo",
        language="ru",
        body="<p>Раз</p>",
        actor=director,
        expected_version=1,
    )
    assert (same.number, same.version) == (1, 2)
    other = template_save(
        template_id=row.pk, name="Памятка Б", kind="memo", language="ru", body="<p>Два</p>", actor=director
    )
    assert other.number == 2
    assert list(TemplateVersion.objects.filter(template=row).values_list("number", "body")) == [
        (2, "<p>Два</p>"),
        (1, "<p>Раз</p>"),
    ]
    with pytest.raises(TemplateNameTaken):
        template_save(name="Памятка Б", kind="memo", language="ru", body="<p>Раз</p>", actor=director)
    template_trash(template_id=row.pk, actor=director)
    assert template_save(name="Памятка Б", kind="memo", language="ru", body="<p>Раз</p>", actor=director).number == 1


@pytest.mark.django_db
def test_somebody_elses_edit_is_not_written_over(client, director):
    row = template_save(name="Памятка А", kind="memo", language="ru", body="<p>Раз</p>", actor=director)
    client.force_login(director)
    given = {"name": "Памятка В", "kind": "memo", "language": "ru", "consent": "", "body": "<p>Три</p>", "version": "1"}
    template_save(template_id=row.pk, name="Памятка Б", kind="memo", language="ru", body="<p>Два</p>", actor=director)
    assert client.post(f"/document-templates/{row.pk}/", given).status_code == 412
    row.refresh_from_db()
    assert row.body == "<p>Два</p>"


@pytest.mark.django_db
@pytest.mark.feature("DOC-04", "DOC-08")
def test_a_new_clinic_has_templates_whose_every_place_is_known():
    load_starters()
    rows = Template.objects.all()
    assert {row.name for row in rows} >= {name for _file, _kind, name in STARTERS}
    known = places_known()
    assert [
        (row.name, rules.unknown_places(row.body, known)) for row in rows if rules.unknown_places(row.body, known)
    ] == []
    assert {row.kind for row in rows} >= {
        "contract",
        "personal_data",
        "intervention",
        "marketing",
        "informed",
        "act",
        "barter",
    }
    count = Template.objects.count()
    load_starters()
    assert Template.objects.count() == count


@pytest.mark.django_db
def test_the_editor_offers_places_and_tries_a_text_on_a_patient(client, director, anna):
    client.force_login(director)
    page = client.get("/document-templates/new/").content.decode()
    assert 'data-place="fio"' in page and 'data-place="plan_table"' in page and 'data-mount="editor"' in page
    asked = {"body": "<p>Пациент {{fio}}, {{snils}}</p>", "kind": "memo", "language": "ru", "preview_patient": anna.pk}
    text = client.post("/document-templates/preview/", asked).content.decode()
    assert anna.full_name in text and 'class="blank"' in text
    text = client.post("/document-templates/preview/", {**asked, "body": "<p>{{nope}}</p>"}).content.decode()
    assert "nope" in text and anna.full_name not in text

"""Signing by link: a secret that works once, for a time, until it is taken back (DOC-13)."""

from base64 import b64encode
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.test import Client
from PIL import Image, ImageDraw

from core import clock
from core.models import Attempt, AuditEntry
from documents.models import Document, Signature, SignLink
from documents.selectors import copy_of
from documents.services.signing import HEAD, drawn_plain, link_give, link_revoke
from patients.models import Consent
from patients.reference import load as load_patients
from tests.documents.test_papers import paper, template
from tests.documents.test_printing import body_of, text_of

pytestmark = pytest.mark.django_db


def drawing(*, ink=True):
    picture = Image.new("RGBA", (600, 200), (0, 0, 0, 0))
    if ink:
        ImageDraw.Draw(picture).line([(50, 150), (200, 40), (330, 160), (520, 60)], fill=(11, 31, 77, 255), width=5)
    body = BytesIO()
    picture.save(body, "PNG")
    return HEAD + b64encode(body.getvalue()).decode()


def typed(**more):
    return {"name": "Ёлкина Анна Петровна", "initials": "ЁАП", "has_read": "on", "drawing": drawing(), **more}


@pytest.fixture
def made(anna, director):
    load_patients()
    body = "<h1>Договор № {{number}}</h1><p>{{fio}}</p><p>Прочитано {{initials}}</p><p>{{signature}}</p>"
    return paper(anna, director, template(director, body=body))


@pytest.mark.feature("DOC-13", "PAT-46")
def test_a_paper_is_signed_on_a_phone_and_the_signed_copy_stands_beside_the_first(client, anna, reception, made):
    client.force_login(reception)
    page = client.post(f"/patients/{anna.pk}/papers/{made.pk}/link/", follow=True)
    url = page.context["link_url"]
    assert url and url not in client.get(f"/patients/{anna.pk}/papers/").content.decode()  # shown only once
    phone, first = Client(REMOTE_ADDR="203.0.113.7", headers={"user-agent": "Tablet 7"}), copy_of(made)
    shown = phone.get(url).content.decode()
    assert "Договор № 1" in shown and "sign.js" in shown and SignLink.objects.get().opened_at
    assert phone.get(f"{url}paper.pdf").status_code == 200
    assert phone.post(url, typed()).status_code == 302
    row = Signature.objects.get()
    assert (row.signer_name, row.initials, row.address, row.device) == (
        "Ёлкина Анна Петровна", "ЁАП", "203.0.113.7", "Tablet 7",
    )  # fmt: skip
    assert row.sha256 == first.file.sha256 != row.document.file.sha256
    assert Document.objects.filter(subject_id=made.pk, subject_kind="documents.paper").count() == 2
    text = text_of(row.document.file.content.open("rb").read())
    for piece in ("Ёлкина Анна Петровна", "ЁАП", "203.0.113.7", first.file.sha256[:20]):
        assert piece in text, text
    consent = Consent.objects.get(patient=anna)
    assert (consent.kind.code, consent.channel, consent.document_id) == ("contract", "tablet", row.document_id)
    assert AuditEntry.objects.filter(code="documents.paper.signed", patient_id=anna.pk, address="203.0.113.7").exists()
    body = body_of(client.get(f"/patients/{anna.pk}/papers/{made.pk}/paper.pdf"))
    assert body == row.document.file.content.open("rb").read()
    assert "Документ подписан" in phone.get(url).content.decode()
    assert body_of(phone.get(f"{url}paper.pdf")) == body


def test_a_second_press_and_a_second_device_sign_nothing_more(client, made, director):
    url = f"/sign/{link_give(paper_id=made.pk, actor=director)}/"
    assert client.post(url, typed()).status_code == 302
    assert client.post(url, typed(name="Другой Человек")).status_code == 200  # says that it is signed
    assert Signature.objects.get().signer_name == "Ёлкина Анна Петровна"
    with time_machine.travel(clock.now() + timedelta(days=2)):
        assert client.get(url).status_code == 410
        assert client.get(f"{url}paper.pdf").status_code == 410


@pytest.mark.parametrize(
    "given", [{"name": " "}, {"initials": ""}, {"has_read": ""}, {"drawing": ""}, {"drawing": drawing(ink=False)},
              {"drawing": "data:image/png;base64,%%%"}, {"drawing": HEAD + "AAAA"}, {"drawing": "data:text/html,x"}],
)  # fmt: skip
def test_what_is_missing_is_said_beside_its_field_and_nothing_is_signed(client, made, director, given):
    url = f"/sign/{link_give(paper_id=made.pk, actor=director)}/"
    answer = client.post(url, typed(**given))
    assert answer.status_code == 422
    assert next(iter(given)) in answer.context["form"].errors
    assert not Signature.objects.exists() and not Consent.objects.exists()


def test_a_link_that_is_old_taken_back_replaced_or_wrong_opens_nothing(client, made, director):
    first = f"/sign/{link_give(paper_id=made.pk, actor=director)}/"
    second = f"/sign/{link_give(paper_id=made.pk, actor=director)}/"
    answer = client.get(first)
    assert (answer.status_code, "отозвана" in answer.content.decode()) == (410, True)
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        answer = client.post(second, typed())
        assert (answer.status_code, "истёк" in answer.content.decode()) == (410, True)
    assert client.get(second).status_code == 200
    link_revoke(paper_id=made.pk, actor=director)
    assert client.post(second, typed()).status_code == 410
    assert not Signature.objects.exists()
    assert client.get("/sign/1-" + "0" * 32 + "/").status_code == 404
    assert client.get("/sign/zzz/").status_code == 404
    assert Attempt.objects.filter(purpose="documents.sign_guess").count() == 2


def test_a_text_that_has_changed_since_is_not_signed(client, made, director):
    url = f"/sign/{link_give(paper_id=made.pk, actor=director)}/"
    template(director, template_id=made.template.template_id, body="<p>Новый {{fio}}</p>", is_renewed=True)
    assert client.post(url, typed()).status_code == 410
    assert not Signature.objects.exists()


def test_a_drawing_is_cut_to_its_ink_and_carries_nothing_else():
    body = drawn_plain(drawing())
    with Image.open(BytesIO(body)) as picture:
        assert picture.format == "PNG" and picture.mode == "L" and picture.width < 520 and picture.info == {}

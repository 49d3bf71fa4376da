"""Papers of patients: made once, kept with a hash, read by those who may read their words (DOC-03, DOC-15, PAT-16)."""

import hashlib

import pytest
from django.db import ProgrammingError, transaction

from core.models import AuditEntry
from documents.errors import PaperSignedAlready, TextChanged
from documents.models import Document, Paper, Signature
from documents.selectors import copy_of, papers_of
from documents.services.papers import paper_make, paper_sign_by_hand
from documents.services.templates import template_save
from patients.models import Consent, ConsentKind, Identity
from patients.papers import signer_of, subject_for
from patients.reference import load as load_patients
from patients.services import representative_add
from tests.cast import person_with
from tests.documents.test_printing import body_of, text_of

pytestmark = pytest.mark.django_db
TEXT = "<h1>Договор № {{contract_number}}</h1><p>{{fio}}, {{passport}}, {{company_inn}}</p><p>{{signature}}</p>"


def template(actor, **more):
    given = {"name": "Договор А", "kind": "contract", "language": "ru", "body": TEXT, "consent": "contract", **more}
    return template_save(actor=actor, **given)


def paper(anna, actor, row):
    subject = subject_for(anna, actor)
    return paper_make(template_id=row.pk, subject=subject, signer_name=signer_of(subject), actor=actor)


@pytest.mark.feature("PAT-16", "DOC-02", "DOC-03", "DOC-15")
def test_a_paper_is_chosen_looked_at_made_and_printed(client, anna, reception, director):
    row = template(director)
    Identity.objects.update_or_create(patient=anna, defaults={"passport_series": "4510", "passport_number": "123456"})
    client.force_login(reception)
    assert row.name in client.get(f"/patients/{anna.pk}/").content.decode()
    page = client.get(f"/patients/{anna.pk}/papers/new/?template={row.pk}").content.decode()
    assert "4510 123456" in page and "7707083893" in page
    assert Paper.objects.count() == 0
    client.post(f"/patients/{anna.pk}/papers/new/", {"template": row.pk})
    made = Paper.objects.get()
    assert (made.number, made.title) == (1, "Договор А № 1")
    pdf = body_of(client.get(f"/patients/{anna.pk}/papers/{made.pk}/paper.pdf"))
    text = text_of(pdf)
    assert "Договор № 1" in text and anna.full_name in text and "4510 123456" in text
    file = Document.objects.get(subject_kind="documents.paper", subject_id=made.pk).file
    assert file.sha256 == hashlib.sha256(pdf).hexdigest()
    assert file.sha256[:16] in client.get(f"/patients/{anna.pk}/papers/").content.decode()
    codes = set(AuditEntry.objects.filter(patient_id=anna.pk).values_list("code", flat=True))
    assert {"documents.paper.made", "documents.paper.printed"} <= codes


def test_a_made_paper_keeps_its_text_when_the_template_changes(anna, director):
    row = template(director)
    first = paper(anna, director, row)
    kept = bytes(copy_of(first).file.content.open("rb").read())
    template(director, template_id=row.pk, body="<p>Другой текст {{fio}}</p>")
    second = paper(anna, director, row)
    first.refresh_from_db()
    assert (first.template.number, second.template.number, second.number) == (1, 2, 2)
    assert copy_of(first).file.content.open("rb").read() == kept
    assert "Другой текст" in second.body and "Другой текст" not in first.body


def test_a_paper_and_its_signature_cannot_be_changed(anna, director):
    made = paper(anna, director, template(director))
    for statement in (
        lambda: Paper.objects.filter(pk=made.pk).update(body="x"), lambda: Signature.objects.all().update(device='x'),
        lambda: Document.objects.all().update(title="x"),
    ):  # fmt: skip
        with pytest.raises(ProgrammingError), transaction.atomic():
            statement()


@pytest.mark.feature("PAT-46")
def test_a_pen_signature_records_the_consent_once(client, anna, reception, director):
    load_patients()
    made = paper(anna, director, template(director))
    client.force_login(reception)
    client.post(f"/patients/{anna.pk}/papers/{made.pk}/signed/")
    consent = Consent.objects.get(patient=anna, kind__code="contract")
    assert (consent.channel, consent.number, consent.signer_name) == ("paper", "1", anna.full_name)
    with pytest.raises(PaperSignedAlready):
        paper_sign_by_hand(paper_id=made.pk, actor=reception)
    again = paper(anna, director, made.template.template)
    paper_sign_by_hand(paper_id=again.pk, actor=reception)  # the same edition twice is one consent
    assert Consent.objects.filter(patient=anna).count() == 1
    assert Signature.objects.count() == 2


@pytest.mark.feature("DOC-13")
def test_a_text_that_must_be_signed_anew_asks_everybody_again(anna, director):
    load_patients()
    row = template(director)
    signed, waiting = paper(anna, director, row), paper(anna, director, row)
    paper_sign_by_hand(paper_id=signed.pk, actor=director)
    edition = ConsentKind.objects.get(code="contract").version
    template(director, template_id=row.pk, body=TEXT + "<p>Новый пункт</p>", is_renewed=True)
    assert ConsentKind.objects.get(code="contract").version == edition + 1
    with pytest.raises(TextChanged):
        paper_sign_by_hand(paper_id=waiting.pk, actor=director)
    paper_sign_by_hand(paper_id=paper(anna, director, row).pk, actor=director)
    assert Consent.objects.filter(patient=anna, kind__code="contract").count() == 2


def test_for_a_child_the_representative_signs(client, anna, reception, director):
    load_patients()
    mother = representative_add(
        patient_id=anna.pk, actor=director, full_name="Ёлкина Мария Ивановна", relation="mother", signs=True
    )
    row = template(director, body="<p>{{signer_fio}} за {{fio}}</p>")
    client.force_login(reception)
    page = client.get(f"/patients/{anna.pk}/papers/new/?template={row.pk}").content.decode()
    assert f"Ёлкина Мария Ивановна за {anna.full_name}" in page
    client.post(f"/patients/{anna.pk}/papers/new/", {"template": row.pk, "representative": mother.pk})
    made = Paper.objects.get()
    assert (made.signer_name, made.representative_id) == ("Ёлкина Мария Ивановна", mother.pk)
    client.post(f"/patients/{anna.pk}/papers/{made.pk}/signed/")
    assert Consent.objects.get().representative_id == mother.pk
    page = client.get(f"/patients/{anna.pk}/papers/new/?template={row.pk}&representative=0").content.decode()
    assert f"{anna.full_name} за {anna.full_name}" in page


@pytest.mark.feature("PAT-29")
def test_words_that_one_may_not_see_do_not_reach_him_through_a_paper(client, anna, doctor, accountant, director):
    contract = template(director)
    informed = template(director, name="ИДС А", kind="informed", body="<p>{{fio}}</p>", consent="")
    made, consent = paper(anna, director, contract), paper(anna, director, informed)
    assert [line["paper"].pk for line in papers_of([anna.pk], doctor)] == [consent.pk]  # no passport for him
    assert [line["paper"].pk for line in papers_of([anna.pk], accountant)] == [made.pk]
    with_card = ("patients.see_card", "documents.see_papers", "documents.make_papers", "documents.see_informed")
    client.force_login(person_with(*with_card))
    assert client.get(f"/patients/{anna.pk}/papers/{made.pk}/paper.pdf").status_code == 404
    assert client.get(f"/patients/{anna.pk}/papers/{consent.pk}/paper.pdf").status_code == 200
    assert client.post(f"/patients/{anna.pk}/papers/new/", {"template": contract.pk}).status_code == 403
    assert Paper.objects.count() == 2
    client.force_login(accountant)
    assert client.get(f"/patients/{anna.pk}/papers/{consent.pk}/paper.pdf").status_code == 404


def test_a_strangers_patient_is_not_found(client, anna, stranger, director):
    made = paper(anna, director, template(director))
    client.force_login(stranger)
    for address in ("", f"{made.pk}/paper.pdf", f"new/?template={made.template.template_id}"):
        assert client.get(f"/patients/{anna.pk}/papers/{address}").status_code == 404

"""A patient at the desk: what is missing, documents, signatures, photographs; all or nothing."""

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from core.errors import Invalid, Stale
from core.models import AuditEntry, StoredFile
from patients import slots
from patients.errors import PhotoConsentNeeded
from patients.models import Consent, ConsentKind, Identity
from patients.reference import load
from patients.selectors import missing_on_arrival
from patients.services import arrival_fill, consent_sign, picture_add, picture_remove
from tests.cast import person

pytestmark = [pytest.mark.django_db, pytest.mark.feature("PAT-36")]
PASSPORT = {"passport_series": "4509", "passport_number": "123456"}


@pytest.fixture(autouse=True)
def papers(db):
    load()


@pytest.fixture
def public(anna):
    """An app above says that Anna is a public person: she is photographed."""

    def asks(ids):
        return {pk: ["photo"] for pk in ids if pk == anna.pk}

    slots.ARRIVAL_ASKS.register(asks, module="patients", order=1)
    yield anna
    slots.ARRIVAL_ASKS.unregister(asks)


def jpeg(size=(40, 30), name="face.jpg", **options):
    body = io.BytesIO()
    Image.new("RGB", size, "red").save(body, "JPEG", **options)
    return SimpleUploadedFile(name, body.getvalue(), "image/jpeg")


def photo_kind():
    return ConsentKind.objects.get(code="photo")


def codes(patient):
    return [code for code, _words in missing_on_arrival(patient)]


def test_card_documents_and_signatures_are_written_together(anna, reception):
    kinds = list(ConsentKind.objects.filter(code__in=["contract", "personal_data"]))
    arrival_fill(
        patient_id=anna.pk, fields={"birth_date": date(1990, 5, 1)}, identity=PASSPORT, signed=kinds, channel="tablet",
        actor=reception, expected_version=anna.version,
    )  # fmt: skip
    anna.refresh_from_db()
    assert anna.birth_date == date(1990, 5, 1)
    assert Identity.objects.get(patient=anna).document == "4509 123456"
    assert {row.kind.code: row.channel for row in anna.consents.all()} == {
        "contract": "tablet",
        "personal_data": "tablet",
    }
    assert codes(anna) == []


def test_a_wrong_number_writes_nothing_of_the_rest(anna, reception):
    with pytest.raises(Invalid) as refused:
        arrival_fill(
            patient_id=anna.pk, fields={"birth_date": date(1990, 5, 1)}, identity={"passport_number": "12"},
            signed=[photo_kind()], actor=reception,
        )  # fmt: skip
    assert "passport_number" in refused.value.fields
    anna.refresh_from_db()
    assert anna.birth_date is None and not anna.consents.exists()
    with pytest.raises(Stale):
        arrival_fill(
            patient_id=anna.pk, fields={"email": "a@b.ru"}, identity={}, signed=[], actor=reception, expected_version=99
        )


def test_nobody_is_photographed_before_he_has_signed(anna, reception):
    with pytest.raises(PhotoConsentNeeded):
        picture_add(patient_id=anna.pk, kind="photo", upload=jpeg(), actor=reception)
    consent_sign(patient_id=anna.pk, kind=photo_kind(), actor=reception)
    row = picture_add(patient_id=anna.pk, kind="photo", upload=jpeg((4000, 1000)), actor=reception)
    with Image.open(row.content) as kept:
        assert kept.size == (2000, 500)
    assert AuditEntry.objects.filter(code="patients.picture.added", patient_id=anna.pk).exists()


def test_what_the_camera_wrote_about_the_place_is_not_kept(anna, reception):
    exif = Image.Exif()
    exif[0x010F] = "Секретный телефон"
    row = picture_add(patient_id=anna.pk, kind="paper", upload=jpeg(exif=exif), actor=reception)
    with Image.open(row.content) as kept:
        assert not dict(kept.getexif())


@pytest.mark.parametrize("body", [b"", b"\xff\xd8\xff\xe0 broken", b"<svg></svg>", b"%PDF-1.4"])
def test_what_is_no_picture_is_refused_and_nothing_is_kept(anna, reception, body):
    consent_sign(patient_id=anna.pk, kind=photo_kind(), actor=reception)
    with pytest.raises(Invalid):
        picture_add(patient_id=anna.pk, kind="photo", upload=SimpleUploadedFile("a.jpg", body), actor=reception)
    assert not StoredFile.objects.exists()


def test_copies_of_documents_are_read_by_who_sees_documents(client, anna, reception, doctor, stranger, branch):
    row = picture_add(patient_id=anna.pk, kind="paper", upload=jpeg(), actor=reception)
    marketer = person("marketer", "marketer", branches=[branch])
    answers = {}
    for user in (reception, doctor, marketer, stranger):
        client.force_login(user)
        answers[user.username] = client.get(reverse("core:file", args=[row.key])).status_code
    assert answers == {"reception": 200, "doctor": 404, "marketer": 404, "stranger": 404}
    picture_remove(patient_id=anna.pk, key=row.key, actor=reception)
    client.force_login(reception)
    assert client.get(reverse("core:file", args=[row.key])).status_code == 404


def test_a_public_person_is_asked_for_the_consent_and_the_photographs(public, reception):
    assert codes(public)[-2:] == ["photo", "picture"]
    consent_sign(patient_id=public.pk, kind=photo_kind(), actor=reception)
    assert codes(public)[-1] == "picture"
    picture_add(patient_id=public.pk, kind="photo", upload=jpeg(), actor=reception)
    assert not {"photo", "picture"} & set(codes(public))


# The screen


def test_the_desk_fills_everything_in_one_screen(client, anna, reception):
    client.force_login(reception)
    page = reverse("patients:arrival", args=[anna.pk])
    shown = client.get(page).content.decode()
    assert 'capture="environment"' in shown and 'capture="user"' not in shown
    kind = photo_kind()
    sent = {
        "birth_date": "01.05.1990",
        **PASSPORT,
        "is_same_address": "on",
        f"sign_{kind.pk}": "on",
        "channel": "tablet",
    }
    wrong = client.post(page, {**sent, "passport_number": "12"})
    assert wrong.status_code == 422 and "1990" in wrong.content.decode()
    assert client.post(page, {**sent, "version": anna.version}).status_code == 302
    assert Consent.objects.get(patient=anna).kind == kind
    assert 'capture="user"' in client.get(page).content.decode()
    taken = client.post(reverse("patients:picture", args=[anna.pk]), {"kind": "photo", "file": jpeg()})
    assert taken.status_code == 200 and taken.content.decode().count("<img") == 1
    key = StoredFile.objects.get().key
    gone = client.post(reverse("patients:picture", args=[anna.pk]), {"remove": str(key)})
    assert "<img" not in gone.content.decode()


def test_a_refused_picture_says_why_beside_the_others(client, anna, reception):
    client.force_login(reception)
    url = reverse("patients:picture", args=[anna.pk])
    assert client.post(url, {"kind": "photo", "file": jpeg()}).status_code == 422
    assert client.post(url, {"kind": "paper"}).status_code == 422
    assert client.post(url, {"kind": "else", "file": jpeg()}).status_code == 404


def test_a_doctor_sees_no_documents_there_and_a_stranger_no_page(client, anna, doctor, stranger):
    client.force_login(doctor)
    assert "passport" not in client.get(reverse("patients:arrival", args=[anna.pk])).content.decode()
    client.force_login(stranger)
    assert client.get(reverse("patients:arrival", args=[anna.pk])).status_code == 404
    assert (
        client.post(reverse("patients:picture", args=[anna.pk]), {"kind": "paper", "file": jpeg()}).status_code == 404
    )

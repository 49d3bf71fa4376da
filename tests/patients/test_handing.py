"""All data of a patient as a file, and erasure where the law allows it."""

import json
import zipfile
from io import BytesIO

import pytest

from core import jobs
from core.models import AuditEntry, Job, StoredFile
from patients import selectors, services
from patients.errors import MustBeKept
from patients.models import ConsentKind, Identity, Patient, Representative
from patients.slots import ERASURE_OBSTACLES, EXPORTS, Section
from tests.factories import PatientFactory

pytestmark = pytest.mark.django_db


def packed(client, director, anna):
    client.force_login(director)
    assert client.post(f"/patients/{anna.pk}/data/").status_code == 302
    job = Job.objects.get()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.note
    body = b"".join(client.get(f"/files/{job.file.key}/").streaming_content)
    return zipfile.ZipFile(BytesIO(body))


def test_everything_on_a_patient_is_handed_over(client, director, reception, anna):
    services.identity_change(patient_id=anna.pk, changes={"snils": "11223344595"}, actor=director)
    services.alert_add(patient_id=anna.pk, actor=director, kind="allergy", title="лидокаин")
    visits = lambda patient_id, user: [Section("visits", "Визиты", [{"Когда": "2026-01-01"}])]  # noqa: E731
    EXPORTS.register(visits, module="patients")
    try:
        pack = packed(client, director, anna)
    finally:
        EXPORTS.unregister(visits)
    body = json.loads(pack.read("data.json"))
    assert {"card", "identity", "alerts", "events", "visits"} <= set(body)
    assert "11223344595" in str(body["identity"]) and "лидокаин" in str(body["alerts"])
    assert pack.read("data.xlsx")[:2] == b"PK"
    assert AuditEntry.objects.filter(code="patients.data.handed", patient_id=anna.pk).exists()
    client.force_login(reception)
    assert client.get(f"/files/{StoredFile.objects.get().key}/").status_code == 404
    assert client.post(f"/patients/{anna.pk}/data/").status_code == 403


def test_a_card_that_nothing_holds_is_erased(client, director, anna):
    services.identity_change(patient_id=anna.pk, changes={"snils": "11223344595"}, actor=director)
    services.representative_add(patient_id=anna.pk, full_name="Мать", actor=director)
    services.patient_opened(patient=anna, actor=director)
    client.force_login(director)
    assert client.get(f"/patients/{anna.pk}/erase/").status_code == 200
    assert client.post(f"/patients/{anna.pk}/erase/", {"reason": "заявление"}).status_code == 302
    anna.refresh_from_db()
    assert (anna.last_name, anna.phone, anna.birth_date, anna.search_digits.strip()) == (
        "—",
        "",
        None,
        anna.card_number,
    )
    assert not Identity.objects.exists() and not Representative.objects.exists()
    assert not selectors.patients_visible_to(director).exists()


@pytest.mark.parametrize("what", ["alert", "consent", "merge", "slot", "link"])
def test_a_card_that_the_law_holds_is_kept_with_the_reason(director, anna, what):
    if what == "alert":
        services.alert_add(patient_id=anna.pk, actor=director, kind="allergy", title="лидокаин")
    elif what == "consent":
        services.consent_sign(patient_id=anna.pk, kind=ConsentKind.objects.get(code="contract"), actor=director)
    elif what == "merge":
        services.patients_merge(survivor_id=anna.pk, duplicate_id=PatientFactory().pk, actor=director)
    elif what == "link":
        StoredFile.objects.create(purpose="x", name="x", content_type="x", size=1, sha256="", patient_id=anna.pk)
    held = ERASURE_OBSTACLES.register(lambda pk: ["Есть оплаты"] if what == "slot" else [], module="patients")
    try:
        with pytest.raises(MustBeKept) as refused:
            services.patient_erase(patient_id=anna.pk, reason="заявление", actor=director)
    finally:
        ERASURE_OBSTACLES.unregister(held)
    assert refused.value.facts["obstacles"]
    assert Patient.objects.get(pk=anna.pk).last_name == anna.last_name


def test_only_the_director_erases(client, reception, anna):
    client.force_login(reception)
    assert client.post(f"/patients/{anna.pk}/erase/", {"reason": "x"}).status_code == 403

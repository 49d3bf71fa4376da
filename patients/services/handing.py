"""Everything that the clinic holds on a patient, handed over as a file; and erasure where the law allows it (152-FZ)."""

import json
import zipfile
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import Workbook

from core import clock, jobs, live
from core.access import check
from core.audit import audit, plain, sentence, text_of
from core.command import command
from core.errors import NotFound
from core.events import publish
from core.export import plain as cell_of
from core.files import Purpose
from core.models import Job, StoredFile
from patients import permissions
from patients.errors import MustBeKept
from patients.events import PatientErased
from patients.models import (
    Alert,
    Duplicate,
    Identity,
    Patient,
    PinnedPatient,
    RecentPatient,
    Representative,
)
from patients.selectors.cards import merged_ids, patient_get, timeline_of
from patients.selectors.records import alerts_visible_to
from patients.services.cards import patient_locked, touch
from patients.services.links import spoken_of
from patients.slots import ERASURE_OBSTACLES, EXPORTS, Section

sentence(
    "patients.data.handed",
    gettext_lazy("All data of the patient were put into a file"),
    "file-zip",
    "grey",
    is_timeline=False,
)
sentence("patients.card.erased", gettext_lazy("The card was erased on request"), "eraser", "red")

ZIP = "application/zip"
PURPOSE = Purpose("patients.data", (ZIP,), lambda user, row: row.uploaded_by_id == user.pk)
HIDDEN = {"search_name", "search_digits", "sort_key", "version", "kind_why", "status_why", "id", "patient"}
ERASED = "—"


# Handing over


@command
def data_request(*, patient_id: int, actor: Any) -> Job:
    """Queue the file with everything on a patient that the actor may see. The file is the actor's own."""
    patient = patient_get(actor, patient_id)
    title = _("Data of %(name)s") % {"name": patient.full_name}
    params = {"patient": patient.pk, "language": translation.get_language()}
    return jobs.start("patients.data", title=title[:200], params=params, owner=actor)


@jobs.runner("patients.data")
def data_job(progress: jobs.Progress) -> dict[str, Any]:
    owner = progress.job.owner
    check(owner, permissions.EXPORT_DATA)
    with translation.override(progress.params["language"]):
        patient = patient_get(owner, progress.params["patient"])
        sections = sections_of(patient, owner)
        body = packed(sections)
    row = StoredFile(
        purpose=PURPOSE.name, name=f"patient-{patient.card_number}.zip", content_type=ZIP, size=len(body), sha256="",
        patient_id=patient.pk, uploaded_by=owner,
    )  # fmt: skip
    row.content.save(row.name, ContentFile(body), save=True)
    progress.job.file = row
    audit(owner, "patients.data.handed", patient, patient_id=patient.pk)
    return {"sections": len(sections), "rows": sum(len(section.rows) for section in sections)}


def sections_of(patient: Patient, user: Any) -> list[Section]:
    """Cards' own records, then what each app above adds, all within the user's compartments."""
    own = [
        Section("card", _("Card"), [row_of(patient)]),
        Section("identity", _("Documents and addresses"), [row_of(row) for row in Identity.objects.filter(patient=patient)]),
        Section("representatives", _("Representatives"), [row_of(row) for row in patient.representatives.all()]),
        Section("alerts", _("Warnings"), [row_of(row) for row in alerts_visible_to(user).filter(patient=patient)]),
        Section("consents", _("Consents"), [row_of(row) for row in patient.consents.select_related("kind")]),
        Section("events", _("Events"), [
            {str(_("When")): row.at.isoformat(), str(_("Who")): row.actor_name, str(_("What")): text_of(row)}
            for row in timeline_of(patient, user)[:5000]
        ]),
    ]  # fmt: skip
    above = [section for provider in EXPORTS for section in provider(patient.pk, user)]
    return [section for section in [*own, *above] if section.rows]


def row_of(row: Any) -> dict[str, Any]:
    """A record as words: names of fields as people call them, choices and links in words."""
    said: dict[str, Any] = {}
    for field in row._meta.fields:
        if field.name in HIDDEN:
            continue
        value = getattr(row, f"get_{field.name}_display")() if field.choices else getattr(row, field.name)
        if value not in (None, "", {}, []):
            said[str(field.verbose_name)] = plain(value) if not isinstance(value, bool) else value
    return said


def packed(sections: list[Section]) -> bytes:
    """data.json for programs and data.xlsx for people."""
    book = Workbook(write_only=True)
    for section in sections:
        sheet = book.create_sheet(str(section.title)[:31].translate(str.maketrans("[]:*?/\\", "       ")))
        names = list(dict.fromkeys(name for row in section.rows for name in row))
        sheet.append(names)
        for row in section.rows:
            sheet.append([cell_of(row.get(name)) for name in names])
    table, out = BytesIO(), BytesIO()
    book.save(table)
    body = {section.key: section.rows for section in sections}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("data.json", json.dumps(plain(body), ensure_ascii=False, indent=2))
        pack.writestr("data.xlsx", table.getvalue())
    return out.getvalue()


# Erasure

# Marks that a person had a card, and nothing about him.
FORGOTTEN = {
    "patients.identity", "patients.representative", "patients.recentpatient", "patients.pinnedpatient", "patients.duplicate",
    "patients.importedrow", "core.auditentry", "scheduling.onlinerule",
}  # fmt: skip


def erasure_obstacles(patient: Patient) -> list[Any]:
    """Why a card must be kept; an empty list means that it may be erased."""
    said = [text for provider in ERASURE_OBSTACLES for text in provider(patient.pk)]
    if Alert.objects.filter(patient=patient).exclude(kind=Alert.Kind.NOTE).exists():
        said.append(_("There are medical records: they are kept for 25 years."))
    if patient.consents.exists():
        said.append(_("There are signed documents: a consent is kept for 3 years after its end."))
    if patient.merged_into_id or merged_ids(patient.pk):
        said.append(_("The card is merged with another one: take that back first."))
    if what := spoken_of([patient.pk], leave_out=FORGOTTEN | {"patients.alert", "patients.consent"}).get(patient.pk):
        said.append(_("Records stand on it: %(what)s.") % {"what": what})
    return list(dict.fromkeys(str(text) for text in said))


@command
def patient_erase(*, patient_id: int, reason: str, actor: Any) -> Patient:
    """Make a card nobody's: names, contacts, documents, representatives go; the number and the audit's facts stay.

    Raises MustBeKept with every reason. There is no way back.
    """
    patient = patient_locked(patient_id)
    if patient.erased_at is not None:
        raise NotFound
    if obstacles := erasure_obstacles(patient):
        raise MustBeKept("; ".join(obstacles), obstacles=obstacles)
    names = blank(patient)
    touch(patient, *names)
    Identity.objects.filter(patient=patient).delete()
    Representative.objects.filter(patient=patient).delete()
    Representative.objects.filter(card=patient).update(card=None)
    Alert.objects.filter(patient=patient).delete()
    for model in (RecentPatient, PinnedPatient):
        model.objects.filter(patient=patient).delete()
    Duplicate.objects.filter(first=patient).delete()
    Duplicate.objects.filter(second=patient).delete()
    audit(actor, "patients.card.erased", None, patient_id=patient.pk, number=patient.card_number, reason=reason)
    publish(PatientErased(patient_id=patient.pk))
    live.announce("patient", patient.pk, branch_id=patient.branch_id, version=patient.version)
    return patient


def blank(patient: Patient) -> list[str]:
    """Empty every field that tells of a person; the card leaves every list."""
    kept = {
        "id",
        "card_number",
        "branch",
        "version",
        "created_at",
        "created_by",
        "merged_into",
        "search_name",
        "search_digits",
        "sort_key",
    }
    patient.last_name = patient.first_name = ERASED
    patient.deleted_at = patient.erased_at = clock.now()
    patient.is_active = patient.mailing_allowed = patient.reminders_allowed = False
    patient.kind, patient.treatment_status = Patient.Kind.PRIMARY, Patient.TreatmentStatus.NONE
    patient.custom, patient.kind_why, patient.status_why = {}, {}, []
    done = {"last_name", "first_name", "deleted_at", "erased_at", "is_active", "mailing_allowed", "reminders_allowed", "kind",
            "treatment_status", "custom", "kind_why", "status_why"}  # fmt: skip
    for field in Patient._meta.fields:
        if field.name not in kept | done:
            setattr(patient, field.name, None if field.null else "")
            done.add(field.name)
    return sorted(done)

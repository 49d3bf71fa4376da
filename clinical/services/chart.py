"""Diagnoses of teeth: noted for several teeth at once, closed with a date, never erased."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.selectors import diagnoses_offered
from clinic.models import Branch, Staff
from clinical import teeth as fdi
from clinical.errors import AlreadyNoted
from clinical.events import DiagnosisClosed, DiagnosisNoted
from clinical.models import FavouriteDiagnosis, ToothDiagnosis
from core import clock, live
from core.audit import audit, sentence
from core.command import command, lock
from core.errors import Invalid, NotFound
from core.events import publish
from patients.models import Patient

sentence(
    "clinical.diagnosis.noted", _("%(diagnosis)s noted: %(where)s"), "stethoscope", "violet", compartment="medical"
)
sentence("clinical.diagnosis.closed", _("%(diagnosis)s closed: %(where)s"), "circle-x", "grey", compartment="medical")
sentence(
    "clinical.diagnosis.reopened", _("%(diagnosis)s is open again: %(where)s"), "arrow-back-up", "violet",
    compartment="medical",
)  # fmt: skip


def where(teeth: Sequence[int | None]) -> str:
    return ", ".join(map(str, teeth)) if any(teeth) else str(_("whole mouth"))


@command
def diagnosis_note(
    *, patient_id: int, diagnosis_id: int, teeth: Sequence[int], actor: Any, surfaces: str | Mapping[int, str] = "", note: str = "",
    noted_on: date | None = None, doctor: Staff | None = None, branch: Branch | None = None,
) -> list[ToothDiagnosis]:  # fmt: skip
    """Note a diagnosis for several teeth at once, or for the whole mouth when no tooth is given (CLN-05).

    A tooth that has it already keeps the older row; AlreadyNoted when that is so of every tooth.
    Raises Invalid on `teeth`, `diagnosis`, `noted_on`. Reverse: diagnosis_close.
    """
    lock(("chart", patient_id))
    patient = Patient.objects.live().filter(pk=patient_id).first()
    if patient is None:
        raise NotFound
    if strange := fdi.unknown(teeth):
        raise Invalid(fields={"teeth": _("No such tooth: %(teeth)s.") % {"teeth": ", ".join(map(str, strange))}})
    diagnosis = diagnoses_offered().filter(pk=diagnosis_id).first()
    if diagnosis is None:
        raise Invalid(fields={"diagnosis": _("Choose a diagnosis of the directory.")})
    branch = branch or patient.branch
    today = clock.today(branch.timezone) if branch else clock.now().date()
    noted_on = noted_on or today
    if noted_on > today:
        raise Invalid(fields={"noted_on": _("A diagnosis cannot be noted in the future.")})
    wanted: list[int | None] = list(fdi.in_order(teeth)) or [None]
    have = set(
        ToothDiagnosis.objects.still_open().filter(patient=patient, diagnosis=diagnosis).values_list("tooth", flat=True)
    )
    rows = [
        ToothDiagnosis(
            patient=patient, tooth=tooth, surfaces=surfaces_asked(tooth, surfaces),
            diagnosis=diagnosis, note=note.strip(), noted_on=noted_on, doctor=doctor or doctor_of(actor),
            branch=branch, created_by=actor,
        )
        for tooth in wanted
        if tooth not in have
    ]  # fmt: skip
    if not rows:
        raise AlreadyNoted
    made = ToothDiagnosis.objects.bulk_create(rows)
    audit(
        actor, "clinical.diagnosis.noted", made[0], patient_id=patient.pk, branch_id=branch.pk if branch else None,
        diagnosis=str(diagnosis), where=where([row.tooth for row in made]),
    )  # fmt: skip
    noted = tuple(row.tooth for row in made if row.tooth)
    publish(DiagnosisNoted(patient_id=patient.pk, diagnosis_id=diagnosis.pk, teeth=noted))
    live.announce("chart", patient.pk, branch_id=patient.branch_id)
    return made


@command
def diagnosis_close(*, tooth_diagnosis_id: int, actor: Any, closed_on: date | None = None) -> ToothDiagnosis:
    """Close with a date: the row stays in the history of the tooth (CLN-06). Reverse: diagnosis_reopen."""
    row = locked(tooth_diagnosis_id)
    if row.closed_on is not None:
        return row
    today = clock.today(row.branch.timezone) if row.branch else clock.now().date()
    closed_on = closed_on or max(today, row.noted_on)
    if not row.noted_on <= closed_on <= max(today, row.noted_on):
        raise Invalid(fields={"closed_on": _("The day must lie between the diagnosis and today.")})
    row.closed_on, row.closed_by = closed_on, actor
    row.save(update_fields=["closed_on", "closed_by"])
    tell(actor, "clinical.diagnosis.closed", row)
    publish(DiagnosisClosed(patient_id=row.patient_id, tooth_diagnosis_id=row.pk))
    return row


@command
def diagnosis_reopen(*, tooth_diagnosis_id: int, actor: Any) -> ToothDiagnosis:
    """Undo of a closing; AlreadyNoted when the tooth has the same diagnosis open again."""
    row = locked(tooth_diagnosis_id)
    if row.closed_on is None:
        return row
    same = ToothDiagnosis.objects.still_open().filter(
        patient_id=row.patient_id, tooth=row.tooth, diagnosis_id=row.diagnosis_id
    )
    if same.exists():
        raise AlreadyNoted
    row.closed_on, row.closed_by = None, None
    row.save(update_fields=["closed_on", "closed_by"])
    tell(actor, "clinical.diagnosis.reopened", row)
    teeth = (row.tooth,) if row.tooth else ()
    publish(DiagnosisNoted(patient_id=row.patient_id, diagnosis_id=row.diagnosis_id, teeth=teeth))
    return row


@command
def diagnoses_close(*, patient_id: int, ids: Sequence[int], actor: Any) -> list[ToothDiagnosis]:
    """Close several diagnoses of one patient; NotFound for another's. Reverse: diagnoses_reopen."""
    refuse_strangers(patient_id, ids)
    return [diagnosis_close(tooth_diagnosis_id=pk, actor=actor) for pk in ids]


@command
def diagnoses_reopen(*, patient_id: int, ids: Sequence[int], actor: Any) -> list[ToothDiagnosis]:
    """Undo of diagnoses_close."""
    refuse_strangers(patient_id, ids)
    return [diagnosis_reopen(tooth_diagnosis_id=pk, actor=actor) for pk in ids]


@command
def favourite_toggle(*, diagnosis_id: int, actor: Any) -> bool:
    """Put a diagnosis among the user's own, or take it away; tells whether it is there now (CLN-05)."""
    removed, _kinds = FavouriteDiagnosis.objects.filter(user=actor, diagnosis_id=diagnosis_id).delete()
    if removed:
        return False
    if not diagnoses_offered().filter(pk=diagnosis_id).exists():
        raise NotFound
    FavouriteDiagnosis.objects.bulk_create(
        [FavouriteDiagnosis(user=actor, diagnosis_id=diagnosis_id)], ignore_conflicts=True
    )
    return True


def refuse_strangers(patient_id: int, ids: Sequence[int]) -> None:
    if ToothDiagnosis.objects.filter(pk__in=ids, patient=patient_id).count() != len(set(ids)):
        raise NotFound


def surfaces_asked(tooth: int | None, surfaces: str | Mapping[int, str]) -> str:
    """The tooth's own surfaces of those asked for, given for all teeth or for each."""
    if tooth is None:
        return ""
    return fdi.surfaces_of(tooth, surfaces if isinstance(surfaces, str) else surfaces.get(tooth, ""))


def doctor_of(actor: Any) -> Staff | None:
    """The person behind the account, when he is a doctor."""
    staff = getattr(actor, "staff", None)
    return staff if staff is not None and staff.is_doctor else None


def locked(pk: int) -> ToothDiagnosis:
    """The row under the same lock that every change of the patient's chart takes."""
    patient_id = ToothDiagnosis.objects.filter(pk=pk).values_list("patient_id", flat=True).first()
    if patient_id is None:
        raise NotFound
    lock(("chart", patient_id))
    return ToothDiagnosis.objects.select_related("diagnosis", "branch").get(pk=pk)


def tell(actor: Any, code: str, row: ToothDiagnosis) -> None:
    audit(actor, code, row, patient_id=row.patient_id, diagnosis=str(row.diagnosis), where=where([row.tooth]))
    live.announce("chart", row.patient_id, branch_id=row.branch_id)

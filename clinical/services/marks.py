"""Marks of the dental formula: set on several teeth at once, closed with a date, never erased."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, Staff
from clinical import teeth as fdi
from clinical.models import ToothMark
from clinical.services.chart import doctor_of, surfaces_asked, where
from clinical.statuses import ENDS, HEALTHY, statuses
from core import clock, live
from core.audit import audit, sentence
from core.command import command, lock
from core.errors import Invalid, NotFound
from patients.models import Patient

SET = sentence(
    "clinical.mark.set", _("%(mark)s on the formula: %(where)s"), "dental", "grey", compartment="medical"
).code
CLOSED = sentence(
    "clinical.mark.closed", _("%(mark)s taken off the formula: %(where)s"), "circle-x", "grey", compartment="medical"
).code


@command
def marks_set(
    *, patient_id: int, kind: str, teeth: Sequence[int], actor: Any, surfaces: str | Mapping[int, str] = "",
    noted_on: date | None = None, doctor: Staff | None = None, branch: Branch | None = None,
) -> list[ToothMark]:  # fmt: skip
    """Mark teeth by a letter of the formula; «healthy» closes every mark of them (domain 2.2).

    What excludes the new mark is closed: an absent tooth has no filling. A tooth that has it already keeps the older
    row. Raises Invalid on `teeth`, `kind`, `noted_on`. Reverse: marks_close.
    """
    lock(("chart", patient_id))
    patient = Patient.objects.live().filter(pk=patient_id).first()
    if patient is None:
        raise NotFound
    if not teeth or fdi.unknown(teeth):
        raise Invalid(fields={"teeth": _("Choose teeth on the picture.")})
    if kind not in statuses():
        raise Invalid(fields={"kind": _("Choose a mark of the formula.")})
    branch = branch or patient.branch
    today = clock.today(branch.timezone) if branch else clock.now().date()
    noted_on = noted_on or today
    if noted_on > today:
        raise Invalid(fields={"noted_on": _("A mark cannot be set in the future.")})
    wanted = fdi.in_order(teeth)
    standing = ToothMark.objects.still_open().filter(patient=patient, tooth__in=wanted)
    ended = standing if kind == HEALTHY else standing.filter(kind__in=ENDS.get(kind, ()))
    for row in ended:
        row.closed_on, row.closed_by = max(noted_on, row.noted_on), actor
        row.save(update_fields=["closed_on", "closed_by"])
    have = set(standing.filter(kind=kind).values_list("tooth", flat=True))
    rows = [
        ToothMark(
            patient=patient, tooth=tooth, kind=kind, surfaces=surfaces_asked(tooth, surfaces), noted_on=noted_on,
            doctor=doctor or doctor_of(actor), branch=branch, created_by=actor,
        )
        for tooth in wanted
        if tooth not in have and kind != HEALTHY
    ]  # fmt: skip
    made = ToothMark.objects.bulk_create(rows)
    told(actor, SET, patient, kind, wanted)
    return made


@command
def marks_close(*, patient_id: int, ids: Sequence[int], actor: Any) -> list[ToothMark]:
    """Take marks off with today's date; NotFound for another patient's. Reverse: marks_set."""
    lock(("chart", patient_id))
    rows = list(ToothMark.objects.filter(pk__in=ids, patient=patient_id).select_related("branch", "patient"))
    if len(rows) != len(set(ids)):
        raise NotFound
    for row in rows:
        if row.closed_on is None:
            today = clock.today(row.branch.timezone) if row.branch else clock.now().date()
            row.closed_on, row.closed_by = max(today, row.noted_on), actor
            row.save(update_fields=["closed_on", "closed_by"])
            told(actor, CLOSED, row.patient, row.kind, [row.tooth])
    return rows


def told(actor: Any, code: str, patient: Patient, kind: str, teeth: Sequence[int]) -> None:
    audit(actor, code, patient, patient_id=patient.pk, mark=statuses()[kind].name, where=where(teeth))
    live.announce("chart", patient.pk, branch_id=patient.branch_id)

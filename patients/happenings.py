"""What happens with patients that a trigger may tell of: thinking, sanated (MSG-14..16)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from core.models import AuditEntry
from messaging.happenings import Condition, Happening, Occurrence
from messaging.purposes import HAND_PLACES, HAND_SAMPLES
from patients.models import Group, Patient, Status

SUBJECT = "patients.patient"
CHANGED = "patients.treatment.changed"


def statuses() -> list[tuple[Any, Any]]:
    return [(row.pk, row.name) for row in Status.objects.live()]


def groups() -> list[tuple[Any, Any]]:
    return [(row.pk, row.name) for row in Group.objects.live()]


CONDITIONS = (
    Condition("status", _("Status by rules (for example, loyal)"), statuses),
    Condition("group", _("CLV group"), groups),
)


def found(status: str) -> Any:
    def find(since: datetime, until: datetime, conditions: Mapping[str, list[Any]]) -> list[Occurrence]:
        """Who has the status now and got it in these days: its moment stands in the audit."""
        moments = dict(
            AuditEntry.objects.filter(code=CHANGED, at__gte=since).values_list("patient_id").annotate(last=Max("at"))
        )
        ids = [pk for pk, at in moments.items() if at < until]
        rows = Patient.objects.live().filter(pk__in=ids, treatment_status=status).select_related("branch")
        for name in ("status", "group"):
            if conditions.get(name):
                rows = rows.filter(**{f"{name}__in": conditions[name]})
        return sorted((occurrence(row, moments[row.pk]) for row in rows), key=lambda each: each.at)

    return find


def occurrence(row: Patient, at: datetime) -> Occurrence:
    branch = row.branch
    facts = {
        "name": " ".join(filter(None, (row.first_name, row.middle_name))), "fio": row.full_name,
        "branch": branch.name if branch else "", "address": (branch.address or branch.name) if branch else "",
        "phone": branch.phone if branch else "",
    }  # fmt: skip
    return Occurrence(SUBJECT, row.pk, f"{at:%Y-%m-%d %H:%M}", row.pk, row.branch_id, at, facts)


def still(status: str) -> Any:
    return lambda ids: set(
        Patient.objects.live().filter(pk__in=ids, treatment_status=status).values_list("pk", flat=True)
    )


def declared(code: str, title: Any, status: str) -> Happening:
    hint = _("Counted from the moment when the status was set.")
    return Happening(code, title, found(status), still(status), HAND_PLACES, HAND_SAMPLES, CONDITIONS, hint)


SANATED = declared("patient_sanated", _("The patient is sanated"), Patient.TreatmentStatus.SANATED)
THINKING = declared("patient_thinking", _("The patient is thinking"), Patient.TreatmentStatus.THINKING)

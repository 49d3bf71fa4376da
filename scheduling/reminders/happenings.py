"""What happens with visits that a trigger may tell of (MSG-12)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, Staff
from core import clock
from messaging.happenings import Condition, Happening, Occurrence
from scheduling.models import Appointment, State
from scheduling.reminders.finding import SUBJECT
from scheduling.reminders.words import PLACES, SAMPLES

LONGEST = timedelta(hours=24)


def branches() -> list[tuple[Any, Any]]:
    return [(row.pk, row.name) for row in Branch.objects.live().order_by("name")]


def doctors() -> list[tuple[Any, Any]]:
    return [(row.pk, row.short_name) for row in Staff.objects.live().filter(is_doctor=True).order_by("last_name")]


CONDITIONS = (Condition("branch", _("Branch"), branches), Condition("doctor", _("Doctor"), doctors))


def narrowed(rows: QuerySet[Appointment], conditions: Mapping[str, list[Any]]) -> QuerySet[Appointment]:
    for name in ("branch", "doctor"):
        if conditions.get(name):
            rows = rows.filter(**{f"{name}__in": conditions[name]})
    return rows


def occurrence(row: Appointment) -> Occurrence:
    zone = row.branch.timezone
    start, person = clock.local(row.starts_at, zone), row.patient
    facts = {
        "name": " ".join(filter(None, (person.first_name, person.middle_name))), "fio": person.full_name,
        "date": f"{start:%d.%m}", "time": f"{start:%H:%M}", "doctor": row.doctor.short_name, "branch": row.branch.name,
        "address": row.branch.address or row.branch.name, "phone": row.branch.phone,
    }  # fmt: skip
    return Occurrence(SUBJECT, row.pk, f"{start:%Y-%m-%d %H:%M}", row.patient_id, row.branch_id, row.ends_at, facts)


def found(state: str) -> Any:
    def find(since: datetime, until: datetime, conditions: Mapping[str, list[Any]]) -> list[Occurrence]:
        rows = Appointment.objects.filter(
            state=state, starts_at__gte=since - LONGEST, starts_at__lt=until, ends_at__gte=since, ends_at__lt=until,
            patient__deleted_at__isnull=True, patient__merged_into__isnull=True,
        )  # fmt: skip
        rows = narrowed(rows, conditions).select_related("patient", "branch", "doctor").order_by("ends_at", "pk")
        return [occurrence(row) for row in rows]

    return find


def still(state: str) -> Any:
    return lambda ids: set(Appointment.objects.filter(pk__in=ids, state=state).values_list("pk", flat=True))


COMPLETED = Happening(
    "visit_completed", _("A visit is completed"), found(State.COMPLETED), still(State.COMPLETED), PLACES, SAMPLES, CONDITIONS,
    _("Counted from the end of the visit."),
)  # fmt: skip
MISSED = Happening(
    "visit_missed", _("The patient has not come"), found(State.NO_SHOW), still(State.NO_SHOW), PLACES, SAMPLES, CONDITIONS,
    _("Counted from the end of the visit."),
)  # fmt: skip

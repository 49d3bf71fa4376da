"""Who is calling: cards with this phone, what a person at the line is shown, calls that nobody has returned (SCH-31)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from core import clock
from core.errors import NotFound
from patients.models import Patient
from patients.selectors import badges_for, patients_visible_to
from scheduling.models import PhoneCall, PhoneLine
from scheduling.selectors.appointments import with_visits

State = PhoneCall.State
SHOWN = timedelta(hours=1)  # an exchange that never says that a call has ended
RETURNED_WITHIN = timedelta(days=7)
MOST = 4


def calls_visible_to(user: Any) -> QuerySet[PhoneCall]:
    """Of the user's branches, and of lines that belong to none."""
    rows = PhoneCall.objects.filter(Q(branch__in=user.branch_ids) | Q(branch__isnull=True))
    return rows.select_related("patient", "user", "branch").annotate(
        waited=ExpressionWrapper(F("answered_at") - F("started_at"), output_field=DurationField())
    )


def call_of(pk: int, user: Any) -> PhoneCall:
    found = calls_visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def line_of(number: str) -> PhoneLine | None:
    return PhoneLine.objects.select_related("user", "branch").filter(number=number).first() if number else None


def with_phone(phone: str) -> QuerySet[Patient]:
    """Cards that have this phone among theirs: a family often shares one."""
    digits = phone.removeprefix("+")
    return Patient.objects.live().filter(search_digits__contains=digits, merged_into__isnull=True)


@dataclass(slots=True)
class Caller:
    """A call with those who may be calling."""

    call: PhoneCall
    patients: list[Patient] = field(default_factory=list)


def callers_of(user: Any) -> list[Caller]:
    """Calls that ring or go on at this person's line, or at a line of his branch that is nobody's."""
    mine = Q(user=user) | Q(user__isnull=True)
    rows = calls_visible_to(user).filter(
        mine, state__in=(State.RINGING, State.ANSWERED), started_at__gt=clock.now() - SHOWN, settled_at__isnull=True
    )
    return [Caller(row, likely_patients(row.phone, user)) for row in rows.order_by("-started_at")[:3]]


def likely_patients(phone: str, user: Any) -> list[Patient]:
    """The user's patients with this phone, who was here last first, with marks that he may see (a debt, an allergy)."""
    rows = with_visits(patients_visible_to(user).filter(pk__in=with_phone(phone).values("pk")))
    found = list(rows.order_by(F("last_visit_at").desc(nulls_last=True), "pk")[:MOST])
    badges = badges_for(found, user)
    for row in found:
        row.marks = badges.get(row.pk, [])
    return found


def missed_calls(now: datetime) -> QuerySet[PhoneCall]:
    """Known patients whom nobody has called back; a later call that was answered settles it (SCH-27)."""
    later = PhoneCall.objects.filter(
        phone=OuterRef("phone"), started_at__gt=OuterRef("started_at"), patient__isnull=False
    )
    rows = PhoneCall.objects.filter(
        state=State.MISSED, settled_at__isnull=True, patient__isnull=False, started_at__gt=now - RETURNED_WITHIN
    )
    return rows.filter(~Exists(later)).annotate(due=F("started_at"))

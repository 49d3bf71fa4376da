"""The last look before a message about a visit leaves: is it still so? (MSG-19)"""

from collections.abc import Sequence
from typing import Any

from core import clock
from scheduling.models import Appointment
from scheduling.reminders import words
from scheduling.reminders.finding import EXPECTED, SUBJECT
from scheduling.reminders.handlers import STRFTIME

LOOKED_AT = frozenset({words.REMINDER.code, *words.BOOKINGS})


def untrue(rows: Sequence[Any]) -> set[int]:
    """Reminders and notices of visits that are cancelled, missed or at another time; those withdraw their messages
    themselves, this is for what no service has done."""
    told = [row for row in rows if row.subject_kind == SUBJECT and row.purpose in LOOKED_AT]
    if not told:
        return set()
    visits = Appointment.objects.filter(pk__in={row.subject_id for row in told}, state__in=EXPECTED)
    true = {
        pk: clock.local(starts_at, zone).strftime(STRFTIME)
        for pk, starts_at, zone in visits.values_list("pk", "starts_at", "branch__timezone")
    }
    return {row.pk for row in told if true.get(row.subject_id) != row.window}

"""The calendar's own reasons to call patients, with the words of each row (SCH-27, SCH-42)."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from scheduling.badges import names_of
from scheduling.models import Appointment, PhoneCall, PlannedVisit, WaitingEntry
from scheduling.selectors.calls import Why, broken, missed, planned_due, to_confirm, waiting
from scheduling.selectors.phoning import missed_calls
from scheduling.services.calls import confirm_settle, planned_settle, visit_settle, waiting_settle
from scheduling.services.phoning import REASON, missed_settle
from scheduling.slots import CALL_REASONS, CallReason


def of_visits(say: Callable[[Appointment], str]) -> Callable[[list[int], Any], dict[int, Why]]:
    def words(ids: list[int], user: Any) -> dict[int, Why]:
        rows = Appointment.objects.filter(pk__in=ids).select_related("doctor", "branch")
        return {row.pk: Why(say(row), row.get_absolute_url(), row.doctor_id) for row in rows}

    return words


def cancelled_words(row: Appointment) -> str:
    facts = {"visit": row, "doctor": row.doctor.short_name, "reason": row.cancel_reason}
    return _("Cancelled: %(visit)s, %(doctor)s. %(reason)s") % facts


def missed_words(row: Appointment) -> str:
    return _("Did not come: %(visit)s, %(doctor)s") % {"visit": row, "doctor": row.doctor.short_name}


def confirm_words(row: Appointment) -> str:
    return _("Booked for %(visit)s, %(doctor)s") % {"visit": row, "doctor": row.doctor.short_name}


def planned_words(ids: list[int], user: Any) -> dict[int, Why]:
    rows = PlannedVisit.objects.filter(pk__in=ids).select_related("doctor").prefetch_related("services")
    found = {}
    for row in rows:
        about = _("About %(date)s") % {"date": f"{row.due_on:%d.%m.%Y}"}
        parts = (about, who(row.doctor), names_of(row.services.all()), row.comment)
        found[row.pk] = Why(". ".join(filter(None, parts)), "", row.doctor_id)
    return found


def who(doctor: Any) -> str:
    return doctor.short_name if doctor else ""


def waiting_words(ids: list[int], user: Any) -> dict[int, Why]:
    rows = WaitingEntry.objects.filter(pk__in=ids).prefetch_related("doctors", "services")
    found = {}
    for row in rows:
        doctors = list(row.doctors.all())
        parts = (
            ", ".join(each.short_name for each in doctors),
            names_of(row.services.all()),
            row.wish_words,
            row.comment,
        )
        found[row.pk] = Why(". ".join(filter(None, parts)), "", doctors[0].pk if len(doctors) == 1 else None)
    return found


def missed_call_words(ids: list[int], user: Any) -> dict[int, Why]:
    rows = PhoneCall.objects.filter(pk__in=ids).select_related("branch")
    zone = "Europe/Moscow"
    return {
        row.pk: Why(
            _("Called and nobody answered: %(when)s")
            % {"when": f"{clock.local(row.started_at, row.branch.timezone if row.branch else zone):%d.%m %H:%M}"},
            row.get_absolute_url(),
        )
        for row in rows
    }


OWN = (
    CallReason(REASON, gettext_lazy("Missed call"), "red", missed_calls, missed_call_words, missed_settle, 5),
    CallReason("confirm", gettext_lazy("To confirm"), "blue", to_confirm, of_visits(confirm_words), confirm_settle, 10),
    CallReason("cancelled", gettext_lazy("Cancelled, not booked anew"), "red", broken, of_visits(cancelled_words), visit_settle, 20),
    CallReason("no_show", gettext_lazy("Did not come"), "amber", missed, of_visits(missed_words), visit_settle, 30),
    CallReason("planned", gettext_lazy("Planned visit is due"), "violet", planned_due, planned_words, planned_settle, 40),
    CallReason("waiting", gettext_lazy("On the waiting list"), "teal", waiting, waiting_words, waiting_settle, 50),
)  # fmt: skip


def register(module: str) -> None:
    for reason in OWN:
        CALL_REASONS.register(reason, module=module, order=reason.rank)

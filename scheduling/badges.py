"""The calendar's own marks and words of a visit; apps above add theirs through the slots."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import is_allowed
from scheduling.models import Appointment, OnlineBooking, State
from scheduling.permissions import BOOK
from scheduling.selectors.pools import pools_of
from scheduling.slots import Action, Badge


def own_badges(appointments: list[Appointment], user: Any) -> dict[int, list[Badge]]:
    """First visit, overbooked, booked by the patient himself, what it takes of pools."""
    found: dict[int, list[Badge]] = {}
    pools = pools_of(appointments)
    asked = online_asked([row.pk for row in appointments if row.source_kind == Appointment.Source.ONLINE])
    for row in appointments:
        marks = []
        if row.visit_type and row.visit_type.is_first_visit:
            marks.append(Badge("first_visit", _("First visit"), "blue", "1", "sparkles"))
        if row.is_overbooked:
            marks.append(
                Badge(
                    "overbooked", _("Booked over another: %(reason)s") % {"reason": row.overbook_reason}, "amber", "!"
                )
            )
        if row.source_kind == Appointment.Source.ONLINE:
            marks.append(Badge("online", _("Booked online"), "violet", "@", "world"))
        marks += [Badge("pool", name, "teal", name[:1].upper(), "microscope") for name in pools.get(row.pk, ())]
        if row.pk in asked:
            marks.append(Badge("online_asks", asked[row.pk], "amber", "₽", "coin"))
        if marks:
            found[row.pk] = marks
    return found


def online_asked(visits: list[int]) -> dict[int, str]:
    """What a first visit that was booked online asks for, and the reception has to arrange (SCH-51)."""
    words = {
        OnlineBooking.Ask.DEPOSIT: _("A deposit is asked for"),
        OnlineBooking.Ask.CARD: _("A bank card is asked for"),
    }
    if not visits:
        return {}
    rows = OnlineBooking.objects.filter(appointment__in=visits).exclude(ask=OnlineBooking.Ask.NOTHING)
    return {visit: words[OnlineBooking.Ask(ask)] for visit, ask in rows.values_list("appointment_id", "ask")}


def online_actions(appointments: list[Appointment], user: Any) -> dict[int, list[Action]]:
    """From the visit to what its patient has typed."""
    visits = [row.pk for row in appointments if row.source_kind == Appointment.Source.ONLINE]
    if not visits or not is_allowed(user, BOOK):
        return {}
    rows = OnlineBooking.objects.filter(appointment__in=visits).values_list("appointment_id", "pk")
    return {
        visit: [Action(_("Online booking"), reverse("scheduling:online-booking", args=[pk]), "world", panel=True)]
        for visit, pk in rows
    }


def label_of(row: Appointment) -> str:
    """The clinic's word for the state, else the usual one."""
    return row.label.name if row.label_id and row.label else str(State(row.state).label)


def label_tone(row: Appointment) -> str:
    return row.label.tone if row.label_id and row.label else ""


def names_of(rows: Iterable[Any]) -> str:
    return ", ".join(str(row) for row in rows)

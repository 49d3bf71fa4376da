"""The calendar's own marks and words of a visit; apps above add theirs through the slots."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from scheduling.models import Appointment, State
from scheduling.selectors.pools import pools_of
from scheduling.slots import Badge


def own_badges(appointments: list[Appointment], user: Any) -> dict[int, list[Badge]]:
    """First visit, overbooked, booked by the patient himself, what it takes of pools."""
    found: dict[int, list[Badge]] = {}
    pools = pools_of(appointments)
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
        if marks:
            found[row.pk] = marks
    return found


def label_of(row: Appointment) -> str:
    """The clinic's word for the state, else the usual one."""
    return row.label.name if row.label_id and row.label else str(State(row.state).label)


def label_tone(row: Appointment) -> str:
    return row.label.tone if row.label_id and row.label else ""


def names_of(rows: Iterable[Any]) -> str:
    return ", ".join(str(row) for row in rows)

"""Two cards of one person may hold visits at the same time: one of each pair goes before the cards become one."""

from typing import Any

from django.utils.translation import gettext as _

from patients.slots import Conflict
from scheduling.models import Appointment, Occupancy
from scheduling.services import appointment_cancel

FIRST, SECOND = "cancel_survivors", "cancel_retireds"
KIND = Occupancy.Kind.PATIENT


def overlaps_find(survivor_id: int, retired_id: int) -> list[Conflict]:
    """Each pair of visits that would put the patient in two places."""
    pairs = Occupancy.objects.raw(
        "SELECT mine.id, mine.appointment_id AS one, theirs.appointment_id AS two "
        "FROM scheduling_occupancy mine JOIN scheduling_occupancy theirs "
        "ON theirs.resource_kind = 'patient' AND theirs.resource_id = %s AND theirs.during && mine.during "
        "WHERE mine.resource_kind = 'patient' AND mine.resource_id = %s ORDER BY lower(mine.during)",
        [retired_id, survivor_id],
    )
    found = []
    for pair in pairs:
        one, two = _visit(pair.one), _visit(pair.two)
        text = _("Two visits at the same time: %(one)s, %(doctor)s and %(two)s, %(other)s")
        words = {"one": one, "doctor": one.doctor, "two": two, "other": two.doctor}
        choices = (
            (FIRST, _("Cancel %(visit)s, %(doctor)s") % {"visit": one, "doctor": one.doctor}),
            (SECOND, _("Cancel %(visit)s, %(doctor)s") % {"visit": two, "doctor": two.doctor}),
        )
        # What is over cannot be cancelled: such cards are two people, or a mistake of the past.
        is_open = one.is_open and two.is_open
        found.append(Conflict(f"visits:{one.pk}:{two.pk}", text % words, choices if is_open else ()))
    return found


def _visit(pk: int) -> Appointment:
    return Appointment.objects.select_related("branch", "doctor").get(pk=pk)


def overlap_solve(key: str, choice: str, survivor_id: int, retired_id: int, actor: Any) -> None:
    """Cancel the chosen one of a pair."""
    prefix, one, two = key.split(":")
    if prefix == "visits":
        chosen = int(one) if choice == FIRST else int(two)
        appointment_cancel(appointment_id=chosen, reason=_("Two cards were merged"), then="lost", actor=actor)

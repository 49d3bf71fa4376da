"""The calendar: the pink mark, the note on visits, the first hour of a public person (SCH-22..24, PAT-19)."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from barter.models import Beneficiary, Kind
from barter.permissions import ASK_EXTRA, SEE_LEFT, WALK
from barter.policies import FIRST_VISIT_MINUTES, VISIT_NOTE
from barter.selectors.entries import entries_marked, entries_paying, patients_back_to_money
from barter.selectors.pages import steps_open
from core.access import is_allowed
from core.templatetags.ui import money
from scheduling.errors import BookingRefused
from scheduling.models import Appointment, State
from scheduling.slots import ACTIONS, BADGES, CHECKS, FEW, NOTES, Action, Badge, Draft

OPEN = (State.BOOKED, State.CONFIRMED, State.ARRIVED, State.IN_CHAIR)
FIRST_TIME = ("invited", "contact_given", "booked")


def for_money() -> str:
    """The regulation's own words."""
    return _("The patient pays money! (Barter is exhausted!!!)")


def marks(appointments: list[Appointment], user: Any) -> dict[int, list[Badge]]:
    """Pink while services go by barter; everybody sees the mark, sums only those who may."""
    found = entries_marked(row.patient_id for row in appointments)
    badges: dict[int, list[Badge]] = {}
    for row in appointments:
        entry = found.get(row.patient_id)
        if entry is not None and entry.mark == "pink":
            badges[row.pk] = [Badge("barter", label_of(entry, user), "pink", _("B"), "arrows-exchange")]
    return badges


def label_of(entry: Beneficiary, user: Any) -> str:
    if not is_allowed(user, SEE_LEFT):
        return _("Barter")
    return _("Barter · %(left)s") % {"left": money(entry.left)}


def notes(appointments: list[Appointment], user: Any) -> dict[int, list[str]]:
    """«BARTER. Radio. Limit 20 000, left 4 500» on visits to come; when it is spent or closed, that the patient pays."""
    coming = [row for row in appointments if row.state in OPEN]
    found = entries_marked(row.patient_id for row in coming)
    back = patients_back_to_money({row.patient_id for row in coming} - set(found)) if coming else set()
    said: dict[int, list[str]] = {}
    for row in coming:
        entry = found.get(row.patient_id)
        if row.patient_id in back or (entry is not None and entry.is_exhausted):
            said[row.pk] = [for_money()]
        elif entry is not None:
            said[row.pk] = [note_of(entry, user)]
    return said


def note_of(entry: Beneficiary, user: Any) -> str:
    if not is_allowed(user, SEE_LEFT):
        return _("BARTER. %(partner)s") % {"partner": entry.contract.partner}
    facts = {
        "limit": money(entry.granted), "left": money(entry.left), "organisation": entry.contract.partner,
        "contract": entry.contract.number,
    }  # fmt: skip
    if template := VISIT_NOTE.get():
        for name, value in facts.items():
            template = template.replace(f"{{{name}}}", str(value))
        return template
    return _("BARTER. %(organisation)s. Limit %(limit)s, left %(left)s") % facts


def first_hour(draft: Draft, actor: Any) -> None:
    """A public person comes for an hour at least the first time (BAR-23)."""
    rows = Beneficiary.objects.filter(
        patient=draft.patient_id, state__in=FIRST_TIME, contract__kind=Kind.PUBLIC_PERSON, contract__status="active"
    )
    least = FIRST_VISIT_MINUTES.get()
    minutes = (draft.place.visit.end - draft.place.visit.start).total_seconds() / 60
    if minutes < least and rows.exists():
        raise BookingRefused(
            _("A public person comes for %(minutes)s minutes at least: rule BAR-23.") % {"minutes": least},
            fields={"end": _("At least %(minutes)s minutes.") % {"minutes": least}}, minutes=least,
        )  # fmt: skip


def steps(appointments: list[Appointment], user: Any) -> dict[int, list[Action]]:
    """What the front desk, the assistant and the doctor do with a public person, on his visit (BAR-24, BAR-26, BAR-27)."""
    coming = {row.patient_id for row in appointments if row.state in OPEN}
    if not coming or not is_allowed(user, WALK):
        return {}
    rows = Beneficiary.objects.filter(
        patient__in=coming, contract__kind=Kind.PUBLIC_PERSON, contract__status="active", limit__isnull=False
    ).select_related("contract")
    entries = {entry.patient_id: entry for entry in rows}
    return {
        row.pk: actions_of(entries[row.patient_id], user)
        for row in appointments
        if row.state in OPEN and row.patient_id in entries
    }


def actions_of(entry: Beneficiary, user: Any) -> list[Action]:
    found = [
        Action(step.label, reverse("barter:entry-step", args=[entry.pk, step.to]), "arrows-exchange", panel=True)
        for step in steps_open(entry, user)
    ]
    if entry.state == "treating" and is_allowed(user, ASK_EXTRA):
        url = reverse("barter:entry-extra", args=[entry.pk])
        found.append(Action(_("Work outside of the plan"), url, "help", panel=True))
    return found


ACTIONS.register(steps, module="barter", order=60)
FEW[marks] = lambda patient_ids: entries_paying(patient_ids).values_list("patient_id")
BADGES.register(marks, module="barter", order=10)
NOTES.register(notes, module="barter", order=10)
CHECKS.register(first_hour, module="barter", order=20)

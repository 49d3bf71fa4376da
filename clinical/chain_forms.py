"""Input of «Book the plan»: wishes for all visits, and what was done with single ones."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.models import Branch
from clinic.selectors import branches_visible_to
from clinical.models import TreatmentPlan
from clinical.selectors.chains import ANYBODY, Asked, Proposal, Wishes
from clinical.services import PlaceIn
from core import clock
from core.forms import DayField
from scheduling.selectors.calendar import doctors_working
from scheduling.selectors.free import Spot

PARTS = [
    ("", pgettext_lazy("part of the day", "Any")), ("morning", _("Before 12")), ("day", _("12 to 17")), ("evening", _("After 17")),
]  # fmt: skip
WEEKDAYS = [
    ("0", _("Mon")), ("1", _("Tue")), ("2", _("Wed")), ("3", _("Thu")), ("4", _("Fri")), ("5", _("Sat")), ("6", _("Sun")),
]  # fmt: skip
MOST_HELD = 40


class WishesForm(forms.Form):
    """What the patient asks of every visit; nothing is required."""

    first = DayField(label=_("Not before"), required=False)
    part = forms.ChoiceField(label=_("Part of the day"), choices=PARTS, required=False, widget=forms.RadioSelect)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"), choices=WEEKDAYS, coerce=int, required=False, widget=forms.CheckboxSelectMultiple(attrs={"data-wide": "1"}),
    )  # fmt: skip
    time_from = forms.TimeField(
        label=_("Begins at or after"), required=False, input_formats=["%H:%M"], widget=forms.TimeInput(format="%H:%M")
    )
    time_to = forms.TimeField(
        label=_("Ends at or before"), required=False, input_formats=["%H:%M"], widget=forms.TimeInput(format="%H:%M")
    )
    doctor = forms.ChoiceField(label=_("Doctor"), required=False)
    branch = forms.ModelChoiceField(Branch.objects.none(), label=_("Branch"), required=False, empty_label=_("Any"))
    apart = forms.IntegerField(
        label=_("Days between visits, at least"), min_value=0, max_value=90, required=False, initial=1,
        help_text=_("0: several visits on one day are welcome."),
    )  # fmt: skip
    same_doctor = forms.BooleanField(
        label=_("One doctor of each speciality"), required=False, initial=True, widget=forms.CheckboxInput(attrs={"data-wide": "1"}),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, user: Any, plan: TreatmentPlan) -> None:
        super().__init__(data, initial={"branch": plan.branch_id})
        doctors = doctors_working(user, user.branch_ids, clock.today(plan.branch.timezone))
        self.fields["doctor"].choices = [  # type: ignore[attr-defined]
            ("", _("As in the plan")), (ANYBODY, _("Whoever is free first")),
            *((str(row.pk), row.short_name) for row in doctors),
        ]  # fmt: skip
        self.fields["branch"].queryset = branches_visible_to(user)  # type: ignore[attr-defined]
        if len(user.branch_ids) < 2:
            del self.fields["branch"]

    def wishes(self) -> Wishes:
        """For a valid form."""
        given = self.cleaned_data
        branch = given.get("branch")
        return Wishes(
            first=given["first"], weekdays=tuple(given["weekdays"]), part=given["part"], time_from=given["time_from"],
            time_to=given["time_to"], doctor=given["doctor"], branch=branch.pk if branch else None,
            apart=1 if given["apart"] is None else given["apart"], same_doctor=given["same_doctor"],
        )  # fmt: skip


@dataclass
class ChainState:
    """What the page sends back of the chain that it shows: `places` by first line, which are chosen, which are late."""

    places: dict[int, PlaceIn] = field(default_factory=dict)
    pinned: set[int] = field(default_factory=set)
    floors: dict[int, date] = field(default_factory=dict)
    holds: list[int] = field(default_factory=list)
    newest: int | None = None

    def asked(self, wishes: Wishes, plan: TreatmentPlan) -> Asked:
        zone = plan.branch.timezone
        pins = {
            key: Spot(place.doctor_id, place.chair_id, place.start, place.start, zone)
            for key, place in self.places.items() if key in self.pinned
        }  # fmt: skip
        return Asked(wishes=wishes, pins=pins, floors=self.floors, newest=self.newest)

    def of(self, proposal: Proposal, holds: list[int]) -> "ChainState":
        """The state of the chain that is shown now."""
        return ChainState(
            {v.key: PlaceIn(v.key, v.spot.doctor_id, v.spot.chair_id, v.spot.start) for v in proposal.visits if v.spot},
            {v.key for v in proposal.visits if v.is_pinned}, self.floors, holds,
        )  # fmt: skip


def whole(text: Any) -> int | None:
    return int(text) if str(text).isascii() and str(text).isdigit() and len(str(text)) < 18 else None


def place_of(key: int, text: str) -> PlaceIn | None:
    """«doctor:chair:2026-12-01T10:00:00+00:00», as the page has got it; None for anything else."""
    parts = text.split(":", 2)
    doctor, chair = (whole(part) for part in [*parts, "", ""][:2])
    try:
        start = datetime.fromisoformat(parts[2]) if len(parts) == 3 else None
    except ValueError:
        return None
    is_right = doctor and chair and start and start.tzinfo is not None and 1900 <= start.year <= 2200
    return PlaceIn(key, doctor, chair, start) if is_right and doctor and chair and start else None


def state_of(post: QueryDict, plan: TreatmentPlan) -> ChainState:
    """Hidden fields of the chain, and the one button that was pressed. What makes no sense counts as not sent."""
    state = ChainState(holds=[pk for text in post.getlist("hold")[:MOST_HELD] if (pk := whole(text))])
    for name in post:
        kind, _dash, tail = name.partition("-")
        key = whole(tail)
        if key and kind == "place" and (place := place_of(key, post[name])):
            state.places[key] = place
        elif key and kind == "pin":
            state.pinned.add(key)
        elif key and kind == "floor" and (day := day_of(post[name])):
            state.floors[key] = day
    pick(state, post.get("pick", ""))
    later(state, post.get("later", ""), plan)
    if key := whole(post.get("free", "")):
        state.pinned.discard(key)
        state.floors.pop(key, None)
    return state


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def pick(state: ChainState, text: str) -> None:
    """«line|place»: somebody has chosen this place for the visit."""
    name, _bar, given = text.partition("|")
    key = whole(name)
    if key and (place := place_of(key, given)):
        state.places[key], state.newest = place, key
        state.pinned.add(key)
        state.floors.pop(key, None)


def later(state: ChainState, text: str, plan: TreatmentPlan) -> None:
    """«line|days»: the visit was dragged so many days on, or back; it is not before that day then."""
    name, _bar, given = text.partition("|")
    key, days = whole(name), given.removeprefix("-")
    if not key or key not in state.places or not days.isdigit() or len(days) > 3:
        return
    day = clock.local(state.places[key].start, plan.branch.timezone).date()
    state.floors[key] = day + timedelta(days=-int(days) if given.startswith("-") else int(days))
    state.pinned.discard(key)
    state.newest = key

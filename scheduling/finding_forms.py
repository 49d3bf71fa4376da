"""Forms of finding a time, of visits without a date, of calls (SCH-26, SCH-27, SCH-40)."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Service
from clinic.selectors import branches_visible_to
from core import clock
from core.forms import DayField
from patients.selectors import patients_visible_to
from scheduling.forms import WEEKDAYS, PickField, PickManyField
from scheduling.models import CallTask, PlannedVisit, VisitType
from scheduling.rules import months_on
from scheduling.selectors.calendar import doctors_working
from scheduling.selectors.choices import professions_of_doctors, purposes_of_chairs
from scheduling.selectors.search import Search, search_for

PARTS_OF_DAY = [
    ("", pgettext_lazy("part of the day", "Any")), ("morning", _("Before 12")), ("day", _("12 to 17")), ("evening", _("After 17")),
]  # fmt: skip

WEEKS = [
    ("", pgettext_lazy("week", "Any")),
    ("this", pgettext_lazy("week", "This one")),
    ("next", pgettext_lazy("week", "Next one")),
]


def week_of(day: date, which: str) -> tuple[date, date]:
    """The rest of this week, or the whole of the next one."""
    monday = day - timedelta(days=day.weekday()) + timedelta(days=7 if which == "next" else 0)
    return max(day, monday), monday + timedelta(days=6)


class SearchForm(forms.Form):
    """Nothing is required: without a word it finds the soonest half hour of anybody."""

    patient = PickField(
        label=_("Patient"),
        required=False,
        widget=forms.Select(attrs={"data-select": "", "data-url": reverse_lazy("patients:pick"), "data-wide": "1"}),
    )
    part = forms.ChoiceField(label=_("Part of the day"), choices=PARTS_OF_DAY, required=False, widget=forms.RadioSelect)
    week = forms.ChoiceField(label=_("Week"), choices=WEEKS, required=False, widget=forms.RadioSelect)
    doctor = forms.ModelChoiceField(VisitType.objects.none(), label=_("Doctor"), required=False, empty_label=_("Any"))
    profession = forms.ModelChoiceField(
        VisitType.objects.none(), label=_("Speciality"), required=False, empty_label=_("Any")
    )
    services = PickManyField(
        Service.objects.live(),
        label=_("Services"),
        required=False,
        widget=forms.SelectMultiple(
            attrs={"data-select": "", "data-url": reverse_lazy("scheduling:services"), "data-wide": "1"}
        ),
    )
    visit_type = forms.ModelChoiceField(
        VisitType.objects.live(), label=_("Visit type"), required=False, empty_label="—"
    )
    minutes = forms.IntegerField(label=_("Minutes"), min_value=5, max_value=720, required=False)
    branch = forms.ModelChoiceField(VisitType.objects.none(), label=_("Branch"), required=False, empty_label=_("Any"))
    purpose = forms.ChoiceField(label=_("Chair is equipped for"), required=False)
    first = DayField(label=_("Not before"), required=False)
    last = DayField(label=_("Not after"), required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"), choices=WEEKDAYS, coerce=int, required=False, widget=forms.CheckboxSelectMultiple(attrs={"data-wide": "1"}),
    )  # fmt: skip
    time_from = forms.TimeField(
        label=_("Begins at or after"), required=False, input_formats=["%H:%M"], widget=forms.TimeInput(format="%H:%M")
    )
    time_to = forms.TimeField(
        label=_("Ends at or before"), required=False, input_formats=["%H:%M"], widget=forms.TimeInput(format="%H:%M")
    )

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        rows: dict[str, Any] = {
            "patient": patients_visible_to(user),
            "doctor": doctors_working(user, user.branch_ids, date.today()),
            "profession": professions_of_doctors(),
            "visit_type": VisitType.objects.live(),
            "branch": branches_visible_to(user),
        }
        for name, queryset in rows.items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]
        self.branches = rows["branch"]
        purposes = purposes_of_chairs(user)
        self.fields["purpose"].choices = [("", _("Any")), *((word, word) for word in purposes)]  # type: ignore[attr-defined]
        for name, is_needed in (("purpose", bool(purposes)), ("branch", len(user.branch_ids) > 1)):
            if not is_needed:
                del self.fields[name]
        for name in ("patient", "services"):
            self.fields[name].show(self[name].value())  # type: ignore[attr-defined]

    def search(self) -> Search:
        """For a valid form."""
        given = self.cleaned_data
        wishes = {name: given[name] for name in ("first", "last", "part", "time_from", "time_to")}
        if given["week"]:
            first, last = week_of(clock.today(self.zone(given.get("branch"))), given["week"])
            wishes["first"] = max(filter(None, (wishes["first"], first)))
            wishes["last"] = min(filter(None, (wishes["last"], last)))
        return search_for(
            given["services"],
            minutes=given["minutes"],
            visit_type=given["visit_type"],
            weekdays=frozenset(given["weekdays"]),
            doctors=(given["doctor"].pk,) if given["doctor"] else (),
            branches=(given["branch"].pk,) if given.get("branch") else (),
            profession=given["profession"].pk if given["profession"] else None,
            purpose=given.get("purpose", ""),
            patient=given["patient"].pk if given["patient"] else None,
            **wishes,
        )

    def zone(self, branch: Any) -> str:
        """Where the week is counted: in the branch that was asked for, else in the person's own first one."""
        found = branch or self.branches.first()
        return found.timezone if found else "UTC"

    def carried(self) -> list[tuple[str, Any]]:
        """What the form of the appointment gets along with the place."""
        given = self.cleaned_data
        found = [("patient", given["patient"].pk)] if given["patient"] else []
        found += [("visit_type", given["visit_type"].pk)] if given["visit_type"] else []
        return found + [("services", service.pk) for service in given["services"]]


IN_MONTHS = [
    ("0.5", _("In two weeks")), ("1", _("In a month")), ("2", _("In two months")), ("3", _("In three months")),
    ("6", _("In half a year")), ("12", _("In a year")), ("", _("About a day of your choice")),
]  # fmt: skip


class PlannedForm(forms.Form):
    """«In about three months»: who, when about, to whom, for what (SCH-26)."""

    patient = PickField(
        label=_("Patient"),
        widget=forms.Select(
            attrs={"data-select": "", "data-url": reverse_lazy("patients:pick"), "autofocus": True, "data-wide": "1"}
        ),
    )
    months = forms.ChoiceField(label=_("When about"), choices=IN_MONTHS, required=False, initial="3")
    due_on = DayField(label=_("About the day"), required=False)
    doctor = forms.ModelChoiceField(VisitType.objects.none(), label=_("Doctor"), required=False, empty_label=_("Any"))
    branch = forms.ModelChoiceField(VisitType.objects.none(), label=_("Branch"), required=False, empty_label=_("Any"))
    services = PickManyField(
        Service.objects.live(),
        label=_("Services"),
        required=False,
        widget=forms.SelectMultiple(
            attrs={"data-select": "", "data-url": reverse_lazy("scheduling:services"), "data-wide": "1"}
        ),
    )
    duration_min = forms.IntegerField(label=_("Minutes"), min_value=5, max_value=720, initial=30)
    comment = forms.CharField(
        label=_("Comment"), max_length=300, required=False, widget=forms.TextInput(attrs={"data-wide": "1"})
    )

    def __init__(self, *args: Any, user: Any, row: PlannedVisit | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        rows: dict[str, Any] = {
            "patient": patients_visible_to(user),
            "doctor": doctors_working(user, user.branch_ids, date.today()),
            "branch": branches_visible_to(user),
        }
        for name, queryset in rows.items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]
        for name in ("patient", "services"):
            self.fields[name].show(self[name].value())  # type: ignore[attr-defined]
        if row:
            self.fields["patient"].disabled = True

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not given.get("months") and not given.get("due_on") and "due_on" not in self.errors:
            self.add_error("due_on", _("Choose when, or give a day."))
        return given

    def values(self) -> dict[str, Any]:
        given = self.cleaned_data
        due_on = given["due_on"] or months_on(clock.now().date(), float(given["months"]))
        return {
            "due_on": due_on,
            "doctor_id": given["doctor"].pk if given["doctor"] else None,
            "branch_id": given["branch"].pk if given["branch"] else None,
            "service_ids": [row.pk for row in given["services"]],
            "duration_min": given["duration_min"],
            "comment": given["comment"],
        }


AGAIN = [
    ("", _("As usual")), ("60", _("In an hour")), ("180", _("In three hours")), ("tomorrow", _("Tomorrow morning")),
    ("day", _("On a day")),
]  # fmt: skip


class CallForm(forms.Form):
    """What came of a call."""

    outcome = forms.ChoiceField(label=_("What came of it"), choices=CallTask.Outcome.choices, widget=forms.RadioSelect(
        attrs={"data-kind": "checks", "data-wide": "1"}
    ))  # fmt: skip
    again = forms.ChoiceField(label=_("Call again"), choices=AGAIN, required=False)
    day = DayField(label=_("Day"), required=False)
    comment = forms.CharField(
        label=_("Comment"), max_length=300, required=False, widget=forms.TextInput(attrs={"data-wide": "1"})
    )

    def __init__(self, *args: Any, zone: str, reason: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self.zone = zone
        chosen: Any = self.fields["outcome"]
        gone = {"confirmed"} if reason != "confirm" else {"refused"}
        chosen.choices = [(code, label) for code, label in CallTask.Outcome.choices if code not in gone]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("again") == "day" and not given.get("day"):
            self.add_error("day", _("Say on which day."))
        if given.get("outcome") == CallTask.Outcome.LATER and not given.get("again"):
            self.add_error("again", _("Say when to call again."))
        return given

    def next_at(self) -> datetime | None:
        given, now = self.cleaned_data, clock.now()
        again = given["again"]
        if again == "tomorrow":
            return clock.at(clock.local(now, self.zone).date() + timedelta(days=1), time(9, 30), self.zone)
        if again == "day":
            return clock.at(given["day"], time(9, 30), self.zone)
        return now + timedelta(minutes=int(again)) if again else None

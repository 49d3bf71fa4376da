"""Shapes of what people and the calendar's script send."""

import json
import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from catalog.models import Service
from clinic.models import Branch, Chair
from clinic.selectors import branches_visible_to, chairs_visible_to
from core import clock
from core.access import is_allowed
from core.forms import DayField
from core.phones import PhoneField
from patients.permissions import ADD as ADD_PATIENT
from patients.selectors import patients_visible_to
from scheduling import permissions
from scheduling.models import Appointment, Block, Shift, StatusLabel, VisitType, WaitingEntry
from scheduling.selectors.calendar import doctors_working
from scheduling.selectors.pools import pools_by_service
from scheduling.services.series import ALL, FOLLOWING, ONE

WALL = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d$")
WEEKDAYS = [
    ("0", _("Mon")), ("1", _("Tue")), ("2", _("Wed")), ("3", _("Thu")), ("4", _("Fri")), ("5", _("Sat")), ("6", _("Sun")),
]  # fmt: skip
SCOPES = [(ONE, _("Only this visit")), (FOLLOWING, _("This and the following")), (ALL, _("All of the series"))]


class WallField(forms.Field):
    """What the clock on the branch's wall says, without a zone: 2026-11-24T10:30."""

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            if not WALL.match(str(value)):
                raise ValueError
            return datetime.fromisoformat(str(value))
        except ValueError as error:
            raise ValidationError(_("Enter a date and a time."), code="invalid") from error


class IdField(forms.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=2**63 - 1, **options)


class PickField(forms.ModelChoiceField):
    """One of very many: only the chosen row is an option, the rest is searched by typing."""

    def __init__(self, **options: Any) -> None:
        super().__init__(options.pop("queryset", Chair.objects.none()), **options)

    def show(self, value: Any) -> None:
        """Let the control show what is chosen now."""
        row = self.queryset.filter(pk=value).first() if str(value or "").isdigit() else None
        self.widget.choices = [("", ""), *([(row.pk, str(row))] if row else [])]


class PickManyField(forms.ModelMultipleChoiceField):
    def show(self, values: Iterable[Any]) -> None:
        chosen = [value for value in values or () if str(getattr(value, "pk", value)).isdigit()]
        rows = self.queryset.filter(pk__in=[getattr(value, "pk", value) for value in chosen])
        self.widget.choices = [(row.pk, str(row)) for row in rows]


def scope_field() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("What changes"), choices=SCOPES, required=False, initial=ONE, widget=listed())


def listed() -> forms.RadioSelect:
    """Choices one under another: their words are sentences."""
    return forms.RadioSelect(attrs={"data-kind": "checks", "data-wide": "1"})


# From the calendar's script


class DragForm(forms.Form):
    """A visit, a shift or a block in a new place."""

    start = WallField()
    end = WallField()
    chair = IdField()
    doctor = IdField(required=False)
    version = forms.IntegerField(required=False, min_value=1)
    then = forms.CharField(required=False, max_length=10)


class StepForm(forms.Form):
    state = forms.CharField(max_length=10)
    label = IdField(required=False)
    reason = forms.CharField(required=False, max_length=200)
    version = forms.IntegerField(required=False, min_value=1)


class HoldForm(forms.Form):
    start = WallField()
    end = WallField()
    chair = IdField()
    doctor = IdField()
    replaces = IdField(required=False)


# A visit


class WhenForm(forms.Form):
    """Doctor, chair, day, time, minutes: fields that several forms share."""

    doctor = forms.ModelChoiceField(Chair.objects.none(), label=_("Doctor"))
    chair = forms.ModelChoiceField(Chair.objects.none(), label=_("Chair"))
    date = DayField(label=_("Date"))
    start = forms.TimeField(label=_("Time"), input_formats=["%H:%M"], widget=forms.TimeInput(format="%H:%M"))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=5, max_value=720, initial=30)

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user
        self.fields["doctor"].queryset = doctors_working(user, user.branch_ids, date.today())  # type: ignore[attr-defined]
        chairs: Any = self.fields["chair"]
        chairs.queryset = chairs_visible_to(user)
        chairs.label_from_instance = chair_words(len(user.branch_ids) > 1)

    def moments(self) -> dict[str, datetime]:
        """Start and end as moments, by the clock of the chair's branch."""
        given = self.cleaned_data
        starts_at = clock.at(given["date"], given["start"], given["chair"].branch.timezone)
        return {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=given["minutes"])}

    def place(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {"doctor_id": given["doctor"].pk, "chair_id": given["chair"].pk, **self.moments()}


def chair_words(with_branch: bool) -> Any:
    return (lambda chair: f"{chair.name}, {chair.branch.name}") if with_branch else (lambda chair: chair.name)


class BookingForm(WhenForm):
    """A new appointment of a known or of a new patient, once or repeatedly."""

    who = forms.ChoiceField(
        choices=[("known", _("Known")), ("new", _("New patient"))],
        initial="known",
        required=False,
        widget=forms.RadioSelect,
    )
    patient = PickField(
        label=_("Patient"),
        required=False,
        widget=forms.Select(attrs={"data-select": "", "data-url": reverse_lazy("patients:pick"), "autofocus": True}),
    )
    last_name = forms.CharField(label=_("Surname"), max_length=80, required=False)
    first_name = forms.CharField(label=_("First name"), max_length=80, required=False)
    phone = PhoneField(label=_("Phone"), required=False, widget=forms.TextInput(attrs={"data-kind": "phone"}))
    visit_type = forms.ModelChoiceField(
        VisitType.objects.live(), label=_("Visit type"), required=False, empty_label="—"
    )
    services = PickManyField(
        Service.objects.live(),
        label=_("Services"),
        required=False,
        widget=forms.SelectMultiple(attrs={"data-select": "", "data-url": reverse_lazy("scheduling:services")}),
    )
    comment = forms.CharField(label=_("Comment"), max_length=500, required=False)
    own_minutes = forms.IntegerField(
        label=_("Of it the doctor's own minutes"),
        required=False,
        min_value=1,
        max_value=720,
        help_text=_("Empty: the whole visit. For the rest the doctor may serve another chair."),
    )
    repeat = forms.ChoiceField(
        label=_("Repeat"),
        choices=[("", _("Once")), ("day", _("Every few days")), ("week", _("Every few weeks"))],
        required=False,
    )
    every = forms.IntegerField(label=_("Every"), min_value=1, max_value=90, initial=1, required=False)
    count = forms.IntegerField(label=_("How many visits"), min_value=2, max_value=60, initial=4, required=False)
    overbook = forms.BooleanField(label=_("Book over a taken time"), required=False)
    reason = forms.CharField(label=_("Why over a taken time"), max_length=200, required=False)
    hold = IdField(required=False, widget=forms.HiddenInput)
    waiting = IdField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.may_add = is_allowed(self.user, ADD_PATIENT)
        self.may_overbook = is_allowed(self.user, permissions.OVERBOOK)
        self.alternatives: list[dict[str, Any]] = []
        patient: Any = self.fields["patient"]
        patient.queryset = patients_visible_to(self.user)
        patient.show(self["patient"].value())
        self.fields["services"].show(self["services"].value())  # type: ignore[attr-defined]
        types: Any = self.fields["visit_type"]
        types.queryset = VisitType.objects.live()
        self.type_minutes = json.dumps({row.pk: row.duration_min for row in types.queryset})
        self.needs = json.dumps(pools_by_service())

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("who") == "new":
            for name in ("last_name", "first_name"):
                if not given.get(name):
                    self.add_error(name, _("This field is required."))
        elif not given.get("patient") and "patient" not in self.errors:
            self.add_error("patient", _("Choose a patient or add a new one."))
        if given.get("overbook") and not given.get("reason"):
            self.add_error("reason", _("Say why you book over a taken time."))
        return given

    def details(self) -> dict[str, Any]:
        """What the service asks besides the place."""
        given = self.cleaned_data
        return {
            "service_ids": [service.pk for service in given["services"]],
            "visit_type_id": given["visit_type"].pk if given["visit_type"] else None,
            "comment": given["comment"],
            "own_minutes": given["own_minutes"],
            "over_reason": given["reason"] if given["overbook"] else "",
            "hold_id": given["hold"],
        }

    def new_patient(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {name: given[name] for name in ("last_name", "first_name", "phone")} | {"branch": given["chair"].branch}


class VisitForm(forms.Form):
    """What is to be done in a visit; its place is changed elsewhere."""

    visit_type = forms.ModelChoiceField(
        VisitType.objects.live(), label=_("Visit type"), required=False, empty_label="—"
    )
    services = PickManyField(
        Service.objects.live(),
        label=_("Services"),
        required=False,
        widget=forms.SelectMultiple(
            attrs={"data-select": "", "data-url": reverse_lazy("scheduling:services"), "data-wide": "1"}
        ),
    )
    own_minutes = forms.IntegerField(
        label=_("Of it the doctor's own minutes"),
        required=False,
        min_value=1,
        max_value=720,
        help_text=_("Empty: the whole visit."),
    )
    comment = forms.CharField(
        label=_("Comment"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3, "data-wide": "1"})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["services"].show(self["services"].value())  # type: ignore[attr-defined]


class MoveForm(WhenForm):
    """A visit to another day, time, chair or doctor; a series as a whole or from here on."""

    scope = scope_field()

    def __init__(self, *args: Any, is_series: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.alternatives: list[dict[str, Any]] = []
        if not is_series:
            del self.fields["scope"]


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=forms.TextInput(attrs={"autofocus": True, "data-wide": "1"})
    )
    then = forms.ChoiceField(label=_("What is next"), choices=Appointment.Then.choices, widget=listed())
    plan_on = DayField(label=_("Plan for about the day"), required=False, help_text=_("Empty: in a month."))
    scope = scope_field()

    def __init__(self, *args: Any, is_series: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not is_series:
            del self.fields["scope"]


class BackForm(forms.Form):
    state = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why"), max_length=200, widget=forms.TextInput(attrs={"autofocus": True, "data-wide": "1"})
    )


# Shifts and blocked time


REPEATS = [
    ("", _("Once, or by days of the week")), ("cycle:2:2", _("Two days on, two off")), ("cycle:3:3", _("Three days on, three off")),
    ("cycle:1:3", _("One day on, three off")), ("even", _("Even dates")), ("odd", _("Odd dates")),
]  # fmt: skip


class DaysField(forms.CharField):
    """Dates as people type them, each after a comma."""

    def to_python(self, value: Any) -> list[date]:
        words = [word for word in re.split(r"[,;\s]+", str(value or "")) if word]
        return [day for word in words[:400] if (day := DayField().to_python(word))]

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(f"{day:%d.%m.%Y}" for day in value) if isinstance(value, list) else value


class ShiftForm(forms.Form):
    """Working time of a doctor on one date, or by a weekly rule."""

    doctor = forms.ModelChoiceField(Chair.objects.none(), label=_("Doctor"))
    chair = forms.ModelChoiceField(Chair.objects.none(), label=_("Chair"))
    date = DayField(label=_("Date"))
    start = forms.TimeField(
        label=_("From"), initial=time(9), input_formats=["%H:%M"], widget=forms.TimeInput(format="%H:%M")
    )
    end = forms.TimeField(
        label=_("To"), initial=time(15), input_formats=["%H:%M"], widget=forms.TimeInput(format="%H:%M")
    )
    pattern = forms.ChoiceField(label=_("Repeat"), choices=REPEATS, required=False)
    weekdays = forms.MultipleChoiceField(
        label=_("Repeat on"), choices=WEEKDAYS, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing ticked: this date only."),
    )  # fmt: skip
    until = DayField(label=_("Until"), required=False)
    every_weeks = forms.TypedChoiceField(
        label=_("Weeks"), coerce=int, required=False, empty_value=1,
        choices=[(1, _("Every week")), (2, _("Every second week")), (3, _("Every third week")), (4, _("Every fourth week"))],
    )  # fmt: skip

    skip_holidays = forms.BooleanField(label=_("Not on public holidays"), required=False)
    except_days = DaysField(
        label=_("Except"), required=False, help_text=_("Dates, each after a comma: 31.12.2026, 02.01.2027")
    )

    def __init__(self, *args: Any, user: Any, shift: Shift | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["doctor"].queryset = doctors_working(user, user.branch_ids, date.today())  # type: ignore[attr-defined]
        chairs: Any = self.fields["chair"]
        chairs.queryset = chairs_visible_to(user)
        chairs.label_from_instance = chair_words(len(user.branch_ids) > 1)
        if shift:
            for name in ("pattern", "weekdays", "until", "every_weeks", "skip_holidays", "except_days"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("start") and given.get("end") and given["end"] <= given["start"]:
            self.add_error("end", _("The end must be after the start."))
        if (given.get("weekdays") or given.get("pattern")) and not given.get("until"):
            self.add_error("until", _("Say until when the rule goes on."))
        return given

    def rule(self) -> dict[str, Any] | None:
        """How the dates repeat, as the service takes it; nothing for one date."""
        given = self.cleaned_data
        if not given.get("pattern") and not given.get("weekdays"):
            return None
        pattern, _sep, lengths = (given["pattern"] or "weekly").partition(":")
        on, off = (int(part) for part in (lengths or "2:2").split(":"))
        return {
            "pattern": pattern, "days_on": on, "days_off": off, "skip_holidays": given["skip_holidays"],
            "except_days": given["except_days"], "weekdays": [int(day) for day in given["weekdays"]],
        }  # fmt: skip

    def moments(self) -> dict[str, datetime]:
        given = self.cleaned_data
        zone = given["chair"].branch.timezone
        return {
            "starts_at": clock.at(given["date"], given["start"], zone),
            "ends_at": clock.at(given["date"], given["end"], zone),
        }


class ThenForm(forms.Form):
    """What becomes of the patients of a shift that goes."""

    then = forms.ChoiceField(label=_("What becomes of the patients"), widget=listed())

    def __init__(self, *args: Any, choices: Iterable[tuple[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["then"].choices = list(choices)  # type: ignore[attr-defined]


class BlockForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=Block.Kind.choices, initial=Block.Kind.LUNCH)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
    date = DayField(label=_("Date"))
    start = forms.TimeField(label=_("From"), input_formats=["%H:%M"], widget=forms.TimeInput(format="%H:%M"))
    end = forms.TimeField(label=_("To"), input_formats=["%H:%M"], widget=forms.TimeInput(format="%H:%M"))
    chair = forms.ModelChoiceField(Chair.objects.none(), label=_("Chair"), required=False)
    doctor = forms.ModelChoiceField(Chair.objects.none(), label=_("Doctor"), required=False)

    def __init__(self, *args: Any, user: Any, branch: Branch | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.branch = branch
        self.fields["doctor"].queryset = doctors_working(user, user.branch_ids, date.today())  # type: ignore[attr-defined]
        chairs: Any = self.fields["chair"]
        chairs.queryset = chairs_visible_to(user)
        chairs.label_from_instance = chair_words(len(user.branch_ids) > 1)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("start") and given.get("end") and given["end"] <= given["start"]:
            self.add_error("end", _("The end must be after the start."))
        if not given.get("chair") and not given.get("doctor") and not self.errors:
            self.add_error("chair", _("Choose a chair or a doctor."))
        return given

    def moments(self) -> dict[str, datetime]:
        given = self.cleaned_data
        branch = given["chair"].branch if given["chair"] else self.branch
        zone = branch.timezone if branch else "UTC"
        return {
            "starts_at": clock.at(given["date"], given["start"], zone),
            "ends_at": clock.at(given["date"], given["end"], zone),
        }


# The waiting list


class WaitingForm(forms.ModelForm):
    """Who wants to come, and his wishes (SCH-13, SCH-16)."""

    patient = PickField(
        label=_("Patient"),
        widget=forms.Select(
            attrs={"data-select": "", "data-url": reverse_lazy("patients:pick"), "autofocus": True, "data-wide": "1"}
        ),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"), choices=WEEKDAYS, coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing ticked: any day."),
    )  # fmt: skip
    services = PickManyField(
        Service.objects.live(),
        label=_("Services"),
        required=False,
        widget=forms.SelectMultiple(
            attrs={"data-select": "", "data-url": reverse_lazy("scheduling:services"), "data-wide": "1"}
        ),
    )
    earliest = DayField(label=_("Not before"), required=False)
    latest = DayField(label=_("Not after"), required=False)

    class Meta:
        model = WaitingEntry
        fields = (
            "patient", "branch", "doctors", "services", "duration_min", "weekdays", "time_from", "time_to", "earliest", "latest",
            "is_urgent", "comment",
        )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        patient: Any = self.fields["patient"]
        patient.queryset = patients_visible_to(user)
        patient.show(self["patient"].value())
        self.fields["services"].show(self["services"].value())  # type: ignore[attr-defined]
        self.fields["branch"].queryset = branches_visible_to(user)  # type: ignore[attr-defined]
        self.fields["doctors"].queryset = doctors_working(user, user.branch_ids, date.today())  # type: ignore[attr-defined]
        for name in ("time_from", "time_to"):
            self.fields[name].widget = forms.TimeInput(format="%H:%M")

    def wishes(self) -> dict[str, Any]:
        """Plain values for the service."""
        given = dict(self.cleaned_data)
        doctors, services, branch = given.pop("doctors"), given.pop("services"), given.pop("branch")
        return {
            **given,
            "branch_id": branch.pk if branch else None,
            "doctor_ids": [row.pk for row in doctors],
            "service_ids": [row.pk for row in services],
        }


def labels_by_state() -> dict[str, list[dict[str, Any]]]:
    """The clinic's words for each state, for menus."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in StatusLabel.objects.live():
        found.setdefault(row.state, []).append({"id": row.pk, "name": row.name, "tone": row.tone})
    return found

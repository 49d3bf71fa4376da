"""What people ask the first-free search for (SCH-40)."""

from datetime import date
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Service
from clinic.selectors import branches_visible_to
from core.forms import DayField
from patients.selectors import patients_visible_to
from scheduling.forms import WEEKDAYS, PickField, PickManyField
from scheduling.models import VisitType
from scheduling.selectors.calendar import doctors_working
from scheduling.selectors.choices import professions_of_doctors, purposes_of_chairs
from scheduling.selectors.search import Search, search_for

PARTS_OF_DAY = [
    ("", pgettext_lazy("part of the day", "Any")), ("morning", _("Before 12")), ("day", _("12 to 17")), ("evening", _("After 17")),
]  # fmt: skip


class SearchForm(forms.Form):
    """Nothing is required: without a word it finds the soonest half hour of anybody."""

    patient = PickField(
        label=_("Patient"),
        required=False,
        widget=forms.Select(attrs={"data-select": "", "data-url": reverse_lazy("patients:pick"), "data-wide": "1"}),
    )
    part = forms.ChoiceField(label=_("Part of the day"), choices=PARTS_OF_DAY, required=False, widget=forms.RadioSelect)
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

    def carried(self) -> list[tuple[str, Any]]:
        """What the form of the appointment gets along with the place."""
        given = self.cleaned_data
        found = [("patient", given["patient"].pk)] if given["patient"] else []
        found += [("visit_type", given["visit_type"].pk)] if given["visit_type"] else []
        return found + [("services", service.pk) for service in given["services"]]

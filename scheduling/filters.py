"""How lists of the calendar are narrowed: by days of the branch's zone, by people and places."""

from collections import defaultdict
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, Staff
from clinic.selectors import branches_visible_to, chairs_visible_to, staff_visible_to
from core import clock, text
from core.forms import DayField
from core.listing import scoped
from scheduling.models import CallTask, PhoneCall, PlannedVisit, Pool, Refill, Shift, State, WaitingEntry
from scheduling.selectors.calls import is_put_off, reasons


class IdFilter(django_filters.NumberFilter):
    """A positive id that fits the database."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, min_value=1, max_value=2**63 - 1, **options)


class DayFilter(django_filters.DateFilter):
    field_class = DayField


def doctors_visible_to(user: Any) -> QuerySet[Staff]:
    return staff_visible_to(user).filter(is_doctor=True)


class DaysFilter(django_filters.FilterSet):
    """`from` and `to` are whole days, inclusive, each branch by its own clock."""

    path = "branch"

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = dict(self.form.cleaned_data)
        first, last = chosen.pop("from", None), chosen.pop("to", None)
        for name, value in chosen.items():
            queryset = self.filters[name].filter(queryset, value)
        if first or last:
            queryset = queryset.filter(self.within(first, last, chosen.get("branch")))
        return queryset

    def within(self, first: date | None, last: date | None, branch: Branch | None) -> Q:
        """One condition a zone, on the indexed column."""
        zones: defaultdict[str, list[int]] = defaultdict(list)
        for row in [branch] if branch else branches_visible_to(self.request.user):
            zones[row.timezone].append(row.pk)
        found = Q(pk__in=())
        for zone, branches in zones.items():
            here = Q(**{f"{self.path}__in": branches})
            if first:
                here &= Q(starts_at__gte=clock.day_bounds(first, first, zone)[0])
            if last:
                here &= Q(starts_at__lt=clock.day_bounds(last, last, zone)[1])
            found |= here
        return found


# The contract's names are words of the language, so they cannot be written as attributes.
DaysFilter.declared_filters |= {"from": DayFilter(label=_("From")), "to": DayFilter(label=_("To"))}


def by_patient(queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
    """Every word is a part of the name, or digits of the phone or the card."""
    for word in value.split()[:6]:
        digits = text.digits(word)
        asked = Q(patient__search_name__contains=text.fold(word))
        if len(digits) >= 3:
            asked |= Q(patient__phone_digits__contains=digits) | Q(patient__card_number=word)
        queryset = queryset.filter(asked)
    return queryset


class AppointmentFilter(DaysFilter):
    search = django_filters.CharFilter(label=_("Search"), method="by_patient")
    branch = django_filters.ModelChoiceFilter(label=_("Branch"), queryset=scoped(branches_visible_to))
    doctor = django_filters.ModelChoiceFilter(label=_("Doctor"), queryset=scoped(doctors_visible_to))
    chair = django_filters.ModelChoiceFilter(label=_("Chair"), queryset=scoped(chairs_visible_to))
    patient = IdFilter(field_name="patient_id", label=_("Patient"), widget=forms.HiddenInput)
    status = django_filters.MultipleChoiceFilter(field_name="state", choices=State.choices, label=_("Status"))

    def by_patient(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return by_patient(queryset, value)


class ShiftFilter(DaysFilter):
    path = "chair__branch"
    branch = django_filters.ModelChoiceFilter(
        label=_("Branch"), queryset=scoped(branches_visible_to), field_name="chair__branch"
    )
    doctor = django_filters.ModelChoiceFilter(label=_("Doctor"), queryset=scoped(doctors_visible_to))
    chair = django_filters.ModelChoiceFilter(label=_("Chair"), queryset=scoped(chairs_visible_to))

    class Meta:
        model = Shift
        fields: tuple[str, ...] = ()


class BlockFilter(DaysFilter):
    path = "chair__branch"
    doctor = IdFilter(field_name="doctor_id", label=_("Doctor"))
    chair = django_filters.ModelChoiceFilter(label=_("Chair"), queryset=scoped(chairs_visible_to))


class WaitingFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(label=_("Search"), method="by_patient")
    branch = django_filters.ModelChoiceFilter(
        label=_("Branch"), queryset=scoped(branches_visible_to), method="by_branch"
    )
    doctor = django_filters.ModelChoiceFilter(
        label=_("Doctor"), queryset=scoped(doctors_visible_to), field_name="doctors"
    )
    patient = IdFilter(field_name="patient_id", label=_("Patient"), widget=forms.HiddenInput)
    is_urgent = django_filters.BooleanFilter(label=_("Urgent"))

    class Meta:
        model = WaitingEntry
        fields: tuple[str, ...] = ()

    def by_patient(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return by_patient(queryset, value)

    def by_branch(self, queryset: QuerySet[Any], name: str, value: Branch | None) -> QuerySet[Any]:
        """Who wants this branch, or any."""
        return queryset.filter(Q(branch=value) | Q(branch__isnull=True)) if value else queryset


class PlannedFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(label=_("Search"), method="by_patient")
    branch = django_filters.ModelChoiceFilter(label=_("Branch"), queryset=scoped(branches_visible_to))
    doctor = django_filters.ModelChoiceFilter(label=_("Doctor"), queryset=scoped(doctors_visible_to))
    patient = IdFilter(field_name="patient_id", label=_("Patient"), widget=forms.HiddenInput)
    opens_by = DayFilter(label=_("Window opens by"), field_name="opens_on", lookup_expr="lte")

    class Meta:
        model = PlannedVisit
        fields: tuple[str, ...] = ()

    def by_patient(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return by_patient(queryset, value)


class PhoneCallFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(label=_("Search"), method="by_number")
    status = django_filters.ChoiceFilter(label=_("State"), field_name="state", choices=PhoneCall.State.choices)
    answered = django_filters.BooleanFilter(label=_("Answered"), method="by_answer")
    branch = django_filters.ModelChoiceFilter(label=_("Branch"), queryset=scoped(branches_visible_to))
    patient = IdFilter(field_name="patient_id", label=_("Patient"), widget=forms.HiddenInput)

    class Meta:
        model = PhoneCall
        fields: tuple[str, ...] = ()

    def by_number(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        digits = "".join(char for char in value if char.isdigit())
        return queryset.filter(phone__contains=digits) if digits else by_patient(queryset, value)

    def by_answer(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return queryset.filter(answered_at__isnull=not value)


class PoolFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(label=_("Search"), field_name="name", lookup_expr="icontains")
    is_active = django_filters.BooleanFilter(label=_("In use"))

    class Meta:
        model = Pool
        fields: tuple[str, ...] = ()


def reason_choices() -> list[tuple[str, Any]]:
    return [(code, reason.title) for code, reason in reasons().items()]


class CallFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(label=_("Search"), method="by_patient")
    reason = django_filters.ChoiceFilter(label=_("Why"), choices=reason_choices)
    branch = django_filters.ModelChoiceFilter(label=_("Branch"), queryset=scoped(branches_visible_to))
    patient = IdFilter(field_name="patient_id", label=_("Patient"), widget=forms.HiddenInput)
    put_off = django_filters.BooleanFilter(label=_("Put off"), method="by_time")

    class Meta:
        model = CallTask
        fields: tuple[str, ...] = ()

    def by_patient(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return by_patient(queryset, value)

    def by_time(self, queryset: QuerySet[Any], name: str, value: bool | None) -> QuerySet[Any]:
        return queryset if value is None else queryset.filter(is_put_off() if value else ~is_put_off())


class RefillFilter(django_filters.FilterSet):
    branch = django_filters.ModelChoiceFilter(label=_("Branch"), queryset=scoped(branches_visible_to))
    state = django_filters.MultipleChoiceFilter(choices=Refill.State.choices, label=_("State"))

    class Meta:
        model = Refill
        fields: tuple[str, ...] = ()

"""Reports over appointments: bookings to doctors, who did not come (REP-05)."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.forms import HiddenInput
from django.utils.translation import gettext_lazy as _

from clinic.models import Staff
from core import clock
from core.listing import Column
from reports import permissions
from reports.periods import Period
from reports.report import Group, OrNone, Report, count_figure, filters_of, names_of
from scheduling.models import Appointment, State, VisitType
from scheduling.selectors.appointments import appointments_visible_to


def state_labels(keys: Any) -> dict[Any, Any]:
    return dict(State.choices)


class BookingsReport(Report):
    """Every appointment that starts in the period and was not cancelled."""

    slug = "bookings"
    title = _("Bookings to doctors")
    formula = _("Appointments that start in the period; cancelled ones are out")
    permission = permissions.SEE_BOOKINGS
    order = ("-starts_at",)
    figure = count_figure(_("Bookings"), permissions.SEE_BOOKINGS)
    columns = (
        Column(
            "date", _("Date"), lambda row: clock.local(row.starts_at, row.branch.timezone).date(), "starts_at", "date"
        ),
        Column("time", _("Time"), lambda row: f"{clock.local(row.starts_at, row.branch.timezone):%H:%M}"),
        Column("branch", _("Branch"), "branch.name", "branch__name"),
        Column("chair", _("Chair"), "chair.name", "chair__name", shown=False),
        Column("patient", _("Patient"), "patient.full_name", "patient__search_name"),
        Column("doctor", _("Doctor"), "doctor.short_name", "doctor__last_name"),
        Column("visit_type", _("Visit type"), "visit_type.name", "visit_type__name"),
        Column("state", _("State"), lambda row: row.get_state_display(), "state"),
        Column(
            "created",
            _("Booked on"),
            lambda row: clock.local(row.created_at, row.branch.timezone).date(),
            "created_at",
            "date",
        ),
        Column("value", _("Bookings"), lambda row: 1, kind="number", shown=False),
    )
    filterset = filters_of(
        patient=django_filters.NumberFilter(field_name="patient_id", label=_("Patient"), widget=HiddenInput),
        doctor=OrNone(queryset=Staff.objects.filter(is_doctor=True), label=_("Doctor")),
        visit_type=OrNone(queryset=VisitType.objects.live(), label=_("Visit type")),
        state=django_filters.ChoiceFilter(choices=State.choices, label=_("State")),
    )
    groups = (
        Group("doctor", _("Doctor"), "doctor_id", "doctor", names_of(Staff)),
        Group("visit_type", _("Visit type"), "visit_type_id", "visit_type", names_of(VisitType)),
        Group("state", _("State"), "state", "state", state_labels),
    )
    chart = "doctor"

    def source(self, period: Period, branch_ids: list[int]) -> QuerySet[Appointment]:
        starts, ends = clock.day_bounds(period.first, period.last, self.zone)
        return (
            appointments_visible_to(self.user)
            .filter(branch_id__in=branch_ids, starts_at__gte=starts, starts_at__lt=ends)
            .exclude(state=State.CANCELLED)
            .select_related("branch", "chair", "patient", "doctor", "visit_type")
        )

    def row_url(self, row: Appointment) -> str:
        return row.patient.get_absolute_url()


class NoShowsReport(BookingsReport):
    """Those who did not come."""

    slug = "no-shows"
    title = _("Did not come")
    formula = _("Appointments of the period whose patient did not come")
    figure = count_figure(_("Did not come"), permissions.SEE_BOOKINGS)

    def source(self, period: Period, branch_ids: list[int]) -> QuerySet[Appointment]:
        return super().source(period, branch_ids).filter(state=State.NO_SHOW)

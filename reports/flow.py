"""Patient flow: cards created in the period (REP-04)."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clinic.models import Staff, User
from core import clock
from core.listing import Column
from patients.models import Group as ClvGroup
from patients.models import Patient, Source
from patients.selectors import patients_visible_to
from reports import permissions
from reports.periods import Period
from reports.report import Group, OrNone, Report, count_figure, filters_of, names_of


class PatientFlowReport(Report):
    """Every live card created in the period; a card without a branch counts to every branch's user."""

    slug = "patient-flow"
    title = _("Patient flow")
    formula = _("Cards created in the period; merged and deleted ones are out")
    permission = permissions.SEE_FLOW
    order = ("-created_at",)
    figure = count_figure(_("New patients"), permissions.SEE_FLOW)
    columns = (
        Column("patient", _("Patient"), "full_name", "search_name"),
        Column("card_number", _("Card"), sort="card_number", shown=False),
        Column("created", _("Created"), lambda row: row.created_at, "created_at", "datetime"),
        Column("doctor", _("Treating doctor"), "doctor.short_name", "doctor__last_name"),
        Column("source", _("Marketing channel"), "source.name", "source__name"),
        Column("kind", _("Type"), lambda row: row.get_kind_display(), "kind"),
        Column("is_active", _("Active"), sort="is_active", kind="bool"),
        Column("created_by", _("Created by"), "created_by", "created_by__name"),
        Column("value", _("New patients"), lambda row: 1, kind="number", shown=False),
    )
    filterset = filters_of(
        doctor=OrNone(queryset=Staff.objects.filter(is_doctor=True), label=_("Treating doctor")),
        source=OrNone(queryset=Source.objects.live(), label=_("Marketing channel")),
        group=OrNone(queryset=ClvGroup.objects.live(), label=_("CLV group")),
        created_by=OrNone(queryset=User.objects.all(), label=_("Created by")),
        is_active=django_filters.BooleanFilter(label=_("Active")),
    )
    groups = (
        Group("source", _("Marketing channel"), "source_id", "source", names_of(Source)),
        Group("doctor", _("Treating doctor"), "doctor_id", "doctor", names_of(Staff)),
    )
    chart = "source"

    def source(self, period: Period, branch_ids: list[int]) -> QuerySet[Patient]:
        starts, ends = clock.day_bounds(period.first, period.last, self.zone)
        rows = patients_visible_to(self.user).filter(created_at__gte=starts, created_at__lt=ends)
        if self.params.get("branch"):
            rows = rows.filter(branch_id__in=branch_ids)
        return rows.select_related("doctor", "source", "created_by")

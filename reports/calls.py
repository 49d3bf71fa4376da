"""Reports over incoming telephone calls: answered and missed (SCH-31, REP-01)."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core import clock
from core.listing import Column
from patients.permissions import SEE_CONTACTS
from reports import permissions
from reports.periods import Period
from reports.report import Report, count_figure, filters_of
from scheduling.models import PhoneCall
from scheduling.selectors.phoning import calls_visible_to


class AnsweredCallsReport(Report):
    """Calls of the period that somebody has answered."""

    slug = "calls-answered"
    title = _("Answered calls")
    formula = _("Calls that came in the period and were answered")
    permission = permissions.SEE_BOOKINGS
    order = ("-started_at",)
    figure = count_figure(_("Answered calls"), permissions.SEE_BOOKINGS)
    columns = (
        Column("date", _("Date"), lambda row: row.started_at, "started_at", "datetime"),
        Column("phone", _("Phone"), "phone", kind="phone", permission=SEE_CONTACTS),
        Column(
            "patient", _("Patient"), lambda row: row.patient.full_name if row.patient else "", "patient__search_name"
        ),
        Column("user", _("Who answers"), lambda row: str(row.user or "")),
        Column("branch", _("Branch"), lambda row: row.branch.name if row.branch else "", "branch__name"),
        Column("value", _("Calls"), lambda row: 1, kind="number", shown=False),
    )
    filterset = filters_of()
    is_missed = False

    def source(self, period: Period, branch_ids: list[int]) -> QuerySet[PhoneCall]:
        """Lines that belong to no branch count wherever no branch is asked for."""
        starts, ends = clock.day_bounds(period.first, period.last, self.zone)
        of_branches = (
            Q(branch__in=branch_ids) if self.branch_asked else Q(branch__in=branch_ids) | Q(branch__isnull=True)
        )
        rows = calls_visible_to(self.user).filter(of_branches, started_at__gte=starts, started_at__lt=ends)
        return rows.filter(state=PhoneCall.State.MISSED) if self.is_missed else rows.filter(answered_at__isnull=False)

    def row_url(self, row: Any) -> str:
        return row.patient.get_absolute_url() if row.patient else ""


class MissedCallsReport(AnsweredCallsReport):
    """Those that nobody has answered."""

    slug = "calls-missed"
    title = _("Missed calls")
    formula = _("Calls that came in the period and nobody answered")
    figure = count_figure(_("Missed calls"), permissions.SEE_BOOKINGS)
    is_missed = True

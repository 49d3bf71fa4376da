"""Every report there is, in the order of the reports page."""

from typing import Any

from clinic.selectors import branches_visible_to
from core import modules
from core.access import is_allowed
from reports.bookings import BookingsReport, NoShowsReport
from reports.flow import PatientFlowReport
from reports.money import AdvanceReport, DebtReport, FinanceReport, IncomeReport, PaidReport
from reports.report import Report

REPORTS: tuple[type[Report], ...] = (
    IncomeReport,
    FinanceReport,
    PaidReport,
    DebtReport,
    AdvanceReport,
    PatientFlowReport,
    BookingsReport,
    NoShowsReport,
)


def reports_of(user: Any) -> list[type[Report]]:
    return [report for report in REPORTS if modules.is_on("reports") and is_allowed(user, report.permission)]


def zone_of(user: Any, branch: int | None = None) -> str:
    """The zone whose today is meant: that of the branch asked for, else of the user's first."""
    branches = branches_visible_to(user)
    chosen = branches.filter(pk=branch).first() if branch else None
    first = chosen or branches.first()
    return first.timezone if first else "UTC"

"""Every report there is, in the order of the reports page."""

from typing import Any

from core import modules
from core.access import is_allowed
from reports.bookings import BookingsReport, NoShowsReport
from reports.calls import AnsweredCallsReport, MissedCallsReport
from reports.desk import CashFlowReport, IssuedReport
from reports.flow import PatientFlowReport
from reports.insured import DmsReport
from reports.money import AdvanceReport, DebtReport, FinanceReport, IncomeReport, PaidReport
from reports.report import Report

REPORTS: tuple[type[Report], ...] = (
    IncomeReport,
    IssuedReport,
    FinanceReport,
    CashFlowReport,
    PaidReport,
    DebtReport,
    AdvanceReport,
    DmsReport,
    PatientFlowReport,
    BookingsReport,
    NoShowsReport,
    AnsweredCallsReport,
    MissedCallsReport,
)


def reports_of(user: Any) -> list[type[Report]]:
    return [report for report in REPORTS if modules.is_on("reports") and is_allowed(user, report.permission)]

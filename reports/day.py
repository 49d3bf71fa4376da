"""The close of the day: patients, invoices and payments, services, cash, of one branch and one of its days (REP-12).

Every figure is a report's, so it opens the rows that it counts; page, PDF, workbook and API draw this one set.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.models import CashShift
from billing.selectors.cash import desks_visible_to, shifts_left_open, shifts_reachable_by
from billing.selectors.visits import visits_to_pay
from clinic.models import Branch
from clinic.selectors import branch_of, branches_visible_to
from core import clock, modules
from core.access import is_allowed
from core.errors import Forbidden, Invalid
from core.listing import Page
from core.money import ZERO, Money
from ledger import accounts
from ledger.selectors import account_sum, is_day_visible
from reports import permissions
from reports.bookings import BookingsReport
from reports.desk import CashFlowReport, IssuedReport
from reports.flow import PatientFlowReport
from reports.money import FinanceReport, IncomeReport
from reports.periods import Period
from reports.report import Part, Report
from scheduling.models import State
from scheduling.selectors.appointments import appointments_visible_to

ROWS = 500


@dataclass(frozen=True, slots=True)
class DayFigure:
    """A figure of the set: a report's value, and the address of its rows."""

    key: str
    label: Any
    report: Report

    @property
    def kind(self) -> str:
        return self.report.figure.kind

    @property
    def value(self) -> Any:
        return self.report.value

    @property
    def url(self) -> str:
        return f"{self.report.url}?{self.report.narrowed()}"


@dataclass
class Section:
    """One of the four reports: its figures, its rows, its splits."""

    key: str
    title: Any
    report: Report
    figures: list[DayFigure]
    splits: list[tuple[Any, list[Part]]] = field(default_factory=list)

    @cached_property
    def page(self) -> Page:
        """The first rows; a day that has more leads to the report."""
        return self.report.page(1, ROWS)

    @property
    def lines(self) -> list[list[tuple[Any, Any]]]:
        """The same rows as cells, for paper."""
        return [list(self.report.cells(row)) for row in self.page.rows]


@dataclass(frozen=True, slots=True)
class DeskDay:
    """A drawer: what it held when the day began and when it ended, by the book."""

    desk: Any
    before: Money
    came: Money
    went: Money
    after: Money
    shifts: list[CashShift]


@dataclass(slots=True)
class DaySet:
    branch: Branch
    day: date
    sections: list[Section]
    desks: list[DeskDay]
    left_open: list[CashShift]
    unfinished: int
    to_pay: int

    @property
    def is_today(self) -> bool:
        return self.day == clock.today(self.branch.timezone)


def branch_meant(user: Any, asked: int | None, current: Branch | None = None) -> Branch:
    """The branch asked for, else the one at hand, else the user's first."""
    if asked is not None:
        return branch_of(user, asked)
    seen = current is not None and current.pk in user.branch_ids
    first = current if seen else branches_visible_to(user).order_by("position", "pk").first()
    if first is None:
        raise Invalid(fields={"branch": _("Choose a branch.")})
    return first


def day_set(user: Any, branch: Branch, day: date | None = None) -> DaySet:
    """The whole set; a day of money that the user may not see is Forbidden, whatever he sees elsewhere (SET-14)."""
    day = day or clock.today(branch.timezone)
    if not is_day_visible(user, day, branch.timezone):
        raise Forbidden(_("You see money of today only. The director may allow more days."), days=user.money_days_back)
    found = DaySet(branch, day, sections_of(user, branch, day), [], [], 0, 0)
    found.desks = desks_of(user, branch, day)
    found.left_open = [shift for shift in shifts_left_open(user) if shift.desk.branch_id == branch.pk]
    if found.is_today:
        begins, ends = clock.day_bounds(day, day, branch.timezone)
        waiting = (State.BOOKED, State.CONFIRMED, State.ARRIVED, State.IN_CHAIR)
        visits = appointments_visible_to(user).filter(branch=branch, starts_at__gte=begins, starts_at__lt=ends)
        found.unfinished = visits.filter(state__in=waiting).count()
        found.to_pay = visits_to_pay(user).filter(branch=branch).count()
    return found


def sections_of(user: Any, branch: Branch, day: date) -> list[Section]:
    def of(report: type[Report], **filters: Any) -> Report:
        return report.of(user, Period(day, day), branch.pk, **filters)

    def figure(key: str, label: Any, report: type[Report], **filters: Any) -> DayFigure:
        return DayFigure(key, label, of(report, **filters))

    made = [
        Section("patients", _("Patients"), of(BookingsReport), [
            figure("booked", _("Booked"), BookingsReport),
            figure("completed", _("Visits finished"), BookingsReport, state=State.COMPLETED.value),
            figure("no_show", _("Did not come"), BookingsReport, state=State.NO_SHOW.value),
            figure("new_patients", _("New patients"), PatientFlowReport),
        ]),
        Section("money", _("Invoices and payments"), of(IssuedReport), [
            figure("invoiced", _("Invoiced"), IssuedReport),
            figure("cash", _("Cash"), FinanceReport, method="cash"),
            figure("card", _("Card"), FinanceReport, method="card"),
            figure("receipts", _("Receipts"), FinanceReport),
        ]),
        Section("services", _("Rendered services"), of(IncomeReport), [figure("income", _("Income"), IncomeReport)]),
        Section("cash_flow", _("Cash flow"), of(CashFlowReport), [
            figure("came", _("Cash in"), CashFlowReport, way="in"),
            figure("went", _("Cash out"), CashFlowReport, way="out"),
            figure("balance", _("Balance of the period"), CashFlowReport),
        ]),
    ]  # fmt: skip
    kept = [each for each in made if is_allowed(user, each.report.permission)]
    for each in kept:
        each.figures = [one for one in each.figures if is_allowed(user, one.report.permission)]
        if each.key == "services":
            each.splits = [(each.report.group(name).title, each.report.parts(name)) for name in ("doctor", "direction")]
        if each.key == "cash_flow":
            each.splits = [(each.report.group("document").title, each.report.parts("document"))]
    return kept


def desks_of(user: Any, branch: Branch, day: date) -> list[DeskDay]:
    """Each drawer by the book. What it held before the day is not money of that day: it is what the day began with."""
    if not modules.is_on("billing") or not is_allowed(user, permissions.SEE_MONEY):
        return []
    begins, ends = clock.day_bounds(day, day, branch.timezone)
    found = []
    for desk in desks_visible_to(user).filter(branch=branch):
        flows = CashFlowReport.of(user, Period(day, day), branch.pk, desk=desk.pk).figures_of_all
        after = account_sum(accounts.cash(branch.pk, desk.pk), day)
        came, went = Money(flows["came"] or ZERO), Money(flows["went"] or ZERO)
        shifts = shifts_reachable_by(user).filter(desk=desk, opened_at__lt=ends).order_by("opened_at")
        own = [shift for shift in shifts if shift.closed_at is None or shift.closed_at >= begins]
        found.append(DeskDay(desk, after - came + went, came, went, after, own))
    return found

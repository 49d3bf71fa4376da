"""The home dashboard as data: each block is a figure of a report, or its split; each value opens its rows (REP-01)."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import modules
from core.access import is_allowed
from reports.bookings import BookingsReport, NoShowsReport
from reports.calls import AnsweredCallsReport, MissedCallsReport
from reports.flow import PatientFlowReport
from reports.money import AdvanceReport, DebtReport, FinanceReport, IncomeReport, PaidReport
from reports.periods import Period
from reports.report import Part, Report


@dataclass(frozen=True, slots=True)
class Block:
    """`key` is its name in the API. `group` splits the report's figure; `good` says which direction is good."""

    key: str
    title: Any
    report: type[Report]
    group: str = ""
    module: str = "reports"
    icon: str = ""
    tone: str = "blue"
    good: str = "up"

    @property
    def kind(self) -> str:
        return self.report.figure.kind


@dataclass(frozen=True, slots=True)
class Figure:
    """A block as computed for a user and a period."""

    block: Block
    report: Report
    value: Any
    before: Any = None
    parts: tuple[Part, ...] = ()

    @property
    def url(self) -> str:
        return f"{self.report.url}?{self.report.narrowed()}"

    @property
    def delta(self) -> float | None:
        """Change against the period before, in percent; None where there was nothing."""
        return round(float((self.value - self.before) / self.before * 100), 1) if self.before else None

    @property
    def note(self) -> Any:
        return _("nothing to compare with") if not self.report.is_as_of else ""

    @property
    def points(self) -> list[float]:
        """A line of the figure over the period, where the report can split it by day."""
        return (
            [float(value) for value in self.report.by_day()]
            if self.report.day_path and self.report.period.days > 1
            else []
        )

    @property
    def why(self) -> dict[str, Any]:
        """Explain this number: formula, filters, rows, which are counted when it is asked (MOON-05)."""
        return {
            "name": self.block.title, "value": self.value, "kind": self.block.kind, "formula": self.report.formula,
            "filters": [label for label in self.report.filter_words], "href": self.url,
            "count_url": f"{self.report.url}count/?{self.report.narrowed()}",
        }  # fmt: skip

    def part_url(self, part: Part) -> str:
        return f"{self.report.url}?{part.query}"


BLOCKS: list[Block] = [
    Block("income", _("Income"), IncomeReport, module="billing"),
    Block("receipts", _("Receipts"), FinanceReport, module="billing", tone="green"),
    Block("advance", _("Advance"), AdvanceReport, module="billing", tone="teal"),
    Block("debt", _("Debt"), DebtReport, module="billing", tone="red", good="down"),
    Block("income_by_day", _("Income by day"), IncomeReport, "day", module="billing"),
    Block("income_by_direction", _("Income by direction"), IncomeReport, "direction", module="billing"),
    Block("payments_by_direction", _("Payments by direction"), PaidReport, "direction", module="billing", tone="green"),
    Block("debts_by_direction", _("Debts by direction"), DebtReport, "direction", module="billing", tone="red"),
    Block("bookings", _("Bookings"), BookingsReport, module="scheduling", icon="calendar-event", tone="violet"),
    Block(
        "no_shows", _("Did not come"), NoShowsReport, module="scheduling", icon="calendar-x", tone="red", good="down"
    ),
    Block("calls_answered", _("Answered calls"), AnsweredCallsReport, module="scheduling", icon="phone", tone="green"),
    Block(
        "calls_missed",
        _("Missed calls"),
        MissedCallsReport,
        module="scheduling",
        icon="phone-x",
        tone="red",
        good="down",
    ),
    Block("new_patients", _("New patients"), PatientFlowReport, module="patients", icon="user-plus", tone="teal"),
    Block("bookings_by_doctor", _("Bookings by doctor"), BookingsReport, "doctor", module="scheduling"),
]


def blocks_of(user: Any) -> list[Block]:
    """A block whose module is off or whose report is not permitted is absent."""
    return [block for block in BLOCKS if modules.is_on(block.module) and is_allowed(user, block.report.permission)]


def figures(user: Any, period: Period, branch: int | None, *, compared: bool = False) -> dict[str, Figure]:
    """Blocks of one report share it: its figure and all its splits are one statement."""
    shown = blocks_of(user)
    reports = {block.report: block.report.of(user, period, branch) for block in shown}
    for kind, report in reports.items():
        paths = {report.group(block.group).path for block in shown if block.report is kind and block.group}
        report.split(*sorted(paths | ({report.day_path} if compared and report.day_path else set())))
    return {block.key: figure(block, reports[block.report], compared=compared) for block in shown}


def figure(block: Block, report: Report, *, compared: bool = False) -> Figure:
    if block.group:
        parts = tuple(report.parts(block.group))
        return Figure(block, report, sum(part.value for part in parts), parts=parts)
    before = report.of(report.user, report.period.previous, report.branch_asked).value if compared else None
    return Figure(block, report, report.value, before)

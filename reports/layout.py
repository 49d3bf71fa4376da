"""How the home dashboard is laid out: rows of figures, then cards with charts and splits."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from reports.dashboard import Figure
from reports.periods import Period

TONES = ("blue", "teal", "violet", "green", "amber", "red", "pink", "grey")
SHOWN_PARTS = 7
ROWS = (
    (_("Money"), ("income", "receipts", "advance", "debt")),
    (_("Patients and visits"), ("bookings", "no_shows", "new_patients")),
    (_("Telephone"), ("calls_answered", "calls_missed")),
)


@dataclass(frozen=True, slots=True)
class Row:
    title: Any
    figures: list[Figure]


@dataclass(frozen=True, slots=True)
class Line:
    label: Any
    value: Any
    share: int
    tone: str
    url: str


@dataclass(frozen=True, slots=True)
class Card:
    """A block of the page; `template` draws it from its figure."""

    key: str
    figure: Figure
    template: str
    width: str = "of-4"
    is_low: bool = False

    @property
    def title(self) -> Any:
        return self.figure.block.title

    @property
    def kind(self) -> str:
        return self.figure.block.kind

    @property
    def lines(self) -> list[Line]:
        total = self.figure.value or 1
        return [
            Line(
                part.label,
                part.value,
                round(part.value * 100 / total),
                TONES[min(number, len(TONES) - 1)],
                self.figure.part_url(part),
            )
            for number, part in enumerate(self.figure.parts[:SHOWN_PARTS])
        ]

    @property
    def stack(self) -> list[tuple[str, float]]:
        return [(line.tone, max(0.0, float(line.value))) for line in self.lines]


CARDS = (
    ("income_by_day", "reports/_chart.html", "of-8", False),
    ("income_by_direction", "reports/_split.html", "of-4", False),
    ("payments_by_direction", "reports/_chart.html", "of-8", True),
    ("debts_by_direction", "reports/_split.html", "of-4", False),
    ("bookings_by_doctor", "reports/_chart.html", "of-12", True),
)


def rows_of(figures: dict[str, Figure]) -> list[Row]:
    rows = [Row(title, [figures[key] for key in keys if key in figures]) for title, keys in ROWS]
    return [row for row in rows if row.figures]


def cards_of(figures: dict[str, Figure]) -> list[Card]:
    return [Card(key, figures[key], *shape) for key, *shape in CARDS if key in figures]


def bars(figure: Figure, tone: str, *, flat: bool = False, limit: int = 14) -> dict[str, Any]:
    """One bar a part, in the figure's order."""
    parts = figure.parts[:limit] if limit else figure.parts
    sets = [{"label": str(figure.block.title), "data": [float(part.value) for part in parts], "tone": tone}]
    return {"kind": "bar", "flat": flat, "all": True, "labels": [str(part.label) for part in parts], "sets": sets}


def days(figure: Figure, period: Period) -> dict[str, Any]:
    """A bar for each day of the period, those without income too."""
    values = {part.key: float(part.value) for part in figure.parts}
    labels = [f"{day:%d.%m}" for day in period.each_day()]
    data = [values.get(day, 0.0) for day in period.each_day()]
    return {"kind": "bar", "labels": labels, "sets": [{"label": str(figure.block.title), "data": data, "tone": "blue"}]}


def charts_of(figures: dict[str, Figure], period: Period) -> dict[str, Any]:
    """Configurations of the page's charts by card; their numbers are those of the blocks."""
    made: dict[str, Any] = {}
    if "income_by_day" in figures:
        made["income_by_day"] = days(figures["income_by_day"], period)
    if "payments_by_direction" in figures:
        made["payments_by_direction"] = bars(figures["payments_by_direction"], "green")
    if "bookings_by_doctor" in figures:
        made["bookings_by_doctor"] = bars(figures["bookings_by_doctor"], "violet")
    return made

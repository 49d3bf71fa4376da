"""A report is a list screen with one main figure: the figure is an aggregate of the very rows that it opens.

Page, export, API, dashboard blocks and their drill-down all come from one definition, so a shown figure cannot
differ from the sum of its rows (MOON-05).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar
from urllib.parse import quote

import django_filters
from django.db.models import Count, QuerySet, Value
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch
from clinic.selectors import zone_meant
from core import clock
from core.access import Permission, is_allowed
from core.listing import Listing, Total
from reports import periods
from reports.periods import Period
from reports.splitting import split_sums

CHART_PARTS = 14
MARK = "--the-part--"  # stands in an address for the key of a part
ONE = Value(1)


@dataclass(frozen=True, slots=True)
class Group:
    """A way to split the figure: `path` in the rows, the filter that opens one part, and labels of the keys."""

    name: str
    title: Any
    path: str
    filter: str
    labels: Callable[[Iterable[Any]], dict[Any, Any]]


@dataclass(frozen=True, slots=True)
class Figure(Total):
    """The main figure of a report: `measure` is what one row adds to it."""

    measure: Any = ONE


def count_figure(label: Any, permission: Permission) -> Figure:
    return Figure("value", label, Count("pk"), "number", permission)


@dataclass(frozen=True, slots=True)
class Part:
    """One value of a split figure and the query that opens its rows."""

    key: Any
    label: Any
    value: Any
    query: str


def names_of(model: Any) -> Callable[[Iterable[Any]], dict[Any, Any]]:
    """Labels of a split by a model's rows."""

    def labels(keys: Iterable[Any]) -> dict[Any, Any]:
        return {pk: str(row) for pk, row in model.objects.in_bulk([key for key in keys if key is not None]).items()}

    return labels


def unchanged(rows: QuerySet[Any], _name: str, _value: Any) -> QuerySet[Any]:
    """`from`, `to` and `branch` are read by the report before its rows are asked for."""
    return rows


def filters_of(**extra: Any) -> type[django_filters.FilterSet]:
    """The filters that every report has, and its own."""
    common = {
        "from": django_filters.DateFilter(label=_("From"), method=unchanged),
        "to": django_filters.DateFilter(label=_("To"), method=unchanged),
        "branch": django_filters.ModelChoiceFilter(queryset=Branch.objects.live(), label=_("Branch"), method=unchanged),
    }
    return type("ReportFilter", (django_filters.FilterSet,), {**common, **extra})


class Report(Listing):
    """Subclasses give `source(period, branch_ids)`: rows that `self.user` may see, by a selector of an app below.

    Where kept totals can stand for the rows, `from_totals()` gives them,
    `told_by_totals` gives their column for each filter and path that they can answer, `totals_measure` what to sum.
    """

    abstract = True
    template = "reports/report.html"
    fragment = "reports/report.html#rows"
    active = "reports"
    figure: ClassVar[Figure]
    totals_measure: ClassVar[Any] = None
    told_by_totals: ClassVar[Mapping[str, str]] = MappingProxyType({})
    figures: ClassVar[tuple[Total, ...]] = ()
    groups: ClassVar[tuple[Group, ...]] = ()
    formula: ClassVar[Any] = ""
    chart: ClassVar[str] = ""
    is_as_of: ClassVar[bool] = False
    day_path: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not vars(cls).get("abstract"):
            cls.totals = (cls.figure, *cls.figures)

    def source(self, period: Period, branch_ids: list[int]) -> QuerySet[Any]:
        raise NotImplementedError

    def queryset(self) -> QuerySet[Any]:
        return self.source(self.period, self.branch_ids)

    @property
    def branch_asked(self) -> int | None:
        asked = self.params.get("branch", "")
        return int(asked) if asked.isdigit() else None

    @cached_property
    def zone(self) -> str:
        """The zone in which "today" is meant: that of the branch asked for, else of the user's first."""
        return zone_meant(self.user, self.branch_asked)

    @cached_property
    def period(self) -> Period:
        return periods.asked(self.params, clock.today(self.zone))

    @cached_property
    def branch_ids(self) -> list[int]:
        """The branch asked for, if the user sees it; else all that he sees."""
        asked = self.params.get("branch", "")
        if not asked:
            return list(self.user.branch_ids)
        return [int(asked)] if asked.isdigit() and int(asked) in self.user.branch_ids else []

    @property
    def subtitle(self) -> Any:
        return self.formula

    def from_totals(self) -> QuerySet[Any] | None:
        """Kept totals whose sums are those of the rows; None where there are none, or not for this user."""
        return None

    def facts(self, paths: Sequence[str]) -> tuple[QuerySet[Any], Any, Sequence[str]]:
        """What to sum, what of it, and by which columns: totals where they tell enough, else the rows."""
        told = self.told_by_totals
        asked = {name for name in self.filter_class.base_filters if self.params.get(name)} - {"from", "to", "branch"}
        totals = self.from_totals() if self.is_valid and told.keys() >= {*asked, *paths} else None
        if totals is None:
            return self.filtered(), self.figure.measure, paths
        for name in asked:
            totals = self.filter.filters[name].filter(totals, self.filter.form.cleaned_data[name])
        return totals, self.totals_measure or self.figure.measure, [told[path] for path in paths]

    def split(self, *paths: str) -> list[dict[Any, Any]]:
        """The figure's sums by each path, asked together in one statement and kept."""
        missing = [path for path in paths if path not in self._splits]
        if missing or "value" not in self.__dict__:
            self.__dict__["value"], found = split_sums(*self.facts(missing))
            self._splits |= zip(missing, found, strict=True)
        return [self._splits[path] for path in paths]

    @cached_property
    def _splits(self) -> dict[str, dict[Any, Any]]:
        return {}

    @cached_property
    def value(self) -> Any:
        """The main figure, over the filtered rows; asked together with the split that the page draws beside it."""
        self.split(*([self.group(self.chart).path] if self.chart else []))
        return self.__dict__["value"]

    def group(self, name: str) -> Group:
        return next(each for each in self.groups if each.name == name)

    def parts(self, name: str) -> list[Part]:
        """The figure split by a group, largest first; the parts add up to the figure."""
        group = self.group(name)
        (split,) = self.split(group.path)
        labels = group.labels(list(split))
        query = self.narrowed(**{group.filter: MARK})  # one for all: a year has a part a day
        made = [
            Part(
                key,
                labels.get(key, _("not set")),
                value,
                query.replace(MARK, "none" if key is None else quote(str(key))),
            )
            for key, value in split.items()
        ]
        return sorted(made, key=lambda part: (-part.value, str(part.label)))

    def narrowed(self, **changes: Any) -> str:
        """This report's query with the period spelled out and some filters set: the address of a figure's rows."""
        params = self.params.copy()
        params["from"], params["to"] = self.period.first.isoformat(), self.period.last.isoformat()
        for name, value in changes.items():
            params[name] = str(value)
        return str(params.urlencode())

    def by_day(self) -> list[Any]:
        """The figure of each day of the period, for a line."""
        (found,) = self.split(self.day_path)
        return [found.get(day, 0) for day in self.period.each_day()]

    @property
    def filter_words(self) -> list[str]:
        branch = Branch.objects.filter(pk__in=self.branch_ids).first() if self.params.get("branch") else None
        return [f"{self.period.first:%d.%m.%Y} – {self.period.last:%d.%m.%Y}", *([branch.name] if branch else [])]

    @cached_property
    def chart_data(self) -> dict[str, Any] | None:
        """The split that the report's page draws."""
        if not self.chart or not self.is_valid:
            return None
        parts = self.parts(self.chart)[:CHART_PARTS]
        sets = [{"label": str(self.figure.label), "data": [float(part.value) for part in parts], "tone": "blue"}]
        return (
            {"report": {"kind": "bar", "all": True, "labels": [str(part.label) for part in parts], "sets": sets}}
            if parts
            else None
        )

    @classmethod
    def of(cls, user: Any, period: Period, branch: int | None = None, **filters: Any) -> "Report":
        """The report as a dashboard asks for it."""
        params = QueryDict(mutable=True)
        params["from"], params["to"] = period.first.isoformat(), period.last.isoformat()
        if branch:
            params["branch"] = str(branch)
        for name, value in filters.items():
            params[name] = str(value)
        return cls(user, params, asked_only=True)

    @classmethod
    def is_open_to(cls, user: Any) -> bool:
        return is_allowed(user, cls.permission)


class OrNone(django_filters.ModelChoiceFilter):
    """A model's row, or "none" for rows that have no such row; so that every part of a split can be opened."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, null_label=_("not set"), null_value="none", **kwargs)

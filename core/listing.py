"""A list screen is described once; page, fragment, export, saved views and API are derived from it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from operator import attrgetter
from types import MethodType
from typing import Any, ClassVar

import django_filters
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.access import Permission, is_allowed
from core.models import SavedView

REGISTRY: dict[str, type["Listing"]] = {}
PAGE_SIZE = 50
MAX_PAGE_SIZE = 500
RIGHT_ALIGNED = frozenset({"money", "number", "percent"})
OWN_PARAMS = frozenset({"col", "sort", "page", "page_size", "ordering", "count", "search", "view"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a screen, its file and its API. `value` is a path or a function of the row.

    `file` says what a file holds, where `value` is not a plain path of fields: a path or an expression, so that the
    database alone can write a long list; see core.export.
    """

    name: str
    label: Any
    value: str | Callable[[Any], Any] = ""
    sort: str | tuple[str, ...] = ""
    kind: str = "text"
    shown: bool = True
    permission: Permission | None = None
    file: Any = None

    @property
    def align(self) -> str:
        return "right" if self.kind in RIGHT_ALIGNED else "left"

    def read(self, row: Any) -> Any:
        if callable(self.value):
            return self.value(row)
        try:
            found = attrgetter((self.value or self.name).replace("__", "."))(row)
        except (AttributeError, ObjectDoesNotExist):
            return None
        return found() if isinstance(found, MethodType | partial) else found  # such as get_kind_display


@dataclass(frozen=True, slots=True)
class Total:
    """One figure of the summary row: an aggregate over all filtered rows, not over the page."""

    name: str
    label: Any
    aggregate: Any
    kind: str = "money"
    permission: Permission | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """A bulk action: one service call with ids. `run(ids, actor, data)` returns a sentence for the toast."""

    code: str
    label: Any
    permission: Permission
    run: Callable[[list[int], Any, Any], str]
    icon: str = "check"
    tone: str = ""
    confirm: Any = ""


@dataclass(frozen=True, slots=True)
class Create:
    label: Any
    url_name: str
    permission: Permission
    panel: bool = True


@dataclass(slots=True)
class Page:
    rows: list[Any]
    number: int
    next_url: str | None
    previous_url: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Extension:
    """What an app above adds to a listing below: columns, filters, and the queryset words that they need."""

    module: str
    columns: tuple[Column, ...] = ()
    filters: dict[str, Any] = field(default_factory=dict)
    annotate: Callable[[QuerySet[Any]], QuerySet[Any]] | None = None


class Listing:
    """Subclass with `slug`, `title`, `permission`, `columns`, `queryset()`; the class registers itself.

    `url_name` is "<app>:<slug>-list". A subclass with `abstract = True` in its body is only a base.
    """

    slug: ClassVar[str] = ""
    title: ClassVar[Any] = ""
    permission: ClassVar[Permission]
    export_permission: ClassVar[Permission | None] = None
    columns: ClassVar[tuple[Column, ...]] = ()
    filterset: ClassVar[type[django_filters.FilterSet] | None] = None
    order: ClassVar[str | tuple[str, ...]] = "pk"
    page_size: ClassVar[int] = PAGE_SIZE
    totals: ClassVar[tuple[Total, ...]] = ()
    bulk: ClassVar[tuple[Action, ...]] = ()
    creates: ClassVar[Create | None] = None
    empty_title: ClassVar[Any] = _("Nothing here yet")
    empty_text: ClassVar[Any] = ""
    search_placeholder: ClassVar[Any] = ""
    row_panel: ClassVar[bool] = False
    template: ClassVar[str] = "listing.html"
    fragment: ClassVar[str] = "listing.html#rows"
    active: ClassVar[str] = ""
    extensions: ClassVar[list[Extension]]
    module: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.module = cls.__module__.partition(".")[0]
        if vars(cls).get("abstract"):
            return  # a base, or the same rows in another shape, which then has what apps above add to them
        cls.extensions = []
        if cls.slug in REGISTRY:
            raise ValueError(f"Listing {cls.slug!r} is declared twice")
        REGISTRY[cls.slug] = cls

    @classmethod
    def extend(
        cls,
        module: str,
        *columns: Column,
        filters: dict[str, Any] | None = None,
        annotate: Callable[[QuerySet[Any]], QuerySet[Any]] | None = None,
    ) -> None:
        """Called by an app above in `ready()`; gone without a trace while its module is off."""
        cls.extensions.append(Extension(module, columns, filters or {}, annotate))

    def __init__(self, user: Any, params: QueryDict, *, asked_only: bool = False) -> None:
        """`asked_only` makes no form: filters that `params` do not name are not built. For programs and files."""
        self.user, self.params, self.asked_only = user, params, asked_only
        self.more_orders: dict[str, str] = {}  # names of the API's fields that are no columns here

    # What the screen shows of itself

    def queryset(self) -> QuerySet[Any]:
        """The rows that `user` may see at all; from a selector."""
        raise NotImplementedError

    def row_url(self, row: Any) -> str:
        return row.get_absolute_url() if hasattr(row, "get_absolute_url") else ""

    @property
    def subtitle(self) -> Any:
        return ""

    @cached_property
    def url(self) -> str:
        return reverse(f"{self.module}:{self.slug}-list")

    @cached_property
    def _extensions(self) -> list[Extension]:
        from core import modules  # noqa: PLC0415  modules reads policies, which need the apps to be ready

        return [extension for extension in self.extensions if modules.is_on(extension.module)]

    @cached_property
    def available(self) -> dict[str, Column]:
        declared = [*self.columns, *(column for extension in self._extensions for column in extension.columns)]
        return {c.name: c for c in declared if c.permission is None or is_allowed(self.user, c.permission)}

    @property
    def available_columns(self) -> list[Column]:
        return list(self.available.values())

    @cached_property
    def chosen(self) -> list[Column]:
        """The columns of `?col=`, in that order, else the default set; a hidden one cannot be asked for."""
        names = self.params.getlist("col")
        picked = [self.available[name] for name in names if name in self.available]
        return picked or [column for column in self.available.values() if column.shown]

    # Rows

    @cached_property
    def filter_class(self) -> type[django_filters.FilterSet]:
        return filters_with(
            self.filterset or django_filters.FilterSet, *(each for each in self._extensions if each.filters)
        )

    @cached_property
    def base(self) -> QuerySet[Any]:
        rows = self.queryset()
        for extension in self._extensions:
            rows = extension.annotate(rows) if extension.annotate and self._is_used(extension) else rows
        return rows

    def _is_used(self, extension: Extension) -> bool:
        """Whether anything of it is shown, sorted by or asked for: what it adds to the statement may cost a lot."""
        seen = {column.name for column in self.chosen} | {self.sort.removeprefix("-")}
        names = [column.name for column in extension.columns]
        return (
            not names or any(name in seen for name in names) or any(name in self.params for name in extension.filters)
        )

    @cached_property
    def filter(self) -> django_filters.FilterSet:
        shape = filters_asked(self.filter_class, self.params) if self.asked_only else self.filter_class
        made = shape(self.params, queryset=self.base, request=Asked(self.user))
        made.request_user = self.user
        return made

    @property
    def is_valid(self) -> bool:
        return bool(self.filter.form.is_valid())

    @property
    def sort(self) -> str:
        return self.params.get("sort") or self.params.get("ordering") or ""

    @property
    def is_order_known(self) -> bool:
        name = self.sort.removeprefix("-")
        column = self.available.get(name)
        return bool((column and column.sort) or name in self.more_orders)

    @property
    def ordering(self) -> tuple[str, ...]:
        """The asked order if its column may be seen and sorted, else the default; the key breaks ties."""
        sign, name = ("-" if self.sort.startswith("-") else ""), self.sort.removeprefix("-")
        column = self.available.get(name)
        if found := (column and column.sort) or self.more_orders.get(name):
            fields = (found,) if isinstance(found, str) else found
            return *(sign + each for each in fields), "pk"
        default = (self.order,) if isinstance(self.order, str) else self.order
        return default if default[-1].lstrip("-") == "pk" else (*default, "-pk" if default[0].startswith("-") else "pk")

    def filtered(self) -> QuerySet[Any]:
        """Rows after filter, in no order: what totals and counts are taken over."""
        return self.filter.qs if self.is_valid else self.base.none()

    def filtered_but(self, *names: str) -> QuerySet[Any]:
        """Rows after every filter but these; for a valid form."""
        rows = self.base
        for name, value in self.filter.form.cleaned_data.items():
            rows = rows if name in names else self.filter.filters[name].filter(rows, value)
        return rows

    def rows(self) -> QuerySet[Any]:
        return self.filtered().order_by(*self.ordering)

    def page(self, number: int | None = None, size: int | None = None) -> Page:
        """One page, found without counting: one row more is asked for to know whether a next page exists."""
        number = number or max(1, as_int(self.params.get("page"), 1))
        size = size or min(MAX_PAGE_SIZE, max(1, as_int(self.params.get("page_size"), self.page_size)))
        start = (number - 1) * size
        found = self.slice(start, size + 1)
        return Page(
            rows=self.decorate(found[:size]),
            number=number,
            next_url=self.with_params(page=number + 1) if len(found) > size else None,
            previous_url=self.with_params(page=number - 1 if number > 2 else None) if number > 1 else None,
        )

    def slice(self, start: int, count: int) -> list[Any]:
        """The rows of a page; a listing that knows a quicker way than one statement says it here."""
        return list(self.rows()[start : start + count])

    def decorate(self, rows: list[Any]) -> list[Any]:
        """Give a page's rows what slots know of them, asked once for the whole batch."""
        return rows

    def cells(self, row: Any) -> Iterator[tuple[Column, Any]]:
        return ((column, column.read(row)) for column in self.chosen)

    @cached_property
    def figures_of_all(self) -> dict[str, Any]:
        """Every total that the user may see, over all filtered rows, by name; one statement."""
        allowed = [each for each in self.totals if each.permission is None or is_allowed(self.user, each.permission)]
        if not allowed or not self.is_valid:
            return {}
        sums = self.filtered().order_by().aggregate(**{f"total_{each.name}": each.aggregate for each in allowed})
        return {each.name: sums[f"total_{each.name}"] or 0 for each in allowed}

    @cached_property
    def summary(self) -> list[tuple[Any, Any, str]]:
        found = self.figures_of_all
        return [(each.label, found[each.name], each.kind) for each in self.totals if each.name in found]

    # Links of the screen: its whole state is its query string

    def with_params(self, **changes: Any) -> str:
        params = self.params.copy()
        for name, value in changes.items():
            if value is None:
                params.pop(name, None)
            else:
                params[name] = str(value)
        query = params.urlencode()
        return f"{self.url}?{query}" if query else self.url

    def sort_url(self, column: Column) -> str:
        return self.with_params(sort=f"-{column.name}" if self.sort == column.name else column.name, page=None)

    @property
    def filter_chips(self) -> list[tuple[Any, str, str]]:
        if not self.is_valid:
            return []
        form, chips = self.filter.form, []
        for name in form.fields:
            given = [key for key in self.params if key == name or key.startswith(f"{name}_")]
            if name != "search" and any(self.params.get(key) for key in given):
                without = self.with_params(page=None, **dict.fromkeys(given))
                chips.append((form.fields[name].label or name, self._words(form, name), without))
        return chips

    def _words(self, form: Any, name: str) -> str:
        value = form.cleaned_data.get(name)
        known = getattr(form.fields[name], "choices", None)  # never asked for its truth: a callable one has no length
        choices = {} if known is None or isinstance(value, Model) else dict(known)
        if isinstance(value, slice):
            return " – ".join(str(_as_text(end)) for end in (value.start, value.stop) if end)
        if isinstance(value, list | tuple | QuerySet):
            return ", ".join(str(choices.get(item, item)) for item in value)
        return str(choices.get(value) or _as_text(value))

    @property
    def search_value(self) -> str:
        return self.params.get("search", "")

    @property
    def has_search(self) -> bool:
        return "search" in self.filter_class.base_filters

    @property
    def may_export(self) -> bool:
        return self.export_permission is None or is_allowed(self.user, self.export_permission)

    @property
    def export_urls(self) -> dict[str, str]:
        if not self.may_export:
            return {}
        query = self.params.urlencode()
        tail = f"?{query}" if query else ""
        return {kind: reverse(f"{self.module}:{self.slug}-export", args=[kind]) + tail for kind in ("csv", "xlsx")}

    @cached_property
    def saved_views(self) -> list[tuple[str, str, bool, str]]:
        mine = Q(owner=self.user) | Q(role_code__in=self.user.role_codes)
        current = self.params.urlencode()
        return [
            (view.title, f"{self.url}?{view.query}", view.query == current, reverse("core:view-delete", args=[view.pk]))
            for view in SavedView.objects.filter(mine, listing=self.slug).order_by("title")
        ]

    @property
    def save_view_url(self) -> str:
        return reverse("core:view-save", args=[self.slug])

    @property
    def actions(self) -> list[dict[str, Any]]:
        return [
            {
                "code": each.code,
                "label": each.label,
                "icon": each.icon,
                "tone": each.tone,
                "confirm": each.confirm,
                "url": reverse(f"{self.module}:{self.slug}-action", args=[each.code]),
            }
            for each in self.bulk
            if is_allowed(self.user, each.permission)
        ]

    @property
    def create(self) -> dict[str, Any] | None:
        if self.creates is None or not is_allowed(self.user, self.creates.permission):
            return None
        return {"label": self.creates.label, "url": reverse(self.creates.url_name), "panel": self.creates.panel}

    @property
    def empty(self) -> dict[str, Any]:
        """What an empty list says, and what to do about it."""
        is_narrowed = bool(self.search_value or self.filter_chips)
        return {
            "title": _("Nothing found") if is_narrowed else self.empty_title,
            "text": _("Try other words or clear the filters.") if is_narrowed else self.empty_text,
            "action_label": _("Clear the filters") if is_narrowed else (self.create or {}).get("label", ""),
            "action_url": self.url if is_narrowed else (self.create or {}).get("url", ""),
        }


Filters = type[django_filters.FilterSet]


@lru_cache(maxsize=256)
def filters_with(base: Filters, *extensions: Extension) -> Filters:
    """A filterset with what apps above add to it; making the class costs more than most of what it is used for."""
    added = {name: made for extension in extensions for name, made in extension.filters.items()}
    return type(base)(base.__name__, (base,), added) if added else base


def filters_asked(full: Filters, params: QueryDict) -> Filters:
    """Only those filters that the parameters name, themselves or with a suffix as ranges have."""
    names = [name for name in full.base_filters if any(key == name or key.startswith(f"{name}_") for key in params)]
    return narrowed(full, *names)


@lru_cache(maxsize=2048)
def narrowed(full: Filters, *names: str) -> Filters:
    made = type(full)(full.__name__, (full,), {})
    made.base_filters = {name: full.base_filters[name] for name in names}
    return made


@dataclass(frozen=True, slots=True)
class Asked:
    """What a filterset gets as its request: who asks. A list is also made by jobs, where no request is."""

    user: Any


def scoped(selector: Callable[[Any], QuerySet[Any]]) -> Callable[[Asked], QuerySet[Any]]:
    """The choices of a ModelChoiceFilter within the rights of the one who asks: `queryset=scoped(branches_visible_to)`."""
    return lambda asked: selector(asked.user)


def _as_text(value: Any) -> Any:
    """A filter's value as people write it."""
    if hasattr(value, "strftime"):
        return f"{value:%d.%m.%Y}"
    return _("yes") if value is True else _("no") if value is False else str(value)


def as_int(text: Any, otherwise: int) -> int:
    try:
        return min(int(text), 1_000_000)
    except (TypeError, ValueError):
        return otherwise


def cells_of(screen: Listing, rows: Sequence[Any]) -> Iterator[list[Any]]:
    for row in rows:
        yield [value for _column, value in screen.cells(row)]

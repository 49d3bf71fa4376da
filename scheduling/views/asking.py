"""What the calendar's pages read from a request: JSON of the script, the branch, the days, the wall clock."""

import json
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from clinic.models import Branch, Chair
from clinic.selectors import chairs_visible_to
from core import clock
from core.errors import Invalid, NotFound
from core.forms import DayField
from scheduling.drawing import parsed_day
from scheduling.forms import WallField
from scheduling.selectors.calendar import MOST_DAYS, Days

F = TypeVar("F", bound=forms.Form)
MOST_CHAIRS = 24  # more columns than this nobody can read at once


def given(request: HttpRequest, form: type[F]) -> dict[str, Any]:
    """The cleaned JSON body, or Invalid with its fields."""
    try:
        body = json.loads(request.body or b"{}")
    except ValueError as error:
        raise Invalid from error
    asked = form(body if isinstance(body, dict) else {})
    if not asked.is_valid():
        raise Invalid(fields={name: list(texts) for name, texts in asked.errors.items()})
    return asked.cleaned_data


def number(text: Any) -> int | None:
    return int(text) if str(text).isascii() and str(text).isdigit() and len(str(text)) < 16 else None


def branches_asked(request: HttpRequest) -> list[Branch]:
    """The branch of `?branch=`, all of one zone for `all` where they are few, else the one in the shell."""
    mine: list[Branch] = list(request.branches)  # type: ignore[attr-defined]
    asked = request.GET.get("branch", "")
    if asked == "all" and may_see_all(request):
        return mine
    chosen = next((branch for branch in mine if branch.pk == number(asked)), request.branch)  # type: ignore[attr-defined]
    if chosen is None:
        raise NotFound
    return [chosen]


def may_see_all(request: HttpRequest) -> bool:
    """Several branches side by side: of one clock and few enough chairs."""
    mine: list[Branch] = list(request.branches)  # type: ignore[attr-defined]
    if len(mine) < 2 or len({branch.timezone for branch in mine}) > 1:
        return False
    return chairs_visible_to(request.user).count() <= MOST_CHAIRS


def days_asked(request: HttpRequest, most: int = MOST_DAYS) -> Days:
    """`from` and `to`, at most a week; today of the branch when nothing sensible is asked."""
    branches = branches_asked(request)
    today = clock.today(branches[0].timezone)
    first = parsed_day(request.GET.get("from", ""), today)
    last = parsed_day(request.GET.get("to", ""), first)
    last = min(max(last, first), first + timedelta(days=most - 1))
    return Days(request.user, branches, first, last, number(request.GET.get("doctor", "")))


def month_asked(request: HttpRequest) -> Days:
    """The whole weeks that a month's picture shows."""
    branches = branches_asked(request)
    day = parsed_day(f"{request.GET.get('month', '')}-01", clock.today(branches[0].timezone)).replace(day=1)
    first = day - timedelta(days=7)
    return Days(request.user, branches, first, day + timedelta(days=44), number(request.GET.get("doctor", "")))


def chair_asked(user: Any, pk: int | None) -> Chair:
    """A chair with its branch; a stranger's is NotFound."""
    found = chairs_visible_to(user).filter(pk=pk).first() if pk else None
    if found is None:
        raise NotFound
    return found


def moment_of(wall: datetime, zone: str) -> datetime:
    """The wall clock's time as a moment, by the rule of core.clock for days when it is changed."""
    return clock.at(wall.date(), wall.time(), zone)


def wall_asked(text: str) -> datetime | None:
    """A wall clock's time from an address; nothing when it is none."""
    try:
        return WallField(required=False).clean(text)
    except ValidationError:
        return None


def day_typed(text: str) -> date | None:
    """A day from a form that is still being filled in; a half-typed one is none yet."""
    try:
        return DayField(required=False).clean(text)
    except ValidationError:
        return None

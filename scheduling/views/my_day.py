"""A doctor's own day, for a phone in the pocket first (SCH-20)."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core import clock
from core.access import requires
from scheduling import permissions
from scheduling.selectors.my_day import OwnDay, own_day, own_week
from scheduling.slots import ACTIONS, marks_of
from scheduling.views.asking import day_typed


@requires(permissions.SEE_MY_DAY)
def my_day(request: HttpRequest) -> HttpResponse:
    """The day, who is next, one tap for each step. The fragment refreshes itself when somebody changes something."""
    user: Any = request.user
    zone = request.branch.timezone if request.branch else "UTC"  # type: ignore[attr-defined]
    today = clock.today(zone)
    day = day_typed(request.GET.get("day", "")) or today
    shown = own_day(user, day, zone)
    template = "scheduling/my_day.html#day" if request.headers.get("HX-Target") == "day" else "scheduling/my_day.html"
    return render(request, template, {"title": _("My day"), "active": "my-day", **day_page(user, shown, today, zone)})


def day_page(user: Any, shown: OwnDay, today: date, zone: str) -> dict[str, Any]:
    badges, actions = marks_of(shown.visits, user), ACTIONS.gather(shown.visits, user) if shown.visits else {}
    for visit in shown.visits:
        visit.badges, visit.actions = badges.get(visit.pk, []), actions.get(visit.pk, [])
    monday = shown.day - timedelta(days=shown.day.weekday())
    return {
        "shown": shown,
        "today": today,
        "week": own_week(user, monday, zone),
        "previous": shown.day - timedelta(days=7),
        "following": shown.day + timedelta(days=7),
        "minutes_now": clock.now(),
    }

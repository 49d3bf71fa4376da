"""The calendar's page and what its script asks for."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import clock
from core.access import SIGNED_IN, is_allowed, requires
from core.shared import shared
from scheduling import permissions, policies
from scheduling.drawing import drawn, rights_drawn, visits_drawn
from scheduling.forms import labels_by_state
from scheduling.models import State
from scheduling.rules import BACK
from scheduling.script import urls_of, words_of
from scheduling.selectors.appointments import appointments_visible_to
from scheduling.selectors.calendar import calendar_read, days_load
from scheduling.selectors.calendar import visits_drawn as with_names
from scheduling.selectors.choices import last_view_of, professions_of_doctors, views_of
from scheduling.selectors.waiting import waiting_now
from scheduling.services import views
from scheduling.slots import HOMES, NOTES, marks_of
from scheduling.views.asking import days_asked, may_see_all, month_asked, number


@requires(SIGNED_IN)
def home(request: HttpRequest) -> HttpResponse:
    """Where a person's day begins: a doctor's own day, the calendar, or what an app above says."""
    user: Any = request.user
    if is_allowed(user, permissions.SEE_MY_DAY) and user.staff_id:
        return redirect("scheduling:my-day")
    if is_allowed(user, permissions.BOOK) and "director" not in user.role_codes:
        return redirect("scheduling:schedule")
    if url := next(filter(None, (place(user) for place in HOMES)), ""):
        return redirect(url)
    may_see = is_allowed(user, permissions.SEE)
    return (
        redirect("scheduling:schedule")
        if may_see
        else render(request, "scheduling/welcome.html", {"title": _("Welcome")})
    )


@requires(permissions.SEE)
def schedule(request: HttpRequest) -> HttpResponse:
    """The page; everything of a day comes by `feed`."""
    branches = list(request.branches)  # type: ignore[attr-defined]
    context = {
        "title": _("Schedule"),
        "active": "schedule",
        "branches": branches,
        "may_see_all": may_see_all(request),
        "professions": professions_of_doctors(),
        "states": State.choices,
        "waiting": waiting_now(request.user, request.branch.pk if request.branch else None),  # type: ignore[attr-defined]
        "config": config_of(request),
    }
    return render(request, "scheduling/schedule.html", context)


def config_of(request: HttpRequest) -> dict[str, Any]:
    branch = request.branch  # type: ignore[attr-defined]
    today = clock.today(branch.timezone) if branch else clock.now().date()
    return {
        "today": str(today),
        "branch": branch.pk if branch else None,
        "zone": branch.timezone if branch else "UTC",
        "step": policies.STEP_MINUTES.get(),
        "rights": rights_drawn(request.user),
        "last": last_view_of(request.user),
        "views": [{"id": view.pk, "title": view.title, "query": view.query} for view in views_of(request.user)],
        "states": {code: str(label) for code, label in State.choices},
        "labels": labels_by_state(),
        "back": {state: sorted(ways) for state, ways in BACK.items()},
        "urls": urls_of(),
        "words": words_of(),
    }


@requires(permissions.SEE)
def feed(request: HttpRequest) -> JsonResponse:
    """Everything of a day or a week of a branch: columns, shifts, visits, blocked and held time."""
    return JsonResponse(drawn(calendar_read(days_asked(request))))


@requires(permissions.SEE)
def changed(request: HttpRequest) -> HttpResponse:
    """Only these visits, as they are now: what another's change costs is one small question (SCH-56)."""
    asked = [pk for text in request.GET.get("ids", "").split(",")[:50] if (pk := number(text))]
    made = shared(request.user, "changed", tuple(asked), make=lambda: visits_now(request, asked).content)
    return HttpResponse(made, content_type="application/json")


def visits_now(request: HttpRequest, asked: list[int]) -> JsonResponse:
    rows = list(with_names(appointments_visible_to(request.user).filter(pk__in=asked, is_mistake=False)))
    notes = NOTES.gather(rows, request.user) if rows else {}
    return JsonResponse({"visits": visits_drawn(rows, marks_of(rows, request.user), notes)})


@requires(permissions.SEE)
def load(request: HttpRequest) -> JsonResponse:
    """How full each day around a month is (SCH-01)."""
    found = days_load(month_asked(request))
    return JsonResponse({
        str(day): {"visits": row.visits, "percent": row.percent, "works": row.has_shifts} for day, row in found.items()
    })  # fmt: skip


# Named views (SCH-03) and the last one (SCH-02)


@requires(permissions.SEE)
@require_POST
def view_keep(request: HttpRequest) -> JsonResponse:
    row = views.view_keep(
        title=request.POST.get("title", "") or _("View"), query=request.POST.get("query", ""), actor=request.user
    )
    return JsonResponse({"id": row.pk, "title": row.title, "query": row.query})


@requires(permissions.SEE)
@require_POST
def view_last(request: HttpRequest) -> HttpResponse:
    views.view_remember(query=request.POST.get("query", ""), actor=request.user)
    return HttpResponse(status=204)


@requires(permissions.SEE)
@require_POST
def view_drop(request: HttpRequest, pk: int) -> HttpResponse:
    views.view_drop(view_id=pk, actor=request.user)
    return HttpResponse(status=204)

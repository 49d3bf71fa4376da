"""The queue «What should I do now»."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import requires
from core.forms import Done, told
from work import selectors, services
from work.permissions import SEE_TASKS
from work.views.later import moment_of

SHOWN = 15


@requires(SEE_TASKS)
def now(request: HttpRequest) -> HttpResponse:
    """Mine and free, or with `?team` what colleagues have too; `?kind=` one sort."""
    queue = selectors.queue_of(request.user, kind=request.GET.get("kind", ""), team="team" in request.GET)
    items = queue.items if "all" in request.GET else queue.items[:SHOWN]
    context = {
        "items": items, "count": len(queue.items), "more": len(queue.items) - len(items), "queue": queue, "active": "now",
        "urgent": sum(item.tone == "red" for item in queue.items), "kind": request.GET.get("kind", ""),
        "team": "team" in request.GET,
    }  # fmt: skip
    is_fragment = request.headers.get("HX-Target") == "queue"
    return render(request, "work/now.html#queue" if is_fragment else "work/now.html", context)


@requires(SEE_TASKS)
@require_POST
def snooze(request: HttpRequest) -> HttpResponse:
    """Put an item off."""
    if key := request.POST.get("key", ""):
        services.snooze(user=request.user, key=key, until=moment_of(request))
    return told(Done(toast=_("Put off"), event="now"))


@requires(SEE_TASKS)
@require_POST
def claim(request: HttpRequest) -> HttpResponse:
    """Take an item, or give it back."""
    key = request.POST.get("key", "")
    if "back" in request.POST:
        services.item_release(key=key, user=request.user)
        return told(Done(event="now"))
    services.item_claim(key=key, user=request.user)
    return told(Done(toast=_("It is yours"), event="now"))

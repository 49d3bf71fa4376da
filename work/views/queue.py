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


@requires(SEE_TASKS)
def now(request: HttpRequest) -> HttpResponse:
    items, hidden = selectors.queue_of(request.user)
    if "all" in request.GET:
        shown = items
    else:
        shown = items[:15]
    context = {"items": shown, "count": len(items), "more": len(items) - len(shown), "hidden": hidden, "active": "now"}
    context["urgent"] = sum(item.tone == "red" for item in items)
    return render(
        request, "work/now.html#queue" if request.headers.get("HX-Target") == "queue" else "work/now.html", context
    )


@requires(SEE_TASKS)
@require_POST
def snooze(request: HttpRequest) -> HttpResponse:
    """Put an item off."""
    if key := request.POST.get("key", ""):
        services.snooze(user=request.user, key=key, until=moment_of(request))
    return told(Done(toast=_("Put off"), event="now"))

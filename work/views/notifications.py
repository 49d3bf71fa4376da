"""The bell: its tray, the list, what to be told of, what to be told later."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import SIGNED_IN, requires
from core.forms import Done, form_page, told
from work import selectors, services
from work.forms import KindsForm
from work.notices import REGISTRY
from work.views.later import moment_of


@requires(SIGNED_IN)
def tray(request: HttpRequest) -> HttpResponse:
    return render(request, "parts/tray.html", tray_of(request))


def tray_of(request: HttpRequest) -> dict[str, Any]:
    rows = selectors.notifications_shown(request.user)
    notices = [
        {"icon": row.icon, "tone": row.tone, "title": row.title, "text": row.text, "at": row.at, "is_unread": row.is_unread,
         "url": reverse("work:notification", args=[row.pk]), "later_url": reverse("work:notification-snooze", args=[row.pk])}
        for row in rows
    ]  # fmt: skip
    return {
        "notices": notices,
        "read_url": reverse("work:notifications-read"),
        "all_url": reverse("work:notifications-list"),
    }


@requires(SIGNED_IN)
@require_POST
def notifications_read(request: HttpRequest) -> HttpResponse:
    services.notifications_read(user=request.user)
    return render(request, "work/_tray_read.html", {**tray_of(request), "unread": 0})


@requires(SIGNED_IN)
def notification(request: HttpRequest, pk: int) -> HttpResponse:
    """Read, and on to what it tells of."""
    row = selectors.notifications_of(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    services.notifications_read(user=request.user, pk=pk)
    safe = row.url if url_has_allowed_host_and_scheme(row.url, None) else ""
    return redirect(safe or reverse("work:notifications-list"))


@requires(SIGNED_IN)
def notification_kinds(request: HttpRequest) -> HttpResponse:
    """Ticks of what to be told (MSG-07)."""
    muted = selectors.muted_kinds(request.user)
    form = KindsForm(request.POST or None, initial={"kinds": [code for code in REGISTRY if code not in muted]})

    def save(form: Any) -> Done:
        services.mute(user=request.user, wanted=form.cleaned_data["kinds"])
        return Done(url=reverse("work:notifications-list"), toast=_("Saved"))

    return form_page(
        request, form, title=_("What to tell me"), save=save, cancel_url=reverse("work:notifications-list")
    )


@requires(SIGNED_IN)
@require_POST
def notification_snooze(request: HttpRequest, pk: int) -> HttpResponse:
    """Put off; it comes back unread (TSK-11)."""
    if not services.notification_snooze(user=request.user, pk=pk, until=moment_of(request)):
        raise Http404
    if request.headers.get("HX-Target") == "tray":
        return render(request, "parts/tray.html", tray_of(request))
    return told(Done(toast=_("Put off"), event="notifications"))

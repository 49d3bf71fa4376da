"""Triggers: the list with its editor, the dry run, what they propose (MSG-12..16)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import requires
from core.errors import NotFound
from core.forms import Done, form_page, given_version
from messaging import services
from messaging.forms import TriggerForm
from messaging.happenings import REGISTRY
from messaging.models import Trigger
from messaging.permissions import EDIT_TRIGGERS
from messaging.selectors import triggers as selectors


@requires(EDIT_TRIGGERS)
def triggers(request: HttpRequest) -> HttpResponse:
    """All of them, and what a new one may wait for."""
    context = {
        "rows": selectors.triggers_all(), "happenings": list(REGISTRY.values()), "active": "triggers",
        "title": _("Triggers"),
    }  # fmt: skip
    return render(request, "messaging/triggers.html", context)


def edited(request: HttpRequest, row: Trigger | None, event: str) -> HttpResponse:
    happening = REGISTRY.get(event)
    if happening is None:
        raise NotFound
    form = TriggerForm(happening, request.POST or None, instance=row or Trigger(event=event))

    def save(valid: Any) -> Done:
        services.trigger_save(
            trigger_id=row.pk if row else None, actor=request.user, expected_version=given_version(request) if row else None,
            **valid.taken(),
        )  # fmt: skip
        return Done(url=reverse("messaging:triggers"), toast=_("Saved"), follow=True)

    current = selectors.trigger_get(row.pk) if row else None
    return form_page(
        request, form, title=row.name if row else _("New trigger"), subtitle=happening.title, save=save, current=current,
        active="triggers", cancel_url=reverse("messaging:triggers"),
    )  # fmt: skip


@requires(EDIT_TRIGGERS)
def trigger_new(request: HttpRequest, event: str) -> HttpResponse:
    return edited(request, None, event)


def found(pk: int) -> Trigger:
    row = selectors.trigger_get(pk)
    if row is None:
        raise Http404
    return row


@requires(EDIT_TRIGGERS)
def trigger_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = found(pk)
    return edited(request, row, row.event)


@requires(EDIT_TRIGGERS)
def trigger_dry(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom it would have told over the last 90 days."""
    row = found(pk)
    would = selectors.dry_run(row)
    context = {
        "trigger": row, "would": would[:200], "counts": selectors.counts_of(would), "days": selectors.DAYS,
        "active": "triggers", "title": row.name,
    }  # fmt: skip
    return render(request, "messaging/trigger_dry.html", context)


@requires(EDIT_TRIGGERS)
@require_POST
def trigger_switch(request: HttpRequest, pk: int) -> HttpResponse:
    row = services.trigger_switch(trigger_id=pk, is_active=request.POST.get("on") == "1", actor=request.user)
    messages.success(request, _("It works from now on") if row.is_active else _("It does not work any more"))
    return HttpResponse(status=204, headers={"HX-Redirect": reverse("messaging:triggers")})


@requires(EDIT_TRIGGERS)
@require_POST
def trigger_trash(request: HttpRequest, pk: int) -> HttpResponse:
    services.trigger_trash(trigger_id=found(pk).pk, actor=request.user)
    messages.success(request, _("Moved to the trash"))
    return HttpResponse(status=204, headers={"HX-Redirect": reverse("messaging:triggers")})

"""Mailings: made from a list, counted, tried, started, paused, stopped, undone (MSG-04)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import requires
from core.forms import Done, form_page, given_version
from messaging import services
from messaging.forms import MailingForm, StartForm, TestForm
from messaging.models import Mailing
from messaging.permissions import SEND_MAILINGS
from messaging.selectors import mailings as selectors


def found(request: HttpRequest, pk: int) -> Mailing:
    row = selectors.mailing_get(request.user, pk)
    if row is None:
        raise Http404
    return row


@requires(SEND_MAILINGS)
def mailing_new(request: HttpRequest) -> HttpResponse:
    """`?listing=patients&…` are the filters of the list from which it is made."""
    kept = request.GET.copy()
    listing = (kept.pop("listing", None) or ["patients"])[-1]
    query = kept.urlencode()
    form = MailingForm(request.POST or None)
    count = services.mailing_audience(listing=listing, query=query, user=request.user)

    def save(valid: MailingForm) -> Done:
        branch = request.branch or None  # type: ignore[attr-defined]
        row = services.mailing_make(
            **valid.cleaned_data, listing=listing, query=query, branch=branch, actor=request.user
        )
        return Done(url=row.get_absolute_url(), toast=_("The audience is counted. Nothing has gone yet."))

    subtitle = _("From the list “%(list)s”: %(count)s people") % {
        "list": selectors.listing_title(listing), "count": count,
    }  # fmt: skip
    return form_page(
        request, form, title=_("New mailing"), subtitle=subtitle, save=save, submit_label=_("Count the audience"),
        extra="messaging/preview.html", active="mailings", cancel_url=reverse("messaging:mailings-list"),
    )  # fmt: skip


@requires(SEND_MAILINGS)
def mailing(request: HttpRequest, pk: int) -> HttpResponse:
    """Who gets it, who does not and why, how it reads, how far it is."""
    row = found(request, pk)
    context = {
        "mailing": row, "tone": selectors.TONES[row.state], "figures": selectors.figures_of(row), "active": "mailings",
        "people": row.people.all()[:100], "title": row.name, "source": selectors.listing_title(row.listing),
    }  # fmt: skip
    is_part = request.headers.get("HX-Target") == "progress"
    return render(request, "messaging/mailing.html#progress" if is_part else "messaging/mailing.html", context)


@requires(SEND_MAILINGS)
def mailing_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = found(request, pk)
    initial = {"name": row.name, "text": row.text, "per_minute": row.per_minute, "kind": row.kind}
    form = MailingForm(request.POST or None, initial=initial)
    del form.fields["kind"]  # the audience was counted for it

    def save(valid: MailingForm) -> Done:
        services.mailing_change(
            mailing_id=pk, actor=request.user, expected_version=given_version(request), **valid.cleaned_data
        )
        return Done(url=row.get_absolute_url(), toast=_("Saved"), follow=True)

    return form_page(request, form, title=row.name, save=save, current=row, extra="messaging/preview.html")


@requires(SEND_MAILINGS)
def mailing_start(request: HttpRequest, pk: int) -> HttpResponse:
    row = found(request, pk)
    form = StartForm(request.POST or None)

    def save(valid: StartForm) -> Done:
        services.mailing_start(
            mailing_id=pk,
            actor=request.user,
            goes_at=valid.cleaned_data["goes_at"],
            expected_version=given_version(request),
        )
        return Done(
            url=row.get_absolute_url(), toast=_("It goes in half a minute. It can be undone until then."), follow=True
        )

    count = selectors.figures_of(row)
    note = _("%(count)s people, about %(cost)s") % {"count": count["wanted"], "cost": count["cost"]}
    return form_page(
        request, form, title=_("Start the mailing"), subtitle=note, save=save, current=row, submit_label=_("Start")
    )


@requires(SEND_MAILINGS)
def mailing_test(request: HttpRequest, pk: int) -> HttpResponse:
    row = found(request, pk)
    form = TestForm(request.POST or None)

    def save(valid: TestForm) -> Done:
        services.mailing_test(mailing_id=pk, phone=valid.cleaned_data["phone"], actor=request.user)
        return Done(url=row.get_absolute_url(), toast=_("The test is in the queue"))

    return form_page(request, form, title=_("Test send"), save=save, submit_label=_("Send"))


def order(service: Callable[..., Any], said: Callable[[], str]) -> Callable[..., HttpResponse]:
    """A button of the mailing's page."""

    @requires(SEND_MAILINGS)
    @require_POST
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        service(mailing_id=found(request, pk).pk, actor=request.user)
        messages.success(request, said())
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("messaging:mailing", args=[pk])})

    return view


mailing_pause = order(services.mailing_pause, lambda: _("Paused: nothing more goes"))
mailing_resume = order(services.mailing_resume, lambda: _("It goes on"))
mailing_stop = order(services.mailing_stop, lambda: _("Stopped"))
mailing_undo = order(services.mailing_undo, lambda: _("The start is undone: nobody has got anything"))


@requires(SEND_MAILINGS)
@require_POST
def person_drop(request: HttpRequest, pk: int, person: int) -> HttpResponse:
    services.mailing_drop(mailing_id=found(request, pk).pk, person_id=person, actor=request.user)
    return HttpResponse(status=204, headers={"HX-Redirect": reverse("messaging:mailing", args=[pk])})

"""Replies of people: the thread, the answer, who has dealt with it (MSG-21)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import requires
from core.forms import Done, form_page, told
from messaging import selectors, services
from messaging.forms import AnswerForm
from messaging.models import Incoming
from messaging.permissions import SEE_MESSAGES, SEND_MESSAGES


def found(request: HttpRequest, pk: int) -> Incoming:
    row = selectors.incoming_get(request.user, pk)
    if row is None:
        raise Http404
    return row


@requires(SEE_MESSAGES)
def incoming(request: HttpRequest, pk: int) -> HttpResponse:
    """A reply in its thread."""
    row = found(request, pk)
    context = {
        "row": row, "lines": selectors.thread_of(request.user, patient_id=row.patient_id, phone=row.phone),
        "title": row.name or row.phone or row.address, "active": "incoming",
    }  # fmt: skip
    return render(request, "messaging/incoming.html", context)


@requires(SEND_MESSAGES)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Words back by the channel by which they came; the reply counts as dealt with."""
    row = found(request, pk)
    form = AnswerForm(request.POST or None)

    def save(valid: AnswerForm) -> Done:
        services.incoming_answer(incoming_id=row.pk, text=valid.cleaned_data["text"], actor=request.user)
        return Done(url=row.get_absolute_url(), toast=_("The answer is in the queue"), event="incoming", follow=True)

    title = _("Answer")
    return form_page(request, form, title=title, subtitle=row.text[:120], save=save, submit_label=_("Send"))


@requires(SEND_MESSAGES)
@require_POST
def incoming_handle(request: HttpRequest, pk: int) -> HttpResponse:
    services.incoming_handle(incoming_id=found(request, pk).pk, actor=request.user)
    return after(request, pk, _("Dealt with"))


@requires(SEND_MESSAGES)
@require_POST
def incoming_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    services.incoming_reopen(incoming_id=found(request, pk).pk, actor=request.user)
    return after(request, pk, _("It waits for an answer again"))


def after(request: HttpRequest, pk: int, text: str) -> HttpResponse:
    if request.headers.get("HX-Target") == "rows":
        return told(Done(toast=text, event="incoming"))
    return HttpResponse(status=204, headers={"HX-Redirect": reverse("messaging:incoming", args=[pk])})

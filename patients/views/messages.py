"""The conversation with a patient on his card: messages both ways, messengers, order of channels (MSG-10, MSG-21)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import requires
from core.forms import Done, form_page, given_version
from messaging import selectors as talk
from messaging import services
from messaging.forms import ChannelsForm
from messaging.models import Channel
from messaging.permissions import SEE_MESSAGES, SEND_MESSAGES
from messaging.slots import bot_link
from patients import selectors
from patients.views.cards import live_card


@requires(SEE_MESSAGES)
def messages(request: HttpRequest, pk: int) -> HttpResponse:
    """The thread with what he has allowed and where he may be written to."""
    patient = live_card(request, pk)
    context = {
        "body": "patients/_messages.html", "lines": talk.thread_of(request.user, patient_id=pk),
        "channels": talk.channels_of(pk), "messengers": messengers_of(pk),
    }  # fmt: skip
    page = selectors.card_page(patient, request.user, "messages")
    return render(request, selectors.card_template(request), {**page, **context})


def messengers_of(pk: int) -> list[tuple[str, str]]:
    """Connected messengers in which he is not linked yet."""
    linked = {row.channel for row in talk.channels_of(pk)["addresses"]}
    return [(code, label) for code, label in Channel.choices if code not in linked and bot_link(code, "")]


@requires(SEND_MESSAGES)
def channels(request: HttpRequest, pk: int) -> HttpResponse:
    """In what order his channels are tried."""
    patient = live_card(request, pk)
    now = talk.channels_of(pk)
    initial = dict(zip(("first", "second", "third"), now["codes"], strict=False))
    form = ChannelsForm(request.POST or None, initial=initial)

    def save(valid: ChannelsForm) -> Done:
        services.preference_set(
            patient_id=pk, channels=valid.order(), actor=request.user, expected_version=given_version(request)
        )
        return Done(url=reverse("patients:messages", args=[pk]), toast=_("Saved"), follow=True)

    return form_page(
        request, form, title=_("Order of channels"), subtitle=patient.full_name, save=save, version=now["version"]
    )


@requires(SEND_MESSAGES)
@require_POST
def bot(request: HttpRequest, pk: int) -> HttpResponse:
    """A one-time link to the clinic's bot or number in a messenger, for this patient alone."""
    patient = live_card(request, pk)
    channel = request.POST.get("channel", Channel.TELEGRAM)
    if channel not in dict(messengers_of(pk)):
        raise Http404
    code = services.link_code_make(patient_id=pk, channel=channel, actor=request.user)
    return render(request, "patients/_bot.html", {"patient": patient, "link": bot_link(channel, code)})


@requires(SEND_MESSAGES)
@require_POST
def address_end(request: HttpRequest, pk: int, address: int) -> HttpResponse:
    live_card(request, pk)
    services.address_end(address_id=address, patient_id=pk, actor=request.user)
    return HttpResponse(status=204, headers={"HX-Redirect": reverse("patients:messages", args=[pk])})

"""WhatsApp as an integration: the gateway's account, the pairing with the clinic's phone, what it tells us."""

import base64
import hmac
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import clock
from core.text import digits
from integrations import wire
from integrations.adapters import Adapter, Field, Pairing, Tested, Told, part
from integrations.services import connection_failed, connection_noted
from integrations.whatsapp import client
from integrations.whatsapp.links import START
from messaging.gateways import Fate, Report
from messaging.models import Channel
from messaging.services import (
    address_gone,
    address_link,
    address_link_by_phone,
    incoming_receive,
    message_found,
    message_report_by,
)

NOT_AS_IT_SHOULD = _("The service does not answer as it should. Try again later.")
UNREACHED = _("The service cannot be reached.")
STATES = {
    client.PAIRED: _("The phone is paired."),
    "notAuthorized": _("The phone is not paired yet: scan the picture with it."),
    "starting": _("The account is starting. Look again in some minutes."),
    "sleepMode": _("The phone is switched off or has no internet."),
    "blocked": _("WhatsApp has blocked this number."),
    "yellowCard": _("WhatsApp has limited this number: fewer messages at a time."),
}
FATES = {
    "sent": Fate.SENT,
    "delivered": Fate.DELIVERED,
    "read": Fate.DELIVERED,
    "failed": Fate.FAILED,
    "noAccount": Fate.FAILED,
}
NO_ACCOUNT = "noAccount"
ANSWERED_WITHIN = 60  # seconds
HEARD = {
    "incomingWebhook": "yes", "outgoingWebhook": "yes", "outgoingAPIMessageWebhook": "yes", "stateWebhook": "yes",
    "outgoingMessageWebhook": "no", "delaySendMessagesMilliseconds": 1000,
}  # fmt: skip


class TooEarly(Exception):
    """Told before we know of it ourselves."""


def text_of(event: Mapping[str, Any]) -> str:
    """The words of a message; empty where it is a picture, a voice, a file."""
    data = event.get("messageData")
    for path in (("textMessageData", "textMessage"), ("extendedTextMessageData", "text")):
        if isinstance(found := part(data, *path), str):
            return found
    return ""


class WhatsAppAdapter(Adapter):
    code = client.CODE
    title = _("WhatsApp (QR)")
    group = "messages"
    icon = "brand-whatsapp"
    hint = _(
        "Writes from the clinic's own WhatsApp to patients who have begun to talk with it, and gets their replies."
    )
    steps = (
        _("Register at the gateway (green-api.com or one that speaks the same way) and make an account there."),
        _("Enter the number and the token of the account and press “Connect”."),
        _("Scan the picture that appears with the clinic's phone: WhatsApp → Linked devices."),
        _("Send patients their own link from the card: who writes by it gets messages in WhatsApp instead of SMS."),
    )
    fields = (
        Field("instance", _("Number of the account (idInstance)")),
        Field("token", _("Token of the account (apiTokenInstance)"), is_secret=True),
        Field("url", _("Address of the service"), is_required=False, default=client.BASE, is_rare=True),
    )
    hears = True
    pairs = True
    hook_hint = _("The gateway is told this address by itself; the clinic's address must be open to the internet.")

    def test(self, values: Mapping[str, str]) -> Tested:
        try:
            answer = client.ask(values, "getStateInstance")
            state = str(answer.body.get("stateInstance") or "")
            if state == client.PAIRED:
                number = digits(str(client.ask(values, "getWaSettings").body.get("phone") or ""))
            else:
                number = ""
        except wire.NotSent:
            return Tested(False, UNREACHED)
        except (wire.NoAnswer, client.Garbled):
            return Tested(False, NOT_AS_IT_SHOULD)
        if answer.status in (400, 401, 403, 404):
            wrong = _("Wrong number or token of the account.")
            return Tested(False, wrong, fields={"token": [wrong]})
        if not answer.is_right or not state:
            return Tested(False, NOT_AS_IT_SHOULD)
        return Tested(True, STATES.get(state, state), {"pairing": state, "number": number})

    def connected(self, values: Mapping[str, str], hook_url: str, token: str) -> Mapping[str, Any]:
        """Where it shall tell us; without that it only writes, and nobody knows whether it has arrived."""
        given = {"webhookUrl": hook_url, "webhookUrlToken": token, **HEARD}
        try:
            answer = client.ask(values, "setSettings", given)
        except (wire.NotSent, wire.NoAnswer, client.Garbled):
            return {"webhook": ""}
        return {"webhook": "set" if answer.body.get("saveSettings") is True else ""}

    def disconnected(self, values: Mapping[str, str], actor: Any) -> None:
        """The gateway forgets our address; the phone stays paired there until its owner ends that."""
        try:
            client.ask(values, "setSettings", {"webhookUrl": "", "webhookUrlToken": ""})
        except (wire.NotSent, wire.NoAnswer, client.Garbled):
            return

    def pairing(self, values: Mapping[str, str]) -> Pairing:
        """The picture to scan, or the news that the phone is paired."""
        try:
            answer = client.ask(values, "qr")
        except wire.NotSent:
            return Pairing("", UNREACHED)
        except (wire.NoAnswer, client.Garbled):
            return Pairing("", NOT_AS_IT_SHOULD)
        kind, told = answer.body.get("type"), answer.body.get("message")
        if kind == "alreadyLogged":
            return Pairing(client.PAIRED, STATES[client.PAIRED])
        if kind == "qrCode" and isinstance(told, str) and is_picture(told):
            return Pairing("notAuthorized", STATES["notAuthorized"], told)
        return Pairing("", str(told)[:200] if kind == "error" else NOT_AS_IT_SHOULD)

    def is_genuine(self, values: Mapping[str, str], told: Told, token: str) -> bool:
        given = told.headers.get("authorization", "").removeprefix("Bearer ").strip()
        return hmac.compare_digest(given.encode(), token.encode())

    def key_of(self, told: Told) -> str:
        event = told.as_object()
        kind, number = event.get("typeWebhook", ""), event.get("idMessage") or event.get("timestamp", "")
        return f"{kind}:{number}:{event.get('status') or event.get('stateInstance') or ''}"

    def hear(self, values: Mapping[str, str], told: Told) -> str:
        event = told.as_object()
        heard = {
            "incomingMessageReceived": self.written, "outgoingMessageStatus": self.delivered,
            "outgoingAPIMessageReceived": self.sent, "stateInstanceChanged": self.changed,
        }.get(str(event.get("typeWebhook")))  # fmt: skip
        return heard(event) if heard else gettext("Something that is not heard")

    def written(self, event: dict[str, Any]) -> str:
        """Who writes with a code of ours is the patient for whom it was made; WhatsApp vouches for the phone itself."""
        phone = client.phone_of(part(event, "senderData", "chatId"))
        if not phone:
            return gettext("Something that is not heard")
        name, text = str(part(event, "senderData", "senderName") or "")[:200], text_of(event)
        address = phone.lstrip("+")
        if text.startswith(START):
            code = text.removeprefix(START).strip()
            if address_link(code=code, channel=Channel.WHATSAPP, address=address, name=name):
                return gettext("A patient has linked WhatsApp")
        address_link_by_phone(phone=phone, channel=Channel.WHATSAPP, address=address, name=name)
        incoming_receive(
            gateway=self.code, provider_key=str(event.get("idMessage"))[:120], channel=Channel.WHATSAPP, address=address,
            phone=phone, name=name, text=text or gettext("(not a text: a picture, a voice or a file)"),
        )  # fmt: skip
        return gettext("A message in WhatsApp")

    def delivered(self, event: dict[str, Any]) -> str:
        status, phone = str(event.get("status")), client.phone_of(event.get("chatId"))
        why = (
            gettext("there is no WhatsApp at this phone")
            if status == NO_ACCOUNT
            else str(event.get("description") or "")
        )
        number = str(event.get("idMessage") or "")[:100]
        if status == NO_ACCOUNT and phone:
            address_gone(channel=Channel.WHATSAPP, address=phone.lstrip("+"), reason=why)
        report = Report(FATES.get(status, Fate.SILENT), number, why[:300])
        known = message_report_by(gateway=self.code, provider_id=number, report=report)
        return gettext("Delivery of %(id)s: %(status)s") % {"id": number[:20], "status": status[:12]} + (
            "" if known else gettext(" (nothing new)")
        )

    def sent(self, event: dict[str, Any]) -> str:
        """What it has really sent: one whose answer was lost is found again by its chat and words."""
        phone = client.phone_of(part(event, "senderData", "chatId"))
        number = str(event.get("idMessage") or "")[:100]
        known = message_found(gateway=self.code, address=phone.lstrip("+"), text=text_of(event), provider_id=number)
        if not known and is_fresh(event):
            raise TooEarly(number)  # our own call may still wait for its answer: the inbox asks again
        return gettext("It was sent: %(id)s") % {"id": number[:20]}

    def changed(self, event: dict[str, Any]) -> str:
        state = str(event.get("stateInstance") or "")
        said = str(STATES.get(state, state))
        number = digits(str(part(event, "instanceData", "wid") or "").partition("@")[0])
        connection_noted(self.code, pairing=state, **({"number": number} if state == client.PAIRED and number else {}))
        if state not in (client.PAIRED, "starting"):
            connection_failed(self.code, said)
        return said


def is_fresh(event: dict[str, Any]) -> bool:
    """Younger than any call of ours that still waits for its answer."""
    at = event.get("timestamp")
    return isinstance(at, int) and clock.now().timestamp() - at < ANSWERED_WITHIN


def is_picture(told: str) -> bool:
    """Whether it is a PNG and nothing else: it is shown to people."""
    try:
        return base64.b64decode(told, validate=True)[:8] == b"\x89PNG\r\n\x1a\n"
    except ValueError:
        return False

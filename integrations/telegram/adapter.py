"""Telegram as an integration: the bot's token, its name by getMe, updates by a webhook with a secret header."""

import hmac
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.text import digits
from integrations import wire
from integrations.adapters import Adapter, Field, Tested, Told, part
from integrations.telegram import client
from messaging.models import Channel
from messaging.services import address_link, address_link_by_phone, incoming_receive

NOT_AS_IT_SHOULD = _("The service does not answer as it should. Try again later.")


class TelegramAdapter(Adapter):
    code = client.CODE
    title = "Telegram"
    group = "messages"
    icon = "brand-telegram"
    hint = _("A bot of the clinic writes to patients who have begun to talk with it, and gets their replies.")
    steps = (
        _("Ask @BotFather in Telegram for a new bot; he gives a token."),
        _("Enter the token and press “Connect”."),
        _("Send patients their own link from the card: who opens it gets messages in Telegram instead of SMS."),
    )
    fields = (
        Field("token", _("Token of the bot"), is_secret=True),
        Field("url", _("Address of the service"), is_required=False, default=client.BASE, is_rare=True),
    )
    hears = True
    hook_hint = _("Telegram is told this address by itself; the clinic's address must be open to the internet.")

    def test(self, values: Mapping[str, str]) -> Tested:
        try:
            answer = client.ask(values, "getMe")
        except wire.NotSent:
            return Tested(False, _("The service cannot be reached."))
        except (wire.NoAnswer, client.Garbled):
            return Tested(False, NOT_AS_IT_SHOULD)
        code, _text = client.refusal(answer)
        if code:
            wrong = _("Telegram does not know this token.")
            return Tested(False, wrong, fields={"token": [wrong]})
        bot = part(answer, "result", "username")
        if not isinstance(bot, str):
            return Tested(False, NOT_AS_IT_SHOULD)
        return Tested(True, _("It works: @%(bot)s") % {"bot": bot}, {"bot": bot})

    def connected(self, values: Mapping[str, str], hook_url: str, token: str) -> Mapping[str, Any]:
        """Updates come only to an address that Telegram can reach; without one the bot only writes."""
        try:
            answer = client.ask(
                values, "setWebhook", url=hook_url, secret_token=token, allowed_updates=["message", "callback_query"]
            )
        except (wire.NotSent, wire.NoAnswer, client.Garbled):
            return {"webhook": ""}
        return {"webhook": "" if client.refusal(answer)[0] else "set"}

    def disconnected(self, values: Mapping[str, str], actor: Any) -> None:
        try:
            client.ask(values, "deleteWebhook")
        except (wire.NotSent, wire.NoAnswer, client.Garbled):
            return

    def is_genuine(self, values: Mapping[str, str], told: Told, token: str) -> bool:
        sent = told.headers.get("x-telegram-bot-api-secret-token", "")
        return hmac.compare_digest(sent.encode(), token.encode())

    def key_of(self, told: Told) -> str:
        return f"update:{told.as_object().get('update_id', '')}"

    def hear(self, values: Mapping[str, str], told: Told) -> str:
        update = told.as_object()
        message = update.get("message")
        if not isinstance(message, dict):
            return self.pressed(values, update)
        chat, person = str(part(message, "chat", "id") or ""), part(message, "from") or {}
        name = " ".join(str(person.get(each, "")) for each in ("first_name", "last_name")).strip()
        text = message.get("text") if isinstance(message.get("text"), str) else ""
        if text.startswith("/start"):
            return self.start(values, chat, name, text.removeprefix("/start").strip())
        contact = message.get("contact")
        if isinstance(contact, dict):
            return self.contact(values, chat, name, contact, person)
        incoming_receive(
            gateway=self.code, provider_key=self.key_of(told), channel=Channel.TELEGRAM, address=chat, name=name,
            text=text or gettext("(not a text: a picture, a voice or a file)"),
        )  # fmt: skip
        return gettext("A message in Telegram")

    def start(self, values: Mapping[str, str], chat: str, name: str, code: str) -> str:
        """Who comes by a link of ours is the patient for whom it was made."""
        if address_link(code=code, channel=Channel.TELEGRAM, address=chat, name=name):
            self.say(values, chat, gettext("Done: from now on we write to you here."))
            return gettext("A patient has linked Telegram")
        button = {"text": gettext("Send my phone"), "request_contact": True}
        markup = {"keyboard": [[button]], "one_time_keyboard": True, "resize_keyboard": True}
        self.say(
            values, chat, gettext("This link does not work any more. Send your phone, and we shall know you."), markup
        )
        return gettext("A link that works no more")

    def contact(self, values: Mapping[str, str], chat: str, name: str, contact: Any, person: Any) -> str:
        """A phone counts only when it is the writer's own: a contact of somebody else can be sent too."""
        phone = "+" + digits(str(contact.get("phone_number", "")))
        is_own = contact.get("user_id") is not None and contact.get("user_id") == person.get("id")
        if is_own and address_link_by_phone(phone=phone, channel=Channel.TELEGRAM, address=chat, name=name):
            self.say(values, chat, gettext("Done: from now on we write to you here."))
            return gettext("A patient has linked Telegram")
        self.say(values, chat, gettext("We do not know this phone. Please call the clinic."))
        return gettext("A phone that is no patient's")

    def pressed(self, values: Mapping[str, str], update: Mapping[str, Any]) -> str:
        """A button under a message says what its data say, as if it were written."""
        query = part(update, "callback_query")
        chat = part(query, "message", "chat", "id") or part(query, "from", "id")
        if not query or not chat or not isinstance(query.get("data"), str):
            return gettext("Something that is not heard")
        incoming_receive(
            gateway=self.code, provider_key=f"update:{update.get('update_id', '')}", channel=Channel.TELEGRAM,
            address=str(chat), text=query["data"],
        )  # fmt: skip
        return gettext("A button in Telegram")

    def say(self, values: Mapping[str, str], chat: str, text: str, markup: Any = None) -> None:
        """A word back; a lost one does no harm."""
        more = {"reply_markup": markup} if markup else {}
        try:
            client.ask(values, "sendMessage", chat_id=int(chat), text=text, **more)
        except (wire.NotSent, wire.NoAnswer, client.Garbled, ValueError):
            return

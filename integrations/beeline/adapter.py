"""Beeline SMS as an integration: login and password, test by the balance, replies pushed to our address."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.services import policies_set
from core.text import digits
from integrations import wire
from integrations.adapters import Adapter, Field, Tested, Told
from integrations.beeline import client
from messaging.models import Channel
from messaging.services import incoming_receive

NOT_AS_IT_SHOULD = _("The service does not answer as it should. Try again later.")
SUM = re.compile(r"-?\d+(?:[.,]\d{1,2})?")


def form_of(told: Told) -> dict[str, str]:
    """The fields of a pushed reply, in whichever of the two alphabets; names in small letters."""
    for encoding in ("utf-8", "cp1251"):
        try:
            pairs = parse_qsl(told.body.decode("ascii", "surrogateescape"), True, encoding=encoding, errors="strict")
            return {name.lower(): value.replace("\x00", "") for name, value in pairs}
        except (UnicodeDecodeError, ValueError):
            continue
    return {}


def balance_of(answer: client.Answered) -> str:
    """The sum in whatever element or attribute speaks of the balance: its place is not documented."""
    for each in answer.root.iter():
        told = [each.text or ""] if "balance" in each.tag.lower() else []
        told += [value for name, value in each.attrib.items() if "balance" in name.lower()]
        for text in told:
            if found := SUM.search(text):
                return found[0].replace(",", ".")
    return ""


class BeelineAdapter(Adapter):
    code = client.CODE
    title = _("Beeline SMS")
    group = "messages"
    icon = "message-2"
    hint = _("Sends SMS under the name that Beeline has approved, tells whether they have arrived, passes on replies.")
    steps = (
        _("Ask your manager at Beeline for access to the platform of messages (A2P) and for a sender's name."),
        _("Enter the login and the password and press “Connect”."),
        _("Give Beeline the address for callbacks: it is told what people reply."),
    )
    fields = (
        Field("login", _("Login")),
        Field("password", _("Password"), is_secret=True),
        Field("sender", _("Sender's name"), _("As approved by Beeline; empty: theirs."), is_required=False),
        Field("url", _("Address of the service"), is_required=False, default=client.BASE, is_rare=True),
    )
    hears = True
    hook_hint = _("Beeline tells this address of replies.")

    def test(self, values: Mapping[str, str]) -> Tested:
        try:
            answer = client.ask(values, "balance")
        except wire.NotSent:
            return Tested(False, _("The service cannot be reached."))
        except (wire.NoAnswer, client.Garbled):
            return Tested(False, NOT_AS_IT_SHOULD)
        if answer.is_of_account:
            wrong = _("Wrong login or password.")
            return Tested(False, wrong, fields={"password": [wrong]})
        if answer.errors:
            return Tested(False, answer.why)
        balance = balance_of(answer)
        if not balance:
            return Tested(True, _("It works."))
        return Tested(True, _("It works. On the account: %(sum)s") % {"sum": balance}, {"balance": balance})

    def adopted(self, actor: Any) -> None:
        policies_set(values={"messaging.gateway": self.code}, actor=actor)

    def key_of(self, told: Told) -> str:
        """Their number of the reply; without one the reply itself, which is then heard once a day."""
        got = form_of(told)
        if number := got.get("smsid") or got.get("sms_id"):
            return f"reply:{number}"
        return f"reply:{hashlib.sha256(told.body).hexdigest()}"

    def hear(self, values: Mapping[str, str], told: Told) -> str:
        got = form_of(told)
        number = digits(got.get("sender", ""))
        if not number or not got.get("text"):
            return gettext("Something that is not heard")
        phone = f"+{number}"
        incoming_receive(
            gateway=self.code, provider_key=self.key_of(told), channel=Channel.SMS, address=phone, phone=phone,
            text=got["text"],
        )  # fmt: skip
        return gettext("A reply from %(phone)s") % {"phone": phone}

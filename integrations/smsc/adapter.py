"""SMS-Center as an integration: login and password, test by balance, callbacks signed with a secret word."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.services import policies_set
from core.text import digits
from integrations import wire
from integrations.adapters import Adapter, Field, Tested, Told
from integrations.smsc import client
from integrations.smsc.gateway import fate_of, why_of
from messaging.gateways import Report
from messaging.models import Channel
from messaging.services import incoming_receive, message_report

WRONG_PASSWORD = 2


def form_of(told: Told) -> dict[str, str]:
    """The fields of a callback, whichever of the two alphabets they came in; of what is in neither as much as can be read."""
    for encoding, errors in (("utf-8", "strict"), ("cp1251", "strict"), ("cp1251", "replace")):
        try:
            pairs = parse_qsl(told.body.decode("ascii", "surrogateescape"), True, encoding=encoding, errors=errors)
            return {name: value.replace("\x00", "") for name, value in pairs}
        except (UnicodeDecodeError, ValueError):
            continue
    return {}


class SmscAdapter(Adapter):
    code = client.CODE
    title = _("SMS-Center")
    group = "messages"
    icon = "message-2"
    hint = _("Sends SMS, tells whether they have arrived, passes on what people reply.")
    steps = (
        _("Register at smsc.ru and top up the account."),
        _("Enter the login and the password (or the API key instead of it) and press “Connect”."),
        _("Put the address for callbacks into “Settings → Handlers” of your account there."),
    )
    fields = (
        Field("login", _("Login")),
        Field("password", _("Password or API key"), is_secret=True),
        Field("sender", _("Sender's name"), _("As approved by SMS-Center; empty: theirs."), is_required=False),
        Field("callback_secret", _("Secret word of callbacks"),
              _("The same as in your account there. Then every callback must be signed with it."), is_secret=True,
              is_required=False),
        Field("url", _("Address of the service"), is_required=False, default=client.BASE, is_rare=True),
    )  # fmt: skip
    hears = True
    hook_hint = _("SMS-Center tells this address of deliveries and of replies.")

    def test(self, values: Mapping[str, str]) -> Tested:
        try:
            answer = client.ask(values, "balance", cur=1)
        except wire.NotSent:
            return Tested(False, _("The service cannot be reached."))
        except (wire.NoAnswer, client.Garbled):
            return Tested(False, _("The service does not answer as it should. Try again later."))
        code, text = client.error_of(answer)
        if code == WRONG_PASSWORD:
            wrong = _("Wrong login or password.")
            return Tested(False, wrong, fields={"password": [wrong]})
        balance = client.money(answer.get("balance"))
        if code or balance is None:
            return Tested(False, text or _("The service does not answer as it should. Try again later."))
        facts = {"balance": str(balance), "currency": str(answer.get("currency", ""))[:8]}
        return Tested(True, _("It works. On the account: %(sum)s") % {"sum": balance}, facts)

    def adopted(self, actor: Any) -> None:
        policies_set(values={"messaging.gateway": self.code}, actor=actor)

    def is_genuine(self, values: Mapping[str, str], told: Told, token: str) -> bool:
        secret = values.get("callback_secret", "")
        if not secret:
            return True  # the secret in the address is all that there is
        got = form_of(told)
        base = (got.get("phone"), got.get("mes"), got.get("to")) if "mes" in got else (
            got.get("id"), got.get("phone"), got.get("status"))  # fmt: skip
        text = ":".join([*(part or "" for part in base), secret])
        right = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        return hmac.compare_digest(right.encode(), got.get("md5", "").lower().encode())

    def key_of(self, told: Told) -> str:
        got = form_of(told)
        if "status" in got and "mes" not in got:
            return f"status:{got.get('id', '')}:{got.get('phone', '')}:{got['status']}"
        stamp = got.get("id") or got.get("sms_id") or got.get("ts") or got.get("time", "")
        said = "\n".join([got.get("phone", ""), got.get("to", ""), got.get("mes", ""), stamp])
        return f"reply:{hashlib.sha256(said.encode()).hexdigest()}"

    def hear(self, values: Mapping[str, str], told: Told) -> str:
        got = form_of(told)
        phone = "+" + digits(got.get("phone", ""))
        if "mes" in got:
            incoming_receive(
                gateway=self.code, provider_key=self.key_of(told), channel=Channel.SMS, address=phone, phone=phone,
                text=got["mes"],
            )  # fmt: skip
            return gettext("A reply from %(phone)s") % {"phone": phone}
        status = got.get("status", "")
        report = Report(fate_of(status), error=why_of(status))
        known = message_report(gateway=self.code, number=client.number(got.get("id"), 0), report=report, phone=phone)
        return gettext("Delivery of %(id)s: %(status)s") % {"id": got.get("id", "")[:20], "status": status[:8]} + (
            "" if known else gettext(" (nothing new)")
        )

"""SMS through SMS-Center: our row's number is its id, so a lost answer is asked about by that number."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from integrations import wire
from integrations.services import connection_failed, connection_worked, is_on, values_now
from integrations.smsc import client
from messaging.gateways import Answer, Envelope, Fate, Gateway, Outcome, Report

CODE = client.CODE
REFUSED = frozenset({1, 5, 6, 7, 8})  # this message, for ever
CLOSED = frozenset({2, 3, 4})  # password, money, our address: every message
TWICE = 9  # the same text to the same phone within a minute, or too many at once
NOT_CONNECTED = "not connected"
FATES = {-3: Fate.MISSING, -2: Fate.FAILED, -1: Fate.SENT, 0: Fate.SENT, 1: Fate.DELIVERED, 2: Fate.DELIVERED,
         3: Fate.FAILED, 4: Fate.DELIVERED}  # fmt: skip
WHY = {
    -2: _("stopped"), 3: _("expired"), 20: _("cannot be delivered"), 22: _("wrong number"), 23: _("forbidden"),
    24: _("not enough money"), 25: _("the number cannot be reached"),
}  # fmt: skip


def fate_of(status: Any) -> Fate:
    code = client.number(status, -99)
    return Fate.FAILED if code >= 20 else FATES.get(code, Fate.SILENT)


def why_of(status: Any) -> str:
    code = client.number(status, -99)
    return str(WHY.get(code, f"SMSC {code}")) if fate_of(code) == Fate.FAILED else ""


class SmscGateway(Gateway):
    code = CODE
    title = _("SMS-Center")
    batch = 32
    at_once = 8
    reports = True

    def is_ready(self) -> bool:
        return is_on(CODE)

    def send(self, envelope: Envelope) -> Answer:
        values = values_now(CODE)
        if values is None:
            return Answer(Outcome.CLOSED, error=NOT_CONNECTED)
        try:
            answer = client.ask(
                values, "send", phones=envelope.phone.lstrip("+"), mes=envelope.text, id=envelope.number, cost=3,
                sender=values.get("sender", ""),
            )  # fmt: skip
        except wire.NotSent as error:
            connection_failed(CODE, str(error))
            return Answer(Outcome.CLOSED, error=str(error))
        except (wire.NoAnswer, client.Garbled) as error:
            return Answer(Outcome.LOST, error=str(error))
        return self.read(answer)

    def read(self, answer: dict[str, Any]) -> Answer:
        """What the answer to a sending means. One that says neither yes nor no is a lost one."""
        code, text = client.error_of(answer)
        if code in CLOSED:
            connection_failed(CODE, text)
            return Answer(Outcome.CLOSED, error=text)
        if code in REFUSED:
            return Answer(Outcome.REFUSED, error=text)
        if code == TWICE:
            return Answer(Outcome.LOST, error=text)  # it may be our own one that it has already
        if code or "id" not in answer:
            return Answer(Outcome.LOST, error=text or "neither yes nor no")
        balance = client.money(answer.get("balance"))
        connection_worked(CODE, **({"balance": str(balance)} if balance is not None else {}))
        return Answer(Outcome.SENT, provider_id=str(answer["id"])[:100], cost=client.money(answer.get("cost")))

    def ask(self, envelope: Envelope) -> Report:
        values = values_now(CODE)
        if values is None:
            return Report(Fate.SILENT)
        try:
            answer = client.ask(values, "status", phone=envelope.phone.lstrip("+"), id=envelope.number)
        except (wire.NotSent, wire.NoAnswer, client.Garbled) as error:
            return Report(Fate.SILENT, error=str(error)[:300])
        code, text = client.error_of(answer)
        if code:
            return Report(Fate.SILENT, error=text[:300])
        return Report(fate_of(answer.get("status")), error=why_of(answer.get("status")))

"""ATOL Online and Evotor as cash registers: a repetition under our id is one receipt, so a lost answer is asked for by it."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from fiscal.devices import Answer, Device, Fate, Order, Outcome, Report
from integrations import wire
from integrations.atol import client
from integrations.atol.body import receipt_body
from integrations.services import connection_failed, connection_worked, hook_url, is_on, values_now

OPERATIONS = {1: "sell", 2: "sell_refund"}
OF_TOKEN = frozenset({10, 11, 12, 13, 14, 20, 21})  # who we are, not what we ask
UNREACHED = gettext_noop("the service of cash registers cannot be reached")
NOT_CONNECTED = "the service of cash registers is not connected"
FACTS = {
    "fn": "fn_number", "fd": "fiscal_document_number", "fp": "fiscal_document_attribute", "shift": "shift_number",
    "number": "fiscal_receipt_number", "at": "receipt_datetime", "kkt": "ecr_registration_number",
    "url": "ofd_receipt_url", "ofd": "fns_site",
}  # fmt: skip


class AtolDevice(Device):
    code = "atol"
    title = _("ATOL Online")

    def is_ready(self) -> bool:
        return is_on(self.code)

    def values(self, order: Order) -> dict[str, str] | None:
        """The connection's values under the register's own."""
        known = values_now(self.code)
        if known is None:
            return None
        own = {"login": order.account, "password": order.secret, "group": order.group}
        return {**known, **{name: value for name, value in own.items() if value}}

    def send(self, order: Order) -> Answer:
        return self.guarded(order, self.post) or Answer(Outcome.CLOSED, error=NOT_CONNECTED)

    def guarded(self, order: Order, work: Callable[[dict[str, str], Order], Answer]) -> Answer | None:
        values = self.values(order)
        if values is None:
            return None
        if not values.get("group"):
            return Answer(Outcome.LATER, error=str(_("The register has no group's code.")))
        try:
            return work(values, order)
        except (client.NotLetIn, wire.NotSent) as error:
            connection_failed(self.code, str(error))
            is_wrong = isinstance(error, client.NotLetIn) and error.is_wrong
            return Answer(Outcome.CLOSED, error=str(error) if is_wrong else UNREACHED)
        except (wire.NoAnswer, client.Garbled) as error:
            return Answer(Outcome.LOST, error=str(error))

    def post(self, values: dict[str, str], order: Order) -> Answer:
        told = receipt_body(order, values.get("protocol") or "v5", hook_url(self.code))
        answer = client.ask(self.code, values, "POST", OPERATIONS[order.operation], told)
        number, text = client.error_of(answer)
        uuid = str(answer.get("uuid") or "")
        if number == client.TWICE and uuid:
            return Answer(Outcome.TAKEN, uuid)  # it has our id already: that is the one
        if number in OF_TOKEN:
            client.token_forget(values)
            connection_failed(self.code, text)
            return Answer(Outcome.CLOSED, error=text)
        if number in client.UNSURE:
            return Answer(Outcome.LOST, error=text)
        if number:
            return Answer(Outcome.REFUSED, error=text)
        if not uuid:
            return Answer(Outcome.LOST, error="neither yes nor no")
        connection_worked(self.code)
        return Answer(Outcome.TAKEN, uuid)

    def ask(self, order: Order) -> Report:
        """By its id; where that was lost, by telling it once more under ours."""
        if not order.provider_id:
            return reported(self.send(order))
        values = self.values(order)
        if values is None:
            return Report(Fate.SILENT)
        try:
            return read(client.ask(self.code, values, "GET", f"report/{order.provider_id}"))
        except (client.NotLetIn, wire.NotSent, wire.NoAnswer, client.Garbled) as error:
            return Report(Fate.SILENT, error=str(error))


class EvotorDevice(AtolDevice):
    code = "evotor"
    title = _("Evotor")


def reported(answer: Answer) -> Report:
    fates = {Outcome.TAKEN: Fate.WAITS, Outcome.REFUSED: Fate.FAILED}
    return Report(fates.get(answer.outcome, Fate.SILENT), answer.provider_id, answer.error)


def read(answer: Mapping[str, Any]) -> Report:
    """What a report says: the printed requisites, a failure, or that it waits."""
    _number, text = client.error_of(answer)
    status = answer.get("status")
    payload = answer.get("payload")
    if status == "done" and isinstance(payload, dict):
        return Report(Fate.DONE, facts={ours: str(payload.get(theirs, "")) for ours, theirs in FACTS.items()})
    if status == "fail":
        return Report(Fate.FAILED, error=text or "fail")
    return Report(Fate.WAITS if status == "wait" else Fate.SILENT, error=text)

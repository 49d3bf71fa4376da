"""Business.ru as a cash register: our id is its c_num, which is looked up before anything is sent a second time."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from fiscal.devices import Answer, Device, Fate, Item, Order, Outcome, Report
from fiscal.rules import VATS
from integrations import wire
from integrations.atol.client import sum_of
from integrations.atol.device import NOT_CONNECTED, UNREACHED
from integrations.business_ru import client
from integrations.services import connection_failed, connection_worked, is_on, values_now

CODE = client.CODE
KINDS = {1: "printCheck", 2: "printPurchaseReturn"}
TAX_SYSTEMS = {"osn": 1, "usn_income": 2, "usn_income_outcome": 4, "esn": 16, "patent": 32}
FORMS = {
    "cash": "payed_cash", "electronic": "payed_cashless", "advance": "payed_prepay", "credit": "payed_credit",
    "other": "payed_consideration",
}  # fmt: skip
FACTS = {
    "fn": "fn_number", "fd": "fiscal_document_number", "fp": "fiscal_document_attribute", "at": "receipt_datetime",
    "kkt": "ecr_registration_number", "url": "receipt_url", "shift": "shift_number", "number": "fiscal_receipt_number",
}  # fmt: skip


class BusinessRuDevice(Device):
    code = CODE
    title = _("Business.ru")

    def is_ready(self) -> bool:
        return is_on(CODE)

    def values(self, order: Order) -> dict[str, str] | None:
        """The connection's values under the register's own: each till of an account has an app id of its own."""
        known = values_now(CODE)
        if known is None:
            return None
        own = {"app_id": order.account, "secret_key": order.secret}
        return {**known, **{name: value for name, value in own.items() if value}}

    def send(self, order: Order) -> Answer:
        values = self.values(order)
        if values is None:
            return Answer(Outcome.CLOSED, error=NOT_CONNECTED)
        told = {"type": KINDS[order.operation], "command": command_of(order)}
        try:
            status, answer = client.ask(values, "POST", "Command", told)
        except (client.NotLetIn, wire.NotSent) as error:
            connection_failed(CODE, str(error))
            is_wrong = isinstance(error, client.NotLetIn) and error.is_wrong
            return Answer(Outcome.CLOSED, error=str(error) if is_wrong else UNREACHED)
        except (wire.NoAnswer, client.Garbled) as error:
            return Answer(Outcome.LOST, error=str(error))
        number, text = str(answer.get("command_id") or ""), client.error_of(answer)
        if status in (401, 403):
            connection_failed(CODE, text)
            return Answer(Outcome.CLOSED, error=text)
        if status in (400, 422):
            return Answer(Outcome.REFUSED, error=text or f"HTTP {status}")
        if status != 200 or not number:
            return Answer(Outcome.LOST, error=text or "neither yes nor no")
        connection_worked(CODE)
        return Answer(Outcome.TAKEN, number)

    def ask(self, order: Order) -> Report:
        values = self.values(order)
        if values is None:
            return Report(Fate.SILENT)
        try:
            if order.provider_id:
                status, answer = client.ask(values, "GET", f"Command/{order.provider_id}", {})
                return read(answer) if status == 200 else Report(Fate.SILENT, error=client.error_of(answer))
            status, answer = client.ask(values, "GET", "Command", {"c_num": order.external_id})
        except (client.NotLetIn, wire.NotSent, wire.NoAnswer, client.Garbled) as error:
            return Report(Fate.SILENT, error=str(error))
        return found_in(answer, order.external_id) if status == 200 else Report(Fate.SILENT)


def found_in(answer: Mapping[str, Any], external_id: str) -> Report:
    """Among the commands under our number; none of them: it surely was not taken."""
    rows = answer.get("list")
    if not isinstance(rows, list):
        return Report(Fate.SILENT)
    for row in rows:
        if isinstance(row, dict) and str(row.get("c_num")) == external_id:
            return Report(Fate.WAITS, str(row.get("id") or row.get("command_id") or ""))
    return Report(Fate.MISSING)


def read(answer: Mapping[str, Any]) -> Report:
    """A document's number is a receipt; words of an error without it are a failure; else it waits."""
    if answer.get("fiscal_document_number"):
        return Report(Fate.DONE, facts={ours: str(answer.get(theirs) or "") for ours, theirs in FACTS.items()})
    if answer.get("result_msg"):
        return Report(Fate.FAILED, error=str(answer["result_msg"])[:300])
    return Report(Fate.WAITS)


def command_of(order: Order) -> dict[str, Any]:
    forms = {theirs: sum_of(order.forms[ours]) for ours, theirs in FORMS.items()}
    told: dict[str, Any] = {
        "author": order.cashier or "—", "c_num": order.external_id, "goods": [good(item, order.vat) for item in order.items],
        **forms, "smsEmail54FZ": order.contact or order.email, "tag1055": TAX_SYSTEMS[order.tax_system],
    }  # fmt: skip
    if order.buyer:
        told["client_name"] = order.buyer
    return told


def good(item: Item, vat: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "count": item.quantity, "price": sum_of(item.price), "sum": sum_of(item.sum), "name": item.name,
        "payment_mode": item.method, "item_type": item.subject, "nds_not_apply": vat == "none",
        "nds_value": 0 if vat == "none" else VATS[vat],
    }  # fmt: skip
    if item.supplier:
        told["agent_info"] = {
            "agent_type": 6, "supplier_name": item.supplier, "supplier_inn": item.supplier_inn,
            "supplier_phone": item.supplier_phone,
        }  # fmt: skip
    return told

"""A receipt in the words of the protocol: v5 (FFD 1.2) and v4 (FFD 1.05)."""

from typing import Any

from fiscal.devices import Item, Order
from integrations.atol.client import stamp, sum_of

METHODS = {
    1: "full_prepayment", 2: "prepayment", 3: "advance", 4: "full_payment", 5: "partial_payment", 6: "credit",
    7: "credit_payment",
}  # fmt: skip
SUBJECT_WORDS = {1: "commodity", 4: "service", 10: "payment"}
FORM_NUMBERS = {"cash": 0, "electronic": 1, "advance": 2, "credit": 3, "other": 4}


def receipt_body(order: Order, protocol: str, callback: str) -> dict[str, Any]:
    """`service.callback_url` only where our address is known: the register is polled anyway."""
    told: dict[str, Any] = {"timestamp": stamp(), "external_id": order.external_id}
    if callback:
        told["service"] = {"callback_url": callback}
    told["receipt"] = {
        "client": client_of(order),
        "company": {
            "email": order.email, "sno": order.tax_system, "inn": order.inn, "payment_address": order.place[:256],
        },
        "items": [item_body(item, order.vat, protocol) for item in order.items],
        "payments": [
            {"type": FORM_NUMBERS[name], "sum": sum_of(amount)} for name, amount in order.forms.items() if amount
        ],
        "total": sum_of(order.total),
    }  # fmt: skip
    if order.cashier:
        told["receipt"]["cashier"] = order.cashier[:64]
    return told


def client_of(order: Order) -> dict[str, str]:
    """The buyer's phone or e-mail; the law wants one of them, the clinic's own where he has none."""
    contact = order.contact or order.email
    found = {"email": contact} if "@" in contact else {"phone": contact}
    return {**found, "name": order.buyer[:256]} if order.buyer else found


def item_body(item: Item, vat: str, protocol: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": item.name, "price": sum_of(item.price), "quantity": item.quantity, "sum": sum_of(item.sum),
        "payment_method": METHODS[item.method], "vat": {"type": vat},
    }  # fmt: skip
    if protocol == "v4":
        told |= {"measurement_unit": "шт", "payment_object": SUBJECT_WORDS[item.subject]}
    else:
        told |= {"measure": 0, "payment_object": item.subject}
    if item.supplier:
        told["agent_info"] = {"type": "another"}
        told["supplier_info"] = {
            "name": item.supplier, "inn": item.supplier_inn, "phones": [item.supplier_phone] if item.supplier_phone else [],
        }  # fmt: skip
    return told

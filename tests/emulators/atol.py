"""ATOL Online as its clients see it: /possystem/v5/getToken, /{group}/sell, /{group}/report/{uuid}, callbacks.

It checks the arithmetic of a receipt as the real one does: positions by price and quantity, forms and positions against
the total. A second receipt under one external_id is error 33 with the first one's uuid. A receipt waits for `after`
questions and is done then; buyers whose contact ends in 0008 fail. Push: {"kind": "callbacks", "times": n} tells our
address of every receipt that is over, so often, {"kind": "after", "polls": n}, {"kind": "expire"} ends all tokens,
{"kind": "slow", "times": n} takes so many receipts and answers that it has waited too long,
{"kind": "silent", "is_on": bool} leaves receipts waiting for ever, {"kind": "mend"} ends the scripted failures.
"""

import json
import uuid
from decimal import Decimal
from typing import Any

from tests.emulators.base import Emulator, main

OPERATIONS = ("sell", "sell_refund")


class Atol(Emulator):
    def begin(self) -> None:
        self.login, self.password, self.groups = "clinic", "atol-Secret-7", ("clinic-1", "clinic-2")
        self.tokens: set[str] = set()
        self.receipts: dict[str, dict[str, Any]] = {}
        self.by_external: dict[str, str] = {}
        self.after, self.is_silent, self.is_mended = 1, False, False
        self.document, self.slow = 41, 0

    def answer(self, path: str, body: bytes, query: dict[str, str]) -> tuple[int, bytes]:
        steps = path.strip("/").split("/")[1:]
        if steps[0] not in ("v4", "v5"):
            return 404, b"{}"
        if steps[1] == "getToken":
            return self.let_in(json.loads(body))
        return self.told(steps, body, self.headers.get("token") or query.get("token", ""))

    def told(self, steps: list[str], body: bytes, token: str) -> tuple[int, bytes]:
        """A request with its token."""
        version, group, *rest = steps
        if token not in self.tokens:
            return self.refused(11, "Expired or unknown token", 401)
        if group not in self.groups:
            return self.refused(20, "Wrong group of registers", 400)
        if rest[0] == "report":
            return self.report(rest[1])
        if rest[0] in OPERATIONS:
            return self.register(rest[0], json.loads(body, parse_float=Decimal, parse_int=Decimal), version)
        return 404, b"{}"

    def let_in(self, given: dict[str, Any]) -> tuple[int, bytes]:
        if (given.get("login"), given.get("pass")) != (self.login, self.password):
            return self.refused(12, "Wrong login or password", 401)
        token = uuid.uuid4().hex
        self.tokens.add(token)
        return 200, json.dumps({"error": None, "token": token, "timestamp": "22.11.2026 10:15:00"}).encode()

    def refused(self, code: int, text: str, status: int = 400, **more: Any) -> tuple[int, bytes]:
        error = {"error_id": uuid.uuid4().hex, "code": code, "text": text, "type": "system"}
        return status, json.dumps({"error": error, "status": "fail", **more}).encode()

    def register(self, operation: str, given: dict[str, Any], version: str) -> tuple[int, bytes]:
        external = str(given.get("external_id") or "")
        if external in self.by_external:
            return self.refused(33, "Receipt with this external_id exists", uuid=self.by_external[external])
        wrong = wrong_with(given, version)
        if wrong:
            return self.refused(32, wrong)
        number = str(uuid.uuid4())
        self.by_external[external] = number
        self.receipts[number] = {
            "uuid": number, "external_id": external, "operation": operation, "status": "wait", "polls": 0,
            "told": json.loads(json.dumps(given, default=str)),
        }  # fmt: skip
        if self.slow:
            self.slow -= 1
            return self.refused(1, "Waited too long for the register")
        return 200, json.dumps({"uuid": number, "status": "wait", "error": None, "timestamp": "22.11.2026"}).encode()

    def report(self, number: str) -> tuple[int, bytes]:
        row = self.receipts.get(number)
        if row is None:
            return self.refused(50, "Not found", 404)
        row["polls"] += 1
        if row["status"] == "wait" and row["polls"] > self.after and not self.is_silent:
            self.print(row)
        return 200, json.dumps(self.said(row)).encode()

    def print(self, row: dict[str, Any]) -> None:
        client = row["told"]["receipt"]["client"]
        contact = str(client.get("phone") or client.get("email"))
        if contact.endswith("0008") and not self.is_mended:
            row["status"] = "fail"
            return
        self.document += 1
        row["status"], row["document"] = "done", self.document

    def said(self, row: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = {
            "uuid": row["uuid"], "error": None, "status": row["status"], "payload": None,
            "external_id": row["external_id"], "timestamp": "22.11.2026 10:15:31",
        }  # fmt: skip
        if row["status"] == "fail":
            told["error"] = {"code": 1, "text": "Смена превысила 24 часа", "type": "driver"}
        if row["status"] == "done":
            told["payload"] = {
                "total": float(row["told"]["receipt"]["total"]), "fns_site": "www.nalog.gov.ru",
                "fn_number": "9999078900001234", "shift_number": 23, "receipt_datetime": "22.11.2026 10:15:30",
                "fiscal_receipt_number": 6, "fiscal_document_number": row["document"],
                "ecr_registration_number": "0000111118041361", "fiscal_document_attribute": 3449555941,
                "ofd_receipt_url": f"https://ofd.example/{row['document']}",
            }  # fmt: skip
        return told

    def push(self, order: dict[str, Any]) -> Any:
        kind = order["kind"]
        with self.lock:
            if kind == "after":
                self.after = order["polls"]
            elif kind == "expire":
                self.tokens.clear()
            elif kind == "slow":
                self.slow = order["times"]
            elif kind == "silent":
                self.is_silent = order["is_on"]
            elif kind == "mend":
                self.is_mended = True
            rows = list(self.receipts.values())
        if kind != "callbacks":
            return {"ok": True}
        statuses = []
        for row in rows:
            with self.lock:
                if row["status"] == "wait":
                    self.print(row)
                body = json.dumps(self.said(row)).encode()
                url = row["told"].get("service", {}).get("callback_url", "")
            for _time in range(order.get("times", 1)):
                self.hook = url
                statuses.append(self.tell(body, {"Content-Type": "application/json"}) if url else 0)
        return {"statuses": statuses}

    def state(self) -> Any:
        return {"receipts": list(self.receipts.values())}


def wrong_with(given: dict[str, Any], version: str) -> str:
    """What the real one refuses at once."""
    receipt = given.get("receipt") or {}
    items, payments, total = receipt.get("items") or [], receipt.get("payments") or [], receipt.get("total")
    client, company = receipt.get("client") or {}, receipt.get("company") or {}
    if not given.get("external_id") or not items or not payments:
        return "external_id, items and payments are needed"
    if not (client.get("phone") or client.get("email")):
        return "a phone or an e-mail is needed"
    if not all(company.get(name) for name in ("email", "sno", "inn", "payment_address")):
        return "company is not complete"
    for item in items:
        if item["price"] * item["quantity"] != item["sum"] or not 0 < len(item["name"]) <= 128:
            return f"wrong position: {item['name']}"
        is_word = isinstance(item["payment_object"], str)
        if is_word != (version == "v4") or not item.get("vat", {}).get("type"):
            return "payment_object or vat"
    if sum(item["sum"] for item in items) != total or sum(each["sum"] for each in payments) != total:
        return "total is not the sum"
    return ""


if __name__ == "__main__":
    main(Atol())

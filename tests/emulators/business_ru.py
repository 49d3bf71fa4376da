"""Business.ru Online Checks as its clients see it: /open-api/v2/Token, Command, Command/{id}.

Every request is signed: md5 of the JSON, top-level keys sorted and slashes escaped as PHP writes them, with the secret;
of a POST it is the very body. A nonce is taken once, a token ends on {"kind": "expire"}. A command waits for `after`
questions and is printed then; a second one under the same c_num is printed too, as the real one would, and stands in
`doubles`. Buyers whose contact ends in 0008 are refused by the till.
"""

import hashlib
import json
import uuid
from decimal import Decimal
from typing import Any

from tests.emulators.base import Emulator, main

FORMS = ("payed_cash", "payed_cashless", "payed_prepay", "payed_credit", "payed_consideration")


class BusinessRu(Emulator):
    def begin(self) -> None:
        self.apps = {"app-1": "secret/1", "app-2": "secret/2"}
        self.tokens: set[str] = set()
        self.nonces: set[str] = set()
        self.commands: dict[str, dict[str, Any]] = {}
        self.doubles: list[str] = []
        self.after = 1

    def answer(self, path: str, body: bytes, query: dict[str, str]) -> tuple[int, bytes]:
        steps = path.strip("/").split("/")
        if steps[0] != "open-api" or steps[1] not in ("v1", "v2"):
            return 404, b"{}"
        given = json.loads(body, parse_float=Decimal) if body else dict(query)
        signed = body.decode() if body else json.dumps(
            dict(sorted(query.items())), ensure_ascii=False, separators=(",", ":")
        ).replace("/", "\\/")  # fmt: skip
        secret = self.apps.get(str(given.get("app_id")), "")
        if not secret or hashlib.md5((signed + secret).encode()).hexdigest() != self.headers.get("sign"):
            return 403, b'{"message":"wrong sign"}'
        if body and list(given) != sorted(given):
            return 422, b'{"message":"keys are not sorted"}'
        if given["nonce"] in self.nonces:
            return 422, b'{"message":"nonce is used"}'
        self.nonces.add(given["nonce"])
        if steps[2] == "Token":
            token = uuid.uuid4().hex
            self.tokens.add(token)
            return 200, json.dumps({"token": token}).encode()
        if given.get("token") not in self.tokens:
            return 401, b'{"message":"token expired"}'
        if len(steps) > 3:
            return self.told(steps[3])
        return self.take(given) if body else self.search(str(given.get("c_num", "")))

    def take(self, given: dict[str, Any]) -> tuple[int, bytes]:
        command = given["command"]
        total = sum(Decimal(str(good["sum"])) for good in command["goods"])
        if total != sum(Decimal(str(command[name])) for name in FORMS):
            return 422, json.dumps({"message": "сумма оплат не равна сумме чека"}, ensure_ascii=False).encode()
        if any(Decimal(str(good["price"])) * good["count"] != Decimal(str(good["sum"])) for good in command["goods"]):
            return 422, b'{"message":"price"}'
        if any(row["c_num"] == command["c_num"] for row in self.commands.values()):
            self.doubles.append(command["c_num"])
        number = str(1000 + len(self.commands))
        self.commands[number] = {
            "id": number, "c_num": command["c_num"], "kind": given["type"], "app_id": given["app_id"], "polls": 0,
            "told": json.loads(json.dumps(command, default=str)),
        }  # fmt: skip
        return 200, json.dumps({"command_id": number}).encode()

    def search(self, number: str) -> tuple[int, bytes]:
        return 200, json.dumps([row for row in self.commands.values() if row["c_num"] == number]).encode()

    def told(self, number: str) -> tuple[int, bytes]:
        row = self.commands.get(number)
        if row is None:
            return 404, b"{}"
        row["polls"] += 1
        said: dict[str, Any] = {"id": number, "c_num": row["c_num"], "status": 1, "fiscal_document_number": None}
        if row["polls"] > self.after:
            if str(row["told"]["smsEmail54FZ"]).endswith("0008"):
                said["result_msg"] = "Нет бумаги"
            else:
                said |= {
                    "fiscal_document_number": int(number), "fiscal_document_attribute": 777, "fn_number": "9999078900005678",
                    "receipt_datetime": "22.11.2026 10:15:30", "receipt_url": f"https://ofd.example/{number}",
                    "ecr_registration_number": "0000222",
                }  # fmt: skip
        return 200, json.dumps(said, ensure_ascii=False).encode()

    def push(self, order: dict[str, Any]) -> Any:
        with self.lock:
            self.tokens.clear()
        return {"ok": True}

    def state(self) -> Any:
        return {"receipts": list(self.commands.values()), "doubles": self.doubles}


if __name__ == "__main__":
    main(BusinessRu())

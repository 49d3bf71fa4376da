"""SMS-Center as its clients see it: /sys/send.php, status.php, balance.php, callbacks signed by md5.

A text without `charset` is windows-1251. The same text to the same phone within a minute is error 9. `cost=1` sends
nothing. Phones have scripted fates: those that end in 0022 are wrong numbers, in 0007 are refused at once, in 0008
cannot be delivered, all others are delivered. Push: {"kind": "status", "id", "status", "times"}, {"kind": "reply",
"phone", "text", "encoding"}, {"kind": "statuses", "shuffle": seed, "twice": bool} tells the fates of all, {"kind":
"balance", "sum"} puts so much on the account.
"""

import hashlib
import json
import random
import time
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode

from tests.emulators.base import Emulator, main

PRICE = Decimal("3.50")
WITHIN = 60  # seconds in which the same text to the same phone is an error
FINAL = {"0022": 22, "0008": 20}
ERRORS = {
    1: "parameters error", 2: "authorise error", 3: "no money", 4: "ip blocked", 7: "invalid number",
    8: "can not be delivered", 9: "duplicate request, wait a minute",
}  # fmt: skip


def parts_of(text: str) -> int:
    is_latin = all(ord(letter) < 128 for letter in text)
    one, part = (160, 153) if is_latin else (70, 67)
    return 1 if len(text) <= one else -(-len(text) // part)


class Smsc(Emulator):
    secret = ""

    def begin(self) -> None:
        self.login, self.password, self.balance = "clinic", "s3cret-PSW+", Decimal("1000.00")
        self.messages: dict[str, dict[str, Any]] = {}
        self.doubles: list[str] = []
        self.recent: dict[tuple[str, str], float] = {}
        self.next_id = 5000

    def answer(self, path: str, body: bytes, query: dict[str, str]) -> tuple[int, bytes]:
        script = path.rpartition("/")[2].removesuffix(".php")
        given = self.fields(body, query)
        if given.get("login") != self.login or given.get("psw") != self.password:
            return self.refuse(2)
        asked = {"send": self.send, "status": self.status, "balance": self.account}.get(script)
        return asked(given) if asked else (404, b"")

    def fields(self, body: bytes, query: dict[str, str]) -> dict[str, str]:
        raw = body.decode("ascii")
        encoding = dict(parse_qsl(raw)).get("charset") or "cp1251"
        return {**query, **dict(parse_qsl(raw, encoding=encoding))}

    def refuse(self, code: int, number: str = "") -> tuple[int, bytes]:
        told: dict[str, Any] = {"error": ERRORS[code], "error_code": code}
        return 200, json.dumps({**told, "id": number} if number else told).encode()

    def send(self, given: dict[str, str]) -> tuple[int, bytes]:
        phone, text = given.get("phones", ""), given.get("mes", "")
        number = given.get("id", "")
        if not text or not phone.isdigit():
            return self.refuse(7 if text else 1, number)
        price = PRICE * parts_of(text)
        if given.get("cost") == "1":
            return 200, json.dumps({"cost": f"{price:.2f}", "cnt": parts_of(text)}).encode()
        if self.balance < price:
            return self.refuse(3, number)
        if phone.endswith("0007"):
            return self.refuse(7, number)
        now = time.time()
        if now - self.recent.get((phone, text), 0) < WITHIN:
            return self.refuse(9, number)
        if not number:
            self.next_id += 1
            number = str(self.next_id)
        if (key := f"{number}:{phone}") in self.messages:
            self.doubles.append(key)
        self.recent[phone, text] = now
        self.balance -= price
        self.messages[key] = {"id": number, "phone": phone, "text": text, "at": now, "status": 0}
        told = {"id": int(number), "cnt": parts_of(text), "cost": f"{price:.2f}", "balance": f"{self.balance:.2f}"}
        return 200, json.dumps(told).encode()

    def status(self, given: dict[str, str]) -> tuple[int, bytes]:
        found = self.messages.get(f"{given.get('id')}:{given.get('phone')}")
        told: dict[str, Any] = {"status": found["status"] if found else -3}
        if found:
            told["last_date"] = time.strftime("%d.%m.%Y %H:%M:%S", time.gmtime(found["at"] + 3 * 3600))
        return 200, json.dumps(told).encode()

    def account(self, given: dict[str, str]) -> tuple[int, bytes]:
        return 200, json.dumps({"balance": f"{self.balance:.2f}", "currency": "RUR"}).encode()

    def final(self, phone: str) -> int:
        return FINAL.get(phone[-4:], 1)

    def push(self, order: dict[str, Any]) -> Any:
        kind = order.get("kind")
        if kind == "balance":
            with self.lock:
                self.balance = Decimal(order["sum"])
            return {"balance": order["sum"]}
        if kind == "reply":
            return {"status": self.reply(order)}
        if kind == "statuses":
            return {"told": self.tell_all(order)}
        with self.lock:
            message = next(each for each in self.messages.values() if each["id"] == str(order["id"]))
            message["status"] = order["status"]
        return {"statuses": [self.callback(message, order["status"]) for _n in range(order.get("times", 1))]}

    def tell_all(self, order: dict[str, Any]) -> int:
        """Every message's way to its end: waiting, handed over, the end; mixed up and twice, if so ordered."""
        with self.lock:
            steps = []
            for message in self.messages.values():
                message["status"] = self.final(message["phone"])
                steps += [(message, -1), (message, 0), (message, message["status"])]
        if "shuffle" in order:
            random.Random(order["shuffle"]).shuffle(steps)
        for step in steps * (2 if order.get("twice") else 1):
            self.callback(*step)
        return len(steps)

    def callback(self, message: dict[str, Any], status: int) -> int:
        signed = f"{message['id']}:{message['phone']}:{status}:{self.secret}"
        told = {
            "id": message["id"], "phone": message["phone"], "status": status, "ts": int(message["at"]), "err": 0, "cnt": 1,
            "type": 0, "md5": hashlib.md5(signed.encode()).hexdigest(),
        }  # fmt: skip
        return self.tell(urlencode(told).encode(), {"Content-Type": "application/x-www-form-urlencoded"})

    def reply(self, order: dict[str, Any]) -> int:
        text, encoding = order["text"], order.get("encoding", "utf-8")
        signed = f"{order['phone']}:{text}:{order.get('to', '79990000000')}:{self.secret}"
        told = {
            "phone": order["phone"], "mes": text, "to": order.get("to", "79990000000"), "ts": order.get("ts", int(time.time())),
            "md5": hashlib.md5(signed.encode()).hexdigest(),
        }  # fmt: skip
        body = "&".join(f"{name}={quote_plus(str(value), encoding=encoding)}" for name, value in told.items())
        return self.tell(body.encode(), {"Content-Type": "application/x-www-form-urlencoded"})

    def state(self) -> Any:
        return {"messages": list(self.messages.values()), "doubles": self.doubles, "balance": f"{self.balance:.2f}"}


if __name__ == "__main__":
    main(Smsc())

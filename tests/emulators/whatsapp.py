"""The QR gateway of WhatsApp as its clients see it: /waInstance<id>/<method>/<token>, JSON, events with a bearer token.

A new account is not paired: `qr` gives a picture, and messages are kept. Push: {"kind": "scan"} pairs it, {"kind":
"unpair"} ends that, {"kind": "text", "phone", "text", "name", "id"}, {"kind": "statuses", "status", "shuffle"} tells the
fates of all, {"kind": "echo"} tells what it has sent; "times" repeats an event. Phones that end in 0004 have no WhatsApp.
"""

import base64
import json
import random
import time
from typing import Any

from tests.emulators.base import Emulator, main

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"emulated picture").decode()
NUMBER = "79990000000"


class WhatsApp(Emulator):
    token = "gtoken-1234567890"

    def begin(self) -> None:
        self.is_paired, self.secret, self.settings = False, "", {}
        self.messages: list[dict[str, Any]] = []
        self.next_id = 100

    def answer(self, path: str, body: bytes, query: dict[str, str]) -> tuple[int, bytes]:
        _empty, instance, method, token = ([*path.split("/", 3), "", "", ""])[:4]
        if instance != "waInstance7103000001" or token != self.token:
            return 401, json.dumps({"message": "Unauthorized"}).encode()
        given = json.loads(body) if body else {}
        if any(fault["kind"] == "quota" for fault in self.faults) and method == "sendMessage":
            return 466, json.dumps({"message": "Monthly quota has been exceeded"}).encode()
        asked = {
            "getStateInstance": self.state_of, "getWaSettings": self.account, "qr": self.qr, "setSettings": self.set,
            "sendMessage": self.send,
        }.get(method)  # fmt: skip
        found = asked(given) if asked else None
        if found is None:
            return 404, b"{}"
        return (400 if "statusCode" in found else 200), json.dumps(found, ensure_ascii=False).encode()

    def state_of(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"stateInstance": "authorized" if self.is_paired else "notAuthorized"}

    def account(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"stateInstance": "authorized", "phone": NUMBER, "avatar": ""} if self.is_paired else {"phone": ""}

    def qr(self, given: dict[str, Any]) -> dict[str, Any]:
        if self.is_paired:
            return {"type": "alreadyLogged", "message": "instance account already authorized"}
        return {"type": "qrCode", "message": PNG}

    def set(self, given: dict[str, Any]) -> dict[str, Any]:
        self.hook, self.secret = given.get("webhookUrl", ""), given.get("webhookUrlToken", "")
        self.settings = given
        return {"saveSettings": True}

    def send(self, given: dict[str, Any]) -> dict[str, Any]:
        chat, text = given.get("chatId", ""), given.get("message", "")
        if not chat.endswith("@c.us") or not text:
            return {"statusCode": 400, "message": "Validation failed"}
        self.next_id += 1
        number = f"3EB0{self.next_id}"
        self.messages.append({"id": number, "chat": chat, "text": text, "at": time.time()})
        return {"idMessage": number}

    def push(self, order: dict[str, Any]) -> Any:
        with self.lock:
            events = self.events(order)
        if "shuffle" in order:
            random.Random(order["shuffle"]).shuffle(events)
        token = order.get("secret", self.secret)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        told = [
            json.dumps(event, ensure_ascii=False).encode() for event in events for _n in range(order.get("times", 1))
        ]
        return {"statuses": [self.tell(body, headers) for body in told]}

    def events(self, order: dict[str, Any]) -> list[dict[str, Any]]:
        kind = order["kind"]
        common = {
            "instanceData": {"idInstance": 7103000001, "wid": f"{NUMBER}@c.us"},
            "timestamp": int(time.time()) - order.get("ago", 0),
        }
        if kind in ("scan", "unpair"):
            self.is_paired = kind == "scan"
            return [{"typeWebhook": "stateInstanceChanged", **common, **self.state_of({})}]
        if kind == "text":
            chat = f"{order['phone']}@c.us"
            person = {"chatId": chat, "sender": chat, "senderName": order.get("name", "Анна")}
            data = {"typeMessage": "textMessage", "textMessageData": {"textMessage": order["text"]}}
            return [{
                "typeWebhook": "incomingMessageReceived", **common, "idMessage": order.get("id", "IN1"), "senderData": person,
                "messageData": data,
            }]  # fmt: skip
        if kind == "echo":
            return [
                {"typeWebhook": "outgoingAPIMessageReceived", **common, "idMessage": each["id"], "senderData": {"chatId": each["chat"]},
                 "messageData": {"typeMessage": "extendedTextMessage", "extendedTextMessageData": {"text": each["text"]}}}
                for each in self.messages
            ]  # fmt: skip
        return [
            {"typeWebhook": "outgoingMessageStatus", **common, "chatId": each["chat"], "idMessage": each["id"],
             "status": status, "sendByApi": True}
            for each in self.messages
            for status in (["noAccount"] if each["chat"].startswith("79000000004") or "0004@" in each["chat"] else order["status"])
        ]  # fmt: skip

    def state(self) -> Any:
        return {"messages": self.messages, "hook": self.hook, "settings": self.settings}


if __name__ == "__main__":
    main(WhatsApp())

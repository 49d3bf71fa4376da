"""The Bot API as its clients see it: /bot<token>/getMe, sendMessage, setWebhook, deleteWebhook; updates with a secret.

Chats exist once somebody has written to the bot. Push: {"kind": "text", "chat", "text"}, {"kind": "contact", "chat",
"phone", "own"}, {"kind": "button", "chat", "data"}, {"kind": "block", "chat"}; "times" repeats the same update.
{"kind": "texts", "chat", "texts", "shuffle": seed, "twice": bool} sends many, mixed up. The fault "slow" answers 429
with retry_after 5.
"""

import json
import random
import time
from typing import Any

from tests.emulators.base import Emulator, main


class Telegram(Emulator):
    secret = ""

    def begin(self) -> None:
        self.token = "123456:AAtestTOKEN_emulated"
        self.chats: dict[int, bool] = {}
        self.messages: list[dict[str, Any]] = []
        self.update_id = 1000

    def answer(self, path: str, body: bytes, query: dict[str, str]) -> tuple[int, bytes]:
        _empty, bot, method = ([*path.split("/", 2), "", ""])[:3]
        if bot != f"bot{self.token}":
            return self.refuse(401, "Unauthorized")
        given = json.loads(body) if body else {}
        asked = {"getMe": self.me, "sendMessage": self.send, "setWebhook": self.webhook, "deleteWebhook": self.webhook}
        return asked[method](given) if method in asked else self.refuse(404, "Not Found")

    def refuse(self, code: int, text: str, **parameters: Any) -> tuple[int, bytes]:
        told: dict[str, Any] = {"ok": False, "error_code": code, "description": text}
        return code, json.dumps({**told, "parameters": parameters} if parameters else told).encode()

    def agree(self, result: Any) -> tuple[int, bytes]:
        return 200, json.dumps({"ok": True, "result": result}, ensure_ascii=False).encode()

    def me(self, given: dict[str, Any]) -> tuple[int, bytes]:
        return self.agree({"id": 123456, "is_bot": True, "first_name": "Клиника", "username": "clinic_bot"})

    def webhook(self, given: dict[str, Any]) -> tuple[int, bytes]:
        self.hook, self.secret = given.get("url", ""), given.get("secret_token", "")
        return self.agree(True)

    def send(self, given: dict[str, Any]) -> tuple[int, bytes]:
        chat = given.get("chat_id")
        if any(fault["kind"] == "slow" and fault.get("left", 0) > 0 for fault in self.faults):
            fault = next(each for each in self.faults if each["kind"] == "slow")
            fault["left"] -= 1
            return self.refuse(429, "Too Many Requests: retry after 5", retry_after=5)
        if chat not in self.chats:
            return self.refuse(400, "Bad Request: chat not found")
        if not self.chats[chat]:
            return self.refuse(403, "Forbidden: bot was blocked by the user")
        number = len(self.messages) + 1
        self.messages.append({"chat": chat, "text": given["text"], "at": time.time()})
        return self.agree({"message_id": number, "chat": {"id": chat}, "date": int(time.time()), "text": given["text"]})

    def push(self, order: dict[str, Any]) -> Any:
        chat, kind = order["chat"], order["kind"]
        orders = [{**order, "kind": "text", "text": text} for text in order["texts"]] if kind == "texts" else [order]
        with self.lock:
            self.chats[chat] = kind != "block"
            if kind == "block":
                return {"ok": True}
            updates = []
            for each in orders:
                self.update_id += 1
                updates.append({"update_id": self.update_id, **self.update(each["kind"], chat, each)})
        if "shuffle" in order:
            random.Random(order["shuffle"]).shuffle(updates)
        headers = {
            "Content-Type": "application/json",
            "X-Telegram-Bot-Api-Secret-Token": order.get("secret", self.secret),
        }
        bodies = [json.dumps(update, ensure_ascii=False).encode() for update in updates]
        times = 2 if order.get("twice") else order.get("times", 1)
        return {"statuses": [self.tell(body, headers) for _n in range(times) for body in bodies]}

    def update(self, kind: str, chat: int, order: dict[str, Any]) -> dict[str, Any]:
        person = {"id": chat, "first_name": "Анна", "last_name": "Ёлкина", "is_bot": False}
        place = {"message_id": 5, "from": person, "chat": {"id": chat, "type": "private"}, "date": int(time.time())}
        if kind == "button":
            return {"callback_query": {"id": "7", "from": person, "message": place, "data": order["data"]}}
        if kind == "contact":
            owner = chat if order.get("own", True) else chat + 1
            return {"message": {**place, "contact": {"phone_number": order["phone"], "user_id": owner}}}
        return {"message": {**place, "text": order["text"]}}

    def state(self) -> Any:
        return {"messages": self.messages, "hook": self.hook}


if __name__ == "__main__":
    main(Telegram())

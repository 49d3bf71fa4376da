"""Beeline's SMS platform as its clients see it: one address, forms with `action`, XML back; replies pushed as forms.

Phones have scripted fates: those that end in 0008 are not delivered, in 0007 are refused, all others are delivered. The
status comes on by one step a question: queued, accepted, the end. Push: {"kind": "reply", "phone", "text", "encoding",
"id", "times"}; {"kind": "texts", "on": false} makes it tell no texts; {"kind": "lock"} shuts the account.
"""

import time
from typing import Any
from urllib.parse import parse_qsl, quote_plus
from xml.sax.saxutils import escape, quoteattr

from tests.emulators.base import Emulator, main

PRICE_PARTS = 70
STEPS = ("queued", "accepted")


class Beeline(Emulator):
    def begin(self) -> None:
        self.login, self.password, self.is_locked, self.tells_texts = "clinic", "s3cret-PSW+", False, True
        self.messages: list[dict[str, Any]] = []
        self.doubles: list[str] = []
        self.next_id = 9_007_199_254_740_993  # past what a float keeps

    def answer(self, path: str, body: bytes, query: dict[str, str]) -> tuple[int, bytes]:
        given = dict(parse_qsl(body.decode("ascii"), encoding="utf-8"))
        if given.get("user") != self.login or given.get("pass") != self.password:
            return self.output(self.errors("Неверный логин или пароль"))
        if self.is_locked:
            return self.output(self.errors("Учётная запись заблокирована"))
        asked = {"post_sms": self.post, "status": self.status, "balance": self.balance}.get(given.get("action", ""))
        return self.output(asked(given) if asked else self.errors("Неизвестное действие"))

    def output(self, inner: str) -> tuple[int, bytes]:
        stamp = time.strftime("%d.%m.%Y %H:%M:%S")
        told = f'<?xml version="1.0" encoding="UTF-8"?><output><RECEIVER AGT_ID="70001" DATE_REPORT="{stamp}"/>{inner}</output>'
        return 200, told.encode()

    def errors(self, *texts: str) -> str:
        return "<errors>" + "".join(f"<error>{escape(text)}</error>" for text in texts) + "</errors>"

    def post(self, given: dict[str, str]) -> str:
        text, good, bad = given.get("message", ""), "", []
        for target in given.get("target", "").split(","):
            if not text or not target.startswith("+7") or target.endswith("0007"):
                bad.append(f"Неверный номер {target}")
                continue
            self.next_id += 1
            number, post_id = str(self.next_id), given.get("post_id", "")
            if post_id and any(each["post_id"] == post_id for each in self.messages):
                self.doubles.append(post_id)
            parts = 1 if len(text) <= PRICE_PARTS else -(-len(text) // 67)
            self.messages.append(
                {"id": number, "post_id": post_id, "phone": target, "text": text, "asked": 0, "at": time.time()}
            )
            good += (
                f'<sms id="{number}" post_id={quoteattr(post_id)} smstype="SENDSMS" phone="{target}" '
                f'sms_res_count="{parts}"><![CDATA[{text}]]></sms>'
            )
        found = f'<result sms_group_id="996">{good}</result>' if good else ""
        return found + (self.errors(*bad) if bad else "")

    def status(self, given: dict[str, str]) -> str:
        if not given.get("sms_id") and not (given.get("date_from") and given.get("date_to") and given.get("smstype")):
            return self.errors("Не заданы параметры")
        rows = [each for each in self.messages if not given.get("sms_id") or each["id"] == given["sms_id"]]
        return "<MESSAGES>" + "".join(self.message(each) for each in rows) + "</MESSAGES>"

    def message(self, row: dict[str, Any]) -> str:
        final = "not_delivered" if row["phone"].endswith("0008") else "delivered"
        code = STEPS[row["asked"]] if row["asked"] < len(STEPS) else final
        row["asked"] += 1
        text = f"<SMS_TEXT><![CDATA[{row['text']}]]></SMS_TEXT>" if self.tells_texts else ""
        words = {"not_delivered": "Абонент не отвечает"}.get(code, "")
        return (
            f'<MESSAGE SMS_ID="{row["id"]}" SMSTYPE="SENDSMS"><CREATED>{time.strftime("%d.%m.%Y %H:%M:%S")}</CREATED>'
            f"<AUL_USERNAME>{self.login}</AUL_USERNAME><SMS_TARGET>{row['phone']}</SMS_TARGET>{text}"
            f"<SMSSTC_CODE>{code}</SMSSTC_CODE><SMS_STATUS>{words}</SMS_STATUS></MESSAGE>"
        )

    def balance(self, given: dict[str, str]) -> str:
        return '<balance AGT_BALANCE="812,50"/>'

    def push(self, order: dict[str, Any]) -> Any:
        kind = order["kind"]
        if kind == "lock":
            self.is_locked = True
            return {"ok": True}
        if kind == "texts":
            self.tells_texts = order["on"]
            return {"ok": True}
        told = {"SENDER": order["phone"], "TARGET": "7900", "TEXT": order["text"], "SMSID": order.get("id", "")}
        encoding = order.get("encoding", "utf-8")
        body = "&".join(f"{name}={quote_plus(str(value), encoding=encoding)}" for name, value in told.items())
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return {"statuses": [self.tell(body.encode(), headers) for _n in range(order.get("times", 1))]}

    def state(self) -> Any:
        return {"messages": self.messages, "doubles": self.doubles}


if __name__ == "__main__":
    main(Beeline())

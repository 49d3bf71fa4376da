"""SMS through Beeline: our row's number goes along as `post_id`, theirs comes back and is asked about.

A lost answer is asked about by the day's messages to that phone: only when there is none at all may it be repeated.
"""

from datetime import timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from core import clock
from integrations import wire
from integrations.beeline import client
from integrations.services import connection_failed, connection_worked, is_on, values_now
from messaging.gateways import Answer, Envelope, Fate, Gateway, Outcome, Report

CODE = client.CODE
NOT_CONNECTED = "not connected"
LIVES = 86_400  # seconds that the operator tries
MOSCOW = ZoneInfo("Europe/Moscow")
FATES = {
    "queued": Fate.SENT, "wait": Fate.SENT, "accepted": Fate.SENT, "sent": Fate.SENT, "delivered": Fate.DELIVERED,
    "not_delivered": Fate.FAILED, "failed": Fate.FAILED, "expired": Fate.FAILED, "rejected": Fate.FAILED,
}  # fmt: skip


class BeelineGateway(Gateway):
    code = CODE
    title = _("Beeline SMS")
    batch = 32
    at_once = 4
    reports = True

    def is_ready(self) -> bool:
        return is_on(CODE)

    def send(self, envelope: Envelope) -> Answer:
        values = values_now(CODE)
        if values is None:
            return Answer(Outcome.CLOSED, error=NOT_CONNECTED)
        try:
            answer = client.ask(
                values, "post_sms", message=envelope.text, target=envelope.phone, sender=values.get("sender", ""),
                post_id=envelope.number, period=LIVES, smstype="SENDSMS",
            )  # fmt: skip
        except wire.NotSent as error:
            connection_failed(CODE, str(error))
            return Answer(Outcome.CLOSED, error=str(error))
        except (wire.NoAnswer, client.Garbled) as error:
            return Answer(Outcome.LOST, error=str(error))
        return self.read(envelope, answer)

    def read(self, envelope: Envelope, answer: client.Answered) -> Answer:
        """A line about our phone is a yes, whatever else stands there; words about the account close the road."""
        for sms in answer.root.iter("sms"):
            if client.digits_of(sms.get("phone")) == client.digits_of(envelope.phone) and sms.get("id"):
                connection_worked(CODE)
                return Answer(Outcome.SENT, provider_id=str(sms.get("id"))[:100])
        if answer.is_of_account:
            connection_failed(CODE, answer.why)
            return Answer(Outcome.CLOSED, error=answer.why)
        if answer.errors:
            return Answer(Outcome.REFUSED, error=answer.why)
        return Answer(Outcome.LOST, error="neither yes nor no")

    def ask(self, envelope: Envelope) -> Report:
        values = values_now(CODE)
        if values is None:
            return Report(Fate.SILENT)
        try:
            answer = client.ask(values, "status", **self.question(envelope))
        except (wire.NotSent, wire.NoAnswer, client.Garbled) as error:
            return Report(Fate.SILENT, error=str(error)[:300])
        if answer.errors:
            return Report(Fate.SILENT, error=answer.why)
        found = [
            each
            for each in answer.root.iter("MESSAGE")
            if client.digits_of(client.words(each.find("SMS_TARGET"))) == client.digits_of(envelope.phone)
        ]
        if envelope.provider_id:
            found = [each for each in found if each.get("SMS_ID") == envelope.provider_id]
            return report_of(found[0]) if found else Report(Fate.SILENT)
        return self.among(found, envelope)

    def question(self, envelope: Envelope) -> dict[str, str]:
        """By their number, or, of a lost one, the last day's by Moscow's clock."""
        if envelope.provider_id:
            return {"sms_id": envelope.provider_id}
        now = clock.now().astimezone(MOSCOW)
        form = "%d.%m.%Y %H:%M:%S"
        return {
            "date_from": (now - timedelta(days=1)).strftime(form), "date_to": (now + timedelta(hours=1)).strftime(form),
            "smstype": "SENDSMS",
        }  # fmt: skip

    def among(self, found: list[ElementTree.Element], envelope: Envelope) -> Report:
        """Of those to the phone the one with our text; where texts are not told nobody knows."""
        if not found:
            return Report(Fate.MISSING)
        texts = [(client.words(each.find("SMS_TEXT")), each) for each in found]
        wanted = " ".join(envelope.text.split())
        ours = [each for text, each in texts if text == wanted]
        if ours:
            return report_of(ours[-1])
        return Report(Fate.MISSING if all(text for text, _each in texts) else Fate.SILENT)


def report_of(message: ElementTree.Element) -> Report:
    word = client.words(message.find("SMSSTC_CODE")).lower()
    fate = FATES.get(word, Fate.SILENT)
    why = client.words(message.find("SMS_STATUS")) if fate == Fate.FAILED else ""
    return Report(fate, str(message.get("SMS_ID") or "")[:100], why[:300])

"""Messages from the clinic's own WhatsApp. It gives a number only with its answer, so a lost one is never sent again:
the gateway tells of what it has sent, and a lost message is found again by that.
"""

from integrations import wire
from integrations.models import Connection
from integrations.services import connection_failed, connection_worked, values_now
from integrations.whatsapp import client
from messaging.gateways import Answer, Envelope, Fate, Gateway, Outcome, Report
from messaging.models import Channel

CODE = client.CODE
CLOSED = frozenset({401, 403, 466})  # token, access, the plan's quota: every message
SLOW, SLOW_FOR = 429, 5


class WhatsAppGateway(Gateway):
    code = CODE
    title = "WhatsApp"
    channel = Channel.WHATSAPP
    asks = False

    def is_ready(self) -> bool:
        """Connected and paired: an unpaired account would keep the messages and send them days later."""
        rows = Connection.objects.filter(code=CODE, facts__pairing=client.PAIRED)
        return rows.exclude(state=Connection.State.OFF).exists()

    def send(self, envelope: Envelope) -> Answer:
        values = values_now(CODE)
        if values is None:
            return Answer(Outcome.CLOSED, error="not connected")
        try:
            sent = {"chatId": client.chat_of(envelope.address), "message": envelope.text}
            answer = client.ask(values, "sendMessage", sent)
        except wire.NotSent as error:
            connection_failed(CODE, str(error))
            return Answer(Outcome.CLOSED, error=str(error))
        except (wire.NoAnswer, client.Garbled) as error:
            return Answer(Outcome.LOST, error=str(error))
        return self.read(answer)

    def read(self, answer: client.Answered) -> Answer:
        number = answer.body.get("idMessage")
        if answer.is_right and number:
            connection_worked(CODE)
            return Answer(Outcome.SENT, provider_id=str(number)[:100])
        if answer.status in CLOSED:
            connection_failed(CODE, answer.why)
            return Answer(Outcome.CLOSED, error=answer.why)
        if answer.status == SLOW:
            return Answer(Outcome.LATER, error=answer.why, wait=SLOW_FOR)
        if 400 <= answer.status < 500:
            return Answer(Outcome.REFUSED, error=answer.why)
        return Answer(Outcome.LOST, error=answer.why)

    def ask(self, envelope: Envelope) -> Report:
        return Report(Fate.SILENT)

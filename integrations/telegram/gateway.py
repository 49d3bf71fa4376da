"""Messages by the clinic's bot. It cannot be asked about a message, so a lost answer is never sent again."""

from typing import Any

from integrations import wire
from integrations.services import connection_failed, connection_worked, is_on, values_now
from integrations.telegram import client
from messaging.gateways import Answer, Envelope, Fate, Gateway, Outcome, Report
from messaging.models import Channel

CODE = client.CODE
GONE = frozenset({400, 403})  # no such chat, or he has blocked the bot
CLOSED = frozenset({401, 404})  # the token is not right any more
SLOW = 429


class TelegramGateway(Gateway):
    code = CODE
    title = "Telegram"
    channel = Channel.TELEGRAM
    asks = False

    def is_ready(self) -> bool:
        return is_on(CODE)

    def send(self, envelope: Envelope) -> Answer:
        values = values_now(CODE)
        if values is None:
            return Answer(Outcome.CLOSED, error="not connected")
        try:
            answer = client.ask(values, "sendMessage", chat_id=int(envelope.address), text=envelope.text)
        except wire.NotSent as error:
            connection_failed(CODE, str(error))
            return Answer(Outcome.CLOSED, error=str(error))
        except (wire.NoAnswer, client.Garbled) as error:
            return Answer(Outcome.LOST, error=str(error))
        except ValueError:
            return Answer(Outcome.REFUSED, error="no number of a chat", is_gone=True)
        return self.read(answer)

    def read(self, answer: dict[str, Any]) -> Answer:
        code, text = client.refusal(answer)
        if not code:
            connection_worked(CODE)
            result = answer.get("result")
            number = result.get("message_id", "") if isinstance(result, dict) else ""
            return Answer(Outcome.SENT, provider_id=str(number)[:100])
        if code in CLOSED:
            connection_failed(CODE, text)
            return Answer(Outcome.CLOSED, error=text)
        if code == SLOW:
            wait = (answer.get("parameters") or {}).get("retry_after", 0)
            return Answer(Outcome.LATER, error=text, wait=wait if isinstance(wait, int) and 0 < wait < 3600 else 0)
        if code in GONE:
            return Answer(Outcome.REFUSED, error=text, is_gone=True)
        return Answer(Outcome.LOST, error=text or f"HTTP {code}")

    def ask(self, envelope: Envelope) -> Report:
        return Report(Fate.SILENT)

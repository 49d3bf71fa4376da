"""Writing of messages: queueing and withdrawing (outbox), handing over (drain), the clinic's words (templates)."""

from messaging.services.drain import messages_ask, messages_drain, messages_recover
from messaging.services.outbox import (
    Recipient,
    Withdrawal,
    awake,
    cost_of,
    message_queue,
    message_repeat,
    message_send_by_hand,
    message_withdraw,
    messages_queue_from,
    messages_withdraw,
    messages_withdraw_chosen,
)
from messaging.services.templates import template_save, templates_load

__all__ = [
    "Recipient",
    "Withdrawal",
    "awake",
    "cost_of",
    "message_queue",
    "message_repeat",
    "message_send_by_hand",
    "message_withdraw",
    "messages_ask",
    "messages_drain",
    "messages_queue_from",
    "messages_recover",
    "messages_withdraw",
    "messages_withdraw_chosen",
    "template_save",
    "templates_load",
]

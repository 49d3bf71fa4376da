"""Writing of messages: queueing and withdrawing (outbox), handing over (drain), the clinic's words (templates)."""

from messaging.services.addresses import (
    address_end,
    address_link,
    address_link_by_phone,
    link_code_make,
    preference_set,
)
from messaging.services.asking import message_report, messages_ask, messages_recover
from messaging.services.drain import messages_drain
from messaging.services.inbox import incoming_handle, incoming_receive, incoming_reopen, incoming_settle
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
    "address_end",
    "address_link",
    "address_link_by_phone",
    "awake",
    "cost_of",
    "incoming_handle",
    "incoming_receive",
    "incoming_reopen",
    "incoming_settle",
    "link_code_make",
    "message_queue",
    "message_repeat",
    "message_report",
    "message_send_by_hand",
    "message_withdraw",
    "messages_ask",
    "messages_drain",
    "messages_queue_from",
    "messages_recover",
    "messages_withdraw",
    "messages_withdraw_chosen",
    "preference_set",
    "template_save",
    "templates_load",
]

"""Reads of messages: outbox, threads, mailings, triggers."""

from messaging.selectors.outbox import (
    TONES,
    day_counts,
    history_of,
    message_visible_to,
    messages_about,
    messages_of_patient,
    messages_visible_to,
    template_get,
    templates_by_hand,
    templates_editable,
)
from messaging.selectors.threads import channels_of, incoming_get, incoming_visible_to, thread_of, waiting_count

__all__ = [
    "TONES",
    "channels_of",
    "day_counts",
    "history_of",
    "incoming_get",
    "incoming_visible_to",
    "message_visible_to",
    "messages_about",
    "messages_of_patient",
    "messages_visible_to",
    "template_get",
    "templates_by_hand",
    "templates_editable",
    "thread_of",
    "waiting_count",
]

"""Connections of outer services, and the inbox of what they tell."""

from integrations.services.connections import (
    connection_end,
    connection_failed,
    connection_make,
    connection_noted,
    connection_pairing,
    connection_readdress,
    connection_test,
    connection_worked,
    hook_path,
    hook_url,
    is_on,
    values_now,
)
from integrations.services.inbox import event_receive, events_process, logs_trim

__all__ = [
    "connection_end",
    "connection_failed",
    "connection_make",
    "connection_noted",
    "connection_pairing",
    "connection_readdress",
    "connection_test",
    "connection_worked",
    "event_receive",
    "events_process",
    "hook_path",
    "hook_url",
    "is_on",
    "logs_trim",
    "values_now",
]

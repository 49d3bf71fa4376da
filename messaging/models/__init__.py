"""Messages: outbox, words, channels, what comes in, triggers, mailings."""

from messaging.choices import Channel, Kind, Language
from messaging.models.channels import Address, LinkCode, Preference
from messaging.models.inbox import Incoming
from messaging.models.mailings import Mailing, MailingPerson
from messaging.models.outbox import Attempt, Message
from messaging.models.triggers import Trigger
from messaging.models.words import Template

__all__ = [
    "Address",
    "Attempt",
    "Channel",
    "Incoming",
    "Kind",
    "Language",
    "LinkCode",
    "Mailing",
    "MailingPerson",
    "Message",
    "Preference",
    "Template",
    "Trigger",
]

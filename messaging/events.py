"""What became of messages."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFailed(Event):
    """It will not be delivered, and nothing is tried any more."""

    message_id: int
    purpose: str
    subject_kind: str
    subject_id: int | None
    patient_id: int | None
    branch_id: int | None
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(Event):
    """Somebody has replied; who does what it says calls incoming_settle in the same transaction."""

    incoming_id: int
    patient_id: int | None
    branch_id: int | None
    meaning: str
    answers_id: int | None

"""A gateway that remembers, and a person to write to."""

import pytest

from messaging import services
from messaging.gateways import GATEWAYS, Answer, Envelope, Fate, Gateway, Outcome, Report
from messaging.purposes import REGISTRY, Purpose
from messaging.recipients import Recipient


class Notebook(Gateway):
    """Takes everything, or answers as `answers` says, one after the other."""

    code = "notebook"
    title = "Notebook"

    def __init__(self) -> None:
        self.sent: list[Envelope] = []
        self.answers: list[Answer] = []
        self.reports_: list[Report] = []
        self.on_send = None

    def send(self, envelope: Envelope) -> Answer:
        if self.on_send:
            self.on_send(envelope)
        answer = self.answers.pop(0) if self.answers else Answer(Outcome.SENT)
        if answer.outcome not in (Outcome.LATER, Outcome.REFUSED):
            self.sent.append(envelope)
        return answer

    def ask(self, asked: Envelope) -> Report:
        if self.reports_:
            return self.reports_.pop(0)
        return Report(Fate.SENT if any(envelope.key == asked.key for envelope in self.sent) else Fate.MISSING)


@pytest.fixture
def notebook(settings, monkeypatch):
    from core.policies import store
    from messaging import policies

    road = Notebook()
    GATEWAYS.register(road, module="messaging")
    monkeypatch.setattr(
        type(policies.GATEWAY), "get", lambda self: {"messaging.gateway": "notebook"}.get(self.key, self.default)
    )
    del store
    yield road
    GATEWAYS.unregister(road)


REMINDER = REGISTRY.get("test_reminder") or Purpose(
    "test_reminder",
    "Пробное напоминание",
    {"fio": "name", "time": "time"},
    {"ru": "{{fio}}, ждём вас в {{time}}", "en": "{{fio}}, see you at {{time}}"},
    {"fio": "Анна", "time": "10:00"},
)


@pytest.fixture
def anna_phone():
    return Recipient("+79001234567", "Анна", patient_id=None, language="ru")


@pytest.fixture
def queue(branch, anna_phone):
    """Put a reminder into the outbox; keywords as message_queue has them."""

    def put(subject_id: int = 1, window: str = "2026-11-25", to: Recipient = anna_phone, **changes):
        given = {
            "purpose": "test_reminder", "recipient": to, "branch": branch, "actor": None, "facts": {"fio": to.name, "time": "10:00"},
            "subject": ("scheduling.appointment", subject_id), "window": window, **changes,
        }  # fmt: skip
        return services.message_queue(**given)

    return put

"""Triggers, what they would have done, and what they propose."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from core import clock
from messaging import rules
from messaging.happenings import Occurrence
from messaging.models import Message, Trigger
from messaging.recipients import recipients_of
from messaging.selectors.outbox import messages_visible_to
from messaging.services.triggers import delayed, occurrences

DAYS = 90


@dataclass(frozen=True, slots=True)
class Would:
    """One whom a trigger would have told, or why not."""

    name: str
    phone: str
    at: Any
    text: str
    why_not: str = ""


def triggers_all() -> QuerySet[Trigger]:
    return Trigger.objects.live().annotate(
        told=Count("messages", filter=~Q(messages__state="withdrawn")),
        proposed=Count("messages", filter=Q(messages__state="proposed")),
    )


def trigger_get(pk: int) -> Trigger | None:
    return Trigger.objects.live().filter(pk=pk).first()


def proposals_of(user: Any) -> QuerySet[Message]:
    return messages_visible_to(user).filter(state=Message.State.PROPOSED).order_by("send_after", "pk")


def dry_run(trigger: Trigger, days: int = DAYS) -> list[Would]:
    """Whom it would have told over the last days, newest first; nothing is sent and nothing is written."""
    now = clock.now()
    found = occurrences(trigger, now - timedelta(days=days), now)
    people = recipients_of(each.patient_id for each in found) or {}
    return [would(trigger, each, people.get(each.patient_id)) for each in reversed(found)]


def would(trigger: Trigger, each: Occurrence, to: Any) -> Would:
    why = "gone" if to is None else "no_phone" if not to.phone else "" if to.allows(trigger.kind) else "no_consent"
    name = to.name if to else str(each.facts.get("fio", ""))
    return Would(name, to.phone if to else "", delayed(each.at, trigger), rules.render(trigger.text, each.facts), why)


def counts_of(found: Iterable[Would]) -> dict[str, int]:
    counted = {"told": 0, "no_consent": 0, "no_phone": 0, "gone": 0}
    for each in found:
        counted[each.why_not or "told"] += 1
    return counted

"""What is left when a hand-over has failed: back into the queue, by another channel, or the end."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, DecimalField, ExpressionWrapper, F, Func, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Now

from core import clock
from core.events import publish
from messaging import policies
from messaging.events import MessageFailed
from messaging.models import Attempt, Message
from messaging.services.routes import roads_now, routes_of

State = Message.State


def back_to_waiting() -> dict[str, Any]:
    """Into the queue alone, as it was put there; or withdrawn, if that was asked meanwhile.

    Decided by the statement itself: a withdrawal that commits while we wait for the row must be seen.
    """
    parts = Func(F("text"), function="messaging_segments", output_field=IntegerField())
    price = Value(policies.SEGMENT_PRICE.get(), DecimalField(max_digits=14, decimal_places=2))
    was_asked = Q(withdrawal_asked_at__isnull=False)
    return {
        "state": Case(When(was_asked, then=Value(State.WITHDRAWN)), default=Value(State.WAITING)),
        "ended_at": Case(When(was_asked, then=Now()), default=None),
        "joined_to": None,
        "handed_text": "",
        "segments": parts,
        "cost": ExpressionWrapper(parts * price, output_field=DecimalField(max_digits=14, decimal_places=2)),
    }


def tell_failures(ids: Sequence[int], state: str = State.FAILED) -> None:
    for row in Message.objects.filter(pk__in=ids, state=state):
        publish(MessageFailed(
            message_id=row.pk, purpose=row.purpose, subject_kind=row.subject_kind, subject_id=row.subject_id,
            patient_id=row.patient_id, branch_id=row.branch_id, error=row.error,
        ))  # fmt: skip


def elsewhere(mine: QuerySet[Message], error: str) -> None:
    """Surely not delivered by this channel: by the next one of the person's order, or the end (MSG-10)."""
    now = clock.now()
    rows = list(mine.order_by("pk"))
    for row in rows:
        row.tried = list(dict.fromkeys([*row.tried, row.channel]))
    alive = [row for row in rows if not row.withdrawal_asked_at and (row.expires_at is None or row.expires_at > now)]
    routes, waiting = routes_of(alive, roads_now())
    for row in rows:
        one = mine.filter(pk=row.pk)
        free = {"claim": None, "lease_until": None, "ask_at": None, "tried": row.tried, "error": error[:300]}
        if row.pk in routes or row.pk in waiting:
            one.update(attempts=0, send_after=now, sent_at=None, **back_to_waiting(), **free)
            Attempt.objects.create(message=row, at=now, what=Attempt.What.NEXT, answer=error[:300])
        else:
            one.update(state=State.FAILED, ended_at=now, **free)
    tell_failures([row.pk for row in rows])

"""`queue/`: what waits for the caller (MOON-04)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from core import clock
from core.api import Amount, Body, Moment, Out, Router
from core.errors import Invalid, NotFound
from work import selectors, services
from work.permissions import SEE_TASKS
from work.services.queue import LONGEST_SNOOZE, NOT_SO

router = Router("work")


class ItemOut(Out):
    key = serializers.CharField()
    kind = serializers.CharField()
    title = serializers.CharField()
    why = serializers.CharField()
    due_at = Moment(allow_null=True)
    is_urgent = serializers.BooleanField()
    money = Amount(allow_null=True)
    owner = serializers.SerializerMethodField()
    url = serializers.CharField()
    action = serializers.CharField()

    def get_owner(self, item: Any) -> int | None:
        """Who has taken it, if anybody."""
        return item.owner.pk if item.owner else None


class QueueOut(Out):
    results = ItemOut(source="items", many=True)
    hidden = serializers.IntegerField(help_text="put off by the caller")
    taken = serializers.IntegerField(help_text="taken by colleagues")


class QueueAsk(Body):
    kind = serializers.CharField(max_length=120, required=False)
    team = serializers.BooleanField(required=False, help_text="with what colleagues have taken")


class KeyIn(Body):
    key = serializers.CharField(max_length=120)


class SnoozeIn(KeyIn):
    until = Moment()


@router.get("queue/", SEE_TASKS, asks=QueueAsk, gives=QueueOut)
def queue(request: Request, query: dict[str, Any]) -> Any:
    """Everything that waits, the heaviest first; an item is gone when its cause is."""
    return selectors.queue_of(request.user, kind=query.get("kind", ""), team=query.get("team", False))


def item(request: Request, key: str) -> Any:
    found = next((each for each in selectors.queue_of(request.user, team=True).items if each.key == key), None)
    if found is None:
        raise NotFound
    return found


@router.post("queue/claim/", SEE_TASKS, takes=KeyIn, gives=ItemOut)
def claim(request: Request, data: dict[str, Any]) -> Any:
    """Nobody else is shown it for a while; 409 `item_taken` when somebody was faster."""
    services.item_claim(key=data["key"], user=request.user)
    return item(request, data["key"])


@router.post("queue/release/", SEE_TASKS, takes=KeyIn, gives=ItemOut)
def release(request: Request, data: dict[str, Any]) -> Any:
    """Back to everybody."""
    services.item_release(key=data["key"], user=request.user)
    return item(request, data["key"])


@router.post("queue/snooze/", SEE_TASKS, takes=SnoozeIn)
def snooze(request: Request, data: dict[str, Any]) -> dict[str, Any]:
    """Hide it from the caller until a moment of the next weeks."""
    item(request, data["key"])
    if not clock.now() < data["until"] < clock.now() + LONGEST_SNOOZE:
        raise Invalid(fields={"until": NOT_SO})
    services.snooze(user=request.user, key=data["key"], until=data["until"])
    return {"key": data["key"], "until": data["until"].isoformat()}

"""`triggers/`: messages that go by themselves, as data (MSG-12..16)."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from core.api import Body, Moment, Out, Router, if_match
from core.errors import NotFound
from messaging import services
from messaging.api.fields import seen
from messaging.happenings import REGISTRY
from messaging.listings import TriggerListing
from messaging.models import Channel, Kind, Trigger
from messaging.permissions import EDIT_TRIGGERS
from messaging.selectors import triggers as selectors

router = Router("messaging")


class TriggerOut(Out):
    id = serializers.IntegerField()
    name = serializers.CharField()
    event = serializers.CharField()
    conditions = serializers.DictField()
    delay = serializers.IntegerField()
    unit = serializers.CharField()
    kind = serializers.CharField()
    channel = serializers.CharField()
    text = serializers.CharField()
    needs_approval = serializers.BooleanField(source="is_approved_by_people")
    is_active = serializers.BooleanField()
    since = Moment(allow_null=True)
    version = serializers.IntegerField()


class TriggerPatch(Body):
    name = serializers.CharField(max_length=120, required=False)
    conditions = serializers.DictField(
        child=serializers.ListField(child=serializers.IntegerField(), max_length=500), required=False
    )
    delay = serializers.IntegerField(min_value=0, max_value=3650, required=False)
    unit = serializers.ChoiceField(choices=Trigger.Unit.choices, required=False)
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    channel = serializers.ChoiceField(choices=Channel.choices, required=False, allow_blank=True)
    text = serializers.CharField(max_length=1000, required=False)
    needs_approval = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)


class TriggerIn(TriggerPatch):
    name = serializers.CharField(max_length=120)
    event = serializers.CharField(max_length=40)
    text = serializers.CharField(max_length=1000)


class SwitchIn(Body):
    on = serializers.BooleanField()


class WouldOut(Out):
    name = serializers.CharField()
    phone = serializers.CharField()
    at = Moment()
    text = serializers.CharField()
    why_not = serializers.CharField()


class DryOut(Out):
    days = serializers.IntegerField()
    counts = serializers.DictField()
    results = WouldOut(many=True)


class ConditionOut(Out):
    name = serializers.CharField()
    title = serializers.CharField()
    choices = serializers.ListField()


class HappeningOut(Out):
    code = serializers.CharField()
    title = serializers.CharField()
    places = serializers.DictField()
    conditions = ConditionOut(many=True)


router.listing("triggers/", TriggerListing, gives=TriggerOut)


def named(data: dict[str, Any]) -> dict[str, Any]:
    return {"is_approved_by_people" if name == "needs_approval" else name: value for name, value in data.items()}


@router.get("triggers/events/", EDIT_TRIGGERS, gives=HappeningOut, many=True)
def events(request: Request) -> Iterable[Any]:
    """What a trigger may wait for, what may stand in its text, what may be asked besides."""
    return [
        {
            "code": each.code, "title": each.title, "places": {name: str(hint) for name, hint in each.places.items()},
            "conditions": [
                {"name": one.name, "title": one.title, "choices": [[key, str(label)] for key, label in one.choices()]}
                for one in each.conditions
            ],
        }
        for each in REGISTRY.values()
    ]  # fmt: skip


@router.post("triggers/", EDIT_TRIGGERS, takes=TriggerIn, gives=TriggerOut, status=201)
def trigger_create(request: Request, data: dict[str, Any]) -> Trigger:
    """A new one; without `is_active` it only stands there and can be tried by `dry-run`."""
    return services.trigger_save(actor=request.user, **named(data))


@router.get("triggers/<int:pk>/", EDIT_TRIGGERS, gives=TriggerOut)
def trigger_read(request: Request, pk: int) -> Trigger:
    row = selectors.trigger_get(pk)
    if row is None:
        raise NotFound
    return row


@router.patch("triggers/<int:pk>/", EDIT_TRIGGERS, takes=TriggerPatch, gives=TriggerOut)
def trigger_change(request: Request, pk: int, data: dict[str, Any]) -> Trigger:
    row = trigger_read(request, pk)
    given = {"text": row.text, "name": row.name, **named(data)}
    return services.trigger_save(trigger_id=pk, actor=request.user, expected_version=if_match(request), **given)


@router.delete("triggers/<int:pk>/", EDIT_TRIGGERS)
def trigger_delete(request: Request, pk: int) -> None:
    """To the trash; what waits of it does not go."""
    services.trigger_trash(trigger_id=seen(request, trigger_read(request, pk)).pk, actor=request.user)


@router.post("triggers/<int:pk>/switch/", EDIT_TRIGGERS, takes=SwitchIn, gives=TriggerOut)
def trigger_switch(request: Request, pk: int, data: dict[str, Any]) -> Trigger:
    """On: from now on. Off: what waits of it does not go."""
    return services.trigger_switch(
        trigger_id=seen(request, trigger_read(request, pk)).pk, is_active=data["on"], actor=request.user
    )


@router.get("triggers/<int:pk>/dry-run/", EDIT_TRIGGERS, gives=DryOut)
def trigger_dry(request: Request, pk: int) -> dict[str, Any]:
    """Whom it would have told over the last 90 days; nothing is sent and nothing is written."""
    would = selectors.dry_run(trigger_read(request, pk))
    return {"days": selectors.DAYS, "counts": selectors.counts_of(would), "results": would[:500]}

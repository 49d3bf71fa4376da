"""Shapes that the calendar's addresses share."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api import Body, Id, Moment, Out
from scheduling.badges import label_of
from scheduling.models import Appointment, State
from scheduling.slots import badges_of


def local(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).isoformat()


def line(**options: Any) -> serializers.CharField:
    return serializers.CharField(**{"required": False, "default": "", "allow_blank": True, **options})


class Ids(serializers.ListField):
    """A short list of ids."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=Id(), max_length=50, **options)


class RangeIn(Body):
    """A place in time: the end is after the start and at most twelve hours later."""

    doctor = Id()
    chair = Id()
    start = Moment()
    end = Moment()


class BadgeOut(Out):
    code = serializers.CharField()
    label = serializers.CharField()
    tone = serializers.CharField()


class AppointmentOut(Out):
    """A visit. Written by hand below: a day of sixty is asked for all the time."""

    id = serializers.IntegerField()
    patient = serializers.IntegerField()
    doctor = serializers.IntegerField()
    chair = serializers.IntegerField()
    branch = serializers.IntegerField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    own_minutes = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(State.choices)
    label = serializers.CharField(help_text="the clinic's word for the status")
    visit_type = serializers.IntegerField(allow_null=True)
    services = serializers.ListField(child=serializers.IntegerField())
    comment = serializers.CharField()
    badges = BadgeOut(many=True)
    source_kind = serializers.ChoiceField(Appointment.Source.choices)
    series = serializers.IntegerField(allow_null=True)
    overbooked = serializers.BooleanField()
    overbook_reason = serializers.CharField()
    cancel_reason = serializers.CharField()
    cancel_then = serializers.CharField()
    moves = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()

    def to_representation(self, instance: Appointment) -> dict[str, Any]:
        row, zone = instance, instance.branch.timezone
        return {
            "id": row.pk,
            "patient": row.patient_id,
            "doctor": row.doctor_id,
            "chair": row.chair_id,
            "branch": row.branch_id,
            "start": local(row.starts_at, zone),
            "end": local(row.ends_at, zone),
            "own_minutes": row.own_minutes,
            "status": row.state,
            "label": label_of(row),
            "visit_type": row.visit_type_id,
            "services": list(row.service_ids),
            "comment": row.comment,
            "badges": self.marks(row),
            "source_kind": row.source_kind,
            "series": row.series_id,
            "overbooked": row.is_overbooked,
            "overbook_reason": row.overbook_reason,
            "cancel_reason": row.cancel_reason,
            "cancel_then": row.cancel_then,
            "moves": row.moves,
            "created_at": local(row.created_at, zone),
            "version": row.version,
        }

    def marks(self, row: Appointment) -> list[dict[str, str]]:
        """As the list has gathered them for the page, or asked for this one."""
        found = row.badges if hasattr(row, "badges") else badges_of([row], self.context["request"].user).get(row.pk, [])
        return [{"code": badge.code, "label": str(badge.label), "tone": badge.tone} for badge in found]


class SpotOut(Out):
    """A place that can be booked as it stands."""

    doctor = serializers.IntegerField()
    chair = serializers.IntegerField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return instance.plain()


class WeekdaysField(serializers.ListField):
    """Days of the week, 0 is Monday."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=serializers.IntegerField(min_value=0, max_value=6), max_length=7, **options)


UNKNOWN_PART = _("morning, day or evening")

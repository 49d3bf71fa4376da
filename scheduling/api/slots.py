"""`slots/`: the soonest free places (SCH-40)."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from core.api import Body, Id, Router
from core.errors import Invalid
from scheduling import permissions
from scheduling.api.fields import SpotOut
from scheduling.selectors.choices import service_get, visit_type_get
from scheduling.selectors.search import PARTS, offers_find, search_for

router = Router("scheduling")


class Numbers(serializers.CharField):
    """Several numbers in one parameter: `1,3,5`."""

    def __init__(self, *, most: int, **options: Any) -> None:
        self.most = most
        super().__init__(max_length=200, **options)

    def to_internal_value(self, data: Any) -> list[int]:
        parts = [part.strip() for part in super().to_internal_value(data).split(",")]
        if not all(part.isascii() and part.isdigit() and int(part) <= self.most for part in parts):
            raise serializers.ValidationError(_("Give numbers with commas between them."))
        return [int(part) for part in parts]


class SlotsAsk(Body):
    service = Numbers(most=2**63 - 1, required=False, help_text="one, or several with commas: one visit for all")
    duration = serializers.IntegerField(required=False, min_value=5, max_value=720)
    visit_type = Id(required=False, help_text="its minutes, and the kept time that it may use")
    doctor = Numbers(most=2**63 - 1, required=False, help_text="one, or several with commas: any of them")
    branch = Id(required=False)
    profession = Id(required=False)
    chair = Id(required=False)
    purpose = serializers.CharField(required=False, max_length=80, help_text="what the chair is equipped for")
    patient = Id(required=False, help_text="his own visits are kept out too")
    part_of_day = serializers.ChoiceField(list(PARTS), required=False)
    weekdays = Numbers(most=6, required=False, help_text="0 is Monday")
    time_from = serializers.TimeField(required=False, help_text="the visit begins at this time or later")
    time_to = serializers.TimeField(required=False, help_text="the visit ends by this time")
    spread = serializers.BooleanField(required=False, default=False, help_text="offers that do not overlap in a chair")
    limit = serializers.IntegerField(required=False, default=20, min_value=1, max_value=200)

    def get_fields(self) -> dict[str, Any]:
        """The contract's words `from` and `to` are taken in Python."""
        days = {name: serializers.DateField(required=False) for name in ("from", "to")}
        return {**super().get_fields(), **days}


@router.get("slots/", permissions.SEE, asks=SlotsAsk, gives=SpotOut, many=True)
def slots(request: Request, query: dict[str, Any]) -> list[Any]:
    """The soonest free places, each bookable now. Say a service, a duration or a visit type."""
    if not {"service", "duration", "visit_type"} & set(query):
        raise Invalid(fields={"duration": _("Say a service or a duration.")})
    search = search_for(
        [service_get(pk) for pk in query.get("service", ())[:20]],
        minutes=query.get("duration"),
        visit_type=visit_type_get(query["visit_type"]) if "visit_type" in query else None,
        doctors=tuple(query.get("doctor", ())),
        branches=(query["branch"],) if "branch" in query else (),
        weekdays=frozenset(query.get("weekdays", ())),
        first=query.get("from"),
        last=query.get("to"),
        part=query.get("part_of_day", ""),
        **{
            name: query[name]
            for name in ("profession", "chair", "purpose", "patient", "time_from", "time_to")
            if name in query
        },
    )
    return offers_find(request.user, search, limit=query["limit"], is_spread=query["spread"])

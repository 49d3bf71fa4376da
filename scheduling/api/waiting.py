"""`waiting-list/`: patients without a date, and booking them."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from core.api import Body, Id, Keys, Out, Router, if_match
from core.errors import NotFound
from scheduling import permissions
from scheduling.api.fields import AppointmentOut, Ids, RangeIn, WeekdaysField, line, local
from scheduling.listings import WaitingListing
from scheduling.models import Appointment, WaitingEntry
from scheduling.selectors.waiting import waiting_now
from scheduling.services import waiting_add, waiting_book, waiting_change, waiting_remove

router = Router("scheduling")


class WaitingOut(Out):
    id = serializers.IntegerField()
    patient = serializers.IntegerField(source="patient_id")
    branch = serializers.IntegerField(source="branch_id", allow_null=True)
    doctors = Keys()
    services = Keys()
    duration_min = serializers.IntegerField()
    weekdays = serializers.ListField(child=serializers.IntegerField())
    time_from = serializers.TimeField(allow_null=True)
    time_to = serializers.TimeField(allow_null=True)
    earliest = serializers.DateField(allow_null=True)
    latest = serializers.DateField(allow_null=True)
    urgent = serializers.BooleanField(source="is_urgent")
    comment = serializers.CharField()
    created_at = serializers.SerializerMethodField()
    version = serializers.IntegerField()

    def get_created_at(self, row: WaitingEntry) -> str:
        return local(row.created_at, row.branch.timezone if row.branch else "UTC")


router.listing("waiting-list/", WaitingListing, gives=WaitingOut)


class WishesIn(Body):
    branch = Id(required=False, allow_null=True)
    doctors = Ids(required=False)
    services = Ids(required=False)
    duration_min = serializers.IntegerField(required=False, min_value=5, max_value=720)
    weekdays = WeekdaysField(required=False)
    time_from = serializers.TimeField(required=False, allow_null=True)
    time_to = serializers.TimeField(required=False, allow_null=True)
    earliest = serializers.DateField(required=False, allow_null=True)
    latest = serializers.DateField(required=False, allow_null=True)
    urgent = serializers.BooleanField(required=False)
    comment = serializers.CharField(required=False, allow_blank=True, max_length=300)


class WaitingIn(WishesIn):
    patient = Id()


NAMES = {"branch": "branch_id", "doctors": "doctor_ids", "services": "service_ids", "urgent": "is_urgent"}


def wishes_of(data: dict[str, Any]) -> dict[str, Any]:
    return {NAMES.get(name, name): value for name, value in data.items() if name != "patient"}


@router.post("waiting-list/", permissions.BOOK, takes=WaitingIn, gives=WaitingOut, status=201)
def add(request: Request, data: dict[str, Any]) -> WaitingEntry:
    """Put a patient on the list."""
    return waiting_add(patient_id=data["patient"], actor=request.user, **wishes_of(data))


@router.get("waiting-list/<int:pk>/", permissions.SEE, gives=WaitingOut)
def one(request: Request, pk: int) -> WaitingEntry:
    found = waiting_now(request.user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


@router.patch("waiting-list/<int:pk>/", permissions.BOOK, takes=WishesIn, gives=WaitingOut)
def change(request: Request, data: dict[str, Any], pk: int) -> WaitingEntry:
    """Other wishes."""
    return waiting_change(entry_id=pk, actor=request.user, expected_version=if_match(request), **wishes_of(data))


@router.delete("waiting-list/<int:pk>/", permissions.BOOK)
def remove(request: Request, pk: int) -> None:
    """Off the list."""
    waiting_remove(entry_id=pk, actor=request.user)


class WaitingBookIn(RangeIn):
    comment = line(max_length=500)


@router.post("waiting-list/<int:pk>/book/", permissions.BOOK, takes=WaitingBookIn, gives=AppointmentOut, status=201)
def book(request: Request, data: dict[str, Any], pk: int) -> Appointment:
    """Book who waits; he leaves the list by it."""
    details = {"comment": data["comment"]} if data["comment"] else {}
    return waiting_book(
        entry_id=pk,
        doctor_id=data["doctor"],
        chair_id=data["chair"],
        starts_at=data["start"],
        ends_at=data["end"],
        actor=request.user,
        **details,
    )

"""Till when something is put off: half an hour, two hours, or tomorrow's morning."""

from datetime import datetime, time, timedelta

from django.http import HttpRequest
from django.utils import timezone

from core import clock

SNOOZES = {"30m": timedelta(minutes=30), "2h": timedelta(hours=2)}


def moment_of(request: HttpRequest) -> datetime:
    """`for` of the button or the address."""
    how = request.POST.get("for") or request.GET.get("for") or ""
    return clock.now() + SNOOZES[how] if how in SNOOZES else tomorrow_morning()


def tomorrow_morning() -> datetime:
    zone = timezone.get_current_timezone_name()
    return clock.at(clock.today(zone) + timedelta(days=1), time(9), zone)

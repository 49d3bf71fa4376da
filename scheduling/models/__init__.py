"""The calendar's tables: places and what takes them; people who shall come, be called, be offered a place, book online."""

from scheduling.models.calendar import (
    Appointment,
    Block,
    Hold,
    Occupancy,
    Series,
    Shift,
    ShiftRule,
    State,
    StatusLabel,
    Timed,
    TimeRange,
    VisitType,
    WaitingEntry,
)
from scheduling.models.feeds import CalendarFeed
from scheduling.models.online import OnlineBooking, OnlineRule, OnlineService, PhoneCode
from scheduling.models.phoning import PhoneCall, PhoneLine
from scheduling.models.pools import Pool, PoolPlace
from scheduling.models.recall import CallAttempt, CallTask, PlannedVisit
from scheduling.models.refills import Offer, Refill

__all__ = [
    "Appointment",
    "Block",
    "CalendarFeed",
    "CallAttempt",
    "CallTask",
    "Hold",
    "Occupancy",
    "Offer",
    "OnlineBooking",
    "OnlineRule",
    "OnlineService",
    "PhoneCall",
    "PhoneCode",
    "PhoneLine",
    "PlannedVisit",
    "Pool",
    "PoolPlace",
    "Refill",
    "Series",
    "Shift",
    "ShiftRule",
    "State",
    "StatusLabel",
    "TimeRange",
    "Timed",
    "VisitType",
    "WaitingEntry",
]

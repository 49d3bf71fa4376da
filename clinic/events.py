"""What happened in the clinic itself."""

from dataclasses import dataclass
from datetime import date

from core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffLeft(Event):
    """A person works here up to and including the day before `on`."""

    staff_id: int
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffReturned(Event):
    staff_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHoursChanged(Event):
    """The weekly hours of a branch, or those of single days when `days` names them."""

    branch_id: int
    days: list[str] | None = None

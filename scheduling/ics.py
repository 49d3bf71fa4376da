"""A doctor's visits as iCalendar (RFC 5545): zones with their rules, cancelled visits struck out, no names unless allowed."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone

from core import clock
from scheduling import policies
from scheduling.badges import label_of
from scheduling.models import Appointment, Block, State
from scheduling.selectors.feeds import OwnCalendar

PRODUCT = "-//Kabinet//Schedule//EN"
ASK_AGAIN = timedelta(hours=1)


def calendar_file(owner: Any, found: OwnCalendar) -> bytes:
    """The whole calendar; the same rows give the same bytes, so that its digest tells whether anything changed."""
    with_names = policies.FEED_NAMES.get()
    file = Calendar()
    for name, value in (("prodid", PRODUCT), ("version", "2.0"), ("calscale", "GREGORIAN"), ("method", "PUBLISH")):
        file.add(name, value)
    file.add("x-wr-calname", _("Visits: %(doctor)s") % {"doctor": owner.staff.short_name})
    file.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    file.add("x-published-ttl", ASK_AGAIN)
    for zone in sorted({row.zone for row in (*found.visits, *found.blocks)} - {"UTC"}):
        file.add_component(zone_rules(zone, found.first.year - 1, found.last.year + 2))
    for visit in found.visits:
        file.add_component(visit_event(visit, found, with_names=with_names))
    for block in found.blocks:
        file.add_component(block_event(block, with_names=with_names))
    return bytes(file.to_ical())


@lru_cache(maxsize=64)
def zone_rules(zone: str, first: int, last: int) -> Timezone:
    """When a zone's clocks are changed in these years; working it out takes long."""
    return Timezone.from_tzid(zone, first_date=date(first, 1, 1), last_date=date(last, 1, 1))


def visit_event(visit: Appointment, found: OwnCalendar, *, with_names: bool) -> Event:
    """A visit. Kind, state and chair tell a doctor enough; who comes is said only where the clinic allows it."""
    is_off = not visit.is_occupying or visit.is_mistake
    kind = visit.visit_type.name if visit.visit_type else _("Visit")
    event = begun("visit", visit)
    event.add("summary", f"{visit.patient.short_name} · {kind}" if with_names else kind)
    event.add("location", ", ".join(filter(None, (visit.chair.name, visit.branch.name, visit.branch.address))))
    event.add("status", "CANCELLED" if is_off else "TENTATIVE" if visit.state == State.BOOKED else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if is_off else "OPAQUE")
    event.add("sequence", visit.version - 1)
    changed = max(found.changed_at.get(visit.pk, visit.created_at), visit.created_at, visit.state_since)
    event.add("dtstamp", changed.replace(microsecond=0))
    event.add("last-modified", changed.replace(microsecond=0))
    words = [label_of(visit), *(visit.service_names if with_names else ())]  # type: ignore[attr-defined]
    event.add("description", "\n".join(words))
    return event


def block_event(block: Block, *, with_names: bool) -> Event:
    event = begun("block", block)
    event.add("summary", block.note or str(block) if with_names else str(block))
    event.add("dtstamp", block.starts_at.replace(microsecond=0))
    event.add("status", "CONFIRMED")
    if block.chair:
        event.add("location", f"{block.chair.name}, {block.chair.branch.name}")
    return event


def begun(kind: str, row: Any) -> Event:
    """An event with its name, which stays for good and is this clinic's alone, and its time by the branch's clock."""
    event = Event()
    clinic = salted_hmac("scheduling.ics", "clinic").hexdigest()[:12]
    event.add("uid", f"{kind}-{row.pk}.{clinic}@kabinet")
    event.add("class", "PRIVATE")
    event.add("dtstart", clock.local(row.starts_at, row.zone))
    event.add("dtend", clock.local(row.ends_at, row.zone))
    return event

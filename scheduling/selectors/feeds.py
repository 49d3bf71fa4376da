"""What a doctor's own calendar program is given: his visits and blocked time around today (SCH-57)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from core import clock
from core.models import AuditEntry
from scheduling.models import Appointment, Block, CalendarFeed
from scheduling.selectors.calendar import visits_drawn

BACK, AHEAD = timedelta(days=31), timedelta(days=183)


@dataclass(frozen=True, slots=True)
class OwnCalendar:
    visits: list[Appointment]
    blocks: list[Block]
    changed_at: dict[int, datetime]  # of visits: when somebody changed them last
    first: datetime
    last: datetime


def feed_of(user: Any) -> CalendarFeed | None:
    return CalendarFeed.objects.filter(user=user, revoked_at__isnull=True).first()


def own_calendar(user: Any) -> OwnCalendar:
    """Three statements. Cancelled visits stay in it, so that a calendar that knows them strikes them out."""
    now = clock.now()
    first, last = now - BACK, now + AHEAD
    within = {"doctor": user.staff_id or 0, "starts_at__gte": first, "starts_at__lt": last}
    rows = visits_drawn(Appointment.objects.filter(**within)).select_related("branch", "chair", "patient", "visit_type")
    visits = list(rows.order_by("starts_at", "pk"))
    said = AuditEntry.objects.filter(
        object_kind=Appointment._meta.label_lower, object_id__in=[visit.pk for visit in visits]
    )
    changed = dict(said.order_by().values_list("object_id").annotate(at=Max("at")))
    blocks = Block.objects.filter(**within).select_related("chair__branch").order_by("starts_at", "pk")
    return OwnCalendar(visits, [row for row in blocks if not row.is_kept], changed, first, last)

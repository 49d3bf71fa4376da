"""Who is at work, whose time one sees, which corrections wait."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.models import User
from core import clock
from core.access import is_allowed
from work.items import WorkItem
from work.models import TimeCorrection, WorkKind, WorkPeriod
from work.permissions import DECIDE_TIME


def at_work(user: Any) -> dict[str, Any]:
    """The running period of a person and the kinds that he may choose from, for the button of the shell."""
    going = WorkPeriod.objects.filter(user_id=user.pk, ended_at__isnull=True).select_related("kind").first()
    return {"going": going, "kinds": [] if going else list(WorkKind.objects.filter(is_active=True))}


def _reachable(user: Any) -> Q:
    own = Q(user_id=user.pk)
    return own | Q(branch__isnull=True) | Q(branch__in=user.branch_ids) if is_allowed(user, DECIDE_TIME) else own


def periods_visible_to(user: Any) -> QuerySet[WorkPeriod]:
    """One's own; of everybody in one's branches for who decides."""
    return WorkPeriod.objects.filter(_reachable(user)).select_related("user__staff", "branch", "kind")


def corrections_visible_to(user: Any) -> QuerySet[TimeCorrection]:
    return TimeCorrection.objects.filter(_reachable(user)).select_related("user__staff", "branch", "decided_by__staff")


def deciders(row: TimeCorrection) -> list[User]:
    """Who may answer: by right, in that branch."""
    people = User.objects.with_rights().filter(is_active=True, partner_id__isnull=True)
    return [
        user
        for user in people
        if is_allowed(user, DECIDE_TIME) and (row.branch_id is None or row.branch_id in user.branch_ids)
    ]


def correction_items(user: Any) -> Iterator[WorkItem]:
    """Corrections that wait for this person's word."""
    if not is_allowed(user, DECIDE_TIME):
        return
    for row in corrections_visible_to(user).filter(state=TimeCorrection.State.ASKED).exclude(user_id=user.pk):
        start, end = timezone.localtime(row.started_at), timezone.localtime(row.ended_at)
        yield WorkItem(
            key=f"time:{row.pk}", kind=_("Waits for my word"), title=_("Working time: %(who)s") % {"who": row.user},
            why=f"{start:%d.%m %H:%M}–{end:%H:%M}: {row.reason}", icon="clock-edit", tone="amber", due_at=clock.now(),
            due_text=_("waits"), url=reverse("work:time-corrections-list"), action=_("Agree"),
            post=reverse("work:correction-decide", args=[row.pk, "yes"]),
        )  # fmt: skip

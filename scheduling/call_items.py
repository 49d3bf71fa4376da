"""What the calendar puts into the queue «What should I do now»: calls of each reason (MOON-04)."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.access import is_allowed
from scheduling import permissions
from scheduling.selectors.calls import calls_count
from scheduling.slots import CALL_REASONS
from work.items import WorkItem

ONE_BY_ONE = ("confirm", "waiting")  # for_work puts these into the queue by name


def call_items(user: Any) -> Iterator[WorkItem]:
    """One line a reason: the list of calls shares them out one by one."""
    if not is_allowed(user, permissions.CALL):
        return
    counted = calls_count(user)
    for reason in CALL_REASONS:
        number = counted.get(reason.code, 0)
        if number and reason.code not in ONE_BY_ONE:
            yield WorkItem(
                key=f"calls:{reason.code}",
                kind=_("Calls"),
                title=reason.title,
                why=ngettext("%(n)s patient to call", "%(n)s patients to call", number) % {"n": number},
                icon="phone-outgoing",
                tone=reason.tone,
                url=f"{reverse('scheduling:call-tasks-list')}?reason={reason.code}",
                action=_("Call"),
            )

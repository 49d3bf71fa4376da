"""The frame: sections, the palette, what to do now."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from barter.models import Extra
from barter.permissions import AGREE, GRANT, SEE_BARTER
from barter.policies import NEAR_LIMIT
from barter.selectors.entries import entries_matching, entries_visible_to
from core.access import is_allowed
from core.navigation import SECTIONS, Item
from core.search import PROVIDERS, Hit
from core.templatetags.ui import money
from work.items import ITEMS, WorkItem

SECTIONS.register(
    Item("barter", _("Barter"), "arrows-exchange", "barter:barter-contracts-list", SEE_BARTER, group="money"),
    module="barter", order=130,
)  # fmt: skip


def entries_found(user: Any, text: str, limit: int) -> list[Hit]:
    """Entries by name, organisation or number for Ctrl-K."""
    if not is_allowed(user, SEE_BARTER) or len(text.strip()) < 3:
        return []
    rows = entries_matching(entries_visible_to(user), text)[:limit]
    return [
        Hit(
            row.who, row.get_absolute_url(), "arrows-exchange", str(row.get_state_display()), _("Barter"),
            f"{row.contract}, {row.contract.partner}",
        )
        for row in rows
    ]  # fmt: skip


def near_limit(user: Any) -> Iterator[WorkItem]:
    """Barter that is nearly spent: somebody asks for more before the patient stands at the desk (MOON-04)."""
    if not is_allowed(user, GRANT):
        return
    percent = NEAR_LIMIT.get()
    rows = entries_visible_to(user).filter(limit__granted__gt=0, limit__is_open=True, contract__status="active")
    for entry in rows:
        if 0 < entry.left * 100 <= entry.granted * percent:
            yield WorkItem(
                key=f"barter.near:{entry.pk}", kind=say("Barter near its limit"), title=entry.who,
                why=say("%(left)s left of %(limit)s") % {"left": money(entry.left), "limit": money(entry.granted)},
                icon="arrows-exchange", tone="pink", due_at=None, money=entry.left, action=say("Open the entry"),
                url=entry.get_absolute_url(),
            )  # fmt: skip


def extras_waiting(user: Any) -> Iterator[WorkItem]:
    """Extra work that the head of sales has to agree to; the doctor waits for it."""
    if not is_allowed(user, AGREE):
        return
    rows = Extra.objects.filter(status=Extra.Status.ASKED).select_related(
        "beneficiary__contract", "beneficiary__patient", "service"
    )
    for extra in rows:
        yield WorkItem(
            key=f"barter.extra:{extra.pk}", kind=say("Extra work by barter"), title=extra.beneficiary.who,
            why=f"{extra.service}: {extra.reason}", icon="help", tone="amber", due_at=extra.asked_at, money=None,
            action=say("Decide"), url=extra.beneficiary.get_absolute_url(),
        )  # fmt: skip


PROVIDERS.register(entries_found, module="barter", order=60)
ITEMS.register(near_limit, module="barter", order=60)
ITEMS.register(extras_waiting, module="barter", order=61)

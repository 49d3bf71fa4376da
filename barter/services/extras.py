"""Work outside of a public person's agreed plan: asked for, then agreed to by the head of sales (BAR-27, CLN-27)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from barter.models import Extra, State
from barter.permissions import AGREE
from barter.services.entries import announce, entry_locked
from barter.services.telling import extra_key, extra_task, tell
from catalog.models import Service
from core import clock
from core.access import check
from core.command import command
from core.errors import IllegalMove, Invalid, NotFound
from work.services import tasks_end_by_key


@command
def extra_ask(*, entry_id: int, service_id: int, reason: str, actor: Any) -> Extra:
    """The doctor asks before he does it. Raises IllegalMove where no plan is agreed, Invalid. Reverse: extra_decide."""
    entry = entry_locked(entry_id)
    if not entry.is_public or entry.state != State.TREATING:
        raise IllegalMove(source=entry.state, to="extra")
    service = Service.objects.live().filter(pk=service_id).first()
    if service is None:
        raise NotFound(service=service_id)
    if not reason.strip():
        raise Invalid(fields={"reason": _("Say why.")})
    extra, made = Extra.objects.get_or_create(
        beneficiary=entry, service=service, status=Extra.Status.ASKED,
        defaults={"reason": reason.strip()[:300], "asked_by": actor},
    )  # fmt: skip
    if made:
        extra_task(extra)
        tell(actor, "extra.asked", entry, service=str(service))
        announce(entry)
    return extra


@command
def extra_decide(*, extra_id: int, is_agreed: bool, actor: Any) -> Extra:
    """The head of sales agrees or refuses, once."""
    check(actor, AGREE)
    extra = (
        Extra.objects.select_for_update(of=("self",))
        .select_related("beneficiary", "service")
        .filter(pk=extra_id)
        .first()
    )
    if extra is None:
        raise NotFound
    status = Extra.Status.AGREED if is_agreed else Extra.Status.REFUSED
    if extra.status != Extra.Status.ASKED:
        raise IllegalMove(source=extra.status, to=status)
    extra.status, extra.decided_at, extra.decided_by = status, clock.now(), actor
    extra.save()
    tasks_end_by_key(key=extra_key(extra), actor=actor)
    tell(actor, "extra.decided", extra.beneficiary, service=str(extra.service), state=extra.get_status_display())
    announce(extra.beneficiary)
    return extra

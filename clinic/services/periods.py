"""Closing the books: no document of a closed day is changed any more (SET-20, BIL-41)."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, LockDate, Role
from core import clock
from core.audit import audit, sentence
from core.command import command, lock
from core.errors import Invalid

QUIET = {"is_timeline": False, "compartment": "financial"}
sentence("clinic.period.closed", _("Closed up to %(until)s: %(where)s"), "lock-square-rounded", "violet", **QUIET)
sentence(
    "clinic.period.opened",
    _("Opened again: %(where)s, it was closed up to %(before)s"),
    "calendar-check",
    "red",
    **QUIET,
)


@command
def lock_date_set(*, until: date | None, branch: Branch | None = None, role: Role | None = None, actor: Any) -> None:
    """Close everything dated up to and including `until`, or open it again with None. The reverse is itself.

    The day must be over: a day that still goes on cannot be closed.
    """
    lock(("clinic.periods", 0))
    if until is not None and until >= clock.today(branch.timezone if branch else latest_zone()):
        raise Invalid(fields={"until": say("Only a day that is over can be closed.")})
    former = LockDate.objects.filter(branch=branch, role=role).first()
    before = former.closed_until if former else None
    if before == until:
        return
    where = ", ".join(str(each) for each in (branch, role) if each) or say("the whole clinic")
    if until is None:
        LockDate.objects.filter(branch=branch, role=role).delete()
        audit(actor, "clinic.period.opened", where=where, before=before, branch_id=branch.pk if branch else None)
        return
    LockDate.objects.update_or_create(branch=branch, role=role, defaults={"closed_until": until})
    is_back = before is not None and until < before
    code = "clinic.period.opened" if is_back else "clinic.period.closed"
    audit(actor, code, where=where, until=until, before=before, branch_id=branch.pk if branch else None)


def latest_zone() -> str:
    """The zone of a branch where today begins last, so that a day is over in all of them."""
    zones = Branch.objects.live().values_list("timezone", flat=True).distinct()
    return min(zones, key=clock.today, default="UTC")

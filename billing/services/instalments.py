"""Instalments: agreed, ended, and the task that a due which is not paid becomes (BIL-37)."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _

from billing.errors import ScheduleStands
from billing.kinds import INSTALMENT_OVERDUE
from billing.models import Instalment, Invoice, Schedule
from billing.selectors.instalments import overdue_now
from billing.services.locking import invoice_lock
from billing.services.telling import FINANCIAL
from core import clock, live
from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import IllegalMove, Invalid
from core.money import ZERO, Money
from core.templatetags.ui import money
from work.models import Task
from work.services import task_create, tasks_end_by_key

sentence("billing.schedule.agreed", _("Invoice № %(number)s is paid by instalments till %(last)s, %(amount)s in all"),
         "clock-dollar", "blue", **FINANCIAL)  # fmt: skip
sentence("billing.schedule.ended", _("Instalments of invoice № %(number)s ended: %(reason)s"), "calendar-off", "amber",
         **FINANCIAL)  # fmt: skip

MOST = 60


@command
def instalments_agree(
    *,
    invoice_id: int,
    dues: Sequence[tuple[date, Money]],
    actor: Any,
    note: str = "",
    expected_version: int | None = None,
) -> Schedule:
    """Agree days and sums that come to what the patient owes of an invoice (BIL-37). Reverse: instalments_end.

    Raises IllegalMove where nothing is owed, ScheduleStands, Stale, Invalid on `dues`.
    """
    invoice, _shares, _desk = invoice_lock(invoice_id, actor)
    check_version(expected_version, invoice.version)
    if not invoice.is_payable or not invoice.due:
        raise IllegalMove(source=invoice.status, to="instalments")
    if Schedule.objects.filter(invoice=invoice, ended_at__isnull=True).exists():
        raise ScheduleStands
    ordered = sorted(dues)
    _dues_check(ordered, invoice)
    schedule = Schedule.objects.create(
        invoice=invoice, total=invoice.due, note=note[:300], agreed_at=clock.now(), agreed_by=actor
    )
    Instalment.objects.bulk_create(Instalment(schedule=schedule, due_on=day, amount=amount) for day, amount in ordered)
    audit(
        actor, "billing.schedule.agreed", invoice, patient_id=invoice.patient_id, number=invoice.number,
        amount=invoice.due, last=f"{ordered[-1][0]:%d.%m.%Y}",
    )  # fmt: skip
    live.announce("invoice", invoice.pk, branch_id=invoice.branch_id, version=invoice.version)
    return schedule


def _dues_check(dues: Sequence[tuple[date, Money]], invoice: Invoice) -> None:
    if not 1 <= len(dues) <= MOST:
        raise Invalid(fields={"dues": _("From 1 to 60 instalments.")})
    if len({day for day, _amount in dues}) < len(dues):
        raise Invalid(fields={"dues": _("One instalment a day.")})
    if dues[0][0] < clock.today(invoice.branch.timezone):
        raise Invalid(fields={"dues": _("The first day is over already.")})
    if any(amount <= 0 for _day, amount in dues) or sum((amount for _day, amount in dues), ZERO) != invoice.due:
        raise Invalid(fields={"dues": _("The instalments have to come to what is owed.")})


@command
def instalments_end(*, invoice_id: int, reason: str, actor: Any) -> Schedule:
    """The agreement no longer holds: all that is left is owed at once. Reverse: instalments_agree."""
    if not reason.strip():
        raise Invalid(fields={"reason": _("Say why.")})
    invoice, _shares, _desk = invoice_lock(invoice_id, actor)
    schedule = Schedule.objects.select_for_update().filter(invoice=invoice, ended_at__isnull=True).first()
    if schedule is None:
        raise IllegalMove(source="ended", to="ended")
    schedule.ended_at, schedule.ended_by, schedule.end_reason = clock.now(), actor, reason[:300]
    schedule.save(update_fields=["ended_at", "ended_by", "end_reason"])
    audit(actor, "billing.schedule.ended", invoice, patient_id=invoice.patient_id, number=invoice.number, reason=reason)
    live.announce("invoice", invoice.pk, branch_id=invoice.branch_id, version=invoice.version)
    return schedule


def key_of(invoice_id: int) -> str:
    return f"billing.instalment:{invoice_id}"


@command
def instalments_remind() -> int:
    """The sweep: a task for each invoice with an instalment overdue, gone when it is paid; gives how many were made.

    Safe twice, by the task's key. Reverse: the task ends by itself when the due is covered.
    """
    overdue = {invoice.pk: invoice for invoice in overdue_now()}
    standing = Task.objects.live().filter(kind=INSTALMENT_OVERDUE.code, state__in=Task.OPEN)
    known = set(standing.values_list("subject_id", flat=True))
    made = 0
    with translation.override(settings.LANGUAGE_CODE):
        for pk in known - overdue.keys():
            tasks_end_by_key(key=key_of(pk), actor=None, state=Task.State.DONE, result=gettext_now("Paid"))
        for invoice in (row for pk, row in overdue.items() if pk not in known):
            words = {"number": invoice, "patient": invoice.patient}
            task_create(
                title=gettext_now("Instalment overdue, invoice %(number)s: %(patient)s") % words,
                text=gettext_now("%(sum)s should have been paid by now.") % {"sum": money(invoice.overdue)},  # type: ignore[attr-defined]
                kind=INSTALMENT_OVERDUE, role="senior", branch_id=invoice.branch_id, patient_id=invoice.patient_id,
                subject=("billing.invoice", invoice.pk), url=invoice.get_absolute_url(), key=key_of(invoice.pk), actor=None,
                due_at=clock.at(clock.today(invoice.branch.timezone), time(20), invoice.branch.timezone),
            )  # fmt: skip
            made += 1
    return made

"""A patient who has not paid his invoice is called: one task an invoice, gone when it is paid (TSK-05)."""

from datetime import date, time, timedelta

from django.conf import settings
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import translation
from django.utils.translation import gettext as _

from billing.kinds import CALL_AFTER_INVOICE
from billing.models import Invoice, Schedule, Status
from billing.policies import CALL_AFTER_DAYS
from core import clock
from core.command import command
from work.models import Task
from work.services import task_create, tasks_end_by_key

REMEMBERED = 7  # what is older, also when the clinic begins with this, stands on the list of debts
AT_ONCE = 200


def key_of(invoice_id: int) -> str:
    return f"billing.call:{invoice_id}"


def to_call(today: date, days: int) -> QuerySet[Invoice]:
    """Issued so many days ago, not paid, and not spoken of yet. What the program ended itself may come up again, since
    a payment can be voided; what a person has ended does not.
    """
    key = Concat(Value("billing.call:"), Cast(OuterRef("pk"), CharField()))
    known = Task.objects.filter(key=key).filter(Q(state__in=Task.OPEN) | Q(ended_by__isnull=False))
    rows = Invoice.objects.owed().filter(
        issued_on__lte=today - timedelta(days=days),
        issued_on__gt=today - timedelta(days=days + REMEMBERED),
        patient__deleted_at__isnull=True,
    )
    by_instalments = Schedule.objects.filter(invoice=OuterRef("pk"), ended_at__isnull=True)
    return (
        rows.filter(~Exists(known), ~Exists(by_instalments))
        .select_related("patient", "branch")
        .order_by("issued_on", "pk")
    )


@command
def calls_after_invoices() -> int:
    """The sweep: a task for every invoice that waits too long; gives how many. Safe twice, by the task's key.

    Reverse: the task ends when the invoice is paid or rolled back, or by hand.
    """
    call_tasks_end()
    days = CALL_AFTER_DAYS.get()
    if not days:
        return 0
    made = 0
    with translation.override(settings.LANGUAGE_CODE):
        for invoice in to_call(clock.now().date(), days)[:AT_ONCE]:
            task_create(
                title=_("Call about invoice %(number)s: %(patient)s") % {"number": invoice, "patient": invoice.patient},
                text=_("It was issued on %(day)s and is not paid.") % {"day": f"{invoice.issued_on:%d.%m.%Y}"},
                kind=CALL_AFTER_INVOICE, role="administrator", branch_id=invoice.branch_id, patient_id=invoice.patient_id,
                subject=("billing.invoice", invoice.pk), url=invoice.get_absolute_url(), key=key_of(invoice.pk), actor=None,
                due_at=clock.at(clock.today(invoice.branch.timezone), time(20), invoice.branch.timezone),
            )  # fmt: skip
            made += 1
    return made


@command
def call_tasks_end(*, patient_id: int | None = None) -> int:
    """Calls about invoices that nobody owes any more end by themselves; gives how many."""
    tasks = Task.objects.live().filter(kind=CALL_AFTER_INVOICE.code, state__in=Task.OPEN)
    rows = Invoice.objects.filter(pk__in=tasks.values("subject_id"))
    rows = rows.filter(patient=patient_id) if patient_id else rows
    ended = 0
    for invoice in rows.exclude(pk__in=Invoice.objects.owed().values("pk")).order_by("pk"):
        is_void = invoice.status == Status.ROLLED_BACK
        state, words = (Task.State.CANCELLED, _("Rolled back")) if is_void else (Task.State.DONE, _("Paid"))
        ended += tasks_end_by_key(key=key_of(invoice.pk), actor=None, state=state, result=words)
    return ended

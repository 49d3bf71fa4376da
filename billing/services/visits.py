"""The end of a visit: it prepares a draft invoice for the desk, and takes it away when the visit is put back."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from billing.errors import InvoicePrepared
from billing.models import Invoice, Status
from billing.selectors.visits import Asked, invoiced_of, plan_lines_of_visit
from billing.services.invoices import invoice_discard, invoice_make
from billing.services.lines import LineInput
from billing.services.of_plans import line_of_plan, payers_asked
from catalog.models import Service
from clinical.models import TreatmentPlan
from core import clock
from core.command import command
from core.errors import IllegalMove
from scheduling.errors import BackRefused
from scheduling.models import Appointment


@command
def invoice_prepare(
    *, visit: Appointment, services: Sequence[Asked], actor: Any, payers: Mapping[int, str] | None = None
) -> Invoice | None:
    """Prepare a draft of what was done at a visit, for the desk to issue (SCH-25, SCH-30); None when there is nothing.

    The caller holds the visit's lock. Lines of plans come with their agreed price, `payers` by their key; what stands
    in an invoice already is not taken twice. A service without a price is named in the note. Raises InvoicePrepared.
    Reverse: invoice_unprepare.
    """
    of_plans = plan_lines_of_visit(visit, [asked.service_id for asked in services], actor)
    known = {line.service_id for line in of_plans} | set(invoiced_of(visit.pk).values_list("service_id", flat=True))
    asked_now = [asked for asked in services if asked.service_id not in known]
    priced, unpriced = _priced(visit, asked_now)
    chosen = payers_asked(line.pk for line in of_plans) | {pk: payer for pk, payer in (payers or {}).items() if payer}
    lines = [
        *(line_of_plan(line, line.done_by_id or visit.doctor_id, chosen.get(line.pk)) for line in of_plans),
        *(LineInput(service_id=each.service_id, quantity=each.quantity, payer=each.payer or None) for each in priced),
    ]
    if not lines:
        return None
    if (draft := drafts_of(visit).first()) is not None:
        raise InvoicePrepared(invoice=draft.pk)
    # The plans are not reopened meanwhile: their prices are in the draft.
    plans = TreatmentPlan.objects.filter(pk__in={line.plan_id for line in of_plans}).order_by("pk")
    locked = list(plans.select_for_update(of=("self",)))
    invoice = invoice_make(
        patient_id=visit.patient_id, lines=lines, actor=actor, appointment_id=visit.pk, draft=True, is_prepared=True,
        note=_("No price yet: %(services)s") % {"services": ", ".join(unpriced)} if unpriced else "",
    )  # fmt: skip
    if len(locked) == 1:
        Invoice.objects.filter(pk=invoice.pk).update(plan=locked[0])
    return invoice


def _priced(visit: Appointment, asked: Sequence[Asked]) -> tuple[list[Asked], list[str]]:
    """What can be sold on the visit's day, and the names of what has no price then."""
    zone = visit.branch.timezone
    day = min(clock.today(zone), clock.local(visit.starts_at, zone).date())
    rows = {
        row.pk: row for row in Service.objects.live().priced(day).filter(pk__in={each.service_id for each in asked})
    }
    sold = [each for each in asked if each.service_id in rows and rows[each.service_id].price is not None]
    return sold, [str(rows[each.service_id]) for each in asked if each.service_id in rows and each not in sold]


def drafts_of(visit: Appointment) -> QuerySet[Invoice]:
    return Invoice.objects.filter(appointment=visit, is_prepared=True, status=Status.DRAFT)


@command
def invoice_unprepare(*, visit: Appointment, actor: Any) -> None:
    """Take the draft away with the end of the visit that prepared it. Raises BackRefused where it is being issued."""
    for pk in list(drafts_of(visit).values_list("pk", flat=True)):
        try:
            invoice_discard(invoice_id=pk, actor=actor)
        except IllegalMove as error:
            raise BackRefused(_("The invoice of this visit has just been issued.")) from error

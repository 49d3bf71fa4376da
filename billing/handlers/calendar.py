"""The calendar: who owes, what a visit is invoiced by, money planned and made in a chair's column."""

from collections import defaultdict
from datetime import date
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from billing.models import Invoice, InvoiceLine
from billing.models.invoices import STANDING
from billing.permissions import ISSUE_INVOICE, SEE_BALANCE, SEE_MONEY
from billing.selectors.basis import new_url
from billing.selectors.visits import visits_to_pay
from catalog.selectors import prices_on
from clinic.models import Branch
from clinical.models import PlanLine
from core import clock
from core.access import is_allowed
from core.money import ZERO, Money
from core.templatetags.ui import money
from ledger.selectors import balances_above_zero, is_day_visible, subjects_above_zero
from scheduling.models import Appointment, State
from scheduling.slots import ACTIONS, BACK_OBSTACLES, BADGES, FEW, FLOW_DUE, HEADS, Action, Badge, Figure, Head


def debt_badges(appointments: list[Appointment], user: Any) -> dict[int, list[Badge]]:
    """«Owes 1 200 ₽» on visits of patients in debt."""
    if not is_allowed(user, SEE_BALANCE):
        return {}
    found = balances_above_zero("receivable", "patient", {row.patient_id for row in appointments})
    return {
        row.pk: [Badge("debt", _("Owes %(sum)s") % {"sum": money(found[row.patient_id])}, "red", "₽", "cash")]
        for row in appointments
        if row.patient_id in found
    }


def flow_due(appointments: list[Appointment], user: Any) -> dict[int, list[str]]:
    """Finished visits whose money the desk has still to take, for the flow board (SCH-48)."""
    if not is_allowed(user, ISSUE_INVOICE):
        return {}
    rows = visits_to_pay(user).filter(pk__in=[row.pk for row in appointments])
    return {row.pk: [money(row.invoice_due) if row.invoice_due else _("To pay")] for row in rows}


def visit_actions(appointments: list[Appointment], user: Any) -> dict[int, list[Action]]:
    """The invoices of a visit, and a new one while it has none."""
    if not is_allowed(user, SEE_MONEY):
        return {}
    found: dict[int, list[Action]] = defaultdict(list)
    rows = Invoice.objects.filter(appointment__in=appointments, branch_id__in=user.branch_ids).exclude(
        status="rolled_back"
    )
    for invoice in rows.order_by("pk"):
        if invoice.is_prepared and invoice.number is None:
            label = _("To pay: %(sum)s") % {"sum": money(invoice.total)}
            action = Action(label, invoice.get_absolute_url(), "cash", "primary")
        else:
            action = Action(_("Invoice %(number)s") % {"number": invoice}, invoice.get_absolute_url(), "file-invoice")
        found[invoice.appointment_id or 0].append(action)
    if is_allowed(user, ISSUE_INVOICE):
        for row in appointments:
            if not found.get(row.pk) and row.state not in (State.CANCELLED, State.NO_SHOW):
                url = new_url(row.patient_id, appointment=row.pk)
                found[row.pk].append(Action(_("Invoice the visit"), url, "file-invoice", "primary"))
    return dict(found)


def invoiced_visits(appointments: list[Appointment]) -> dict[int, list[str]]:
    """A visit that is invoiced is not put back a step: its invoice would speak of a visit that was not (C7)."""
    rows = Invoice.objects.filter(appointment__in=appointments, status__in=STANDING)
    found: dict[int, list[str]] = defaultdict(list)
    for invoice in rows:
        found[invoice.appointment_id or 0].append(
            _("Invoice %(number)s was issued for this visit") % {"number": invoice}
        )
    return dict(found)


def head_money(heads: list[Head], day: date, branch_ids: list[int], user: Any) -> dict[Head, list[Figure]]:
    """Money of the day in a doctor's chair: made (invoiced) of planned (SCH-49)."""
    if not is_allowed(user, SEE_MONEY):
        return {}
    zones = Branch.objects.filter(pk__in=set(branch_ids) & set(user.branch_ids)).values_list("pk", "timezone")
    seen = {pk: zone for pk, zone in zones if is_day_visible(user, day, zone)}
    if user.scope == "own":
        heads = [head for head in heads if head.doctor_id == user.staff_id]
    planned, made = planned_money(day, seen), made_money(day, list(seen))
    return {
        head: [Figure(_("Money"), made.get(head, ZERO), planned.get(head, ZERO))]
        for head in heads
        if made.get(head) or planned.get(head)
    }


def made_money(day: date, branch_ids: list[int]) -> dict[Head, Money]:
    """Lines of invoices that stand, by the chair of their visit and the doctor of the line."""
    lines = InvoiceLine.objects.filter(
        service_on=day,
        invoice__status__in=STANDING,
        invoice__branch_id__in=branch_ids,
        invoice__appointment__isnull=False,
    )
    rows = lines.values_list("invoice__appointment__chair_id", "doctor_id").annotate(made=Sum("sum"))
    return {Head(chair, doctor): made for chair, doctor, made in rows if doctor}


def planned_money(day: date, zones: dict[int, str]) -> dict[Head, Money]:
    """What the visits of a day are booked for: lines of plans where they have them, else prices of their services."""
    visits: list[Appointment] = []
    for branch_id, zone in zones.items():
        first, last = clock.day_bounds(day, day, zone)
        rows = Appointment.objects.filter(branch_id=branch_id, starts_at__gte=first, starts_at__lt=last)
        visits += rows.exclude(state__in=(State.CANCELLED, State.NO_SHOW)).prefetch_related("services")
    by_plan: dict[int, Money] = defaultdict(lambda: ZERO)
    for line in PlanLine.objects.filter(appointment__in=visits):
        by_plan[line.appointment_id or 0] += line.sum
    prices = prices_on({service.pk for visit in visits for service in visit.services.all()}, day)
    sums: dict[Head, Money] = defaultdict(lambda: ZERO)
    for visit in visits:
        listed = sum((prices.get(service.pk, ZERO) for service in visit.services.all()), ZERO)
        sums[Head(visit.chair_id, visit.doctor_id)] += by_plan.get(visit.pk) or listed
    return dict(sums)


FEW[debt_badges] = lambda patient_ids: subjects_above_zero("receivable", "patient", patient_ids)
BADGES.register(debt_badges, module="billing", order=20)
FLOW_DUE.register(flow_due, module="billing")
ACTIONS.register(visit_actions, module="billing", order=20)
BACK_OBSTACLES.register(invoiced_visits, module="billing", order=20)
HEADS.register(head_money, module="billing", order=20)

"""Invoices: made, issued, rolled back."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from billing import rules
from billing.errors import PaidByPayer
from billing.events import DepositChanged, InvoiceIssued, InvoiceRolledBack
from billing.models import Invoice, InvoiceLine, LineDiscount, Payment, PaymentPart, Share, Status
from billing.selectors.invoices import children_know
from billing.services.cash import desk_ensure
from billing.services.limits import limits_of_invoice_lock, limits_return, limits_take
from billing.services.lines import Basis, LineInput, basis_read, lines_decide_again, lines_make
from billing.services.locking import invoice_lock
from billing.services.of_plans import plan_lines_standing, plan_lines_take, plan_lock, plans_check
from billing.services.promotions import Part, amounts_of, line_discounts_write, parts_of, uses_return, uses_take
from billing.services.sharing import Deal
from billing.services.telling import FINANCIAL
from billing.services.writing import Act, PlannedPart, payment_write
from billing.slots import PAYERS, PayerKind, kind_of
from clinic.numbers import insert_numbered, number_next
from core import clock, live
from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import IllegalMove, Invalid
from core.events import publish
from core.money import ZERO, Money
from ledger import accounts
from ledger.models import Posting
from ledger.services import Leg, Source, mirrored, payer_ensure, post

sentence("billing.invoice.drafted", _("Invoice drafted for %(amount)s"), "file-invoice", "grey", **FINANCIAL)
sentence("billing.invoice.changed", _("Draft invoice changed, now %(amount)s"), "file-invoice", "grey", **FINANCIAL)
sentence("billing.invoice.discarded", _("Draft invoice of %(amount)s discarded"), "file-off", "grey", **FINANCIAL)
sentence("billing.invoice.issued", _("Invoice № %(number)s issued for %(amount)s"), "file-invoice", "blue", **FINANCIAL)
sentence(
    "billing.invoice.rolled_back",
    _("Invoice № %(number)s rolled back: %(reason)s"),
    "arrow-back-up",
    "red",
    **FINANCIAL,
)


@command
def invoice_make(
    *, patient_id: int, lines: Sequence[LineInput] = (), actor: Any, plan_id: int | None = None,
    plan_line_ids: Sequence[int] | None = None, appointment_id: int | None = None, branch_id: int | None = None,
    note: str = "", discount: Money = ZERO, discount_reason: str = "", draft: bool = False, is_prepared: bool = False,
    picked: Sequence[int] | None = None,
) -> Invoice:  # fmt: skip
    """Make an invoice and issue it, or leave it a draft (BIL-01..05). Reverse: invoice_rollback, or invoice_discard.

    Prices are the list's on the day of the service; another one and a discount need a right. `discount` on the whole
    is spread over the lines after their own. Payers' apps take their parts, the patient pays the rest.
    Promotions give their best on lines without a discount by hand, or those that are `picked` (BIL-24).
    Of a plan the lines ticked are taken, or all that are not invoiced yet (CLN-16): PlanNotApproved, LineInvoiced.
    """
    plan = plan_lock(plan_id, patient_id, actor) if plan_id is not None else None
    if plan is not None:
        branch_id = branch_id or (plan.branch_id if plan.branch_id in actor.branch_ids else None)
        lines = [*plan_lines_take(plan, plan_line_ids), *lines]
    basis = basis_read(patient_id, lines, actor, appointment_id, branch_id)
    made, shares, deal = lines_make(
        basis, lines, actor, discount, discount_reason, is_firm=not draft, plan_id=plan.pk if plan else None,
        picked=picked,
    )  # fmt: skip
    invoice = Invoice(
        legal_entity_id=basis.branch.legal_entity_id,
        branch=basis.branch,
        patient=basis.patient,
        appointment=basis.appointment,
        plan=plan,
        is_prepared=is_prepared,
        note=note[:500],
        asked_discounts=None if picked is None else list(picked),
        created_by=actor,
        list_total=sum((line.list_price * line.quantity for line in made), ZERO),
        total=sum((line.sum for line in made), ZERO),
    )
    if draft:
        invoice.due = sum((share.amount for share in shares if share.kind == "patient"), ZERO)
        invoice.save()
    else:
        _stamp(invoice, shares, basis.day, actor)
        insert_numbered(invoice, "invoice", legal_entity_id=invoice.legal_entity_id)
    _children_write(invoice, made, shares, deal)
    if draft:
        audit(actor, "billing.invoice.drafted", invoice, patient_id=patient_id, amount=invoice.total)
    else:
        _issue(invoice, shares, deal, actor)
    live.announce("invoice", invoice.pk, branch_id=invoice.branch_id, version=invoice.version)
    return invoice


@command
def invoice_change(
    *, invoice_id: int, lines: Sequence[LineInput], actor: Any, plan_id: int | None = None,
    plan_line_ids: Sequence[int] | None = None, note: str = "", discount: Money = ZERO, discount_reason: str = "",
    expected_version: int | None = None, picked: Sequence[int] | None = None,
) -> Invoice:  # fmt: skip
    """Replace the lines of a draft, those of its plan too. Raises IllegalMove for an issued one: that is rolled back."""
    invoice, _shares, _desk = invoice_lock(invoice_id, actor)
    check_version(expected_version, invoice.version)
    if invoice.status != Status.DRAFT:
        raise IllegalMove(source=invoice.status, to=Status.DRAFT)
    invoice.lines.all().delete()
    plan = plan_lock(plan_id, invoice.patient_id, actor) if plan_id is not None else None
    lines = [*(plan_lines_take(plan, plan_line_ids) if plan else ()), *lines]
    basis = basis_read(invoice.patient_id, lines, actor, invoice.appointment_id, invoice.branch_id)
    made, shares, deal = lines_make(
        basis, lines, actor, discount, discount_reason, is_firm=False, plan_id=plan.pk if plan else None, picked=picked
    )
    invoice.plan = plan
    invoice.asked_discounts = None if picked is None else list(picked)
    invoice.list_total = sum((line.list_price * line.quantity for line in made), ZERO)
    invoice.total = sum((line.sum for line in made), ZERO)
    invoice.due = sum((share.amount for share in shares if share.kind == "patient"), ZERO)
    invoice.note, invoice.version = note[:500], invoice.version + 1
    invoice.save()
    _children_write(invoice, made, shares, deal)
    audit(actor, "billing.invoice.changed", invoice, patient_id=invoice.patient_id, amount=invoice.total)
    live.announce("invoice", invoice.pk, branch_id=invoice.branch_id, version=invoice.version)
    return invoice


@command
def invoice_discard(*, invoice_id: int, actor: Any) -> None:
    """Drop a draft: it has no number and has moved no money. Raises IllegalMove for an issued one."""
    invoice, _shares, _desk = invoice_lock(invoice_id, actor)
    if invoice.status != Status.DRAFT:
        raise IllegalMove(source=invoice.status, to="discarded")
    audit(actor, "billing.invoice.discarded", invoice, patient_id=invoice.patient_id, amount=invoice.total)
    invoice.delete()


@command
def invoice_issue(*, invoice_id: int, actor: Any, expected_version: int | None = None) -> Invoice:
    """Issue a draft: it gets its number, receivables and income are posted (BIL-05). Reverse: invoice_rollback.

    Who pays is decided again under the limits' locks, since limits and contracts may have changed since it was drawn
    up. Raises IllegalMove, PlanNotApproved, PeriodClosed, OverLimit, and what payers' apps refuse.
    """
    invoice, shares, _desk = invoice_lock(invoice_id, actor)
    check_version(expected_version, invoice.version)
    if invoice.status != Status.DRAFT:
        raise IllegalMove(source=invoice.status, to=Status.ISSUED)
    plans_check({share.line.plan_line_id for share in shares if share.line.plan_line_id})
    shares, deal = _draft_decide(invoice, shares, actor)
    _stamp(invoice, shares, clock.today(invoice.branch.timezone), actor)
    invoice.number = number_next("invoice", legal_entity_id=invoice.legal_entity_id)
    invoice.version += 1
    invoice.save()
    _issue(invoice, shares, deal, actor)
    live.announce("invoice", invoice.pk, branch_id=invoice.branch_id, version=invoice.version)
    return invoice


def _draft_decide(invoice: Invoice, old: Sequence[Share], actor: Any) -> tuple[list[Share], Deal]:
    """The engine's decision as of now, written over what the draft said where it differs."""
    made = list(invoice.lines.select_related("plan_line").order_by("position", "pk"))
    for line in made:
        line.invoice = invoice
    mine = next((share.payer_id for share in old if share.kind == "patient"), None)
    basis = Basis(invoice.patient, invoice.branch, invoice.appointment, mine, clock.today(invoice.branch.timezone))
    others = {share.line_id for share in old if share.kind != "patient"}
    had = _said_of(parts_of(made))
    shares, deal = lines_decide_again(basis, made, actor, others, invoice.asked_discounts)
    said = {(share.line_id, share.payer_id, share.amount) for share in old}
    now = _said_of({line.pk: deal.discounts.get(line.position, []) for line in made})
    if had == now and said == {(share.line.pk, share.payer.pk, share.amount) for share in shares}:
        return list(old), deal
    LineDiscount.objects.filter(line__invoice=invoice).delete()
    line_discounts_write(made, deal.discounts)
    InvoiceLine.objects.bulk_update(made, ["price", "list_price", "discount", "discount_reason", "sum", "reasons"])
    Share.objects.filter(invoice=invoice).delete()
    for share in shares:
        share.invoice = invoice
    Share.objects.bulk_create(shares)
    invoice.list_total = sum((line.list_price * line.quantity for line in made), ZERO)
    invoice.total = sum((line.sum for line in made), ZERO)
    children_know(invoice, made, shares)
    return shares, deal


def _said_of(parts: Mapping[int, Sequence[Part]]) -> set[tuple[int, int, Money]]:
    return {(line, part.discount_id, part.amount) for line, own in parts.items() for part in own}


@command
def invoice_rollback(
    *, invoice_id: int, reason: str, actor: Any, refund: bool = False, expected_version: int | None = None
) -> Invoice:
    """Undo an issued invoice by mirrored entries on today's day (BIL-08, BIL-35, BIL-36). Cannot itself be undone.

    What the patient paid goes to his deposit, or with `refund` back by the methods it came by; what came from the
    deposit returns there either way. Limits of other payers return. Raises IllegalMove, PaidByPayer, Stale.
    """
    if not reason.strip():
        raise Invalid(fields={"reason": _("Say why.")})
    invoice, shares, desk = invoice_lock(invoice_id, actor)
    check_version(expected_version, invoice.version)
    if not invoice.is_standing:
        raise IllegalMove(source=invoice.status, to=Status.ROLLED_BACK)
    if any(share.paid for share in shares if share.kind != "patient"):
        raise PaidByPayer
    moved, limits = limits_of_invoice_lock(invoice)
    day = clock.today(invoice.branch.timezone)
    paid = invoice.paid
    if paid:
        _paid_return(invoice, shares, reason, actor, refund, desk)
    postings = (
        Posting.objects.filter(document_kind="invoice", document_id=invoice.pk, reverses__isnull=True)
        .select_related("account").order_by("pk")
    )  # fmt: skip
    post(_source(invoice, day, actor, reason), mirrored(postings, effective_on=day))
    invoice.status, invoice.due, invoice.paid = Status.ROLLED_BACK, ZERO, ZERO
    invoice.rolled_back_on, invoice.rolled_back_at, invoice.rolled_back_by = day, clock.now(), actor
    invoice.rollback_reason, invoice.version = reason[:300], invoice.version + 1
    invoice.save()
    invoice.lines.filter(plan_line__isnull=False).update(holds_plan_line=False)
    limits_return(invoice, moved, limits, actor, reason, plan_lines_standing(moved))
    uses_return(invoice=invoice)
    for kind, own in _by_kind(shares):
        kind.rolled_back(invoice, own, actor)
    audit(
        actor,
        "billing.invoice.rolled_back",
        invoice,
        patient_id=invoice.patient_id,
        number=invoice.number,
        amount=invoice.total,
        returned=paid,
        refund=refund,
        reason=reason,
    )
    publish(InvoiceRolledBack(invoice_id=invoice.pk, patient_id=invoice.patient_id))
    live.announce("invoice", invoice.pk, branch_id=invoice.branch_id, version=invoice.version)
    return invoice


def _paid_return(
    invoice: Invoice, shares: Sequence[Share], reason: str, actor: Any, refund: bool, desk: int | None
) -> None:
    """Money of a rolled back invoice goes back: to the deposit, or by the methods that it came by.

    To whom it came from: what another of the family has paid returns to him (BIL-40).
    """
    by_key = {share.pk: share for share in shares}
    sums = (
        PaymentPart.objects.filter(invoice=invoice).values("payment__patient_id", "share_id", "method")
        .annotate(sum=Sum("amount")).exclude(sum=0).order_by("payment__patient_id", "method", "share_id")
    )  # fmt: skip
    back: dict[int, dict[tuple[str, int], Money]] = {}
    for row in sums:
        parts = back.setdefault(row["payment__patient_id"] or invoice.patient_id, {})
        place = (row["method"] if refund else "deposit", row["share_id"])
        parts[place] = parts.get(place, ZERO) - row["sum"]
    own = next(share.payer for share in shares if share.kind == "patient")
    for patient_id, parts in back.items():
        payer = own if patient_id == invoice.patient_id else payer_ensure("patient", patient_id)
        payment = payment_write(
            Act(
                kind=Payment.Kind.RETURN,
                payer=payer,
                patient_id=patient_id,
                branch_id=invoice.branch_id,
                zone=invoice.branch.timezone,
                desk_id=desk or desk_ensure(invoice.branch_id).pk,
                actor=actor,
                parts=[
                    PlannedPart(method, by_key[share], amount) for (method, share), amount in parts.items() if amount
                ],
                reason=reason,
            )
        )
        publish(DepositChanged(payment_id=payment.pk, patient_id=patient_id))


# How an invoice is written


def _stamp(invoice: Invoice, shares: Sequence[Share], day: date, actor: Any) -> None:
    invoice.status = Status(rules.status_of(invoice.total, ZERO))
    invoice.due = sum((share.amount for share in shares if share.kind == "patient"), ZERO)
    invoice.issued_on, invoice.issued_at, invoice.issued_by = day, clock.now(), actor


def _children_write(invoice: Invoice, made: Sequence[InvoiceLine], shares: Sequence[Share], deal: Deal) -> None:
    for line in made:
        line.invoice = invoice
    InvoiceLine.objects.bulk_create(made)
    line_discounts_write(made, deal.discounts)
    for share in shares:
        share.invoice, share.line = invoice, share.line  # the line has its key only now
    Share.objects.bulk_create(shares)
    children_know(invoice, made, shares)


def _issue(invoice: Invoice, shares: Sequence[Share], deal: Deal, actor: Any) -> None:
    """Take the promotions used, post receivables and income by line, take the payers' limits, tell."""
    if used := amounts_of(deal.discounts):
        uses_take(used, invoice.patient_id, invoice=invoice)
    post(_source(invoice, invoice.issued_on, actor, ""), _issue_legs(invoice, shares))
    limits_take(invoice, deal.draws(), deal.held, deal.limits, actor)
    for kind, own in _by_kind(shares):
        kind.issued(invoice, own, actor)
    audit(
        actor,
        "billing.invoice.issued",
        invoice,
        patient_id=invoice.patient_id,
        number=invoice.number,
        amount=invoice.total,
        due=invoice.due,
    )
    kinds = None if deal.kinds is None else tuple(sorted(deal.kinds))
    publish(InvoiceIssued(invoice_id=invoice.pk, patient_id=invoice.patient_id, payer_kinds=kinds))


def _issue_legs(invoice: Invoice, shares: Sequence[Share]) -> list[Leg]:
    legs: list[Leg] = []
    for share in shares:
        line = share.line
        common: dict[str, Any] = {
            "line_id": line.pk, "doctor_id": line.doctor_id, "direction_id": line.direction_id,
            "effective_on": line.service_on,
        }  # fmt: skip
        legs.append(Leg(account=accounts.receivable(share.payer), amount=share.amount, **common))
        payer = kind_of(share.kind)
        income = accounts.income(invoice.branch_id, line.direction_id, payer.income_kind if payer else "income")
        legs.append(Leg(account=income, amount=-share.amount, **common))
    return legs


def _by_kind(shares: Sequence[Share]) -> list[tuple[PayerKind, list[Share]]]:
    found = []
    for kind in PAYERS:
        own = [share for share in shares if share.kind == kind.kind]
        if own:
            found.append((kind, own))
    return found


def _source(invoice: Invoice, day: date | None, actor: Any, note: str) -> Source:
    assert day is not None
    return Source(
        document_kind="invoice",
        document_id=invoice.pk,
        branch_id=invoice.branch_id,
        effective_on=day,
        today=day,
        actor=actor,
        patient_id=invoice.patient_id,
        note=note,
    )

"""Invoices: made, issued, rolled back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery, Sum
from django.utils.translation import gettext_lazy as _

from billing import rules
from billing.errors import LineInvoiced, NothingToInvoice, PaidByPayer
from billing.events import DepositChanged, InvoiceIssued, InvoiceRolledBack
from billing.models import Invoice, InvoiceLine, Payment, PaymentPart, Share, Status
from billing.permissions import GIVE_DISCOUNT, SET_PRICE
from billing.policies import BEFORE_DONE, MAX_DISCOUNT
from billing.selectors.invoices import children_know
from billing.selectors.patients import branch_for_money
from billing.services.cash import desk_ensure
from billing.services.locking import invoice_lock
from billing.services.telling import FINANCIAL
from billing.services.writing import Act, PlannedPart, payment_write
from billing.slots import PAYERS, Cover, PayerKind, Quote, QuoteLine, kind_of
from catalog.models import Service
from clinic.models import Branch, Staff
from clinic.numbers import insert_numbered, number_next
from clinical.errors import PlanNotApproved
from clinical.models import LineState, PlanLine, TreatmentPlan
from core import clock, live
from core.access import check, is_allowed
from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import IllegalMove, Invalid, NotFound
from core.events import publish
from core.money import ZERO, Money
from ledger import accounts
from ledger.models import Payer, Posting
from ledger.services import Leg, Source, mirrored, payer_ensure, post
from patients.models import Patient
from patients.selectors import patients_visible_to
from scheduling.models import Appointment

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


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInput:
    """One line as asked for; what is left out follows from the price list, the appointment and the payer engine."""

    service_id: int
    quantity: int = 1
    doctor_id: int | None = None
    assistant_id: int | None = None
    teeth: Sequence[int] = ()
    price: Money | None = None
    discount: Money | None = None
    discount_reason: str = ""
    payer: str | int | None = None
    plan_line_id: int | None = None
    service_on: date | None = None
    is_agreed: bool = False  # price and discount are an approved plan's: no right is asked for again


@dataclass(slots=True)
class Basis:
    """Everything that an invoice is made from, read at once."""

    patient: Patient
    branch: Branch
    appointment: Appointment | None
    payer_id: int | None
    day: date
    staff: set[int] = field(default_factory=set)

    @property
    def service_day(self) -> date:
        """The appointment's day once it has come, else today: nothing is income before its day (3.0)."""
        if self.appointment is None:
            return self.day
        return min(self.day, clock.local(self.appointment.starts_at, self.branch.timezone).date())


@command
def invoice_make(
    *, patient_id: int, lines: Sequence[LineInput] = (), actor: Any, plan_id: int | None = None,
    plan_line_ids: Sequence[int] | None = None, appointment_id: int | None = None, branch_id: int | None = None,
    note: str = "", discount: Money = ZERO, discount_reason: str = "", draft: bool = False, is_prepared: bool = False,
) -> Invoice:  # fmt: skip
    """Make an invoice and issue it, or leave it a draft (BIL-01..05). Reverse: invoice_rollback, or invoice_discard.

    Prices are the list's on the day of the service; another one and a discount need a right. `discount` on the whole
    is spread over the lines after their own. Payers' apps take their parts, the patient pays the rest.
    Of a plan the lines ticked are taken, or all that are not invoiced yet (CLN-16): PlanNotApproved, LineInvoiced.
    """
    plan = plan_lock(plan_id, patient_id, actor) if plan_id is not None else None
    if plan is not None:
        branch_id = branch_id or (plan.branch_id if plan.branch_id in actor.branch_ids else None)
        lines = [*plan_lines_take(plan, plan_line_ids), *lines]
    basis = _basis(patient_id, lines, actor, appointment_id, branch_id)
    made = _lines_price(basis, lines, actor, discount, discount_reason)
    invoice = Invoice(
        legal_entity_id=basis.branch.legal_entity_id,
        branch=basis.branch,
        patient=basis.patient,
        appointment=basis.appointment,
        plan=plan,
        is_prepared=is_prepared,
        note=note[:500],
        created_by=actor,
        list_total=sum((line.list_price * line.quantity for line in made), ZERO),
        total=sum((line.sum for line in made), ZERO),
    )
    shares = _shares_quote(basis, made, lines, actor)
    if draft:
        invoice.due = sum((share.amount for share in shares if share.kind == "patient"), ZERO)
        invoice.save()
    else:
        _stamp(invoice, shares, basis.day, actor)
        insert_numbered(invoice, "invoice", legal_entity_id=invoice.legal_entity_id)
    _children_write(invoice, made, shares)
    if draft:
        audit(actor, "billing.invoice.drafted", invoice, patient_id=patient_id, amount=invoice.total)
    else:
        _issue(invoice, shares, actor)
    live.announce("invoice", invoice.pk, branch_id=invoice.branch_id, version=invoice.version)
    return invoice


@command
def invoice_change(
    *, invoice_id: int, lines: Sequence[LineInput], actor: Any, plan_id: int | None = None,
    plan_line_ids: Sequence[int] | None = None, note: str = "", discount: Money = ZERO, discount_reason: str = "",
    expected_version: int | None = None,
) -> Invoice:  # fmt: skip
    """Replace the lines of a draft, those of its plan too. Raises IllegalMove for an issued one: that is rolled back."""
    invoice, _shares, _desk = invoice_lock(invoice_id, actor)
    check_version(expected_version, invoice.version)
    if invoice.status != Status.DRAFT:
        raise IllegalMove(source=invoice.status, to=Status.DRAFT)
    invoice.lines.all().delete()
    plan = plan_lock(plan_id, invoice.patient_id, actor) if plan_id is not None else None
    lines = [*(plan_lines_take(plan, plan_line_ids) if plan else ()), *lines]
    basis = _basis(invoice.patient_id, lines, actor, invoice.appointment_id, invoice.branch_id)
    made = _lines_price(basis, lines, actor, discount, discount_reason)
    shares = _shares_quote(basis, made, lines, actor)
    invoice.plan = plan
    invoice.list_total = sum((line.list_price * line.quantity for line in made), ZERO)
    invoice.total = sum((line.sum for line in made), ZERO)
    invoice.due = sum((share.amount for share in shares if share.kind == "patient"), ZERO)
    invoice.note, invoice.version = note[:500], invoice.version + 1
    invoice.save()
    _children_write(invoice, made, shares)
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
    """Issue a draft as it stands: it gets its number, receivables and income are posted (BIL-05).

    Raises IllegalMove, PlanNotApproved, PeriodClosed, and what payers' apps refuse. Reverse: invoice_rollback.
    """
    invoice, shares, _desk = invoice_lock(invoice_id, actor)
    check_version(expected_version, invoice.version)
    if invoice.status != Status.DRAFT:
        raise IllegalMove(source=invoice.status, to=Status.ISSUED)
    _plans_check({share.line.plan_line_id for share in shares if share.line.plan_line_id})
    _stamp(invoice, shares, clock.today(invoice.branch.timezone), actor)
    invoice.number = number_next("invoice", legal_entity_id=invoice.legal_entity_id)
    invoice.version += 1
    invoice.save()
    _issue(invoice, shares, actor)
    live.announce("invoice", invoice.pk, branch_id=invoice.branch_id, version=invoice.version)
    return invoice


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
) -> Payment:
    """Money of a rolled back invoice goes back: to the deposit, or by the methods that it came by."""
    by_key = {share.pk: share for share in shares}
    if refund:
        sums = (
            PaymentPart.objects.filter(invoice=invoice).values("share_id", "method").annotate(sum=Sum("amount"))
            .exclude(sum=0).order_by("method", "share_id")
        )  # fmt: skip
        parts = [PlannedPart(row["method"], by_key[row["share_id"]], -row["sum"]) for row in sums]
    else:
        parts = [PlannedPart("deposit", share, -share.paid) for share in shares if share.paid]
    payer = next(share.payer for share in shares if share.kind == "patient")
    payment = payment_write(
        Act(
            kind=Payment.Kind.RETURN,
            payer=payer,
            patient_id=invoice.patient_id,
            branch_id=invoice.branch_id,
            zone=invoice.branch.timezone,
            desk_id=desk or desk_ensure(invoice.branch_id).pk,
            actor=actor,
            parts=parts,
            reason=reason,
        )
    )
    publish(DepositChanged(payment_id=payment.pk, patient_id=invoice.patient_id))
    return payment


# What of a plan is invoiced


def _plans_check(plan_line_ids: set[int]) -> None:
    """A draft is issued only while the plans of its lines are approved (CLN-16)."""
    if not plan_line_ids:
        return
    plans = TreatmentPlan.objects.filter(pk__in=PlanLine.objects.filter(pk__in=plan_line_ids).values("plan"))
    for plan in plans.select_for_update(of=("self",)).order_by("pk"):
        if not plan.is_payable:
            raise PlanNotApproved(status=plan.status)


def plan_lock(plan_id: int, patient_id: int, actor: Any) -> TreatmentPlan:
    """Lock a plan, so that it is not reopened while an invoice of it is made. Raises PlanNotApproved (CLN-16)."""
    plan = TreatmentPlan.objects.select_for_update(of=("self",)).filter(pk=plan_id).first()
    if plan is None:
        raise NotFound
    if plan.patient_id != patient_id:
        raise Invalid(fields={"plan": _("This plan is another patient's.")})
    if not plan.is_payable:
        raise PlanNotApproved(status=plan.status)
    return plan


def plan_lines_take(plan: TreatmentPlan, ticked: Sequence[int] | None) -> list[LineInput]:
    """The ticked lines of a plan, or all that may be invoiced; price and discount as approved."""
    held = set(
        InvoiceLine.objects.filter(plan_line__plan=plan, holds_plan_line=True).values_list("plan_line_id", flat=True)
    )
    rows = list(PlanLine.objects.filter(plan=plan).order_by("phase", "position", "pk"))
    if ticked is not None:
        rows = [row for row in rows if row.pk in set(ticked)]
        if len(rows) != len(set(ticked)):
            raise NotFound
        if taken := [row.pk for row in rows if row.pk in held]:
            raise LineInvoiced(lines=taken)
    rows = [row for row in rows if row.pk not in held]
    if not BEFORE_DONE.get():
        rows = [row for row in rows if row.state == LineState.DONE]
    if not rows:
        raise NothingToInvoice
    return [line_of_plan(row, row.done_by_id or plan.doctor_id) for row in rows]


def line_of_plan(row: PlanLine, doctor_id: int | None, payer: str | int | None = None) -> LineInput:
    """A line of a plan as it is sold: price and discount as approved."""
    why = str(_("by the plan")) if row.discount else ""
    return LineInput(
        service_id=row.service_id, quantity=row.quantity, doctor_id=doctor_id, teeth=row.teeth, price=row.price,
        discount=row.discount, discount_reason=why, plan_line_id=row.pk, service_on=row.done_on, is_agreed=True, payer=payer,
    )  # fmt: skip


# How an invoice is made


def _basis(
    patient_id: int, lines: Sequence[LineInput], actor: Any, appointment_id: int | None, branch_id: int | None
) -> Basis:
    """The patient with his payer's key and the people named, in one statement; the appointment in another."""
    if not lines:
        raise NothingToInvoice
    named = {pk for line in lines for pk in (line.doctor_id, line.assistant_id) if pk}
    payer = Payer.objects.filter(kind="patient", subject_id=OuterRef("pk"))
    staff = Staff.objects.live().filter(pk__in=named)
    patient = (
        patients_visible_to(actor)
        .filter(pk=patient_id)
        .select_related("branch__legal_entity")
        .annotate(payer_id=Subquery(payer.values("pk")[:1]), known_staff=ArraySubquery(staff.values("pk")))
        .first()
    )
    if patient is None:
        raise NotFound
    appointment = None
    if appointment_id is not None:
        appointment = Appointment.objects.select_related("branch__legal_entity").filter(
            pk=appointment_id, branch_id__in=actor.branch_ids
        ).first()  # fmt: skip
        if appointment is None:
            raise NotFound
        if appointment.patient_id != patient_id:
            raise Invalid(fields={"appointment": _("This appointment is another patient's.")})
    branch = appointment.branch if appointment else branch_for_money(patient, actor, branch_id)
    unknown = named - set(patient.known_staff or ())
    if unknown:
        raise NotFound(staff=sorted(unknown))
    return Basis(patient, branch, appointment, patient.payer_id, clock.today(branch.timezone))


def _lines_price(
    basis: Basis, lines: Sequence[LineInput], actor: Any, discount: Money, discount_reason: str
) -> list[InvoiceLine]:
    """Lines with price, own discount and their part of the whole's discount (BIL-02)."""
    days = {line.service_on or basis.service_day for line in lines}
    services: dict[tuple[int, date], Any] = {}
    for day in days:
        found = Service.objects.live().filter(pk__in={line.service_id for line in lines}).priced(day)
        services |= {(service.pk, day): service for service in found}
    made = [_line_price(index, basis, asked, services, actor) for index, asked in enumerate(lines)]
    if discount:
        _discount_spread(made, lines, discount, discount_reason, actor)
    by_hand = [line for line, asked in zip(made, lines, strict=True) if line.discount and not asked.is_agreed]
    if by_hand or discount:
        _discount_check(made if discount else by_hand, actor)
    return made


def _line_price(
    index: int, basis: Basis, asked: LineInput, services: dict[tuple[int, date], Any], actor: Any
) -> InvoiceLine:
    day = min(asked.service_on or basis.service_day, basis.day)
    service = services.get((asked.service_id, asked.service_on or basis.service_day))
    if service is None:
        raise NotFound(service=asked.service_id)
    price = asked.price if asked.price is not None else service.price
    if price is None:
        raise Invalid(fields={f"lines.{index}.service": _("This service has no price on this day.")})
    if price < 0 or not 1 <= asked.quantity <= 999:
        raise Invalid(fields={f"lines.{index}.quantity": _("Check the quantity and the price.")})
    if price != service.price and not asked.is_agreed:
        check(actor, SET_PRICE)
    discount = asked.discount or ZERO
    if not ZERO <= discount <= price * asked.quantity:
        raise Invalid(fields={f"lines.{index}.discount": _("A discount is not more than the price.")})
    doctor_id = asked.doctor_id or (basis.appointment.doctor_id if basis.appointment else None)
    return InvoiceLine(
        position=index,
        service=service,
        direction_id=service.category_id,
        code=service.code,
        name=service.name,
        doctor_id=doctor_id,
        assistant_id=asked.assistant_id,
        teeth=list(asked.teeth),
        quantity=asked.quantity,
        list_price=price if asked.is_agreed or service.price is None else service.price,
        price=price,
        discount=discount,
        discount_reason=asked.discount_reason[:200],
        sum=rules.line_sum(price, asked.quantity, discount),
        service_on=day,
        plan_line_id=asked.plan_line_id,
    )


def _discount_spread(
    made: Sequence[InvoiceLine], lines: Sequence[LineInput], discount: Money, reason: str, actor: Any
) -> None:
    """The whole's discount comes after the lines' own, over lines whose payer takes discounts."""
    open_lines = [
        line for line, asked in zip(made, lines, strict=True)
        if not isinstance(asked.payer, str) or (kind := kind_of(asked.payer)) is None or kind.takes_discounts
    ]  # fmt: skip
    if discount < 0 or discount > sum((line.sum for line in open_lines), ZERO):
        raise Invalid(fields={"discount": _("A discount is not more than the price.")})
    for line, piece in zip(open_lines, rules.spread_discount([line.sum for line in open_lines], discount), strict=True):
        line.discount += piece
        line.sum -= piece
        line.discount_reason = line.discount_reason or reason[:200]


def _discount_check(made: Sequence[InvoiceLine], actor: Any) -> None:
    check(actor, GIVE_DISCOUNT)
    limit = MAX_DISCOUNT.get()
    for line in made:
        gross = line.price * line.quantity
        if line.discount * 100 > gross * limit and not is_allowed(actor, SET_PRICE):
            raise Invalid(
                fields={
                    f"lines.{line.position}.discount": _("Discounts by hand go up to %(limit)s percent.")
                    % {"limit": limit}
                }
            )


def _shares_quote(basis: Basis, made: Sequence[InvoiceLine], lines: Sequence[LineInput], actor: Any) -> list[Share]:
    """Ask every payer's app for its part; the patient pays what nobody took (BIL-04)."""
    named = _payers_named(lines)
    left = [line.sum for line in made]
    taken: list[list[Cover]] = [[] for _line in made]
    for kind in PAYERS:
        mine = [index for index in range(len(made)) if _is_asked(kind, named[index])]
        if not mine:
            continue
        quote = Quote(
            patient_id=basis.patient.pk,
            branch_id=basis.branch.pk,
            on=basis.service_day,
            actor=actor,
            lines=[_quote_line(index, made[index], lines[index], named[index], left[index]) for index in mine],
        )
        for cover in kind.cover(quote):
            amount = min(cover.amount, left[cover.index])
            if amount > 0:
                taken[cover.index].append(Cover(index=cover.index, payer=cover.payer, amount=amount, why=cover.why))
                left[cover.index] -= amount
    shares: list[Share] = []
    for index, line in enumerate(made):
        for cover in taken[index]:
            shares.append(
                Share(line=line, payer=cover.payer, kind=cover.payer.kind, amount=cover.amount, why=cover.why[:200])
            )
        if left[index] or not taken[index]:
            shares.append(Share(line=line, payer=_patient_payer(basis), kind="patient", amount=left[index]))
    return shares


def _patient_payer(basis: Basis) -> Payer:
    if basis.payer_id is None:
        basis.payer_id = payer_ensure("patient", basis.patient.pk, basis.patient.full_name).pk
    return Payer(pk=basis.payer_id, kind="patient", subject_id=basis.patient.pk, label=basis.patient.full_name)


def _payers_named(lines: Sequence[LineInput]) -> list[Payer | str | None]:
    """Payers named by kind or by key; an unknown one is Invalid."""
    keys = {line.payer for line in lines if isinstance(line.payer, int)}
    rows = {payer.pk: payer for payer in Payer.objects.filter(pk__in=keys)} if keys else {}
    known = {kind.kind for kind in PAYERS} | {"patient"}
    named: list[Payer | str | None] = []
    for index, line in enumerate(lines):
        payer = rows.get(line.payer) if isinstance(line.payer, int) else line.payer
        code = payer.kind if isinstance(payer, Payer) else payer
        if (line.payer is not None and payer is None) or (code is not None and code not in known):
            raise Invalid(fields={f"lines.{index}.payer": _("There is no such payer.")})
        named.append(payer)
    return named


def _is_asked(kind: PayerKind, named: Payer | str | None) -> bool:
    code = named.kind if isinstance(named, Payer) else named
    return code == kind.kind or (code is None and kind.is_automatic)


def _quote_line(index: int, line: InvoiceLine, asked: LineInput, named: Payer | str | None, left: Money) -> QuoteLine:
    return QuoteLine(
        index=index,
        service_id=line.service_id,
        quantity=line.quantity,
        list_price=line.list_price,
        sum=line.sum,
        left=left,
        teeth=line.teeth,
        doctor_id=line.doctor_id,
        plan_line_id=asked.plan_line_id,
        asked=named,
    )


# How an invoice is written


def _stamp(invoice: Invoice, shares: Sequence[Share], day: date, actor: Any) -> None:
    invoice.status = Status(rules.status_of(invoice.total, ZERO))
    invoice.due = sum((share.amount for share in shares if share.kind == "patient"), ZERO)
    invoice.issued_on, invoice.issued_at, invoice.issued_by = day, clock.now(), actor


def _children_write(invoice: Invoice, made: Sequence[InvoiceLine], shares: Sequence[Share]) -> None:
    for line in made:
        line.invoice = invoice
    InvoiceLine.objects.bulk_create(made)
    for share in shares:
        share.invoice, share.line = invoice, share.line  # the line has its key only now
    Share.objects.bulk_create(shares)
    children_know(invoice, made, shares)


def _issue(invoice: Invoice, shares: Sequence[Share], actor: Any) -> None:
    """Post receivables and income by line, let payers' apps consume their limits, tell."""
    post(_source(invoice, invoice.issued_on, actor, ""), _issue_legs(invoice, shares))
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
    publish(InvoiceIssued(invoice_id=invoice.pk, patient_id=invoice.patient_id))


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

"""How a payment is written: one statement for it and its parts, one for the book, one for what is paid of invoices."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from billing import rules
from billing.errors import CashShiftClosed
from billing.events import PaymentWritten
from billing.models import Invoice, Method, Payment, PaymentPart, Share
from billing.models.payments import AT_THE_DESK
from billing.policies import SHIFT_REQUIRED
from core import clock
from core.events import publish
from core.money import ZERO, Money
from ledger import accounts
from ledger.accounts import AccountName
from ledger.models import Payer
from ledger.services import Leg, Source, post_together

INSERT = """
WITH shift AS (
    -- The share lock makes a shift that is being closed wait for this payment, or this payment miss it.
    SELECT id FROM billing_cashshift WHERE desk_id = %(desk)s AND closed_at IS NULL FOR SHARE
), head AS (
    INSERT INTO billing_payment (kind, patient_id, payer_id, branch_id, desk_id, shift_id, cash, card, taken_on,
        taken_at, taken_by_id, reason, reverses_id, corrects_id)
    SELECT %(kind)s, %(patient)s, %(payer)s, %(branch)s, %(desk)s, (SELECT id FROM shift), %(cash)s, %(card)s,
        %(on)s, %(at)s, %(by)s, %(reason)s, %(reverses)s, %(corrects)s
    RETURNING id, shift_id
), parts AS (
    INSERT INTO billing_paymentpart (payment_id, share_id, invoice_id, method, amount)
    SELECT head.id, part.share_id, part.invoice_id, part.method, part.amount
    FROM head, unnest(%(shares)s::bigint[], %(invoices)s::bigint[], %(methods)s::text[], %(amounts)s::numeric[])
        AS part(share_id, invoice_id, method, amount)
    RETURNING id
)
SELECT head.id, head.shift_id FROM head
"""
SETTLE = """
WITH shares AS (
    UPDATE billing_share share SET paid = share.paid + moved.amount
    FROM unnest(%(shares)s::bigint[], %(amounts)s::numeric[]) AS moved(id, amount) WHERE share.id = moved.id
)
UPDATE billing_invoice invoice SET paid = now.paid, due = now.due, status = now.status, version = invoice.version + 1
FROM unnest(%(invoices)s::bigint[], %(paid)s::numeric[], %(due)s::numeric[], %(statuses)s::text[])
    AS now(id, paid, due, status) WHERE invoice.id = now.id
"""


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """A part before it is written; its share comes with line, payer and invoice."""

    method: str
    share: Share | None
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act at the desk, as the services describe it."""

    kind: str
    payer: Payer
    patient_id: int | None
    branch_id: int
    zone: str
    desk_id: int | None
    actor: Any
    parts: Sequence[PlannedPart]
    reason: str = ""
    reverses_id: int | None = None
    corrects_id: int | None = None
    offset: AccountName | None = None
    taken_on: date | None = None

    @property
    def day(self) -> date:
        return self.taken_on or clock.today(self.zone)

    def sum_of(self, *methods: str) -> Money:
        return sum((part.amount for part in self.parts if part.method in methods), ZERO)


def payment_write(act: Act, legs: Sequence[Leg] | None = None) -> Payment:
    """Payment, parts, postings and what is paid of the shares; the caller holds the locks and audits.

    `legs` are given where an older entry is mirrored; else they follow from the parts.
    """
    return payments_write([(act, legs)])[0]


def payments_write(acts: Sequence[tuple[Act, Sequence[Leg] | None]]) -> list[Payment]:
    """Several acts that count as one: a payment that is mirrored and the one in its place.

    Balances and what is paid move only by what they come to, so that nothing runs out in between.
    """
    made = [_insert(act) for act, _legs_given in acts]
    post_together(
        [
            (_source_of(payment, act), _legs(act) if legs is None else legs)
            for payment, (act, legs) in zip(made, acts, strict=True)
        ]
    )
    shares_settle([part for act, _legs_given in acts for part in act.parts])
    for payment in made:
        publish(PaymentWritten(payment_id=payment.pk))
    return made


def _source_of(payment: Payment, act: Act) -> Source:
    return Source(
        document_kind="payment", document_id=payment.pk, branch_id=act.branch_id, effective_on=act.day, actor=act.actor,
        patient_id=act.patient_id, note=act.reason, today=clock.today(act.zone),
    )  # fmt: skip


def _insert(act: Act) -> Payment:
    desk_id = act.desk_id if any(part.method in AT_THE_DESK for part in act.parts) else None
    payment = Payment(
        kind=act.kind,
        patient_id=act.patient_id,
        payer=act.payer,
        branch_id=act.branch_id,
        desk_id=desk_id,
        cash=act.sum_of("cash"),
        card=act.sum_of("card"),
        taken_on=act.day,
        taken_at=clock.now(),
        taken_by=act.actor,
        reason=act.reason[:300],
        reverses_id=act.reverses_id,
        corrects_id=act.corrects_id,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            {
                "desk": desk_id,
                "kind": act.kind,
                "patient": act.patient_id,
                "payer": act.payer.pk,
                "branch": act.branch_id,
                "cash": payment.cash,
                "card": payment.card,
                "on": payment.taken_on,
                "at": payment.taken_at,
                "by": getattr(act.actor, "pk", None),
                "reason": payment.reason,
                "reverses": act.reverses_id,
                "corrects": act.corrects_id,
                "shares": [part.share.pk if part.share else None for part in act.parts],
                "invoices": [part.share.invoice_id if part.share else None for part in act.parts],
                "methods": [str(part.method) for part in act.parts],
                "amounts": [part.amount for part in act.parts],
            },
        )
        payment.pk, payment.shift_id = cursor.fetchone()
    payment._state.adding = False
    if payment.cash and payment.shift_id is None and SHIFT_REQUIRED.get():
        raise CashShiftClosed
    return payment


def _legs(act: Act) -> list[Leg]:
    """The posting table (3.0): what each method takes and each share gets; one leg a method, one a share."""
    methods: dict[str, Money] = defaultdict(lambda: ZERO)
    shares: dict[int, Money] = defaultdict(lambda: ZERO)
    for part in act.parts:
        methods[part.method] += part.amount
        shares[part.share.pk if part.share else 0] += part.amount
    known = {part.share.pk: part.share for part in act.parts if part.share}
    legs = [Leg(account=_account_of(act, method), amount=amount) for method, amount in methods.items()]
    return legs + [
        _share_leg(known[pk], amount) if pk else Leg(account=accounts.deposit(act.payer), amount=-amount)
        for pk, amount in shares.items()
    ]


def _share_leg(share: Share, amount: Money) -> Leg:
    line = share.line
    return Leg(
        account=accounts.receivable(share.payer), amount=-amount, line_id=line.pk, doctor_id=line.doctor_id,
        direction_id=line.direction_id, branch_id=share.invoice.branch_id, patient_id=share.invoice.patient_id,
    )  # fmt: skip


def _account_of(act: Act, method: str) -> AccountName:
    match method:
        case Method.CASH:
            assert act.desk_id is not None
            return accounts.cash(act.branch_id, act.desk_id)
        case Method.CARD:
            return accounts.acquirer(act.branch_id)
        case Method.DEPOSIT:
            return accounts.deposit(act.payer)
        case Method.OFFSET if act.offset is not None:
            return act.offset
        case _:
            return accounts.bank(act.branch_id)


def shares_settle(parts: Iterable[PlannedPart]) -> None:
    """Move what is paid of shares and of their invoices; rows and objects alike."""
    moved: dict[int, Money] = defaultdict(lambda: ZERO)
    shares: dict[int, Share] = {}
    for part in parts:
        if part.share is not None:
            moved[part.share.pk] += part.amount
            shares[part.share.pk] = part.share
    if not shares:
        return
    invoices: dict[int, Invoice] = {}
    for pk, share in shares.items():
        share.paid += moved[pk]
        invoice = invoices.setdefault(share.invoice_id, share.invoice)
        invoice.paid += moved[pk]
        invoice.due -= moved[pk] if share.kind == "patient" else ZERO
    for invoice in invoices.values():
        invoice.status = rules.status_of(invoice.total, invoice.paid)
        invoice.version += 1
    rows = list(invoices.values())
    with connection.cursor() as cursor:
        cursor.execute(
            SETTLE,
            {
                "shares": list(moved),
                "amounts": list(moved.values()),
                "invoices": [row.pk for row in rows],
                "paid": [row.paid for row in rows],
                "due": [row.due for row in rows],
                "statuses": [str(row.status) for row in rows],
            },
        )


def parts_load(payment: Payment) -> list[PaymentPart]:
    return list(payment.parts.select_related("share__line", "share__payer", "share__invoice").order_by("pk"))

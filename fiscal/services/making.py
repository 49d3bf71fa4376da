"""A receipt is made in the transaction of its payment: what is taken and what is printed are one fact (BIL-19)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from billing.models import Payment, PaymentPart, Share
from billing.models.invoices import STANDING
from clinical.models import LineState
from core import clock
from core.money import ZERO, Money
from core.worker import wake_up
from fiscal import policies, rules
from fiscal.models import Agency, Receipt, ReceiptItem, Register

PERSONS = ("patient", "family")  # organisations and insurers pay by transfer: no receipt (3.1)


def register_for(branch_id: int, desk_id: int | None) -> Register | None:
    """The desk's own register, else the branch's."""
    rows = list(Register.objects.filter(branch_id=branch_id, is_active=True, desk__isnull=True).order_by("pk")[:1])
    if desk_id is not None:
        rows = list(Register.objects.filter(desk_id=desk_id, is_active=True).order_by("pk")[:1]) + rows
    return rows[0] if rows else None


def receipt_of_payment(*, payment_id: int) -> Receipt | None:
    """The receipt of a payment, a prepayment, a return or a cancellation; None where the law wants none.

    Called inside the payment's transaction. Reverse: that of the payment, which makes a receipt of its own.
    """
    if not policies.ON.get():
        return None  # the clinic gives its receipts elsewhere
    payment = Payment.objects.select_related("patient", "payer", "branch", "taken_by").get(pk=payment_id)
    if payment.payer.kind not in PERSONS:
        return None
    parts = [
        part
        for part in payment.parts.select_related("share__line__plan_line", "invoice").order_by("pk")
        if part.method in rules.FORM_OF and (part.share is None or part.share.kind in PERSONS)
    ]
    if not parts:
        return None
    original = Receipt.objects.filter(payment_id=payment.reverses_id).first() if payment.reverses_id else None
    draft = mirror_of(original) if original else draft_of(parts)
    return receipt_write(
        draft, branch=payment.branch, desk_id=payment.desk_id, patient=payment.patient, by=payment.taken_by,
        day=payment.taken_on, buyer=str(payment.payer), payment=payment, reverses=original,
    )  # fmt: skip


def draft_of(parts: Sequence[PaymentPart]) -> rules.Draft:
    is_out = sum((part.amount for part in parts), ZERO) < 0
    groups: dict[int, list[PaymentPart]] = defaultdict(list)
    for part in parts:
        groups[part.share_id or 0].append(part)
    opens, agents = opens_of(groups), agents_of(part.share for part in parts)
    paid = [paid_of(group, opens, agents, is_out=is_out) for group in groups.values()]
    return rules.returned_of(paid) if is_out else rules.sale_of(paid)


def paid_of(
    parts: Sequence[PaymentPart], opens: dict[int, tuple[Money, Money]], agents: dict[int, int], *, is_out: bool
) -> rules.Paid:
    by_method: dict[str, Money] = defaultdict(lambda: ZERO)
    for part in parts:
        by_method[part.method] += abs(part.amount)
    share, amount = parts[0].share, sum((part.amount for part in parts), ZERO)
    if share is None:
        return rules.Paid(_("Advance payment"), dict(by_method))
    return share_paid(share, dict(by_method), share.paid - amount, opens, agents)


def share_paid(
    share: Share, by_method: dict[str, Money], before: Money, opens: dict[int, tuple[Money, Money]], agents: dict[int, int]
) -> rules.Paid:  # fmt: skip
    line = share.line
    credit, prepaid = opens.get(share.pk, (ZERO, ZERO))
    return rules.Paid(
        line.name, by_method, share_id=share.pk, share=share.amount, line_sum=line.sum, quantity=line.quantity,
        before=before, credit=credit, prepaid=prepaid, agent_id=agents.get(line.direction_id),
        is_rendered=line.plan_line is None or line.plan_line.state == LineState.DONE,
    )  # fmt: skip


def opens_of(shares: Iterable[int]) -> dict[int, tuple[Money, Money]]:
    """By share: what earlier receipts have given on credit of it, what they have taken before the service."""
    rows = ReceiptItem.objects.filter(share_id__in=[pk for pk in shares if pk]).values_list("share_id")
    return {pk: (credit, prepaid) for pk, credit, prepaid in rows.annotate(Sum("credit"), Sum("prepaid")).order_by()}


def agents_of(shares: Iterable[Share | None]) -> dict[int, int]:
    directions = {share.line.direction_id for share in shares if share is not None}
    found = Agency.objects.filter(is_active=True, direction_id__in=directions) if directions else Agency.objects.none()
    return dict(found.values_list("direction_id", "pk"))


def mirror_of(original: Receipt) -> rules.Draft:
    items = list(original.items.all())
    prepaid = {pk: sums[1] for pk, sums in opens_of(item.share_id for item in items if item.share_id).items()}
    return rules.mirrored(rules.Draft(original.operation, positions_of(items), original.forms()), prepaid)


def positions_of(items: Iterable[ReceiptItem]) -> tuple[rules.Position, ...]:
    return tuple(
        rules.Position(
            item.name, item.sum, item.method, item.subject, item.price, item.quantity, item.credit, item.prepaid,
            item.share_id, item.agency_id,
        )
        for item in items
    )  # fmt: skip


def receipts_of_rendered(*, line_ids: Sequence[int], actor: Any = None) -> list[Receipt]:
    """Lines of a plan are done: what was prepaid for them is set off, a receipt an invoice (1214 = 4, form 1215).

    Reverse: receipts_of_unrendered.
    """
    made = []
    for shares in prepaid_shares(line_ids):
        opens, agents = opens_of(share.pk for share in shares), agents_of(shares)
        draft = rules.rendered_of([share_paid(share, {}, share.paid, opens, agents) for share in shares])
        if draft is not None:
            made.append(_of_invoice(draft, shares[0], Receipt.Cause.RENDERED))
    return made


def prepaid_shares(line_ids: Sequence[int]) -> list[list[Share]]:
    """Shares of persons in these lines' standing invoices that some receipt speaks of, an invoice a list."""
    rows = (
        Share.objects.filter(
            line__plan_line_id__in=line_ids, invoice__status__in=STANDING, receipt_items__isnull=False
        )
        .select_related("line__plan_line", "invoice__branch", "invoice__patient", "payer").order_by("pk").distinct()
    )  # fmt: skip
    by_invoice: dict[int, list[Share]] = defaultdict(list)
    for share in rows:
        by_invoice[share.invoice_id].append(share)
    return list(by_invoice.values())


def receipts_of_unrendered(*, line_ids: Sequence[int]) -> list[Receipt]:
    """Lines marked done by mistake: the set-off is returned, the prepayment stands again. Reverse: by rendering."""
    made = []
    for shares in prepaid_shares(line_ids):
        positions, original = [], None
        for share in shares:
            item = share.receipt_items.filter(receipt__cause=Receipt.Cause.RENDERED).order_by("-pk").first()
            later = item and share.receipt_items.filter(pk__gt=item.pk).exists()
            if item is not None and not later:  # paid or cancelled since: that receipt says all
                original = item.receipt
                positions += positions_of([item])
        if positions:
            forms = dict.fromkeys(rules.FORMS, ZERO)
            forms["advance"] = sum((-each.prepaid for each in positions), ZERO)
            forms["credit"] = sum((each.credit for each in positions), ZERO)
            draft = rules.mirrored(rules.Draft(rules.SALE, tuple(positions), forms), {})
            made.append(_of_invoice(draft, shares[0], Receipt.Cause.UNRENDERED, original))
    return made


def _of_invoice(draft: rules.Draft, share: Share, cause: str, reverses: Receipt | None = None) -> Receipt:
    invoice = share.invoice
    return receipt_write(
        draft, branch=invoice.branch, desk_id=None, patient=invoice.patient, by=None, buyer=str(share.payer), cause=cause,
        day=clock.today(invoice.branch.timezone), reverses=reverses,
    )  # fmt: skip


def receipt_write(
    draft: rules.Draft, *, branch: Any, desk_id: int | None, patient: Any, by: Any, day: Any, buyer: str,
    payment: Payment | None = None, cause: str = Receipt.Cause.PAYMENT, reverses: Receipt | None = None,
) -> Receipt:  # fmt: skip
    """The receipt and its positions; a worker is woken after the commit."""
    receipt = Receipt(
        operation=draft.operation, cause=cause, payment=payment, reverses=reverses, branch=branch, desk_id=desk_id,
        register=register_for(branch.pk, desk_id), patient=patient, buyer=buyer[:260], contact=contact_of(patient),
        cashier=str(by or "")[:120], vat=policies.VAT.get(), total=draft.total, made_on=day, made_at=clock.now(),
        send_after=clock.now(), made_by=by, **draft.forms,
    )  # fmt: skip
    receipt.external_id = str(receipt.key)
    receipt.save(force_insert=True)
    ReceiptItem.objects.bulk_create(
        ReceiptItem(
            receipt=receipt, share_id=each.share_id, name=each.name, price=each.price, quantity=each.quantity, sum=each.sum,
            method=each.method, subject=each.subject, credit=each.credit, prepaid=each.prepaid, agency_id=each.agent_id,
        )
        for each in draft.positions
    )  # fmt: skip
    transaction.on_commit(lambda: wake_up("fiscal.send"))
    return receipt


def contact_of(patient: Any) -> str:
    """Where the electronic copy goes: the phone, else the e-mail."""
    return (patient.phone or patient.email) if patient is not None else ""

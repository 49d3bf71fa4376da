"""What a command locks before it decides: an invoice with its shares, the deposit, in one order.

Invoices come before balances everywhere; several invoices of a patient only under the patient's advisory lock.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from billing.errors import InsufficientDeposit
from billing.models import CashDesk, CashShift, Invoice, Share
from core.errors import NotFound
from core.money import ZERO, Money
from ledger import accounts
from ledger.models import Payer
from ledger.services import balances_lock


def desk_of(branch: Any, actor: Any) -> Subquery:
    """The desk where this user's money goes: the one with his open shift, else with any, else the first."""
    shift = CashShift.objects.filter(desk=OuterRef("pk"), closed_at__isnull=True)
    desks = (
        CashDesk.objects.live()
        .filter(branch=branch)
        .annotate(
            mine=Coalesce(Subquery(shift.filter(opened_by=actor).values("pk")[:1]), 0),
            manned=Coalesce(Subquery(shift.values("pk")[:1]), 0),
        )
    )
    return Subquery(desks.order_by("-mine", "-manned", "position", "pk").values("pk")[:1])


def invoice_lock(invoice_id: int, actor: Any) -> tuple[Invoice, list[Share], int | None]:
    """Lock an invoice of the user's branches with all its shares; one statement. Also the desk for its money.

    A stranger's invoice is NotFound. Every share's `invoice` is the one returned.
    """
    shares = list(
        Share.objects.select_for_update(of=("self", "invoice"))
        .filter(invoice_id=invoice_id, invoice__branch_id__in=actor.branch_ids)
        .select_related("invoice__branch", "invoice__patient", "line", "payer")
        .annotate(desk=desk_of(OuterRef("invoice__branch_id"), actor))
        .order_by("pk")
    )
    if not shares:
        raise NotFound
    invoice = shares[0].invoice
    for share in shares:
        share.invoice = invoice
    return invoice, shares, shares[0].desk


def earlier_debts_lock(patient_id: int, *, but: int = 0) -> list[Share]:
    """Lock what the patient owes by other invoices, oldest first; call under the patient's advisory lock."""
    return debts_lock([patient_id], but=but)


def debts_lock(patient_ids: Sequence[int], *, but: int = 0) -> list[Share]:
    """The same of several patients; call under the advisory lock of each."""
    return _debts(Share.objects.select_for_update(of=("self", "invoice")), patient_ids, but)


def debts_of(patient_ids: Sequence[int]) -> list[Share]:
    """What they owe, to be shown: nothing is locked."""
    return _debts(Share.objects.all(), patient_ids, 0)


def _debts(rows: QuerySet[Share], patient_ids: Sequence[int], but: int) -> list[Share]:
    shares = list(
        rows.filter(
            kind="patient", invoice__in=Invoice.objects.owed().filter(patient_id__in=list(patient_ids)).exclude(pk=but)
        )
        .select_related("invoice__branch", "invoice__patient", "line", "payer")
        .order_by("invoice__issued_at", "invoice_id", "pk")
    )
    kept: dict[int, Invoice] = {}
    for share in shares:
        share.invoice = kept.setdefault(share.invoice_id, share.invoice)
    return shares


def deposit_lock(payer: Payer, wanted: Money | None = None) -> Money:
    """Lock the deposit (and the debt beside it, in one order) and read it; refuse when `wanted` is more."""
    deposit = accounts.deposit(payer)
    available = balances_lock(deposit, accounts.receivable(payer))[deposit.code]
    if wanted is not None and wanted > available:
        raise InsufficientDeposit(available=str(available))
    return available


def balances_of_lock(*payers: Payer, wanted: Money = ZERO) -> None:
    """Lock deposits and debts of several payers in one order; the first one's deposit has to hold `wanted`."""
    names = [name for payer in payers for name in (accounts.deposit(payer), accounts.receivable(payer))]
    available = balances_lock(*names)[accounts.deposit(payers[0]).code]
    if wanted > available:
        raise InsufficientDeposit(available=str(available))


def patient_shares(shares: Sequence[Share]) -> list[Share]:
    return [share for share in shares if share.kind == "patient"]

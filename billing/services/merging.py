"""What becomes of money when two cards become one, and when they part again (PAT-40).

Postings and payments are never rewritten: what the retired card owed and had is transferred by an entry of its own,
branch by branch and doctor by doctor, so that no figure of a branch changes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Sum

from billing.models import Invoice, Share
from billing.models.invoices import STANDING
from clinic.models import Branch
from core import clock
from core.command import command
from core.money import ZERO, Money
from ledger import accounts
from ledger.models import Payer, Posting
from ledger.services import Leg, Source, balances_lock, payer_ensure, post


@dataclass(frozen=True, slots=True)
class Moved:
    """So much of a debt (positive) or of a deposit, in one branch, of one doctor and direction."""

    is_debt: bool
    amount: Money
    branch_id: int
    doctor_id: int | None = None
    direction_id: int | None = None


@command
def patient_money_merge(*, merge_id: int, survivor_id: int, retired_id: int) -> None:
    """The survivor owes what the retired card owed and has what it had. Reverse: patient_money_unmerge."""
    retired = Payer.objects.filter(kind="patient", subject_id=retired_id).first()
    if retired is None:
        return
    survivor = payer_ensure("patient", survivor_id)
    balances_lock(*_accounts_of(retired), *_accounts_of(survivor))
    Share.objects.filter(payer=retired).update(payer=survivor)
    _transfer(merge_id, retired, survivor, [*_held(retired, is_debt=True), *_held(retired, is_debt=False)])


@command
def patient_money_unmerge(*, merge_id: int, survivor_id: int, retired_id: int) -> None:
    """The card that comes back takes the debts of its invoices, and of its deposit what is still there."""
    retired = Payer.objects.filter(kind="patient", subject_id=retired_id).first()
    survivor = Payer.objects.filter(kind="patient", subject_id=survivor_id).first()
    if retired is None or survivor is None:
        return
    left = balances_lock(*_accounts_of(survivor), *_accounts_of(retired))[accounts.deposit(survivor).code]
    shares = Share.objects.filter(payer=survivor, invoice__in=Invoice.objects.filter(patient_id=retired_id))
    debts = shares.filter(invoice__status__in=STANDING).values_list(
        "invoice__branch", "line__doctor", "line__direction"
    )
    moved = [
        Moved(True, owed, *place)
        for *place, owed in debts.annotate(owed=Sum(F("amount") - F("paid"))).order_by()
        if owed
    ]
    given = Posting.objects.filter(document_kind="merge", document_id=merge_id, account__kind="deposit", debit__gt=0)
    for branch_id, had in given.values_list("branch_id").annotate(had=Sum("debit")).order_by("branch_id"):
        back = min(had, left)
        left -= back
        moved.append(Moved(False, back, branch_id))
    Share.objects.filter(pk__in=list(shares.values_list("pk", flat=True))).update(payer=retired)
    _transfer(merge_id, survivor, retired, moved)


def _accounts_of(payer: Payer) -> tuple[accounts.AccountName, accounts.AccountName]:
    return accounts.receivable(payer), accounts.deposit(payer)


def _held(payer: Payer, *, is_debt: bool) -> list[Moved]:
    name = accounts.receivable(payer) if is_debt else accounts.deposit(payer)
    rows = Posting.objects.filter(account__code=name.code).values_list("branch", "doctor", "direction_id")
    sums = rows.annotate(amount=Sum(F("debit") - F("credit")) * name.side).order_by()
    return [Moved(is_debt, amount, *place) for *place, amount in sums if amount]


def _transfer(merge_id: int, giver: Payer, taker: Payer, moved: Iterable[Moved]) -> None:
    legs: list[Leg] = []
    zones = dict(Branch.objects.values_list("pk", "timezone"))
    for piece in moved:
        # Debts grow by debits, deposits by credits.
        amount = piece.amount if piece.is_debt else -piece.amount
        for payer, sign in ((giver, -1), (taker, 1)):
            legs.append(
                Leg(
                    account=accounts.receivable(payer) if piece.is_debt else accounts.deposit(payer), amount=amount * sign,
                    branch_id=piece.branch_id, doctor_id=piece.doctor_id, direction_id=piece.direction_id,
                    patient_id=payer.subject_id,
                )
            )  # fmt: skip
    if legs:
        branch_id = legs[0].branch_id or next(iter(zones))
        day = clock.today(zones[branch_id])
        source = Source(
            document_kind="merge", document_id=merge_id, branch_id=branch_id, effective_on=day, today=day, actor=None
        )
        post(source, [leg for leg in legs if leg.amount != ZERO])

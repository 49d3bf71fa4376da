"""The payers' slot: who else may pay for a line, and how much of it (BIL-04).

An app above registers one PayerKind. Billing asks it for its part of every new invoice, tells it what was issued and
rolled back, and keeps its receivable in the ledger like the patient's. Billing itself knows only the patient.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.money import Money
from core.slots import Slot
from ledger.models import Payer


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLine:
    """A line before it is divided. `left` is what no other payer has taken; `asked` the payer named for it."""

    index: int
    service_id: int
    quantity: int
    list_price: Money
    sum: Money
    left: Money
    teeth: Sequence[int]
    doctor_id: int | None
    plan_line_id: int | None = None
    asked: Payer | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a payer's app is asked about: one invoice's lines, those that may be his."""

    patient_id: int
    branch_id: int
    on: date
    lines: Sequence[QuoteLine]
    actor: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """A payer takes so much of a line; `why` is shown under it («approved 7 200, 5 000 left in the limit»)."""

    index: int
    payer: Payer
    amount: Money
    why: str = ""


class PayerKind:
    """One sort of payer. Subclass, set `kind` (`dms`, `barter`, `organisation`, `partner`), register an instance."""

    kind: str = ""
    title: Any = ""
    tone: str = "teal"
    is_automatic: bool = False  # may take a part of lines for which nobody was named
    takes_discounts: bool = True  # False: lines of this payer have no discount (BIL-26)
    income_kind: str = "income"  # another kind of account keeps his part out of the clinic's income (barter, 6)
    balance_field: str = ""  # `barter_left`, `dms_left` of a patient's balance

    def price(self, quote: Quote) -> Mapping[int, Money]:
        """Prices by index that hold instead of the price list's for lines asked of this payer."""
        return {}

    def cover(self, quote: Quote) -> Sequence[Cover]:
        """What this payer takes of lines that were asked of him, or of any when he is automatic."""
        raise NotImplementedError

    def issued(self, invoice: Any, shares: Sequence[Any], actor: Any) -> None:
        """His shares were issued, in the same transaction: consume limits. Raise a DomainError to refuse."""

    def rolled_back(self, invoice: Any, shares: Sequence[Any], actor: Any) -> None:
        """The same shares are gone: return limits."""

    def left(self, patient_ids: Sequence[int]) -> Mapping[int, Money]:
        """What each patient has left with this payer, for his balance; absent where there is none."""
        return {}

    def rollback_note(self, shares: Sequence[Any]) -> Any:
        """A sentence for the roll-back panel: what returns to whom."""
        return ""


PAYERS: Slot[PayerKind] = Slot("billing.payers")


def payer_choices() -> list[tuple[str, Any]]:
    """Who may be named for a line; nobody is asked where only patients pay."""
    others = [(kind.kind, kind.title) for kind in PAYERS]
    return [("", _("as usual")), ("patient", _("Patient")), *others] if others else []


def kind_of(code: str) -> PayerKind | None:
    return next((kind for kind in PAYERS if kind.kind == code), None)

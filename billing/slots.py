"""The payers' slot: who else may pay for a line, and on what terms (BIL-04, MOON-08).

An app above registers one PayerKind. It states facts: who could pay for this patient, by which price, up to which
limits, whether a discount is allowed. The decisions are taken in `billing.rules.sharing`, for every payer alike; sums
that may run out are `billing.models.Limit` rows, which billing locks, reserves, takes and returns by itself. Billing
knows only the patient by name. docs/domain/payers.md says how to write a payer's app.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from billing.rules.sharing import BLOCK, OTHER, PATIENT, Candidate, Terms
from core.money import Money
from core.slots import Slot

__all__ = [
    "BLOCK",
    "FISCAL",
    "OTHER",
    "PATIENT",
    "PAYERS",
    "Candidate",
    "Fiscalised",
    "PayerKind",
    "Quote",
    "QuoteLine",
    "Terms",
    "fiscal_of",
    "kind_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLine:
    """A line as it is asked for. `price` is the main list's, `list_sum` that of the whole line before any discount.

    `named` is the kind or the key of the payer that somebody has chosen for it, None where nobody was.
    """

    index: int
    service_id: int
    quantity: int
    price: Money
    teeth: Sequence[int] = ()
    doctor_id: int | None = None
    plan_line_id: int | None = None
    named: str | int | None = None

    @property
    def list_sum(self) -> Money:
        return self.price * self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a payer's app is asked about: a patient, a branch, a day, and the lines of one plan or invoice.

    Without lines only the candidates themselves are asked for: the choice of payers on a form.
    """

    patient_id: int
    branch_id: int
    on: date
    lines: Sequence[QuoteLine] = ()
    plan_id: int | None = None
    actor: Any = None
    kinds: frozenset[str] | None = None  # the kinds worth asking, where `PayerKind.known` has told; None: all


class PayerKind:
    """One sort of payer. Subclass, set `kind` (`dms`, `barter`, `organisation`, `partner`), register an instance."""

    kind: str = ""
    title: Any = ""
    tone: str = "teal"
    income_kind: str = "income"  # another kind of account keeps his part out of the clinic's income (barter, 6)
    balance_field: str = ""  # `barter_left`, `dms_left` of a patient's balance
    counts_for_tax: bool = False  # a person's own money, which a tax certificate may speak of (3.2)

    def known(self, patient: Any) -> Any | None:
        """A condition on `patient` (an OuterRef to his key) that tells whether he has anything of this kind at all.

        Billing asks it within a statement of its own, so that an ordinary patient costs nothing; it may be true too
        often, never too seldom. None: `candidates` is always asked.
        """
        return None

    def candidates(self, quote: Quote) -> Sequence[Candidate]:
        """Who of this kind may pay for this patient here on this day, with terms by the index of each line.

        One or two statements, however many lines. Take no locks: billing locks the limits that are named, and a limit
        that was closed meanwhile refuses. The usual payer says `is_usual`.
        """
        raise NotImplementedError

    def issued(self, invoice: Any, shares: Sequence[Any], actor: Any) -> None:
        """His shares were issued, limits are taken, all in the same transaction. Raise a DomainError to refuse."""

    def rolled_back(self, invoice: Any, shares: Sequence[Any], actor: Any) -> None:
        """The same shares are gone, limits have been returned."""

    def left(self, patient_ids: Sequence[int]) -> Mapping[int, Money]:
        """What each patient has left with this payer, for his balance; absent where there is none."""
        return {}

    def rollback_note(self, shares: Sequence[Any]) -> Any:
        """A sentence for the roll-back panel: what returns to whom."""
        return ""


PAYERS: Slot[PayerKind] = Slot("billing.payers")


def kind_of(code: str) -> PayerKind | None:
    return next((kind for kind in PAYERS if kind.kind == code), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fiscalised:
    """What became of a payment's fiscal receipt: a state in words, why not yet, what the register has printed."""

    label: Any
    tone: str
    url: str
    is_done: bool
    why: Any = ""
    facts: Sequence[tuple[Any, str]] = field(default_factory=tuple)
    link: str = ""
    qr: str = ""  # a picture as a data address


FISCAL: Slot[Callable[[int], Fiscalised | None]] = Slot("billing.fiscal")


def fiscal_of(payment_id: int) -> Fiscalised | None:
    """Of the first app that knows; None where the payment has no fiscal receipt."""
    return next((found for found in (ask(payment_id) for ask in FISCAL) if found is not None), None)

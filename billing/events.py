"""Facts about money that apps above may hear."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceIssued(Event):
    """Receivables and income are posted; limits of other payers are consumed now.

    `payer_kinds` are those of which the patient has anything at all, None where nobody has looked.
    """

    invoice_id: int
    patient_id: int
    payer_kinds: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRolledBack(Event):
    """Everything about the invoice is mirrored; limits return."""

    invoice_id: int
    patient_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAccepted(Event):
    """Money came over the desk, or a deposit was spent; the fiscal receipt follows."""

    payment_id: int
    patient_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentWritten(Event):
    """A payment of any kind stands with its parts: money in, money out, a deposit spent, a cancellation."""

    payment_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentVoided(Event):
    payment_id: int
    patient_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCorrected(Event):
    """A payment was taken by another method, or of another patient: `void_id` mirrors it, `replacement_id` stands.

    PaymentVoided of the first and PaymentAccepted of the last are told as well, for those who need no more than that.
    """

    payment_id: int
    void_id: int
    replacement_id: int
    patient_id: int
    to_patient_id: int
    what: str  # method, patient


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositChanged(Event):
    """What a patient has put in and not spent is another sum now."""

    payment_id: int
    patient_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftClosed(Event):
    shift_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitMoved(Event):
    """What a payer may spend, has spent or holds for plans is another sum now."""

    limit_id: int
    payer_id: int

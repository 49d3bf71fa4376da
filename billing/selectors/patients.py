"""A patient's money: which card, which branch, what he has and owes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from billing.models import PaymentPart
from billing.selectors.invoices import invoices_of_patient, payments_reachable_by
from billing.slots import PAYERS
from clinic.models import Branch
from core.errors import Invalid, NotFound
from core.money import ZERO, Money
from ledger.selectors import balances_of
from patients.models import Patient
from patients.selectors import patients_canonical, patients_visible_to
from patients.selectors.cards import merged_ids
from patients.selectors.page import actions_of


def patient_for_money(patient_id: int, user: Any) -> Patient:
    """A card that the user may see, of a merged one its survivor; another's is NotFound."""
    cards = patients_visible_to(user).select_related("branch")
    patient = cards.filter(pk=patient_id).first() or cards.filter(pk=patients_canonical(patient_id)).first()
    if patient is None:
        raise NotFound
    return patient


def branch_for_money(patient: Patient, user: Any, branch_id: int | None) -> Branch:
    """Where money is taken: the branch named, else the patient's, else the user's first."""
    if branch_id is not None and branch_id not in user.branch_ids:
        raise NotFound
    if branch_id is None and patient.branch is not None and patient.branch_id in user.branch_ids:
        return patient.branch
    wanted = branch_id or next(iter(user.branch_ids), None)
    branch = Branch.objects.live().filter(pk=wanted).first()
    if branch is None:
        raise Invalid(fields={"branch": _("Choose a branch.")})
    return branch


@dataclass(frozen=True, slots=True)
class PatientBalance:
    """Deposit and debt, and what is left with other payers (None where there is none)."""

    deposit: Money
    debt: Money
    barter_left: Money | None = None
    dms_left: Money | None = None


def balances_of_patients(patient_ids: Sequence[int]) -> dict[int, PatientBalance]:
    """Money of many patients at once: two statements, and one a payers' app."""
    ids = list(patient_ids)
    deposits = balances_of("deposit", "patient", ids)
    debts = balances_of("receivable", "patient", ids)
    left: dict[str, dict[int, Money]] = {}
    for kind in PAYERS:
        if kind.balance_field:
            left.setdefault(kind.balance_field, {}).update(kind.left(ids))
    return {
        pk: PatientBalance(
            deposits.get(pk) or ZERO,
            debts.get(pk) or ZERO,
            left.get("barter_left", {}).get(pk),
            left.get("dms_left", {}).get(pk),
        )
        for pk in ids
    }


def paid_for(patient_ids: Sequence[int]) -> Q:
    """Payments of somebody else, of the family, that paid these patients' invoices."""
    parts = PaymentPart.objects.filter(payment=OuterRef("pk"), invoice__patient_id__in=patient_ids)
    return Q(Exists(parts))


def money_of_patient(user: Any, patient: Patient) -> dict[str, Any]:
    """What the card's tab shows: balance, invoices and payments of any day, what is owed."""
    ids = [patient.pk, *merged_ids(patient.pk)]
    invoices = list(invoices_of_patient(user, ids).select_related("branch")[:200])
    payments = (
        payments_reachable_by(user).filter(Q(patient_id__in=ids) | paid_for(ids)).select_related("taken_by", "branch")
    )
    return {
        "balance": balances_of_patients([patient.pk])[patient.pk],
        "invoices": invoices,
        "payments": list(payments.order_by("-taken_at", "-pk")[:200]),
        "owed": [row for row in invoices if row.is_payable and row.due],
        "patient": patient,
        "money_actions": actions_of(patient, user, "money"),
    }

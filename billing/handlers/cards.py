"""Patient cards: the tab, the badge, the list's columns, what a merge, an export and an erasure must heed."""

from typing import Any

import django_filters
from django.db.models import CharField, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.urls import reverse
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice, Payment
from billing.permissions import GRANT_DISCOUNT, ISSUE_INVOICE, SEE_BALANCE, SEE_DISCOUNTS, SEE_MONEY, TAKE_PAYMENT
from billing.selectors.basis import new_url
from billing.selectors.discounts import any_individual, grants_shown
from billing.selectors.invoices import invoices_of_patient
from billing.selectors.patients import money_of_patient
from billing.services.merging import patient_money_merge, patient_money_unmerge
from core.access import is_allowed
from core.events import inside
from core.listing import Column
from core.money import MoneyField
from core.templatetags.ui import money
from ledger.models import Account, Balance
from ledger.selectors import NO_MONEY, balances_above_zero
from patients.events import PatientsMerged, PatientsUnmerged
from patients.listings import PatientListing
from patients.slots import (
    ACTIONS,
    BADGES,
    BLOCKS,
    ERASURE_OBSTACLES,
    EXPORTS,
    HISTORY,
    TABS,
    Badge,
    Block,
    CardAction,
    Section,
    Tab,
)


def debt_badges(patient_ids: list[int], user: Any) -> dict[int, list[Badge]]:
    if not is_allowed(user, SEE_BALANCE):
        return {}
    return {
        pk: [Badge(gettext_now("Owes %(sum)s") % {"sum": money(debt)}, "red", "cash", gettext_now("Debt"), "debt")]
        for pk, debt in balances_above_zero("receivable", "patient", patient_ids).items()
    }


def kept(kind: str) -> Any:
    """A kept balance of the patient of the row, by the name of its account: one look in an index."""
    code = Concat(Value(f"{kind}/patient/"), Cast(OuterRef("pk"), CharField()))
    found = Balance.objects.filter(account__code=code).values("amount")[:1]
    return Coalesce(Subquery(found, output_field=MoneyField()), NO_MONEY)


def with_money(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.annotate(money_deposit=kept("deposit"), money_debt=kept("receivable"))


def owing(rows: QuerySet[Any], name: str, wanted: bool) -> QuerySet[Any]:
    debtors = Account.objects.filter(kind="receivable", payer__kind="patient", balance__amount__gt=0)
    ids = debtors.values("payer__subject_id")
    return rows.filter(pk__in=ids) if wanted else rows.exclude(pk__in=ids)


PatientListing.extend(
    "billing",
    Column(
        "balance",
        _("Balance"),
        kind="balance",
        value=lambda row: row.money_deposit - row.money_debt,
        permission=SEE_BALANCE,
        file=F("money_deposit") - F("money_debt"),
    ),
    Column("deposit", _("Deposit"), value="money_deposit", kind="money", shown=False, permission=SEE_BALANCE),
    Column("debt", _("Debt"), value="money_debt", kind="money", shown=False, permission=SEE_BALANCE),
    annotate=with_money,
    filters={"owes": django_filters.BooleanFilter(method=owing, label=_("Owes money"))},
)


def discounts_now(patient: Any, user: Any) -> dict[str, Any] | None:
    """Individual discounts of the card: who gave each, until when (PAT-11)."""
    return (
        {"grants": grants_shown(patient.pk), "may_grant": is_allowed(user, GRANT_DISCOUNT)}
        if any_individual()
        else None
    )


def money_history(patient: Any, user: Any) -> dict[str, Any] | None:
    """Money operations in the history of a card (PAT-22)."""
    page = money_of_patient(user, patient)
    return page if page["payments"] or page["invoices"] else None


def export_money(patient_id: int, user: Any) -> list[Section]:
    """What is handed over of a patient's money: invoices and payments."""
    invoices = [
        {
            "number": row.number,
            "day": str(row.issued_on or ""),
            "status": row.status,
            "total": str(row.total),
            "paid": str(row.paid),
        }
        for row in invoices_of_patient(user, [patient_id])
    ]
    payments = [
        {"day": str(row.taken_on), "kind": row.kind, "cash": str(row.cash), "card": str(row.card)}
        for row in Payment.objects.filter(patient_id=patient_id).order_by("pk")
    ]
    return [Section("invoices", _("Invoices"), invoices), Section("payments", _("Payments"), payments)]


def money_keeps_the_card(patient_id: int) -> list[Any]:
    """Documents of money are kept by law: a card with them is not erased (3.4)."""
    has_money = (
        Invoice.objects.filter(patient_id=patient_id).exists() or Payment.objects.filter(patient_id=patient_id).exists()
    )
    return [_("There are invoices and payments, which the law obliges to keep")] if has_money else []


@inside(PatientsMerged)
def on_merged(event: PatientsMerged) -> None:
    patient_money_merge(merge_id=event.merge_id, survivor_id=event.survivor_id, retired_id=event.retired_id)


@inside(PatientsUnmerged)
def on_unmerged(event: PatientsUnmerged) -> None:
    patient_money_unmerge(merge_id=event.merge_id, survivor_id=event.survivor_id, retired_id=event.retired_id)


TABS.register(Tab("payments", _("Payments"), 60, SEE_MONEY, "billing:patient-payments"), module="billing")
BADGES.register(debt_badges, module="billing", order=20)
BLOCKS.register(
    Block("discounts", 60, SEE_DISCOUNTS, "billing/_block_discounts.html", discounts_now), module="billing", order=60
)
HISTORY.register(Block("money", 30, SEE_MONEY, "billing/_history.html", money_history), module="billing")
EXPORTS.register(export_money, module="billing", order=40)
ERASURE_OBSTACLES.register(money_keeps_the_card, module="billing")
ACTIONS.register(
    CardAction(
        "invoice", _("Invoice"), "file-invoice", ISSUE_INVOICE, lambda card: new_url(card.pk), order=40, place="more"
    ),
    module="billing",
)
ACTIONS.register(
    CardAction(
        "deposit", _("Prepayment"), "wallet", TAKE_PAYMENT, lambda card: reverse("billing:deposit", args=[card.pk]),
        order=41, place="more", panel=True,
    ),
    module="billing",
)  # fmt: skip

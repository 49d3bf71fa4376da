"""The invoice's page as data: lines and who pays, sums, payments, history, what the desk needs to take money."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from billing.models import Invoice, InvoiceLine, Share, Status
from billing.policies import AUTO_DISTRIBUTE
from billing.selectors.basis import plans_in
from billing.selectors.cash import open_shift_of
from billing.selectors.instalments import instalments_page
from billing.selectors.invoices import payments_of_invoice
from billing.slots import kind_of
from core.audit import REGISTRY, text_of
from core.models import AuditEntry
from core.money import ZERO, Money
from ledger.models import Payer
from ledger.selectors import balances_of
from patients.selectors.page import actions_of

PATIENT_TONE = "blue"


def tone_of(kind: str) -> str:
    found = kind_of(kind)
    return found.tone if found else PATIENT_TONE


def name_of(kind: str, payer: Payer) -> str:
    if kind == "patient":
        return _("Patient")
    found = kind_of(kind)
    return payer.label or (str(found.title) if found else str(payer))


@dataclass(frozen=True, slots=True)
class ShareRow:
    name: str
    tone: str
    amount: Money
    why: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line with its payers; `due` is the patient's part of it."""

    line: InvoiceLine
    shares: list[ShareRow]

    @property
    def stack(self) -> list[tuple[str, Money]]:
        return [(share.tone, share.amount) for share in self.shares if share.amount]

    @property
    def due(self) -> Money:
        return sum((share.amount for share in self.shares if share.tone == PATIENT_TONE), ZERO)

    @property
    def who(self) -> str:
        """«Зуб 26 · Соколова М. А. · ассистент Лупу М.»"""
        line = self.line
        teeth = ", ".join(str(tooth) for tooth in line.teeth)
        return " · ".join(
            word
            for word in (
                _("tooth %(teeth)s") % {"teeth": teeth} if teeth else "",
                line.doctor.short_name if line.doctor else "",
                _("assistant %(name)s") % {"name": line.assistant.short_name} if line.assistant else "",
                f"× {line.quantity}" if line.quantity > 1 else "",
            )
            if word
        )


def line_rows(invoice: Invoice) -> list[LineRow]:
    by_line: dict[int, list[Share]] = defaultdict(list)
    for share in invoice.shares.all():
        by_line[share.line_id].append(share)
    return [
        LineRow(
            line,
            [ShareRow(name_of(s.kind, s.payer), tone_of(s.kind), s.amount, s.why) for s in by_line[line.pk]],
        )
        for line in invoice.lines.all()
    ]


@dataclass(frozen=True, slots=True)
class Sums:
    """The column of figures under the lines."""

    by_list: Money
    discount: Money
    others: list[ShareRow]
    patient: Money
    paid: Money
    due: Money


def sums_of(invoice: Invoice) -> Sums:
    others: dict[int, ShareRow] = {}
    patient = ZERO
    for share in invoice.shares.all():
        if share.kind == "patient":
            patient += share.amount
            continue
        known = others.get(share.payer_id)
        amount = share.amount + (known.amount if known else ZERO)
        others[share.payer_id] = ShareRow(name_of(share.kind, share.payer), tone_of(share.kind), amount, "")
    return Sums(
        invoice.list_total, invoice.discount, list(others.values()), patient, patient - invoice.due, invoice.due
    )


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier debt that a surplus would pay first."""

    number: int
    due: Money


@dataclass(frozen=True, slots=True)
class Till:
    """What the pay card needs: what is due, what the deposit holds, where a surplus would go."""

    due: Money
    deposit: Money
    shift: Any
    earlier: list[Earlier]


def till_of(invoice: Invoice, user: Any) -> Till:
    deposit = balances_of("deposit", "patient", [invoice.patient_id]).get(invoice.patient_id) or ZERO
    earlier: list[Earlier] = []
    if AUTO_DISTRIBUTE.get():
        owed = (
            Invoice.objects.owed()
            .filter(patient_id=invoice.patient_id)
            .exclude(pk=invoice.pk)
            .order_by("issued_at", "pk")
        )
        earlier = [Earlier(number, due) for number, due in owed.values_list("number", "due")]
    return Till(invoice.due, deposit, open_shift_of(user, invoice.branch_id), earlier)


def feed_of_invoice(invoice: Invoice, payments: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What happened to an invoice and to its payments, newest first."""
    ids = {row["payment"].pk for row in payments}
    entries: QuerySet[AuditEntry] = AuditEntry.objects.filter(
        Q(object_kind="billing.invoice", object_id=invoice.pk) | Q(object_kind="billing.payment", object_id__in=ids)
    ).order_by("-at", "-pk")
    return [
        {
            "icon": REGISTRY[row.code].icon,
            "tone": REGISTRY[row.code].tone,
            "title": text_of(row),
            "by": row.actor_name,
            "at": row.at,
        }
        for row in entries
        if row.code in REGISTRY
    ]


def invoice_page(invoice: Invoice, user: Any) -> dict[str, Any]:
    """Everything that the page shows, but the form."""
    payments = payments_of_invoice(invoice)
    return {
        **instalments_page(invoice), "invoice": invoice, "rows": line_rows(invoice), "sums": sums_of(invoice), "payments": payments,
        "events": feed_of_invoice(invoice, payments), "till": till_of(invoice, user) if invoice.is_payable else None,
        "is_draft": invoice.status == Status.DRAFT,
        "may_change": invoice.status == Status.DRAFT and len(plans_in(invoice)) < 2, "title": _("Invoice %(number)s") % {"number": invoice},
        "active": "invoices", "money_actions": actions_of(invoice.patient, user, "money"),
    }  # fmt: skip


def rollback_steps(invoice: Invoice) -> list[dict[str, Any]]:
    """What a roll-back will do, before it is done (the panel lists it)."""
    back: dict[str, Money] = defaultdict(lambda: ZERO)
    for row in payments_of_invoice(invoice):
        back[row["method"]] += row["amount"]
    steps = [{"method": method, "amount": amount} for method, amount in back.items() if amount]
    for kind_code in {share.kind for share in invoice.shares.all()} - {"patient"}:
        kind = kind_of(kind_code)
        note = kind.rollback_note([s for s in invoice.shares.all() if s.kind == kind_code]) if kind else ""
        if note:
            steps.append({"note": note})
    return steps

"""Desks, shifts and articles that a user may work with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from billing.models import Article, CashDesk, CashMovement, CashShift, Payment
from billing.policies import NOTES
from core import clock
from core.errors import NotFound
from core.money import ZERO, Money
from ledger import accounts
from ledger.selectors import account_sum, money_window


def desks_visible_to(user: Any) -> QuerySet[CashDesk]:
    return (
        CashDesk.objects.live()
        .filter(branch_id__in=user.branch_ids, branch__deleted_at__isnull=True)
        .select_related("branch")
    )


def articles_live() -> QuerySet[Article]:
    return Article.objects.live()


def shifts_reachable_by(user: Any) -> QuerySet[CashShift]:
    return CashShift.objects.filter(desk__branch_id__in=user.branch_ids).select_related(
        "desk__branch", "opened_by", "closed_by"
    )


def shifts_visible_to(user: Any) -> QuerySet[CashShift]:
    """Shifts of the user's branches that were opened in his days, and those that are open now."""
    window = money_window(user, "opened_at__date", "desk__branch_id")
    rows = shifts_reachable_by(user)
    return rows.filter(window | Q(closed_at__isnull=True)) if window else rows


def shift_get(user: Any, pk: int) -> CashShift:
    shift = shifts_reachable_by(user).filter(pk=pk).first()
    if shift is None:
        raise NotFound
    return shift


def open_shift_of(user: Any, branch_id: int | None = None) -> CashShift | None:
    """The shift at which this user works now: his own, else any that is open in the branch."""
    rows = shifts_reachable_by(user).filter(closed_at__isnull=True)
    if branch_id is not None:
        rows = rows.filter(desk__branch_id=branch_id)
    found = sorted(rows, key=lambda shift: (shift.opened_by_id != user.pk, shift.pk))
    return found[0] if found else None


def movements_visible_to(user: Any) -> QuerySet[CashMovement]:
    """Cash orders of the user's branches and days (SET-14, BIL-18)."""
    return CashMovement.objects.filter(money_window(user, "made_on"), branch_id__in=user.branch_ids).select_related(
        "article", "made_by", "desk", "shift", "branch"
    )


def movement_get(user: Any, pk: int) -> CashMovement:
    rows = CashMovement.objects.filter(pk=pk, branch_id__in=user.branch_ids)
    movement = rows.select_related("article", "branch", "legal_entity", "desk", "shift", "made_by", "reverses").first()
    if movement is None:
        raise NotFound
    return movement


def shifts_left_open(user: Any) -> list[CashShift]:
    """Open shifts that were begun before their branch's today: to be closed before today's money is taken."""
    rows = shifts_reachable_by(user).filter(closed_at__isnull=True).order_by("opened_at")
    return [
        shift
        for shift in rows
        if clock.local(shift.opened_at, shift.desk.branch.timezone).date() < clock.today(shift.desk.branch.timezone)
    ]


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of a shift's sheet: a payment or a cash order."""

    at: datetime
    title: str
    note: str
    number: str
    cash: Money
    card: Money
    payment_id: int | None = None
    movement_id: int | None = None
    is_undone: bool = False


def operations_of(shift: CashShift) -> list[Operation]:
    """Everything that went over the desk in a shift, newest first."""
    rows = [
        payment_operation(row)
        for row in shift.payments.select_related("patient", "payer").prefetch_related("parts__invoice")
    ]
    orders = shift.movements.select_related("article").annotate(
        is_undone=Exists(CashMovement.objects.filter(reverses=OuterRef("pk")))
    )
    rows += [order_operation(row) for row in orders]
    return sorted(rows, key=lambda row: row.at, reverse=True)


def payment_operation(payment: Payment) -> Operation:
    numbers = dict.fromkeys(f"№ {part.invoice.number}" for part in payment.parts.all() if part.invoice)
    title = " · ".join([payment.get_kind_display(), *numbers])
    who = payment.patient.full_name if payment.patient else str(payment.payer)
    return Operation(payment.taken_at, title, who, str(payment), payment.cash, payment.card, payment_id=payment.pk)


def order_operation(order: CashMovement) -> Operation:
    title = _("Cancelled order") if order.reverses_id else _("Pay in") if order.amount > 0 else _("Pay out")
    note = " · ".join(word for word in (str(order.article or ""), order.person, order.note) if word)
    return Operation(
        order.made_at, title, note, order_name(order), order.amount, ZERO,
        movement_id=order.pk, is_undone=bool(order.reverses_id or getattr(order, "is_undone", False)),
    )  # fmt: skip


def order_name(order: CashMovement) -> str:
    """«ПКО № 12», «РКО № 7»."""
    return (_("CRO № %(number)s") if order.is_receipt else _("CEO № %(number)s")) % {"number": order.number}


def desk_page(user: Any, desk: str, branch: Any, shift: CashShift | None = None) -> dict[str, Any]:
    """The desk's page: the desks to choose from, the shift, its figures and operations."""
    desks = list(desks_visible_to(user))
    mine = open_shift_of(user, branch.pk if branch else None)
    chosen = next((row for row in desks if str(row.pk) == desk), None)
    chosen = chosen or (mine.desk if mine else None)
    chosen = chosen or next(
        (row for row in desks if branch and row.branch_id == branch.pk), desks[0] if desks else None
    )
    page: dict[str, Any] = {
        "desks": desks, "desk": chosen, "shift": shift, "title": str(chosen or _("Cash desk")),
        "left_open": shifts_left_open(user),
    }  # fmt: skip
    if chosen is None:
        return page
    if shift is None:
        page["shift"] = shift = shifts_reachable_by(user).filter(desk=chosen, closed_at__isnull=True).first()
    if shift is None:
        held = account_sum(accounts.cash(chosen.branch_id, chosen.pk))
        return page | {"held": held, "last": shifts_visible_to(user).filter(desk=chosen).first()}
    operations = operations_of(shift)
    came, went = [row.cash for row in operations if row.cash > 0], [row.cash for row in operations if row.cash < 0]
    cards = [row.card for row in operations if row.card]
    return page | {
        "operations": operations, "faces": [(face, "") for face in NOTES.get()],
        "expected": shift.expected if shift.expected is not None else account_sum(accounts.cash(chosen.branch_id, chosen.pk)),
        "came": sum(came, ZERO), "came_count": len(came), "went": -sum(went, ZERO), "went_count": len(went),
        "cards": sum(cards, ZERO), "cards_count": len(cards), "cash_total": sum(came, ZERO) + sum(went, ZERO),
    }  # fmt: skip

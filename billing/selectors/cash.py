"""Desks, shifts and articles that a user may work with."""

from typing import Any

from django.db.models import Q, QuerySet

from billing.models import Article, CashDesk, CashMovement, CashShift
from core.errors import NotFound
from ledger.selectors import money_window


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

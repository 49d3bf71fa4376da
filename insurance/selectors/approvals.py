"""Approvals as lists and pages ask for them."""

from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from clinical.models import TreatmentPlan
from core import clock
from core.errors import NotFound
from core.money import ZERO
from insurance.models import Approval
from insurance.models.approvals import WAITING
from patients.selectors import patients_visible_to


def approvals_visible_to(user: Any) -> QuerySet[Approval]:
    """Approvals of the user's branches and patients."""
    rows = Approval.objects.select_related("patient", "policy__insurer", "plan__doctor", "branch", "letter")
    return rows.filter(branch_id__in=user.branch_ids, patient__in=patients_visible_to(user))


def approvals_listed(user: Any) -> QuerySet[Any]:
    """With what was asked for and what was accepted of it."""
    rows = approvals_visible_to(user)
    return rows.annotate(
        asked_sum=Sum(F("lines__price") * F("lines__quantity")),
        accepted_sum=Sum(F("lines__approved_price") * F("lines__approved_quantity")),
        lines_count=Count("lines"), accepted_count=Count("lines", filter=Q(lines__decision="accepted")),
    )  # fmt: skip


def approval_get(user: Any, pk: int) -> Approval:
    rows = approvals_visible_to(user).select_related("policy__programme", "policy__purse", "created_by")
    approval = rows.filter(pk=pk).first()
    if approval is None:
        raise NotFound
    return approval


def approvals_of_plan(plan: TreatmentPlan) -> list[Approval]:
    return list(plan.approvals.select_related("policy__insurer").order_by("-pk"))


def approvals_late(user: Any, day: date) -> QuerySet[Approval]:
    """Those whose answer is overdue, or that the insurer waits for."""
    return approvals_visible_to(user).filter(Q(status__in=WAITING, due_on__lt=day) | Q(status="query"))


def approval_page(approval: Approval) -> dict[str, Any]:
    """Lines, sums and steps of one approval."""
    lines = list(approval.lines.select_related("service").order_by("pk"))
    return {
        "lines": lines, "asked": sum((line.sum for line in lines), ZERO), "accepted": sum((line.approved for line in lines), ZERO),
        "steps": list(approval.steps.select_related("by", "file")),
        "waits": (clock.now().date() - approval.sent_at.date()).days if approval.sent_at and approval.is_open else None,
    }  # fmt: skip


def approval_with_lines(user: Any, pk: int) -> Approval:
    """One approval with `lines_read`, for the API."""
    approval = approval_get(user, pk)
    approval.lines_read = list(approval.lines.select_related("service").order_by("pk"))  # type: ignore[attr-defined]
    return approval

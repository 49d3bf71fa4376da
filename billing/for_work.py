"""What money gives to tasks, chats and the queue."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from billing import permissions
from billing.selectors.invoices import invoices_visible_to
from core.access import is_allowed
from work.subjects import SUBJECTS, Found, Subject


def invoices(user: Any, ids: list[int]) -> dict[int, Found]:
    if not is_allowed(user, permissions.SEE_MONEY):
        return {}
    rows = invoices_visible_to(user).filter(pk__in=ids).select_related("patient")
    return {
        row.pk: Found(f"{row}, {row.patient}", row.get_absolute_url(), row.patient_id, row.branch_id) for row in rows
    }


def register() -> None:
    SUBJECTS.register(Subject("billing.invoice", _("Invoice"), "file-invoice", invoices), module="billing", order=40)

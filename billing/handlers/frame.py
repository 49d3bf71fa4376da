"""The frame: sections of the sidebar, the palette, the recount, what keeps a desk from the trash."""

from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _

from billing.models import CashDesk
from billing.permissions import ISSUE_INVOICE, SEE_DEBTS, SEE_DISCOUNTS, SEE_MONEY, USE_DESK
from billing.selectors.checks import billing_problems
from billing.selectors.invoices import invoices_reachable_by
from core.access import is_allowed
from core.navigation import CREATE, SECTIONS, Item
from core.search import PROVIDERS, Hit
from core.text import digits
from core.trash import OBSTACLES
from ledger import accounts
from ledger.selectors import account_sum
from ledger.slots import CHECKS


def invoices_found(user: Any, text: str, limit: int) -> list[Hit]:
    """Invoices by number for Ctrl-K."""
    number = digits(text)
    if not is_allowed(user, SEE_MONEY) or not number or len(number) > 9 or len(number) < len(text.strip("№# ")):
        return []
    rows = invoices_reachable_by(user).filter(number=int(number)).select_related("patient")[:limit]
    return [
        Hit(
            gettext_now("Invoice %(number)s") % {"number": row}, row.get_absolute_url(), "file-invoice",
            row.get_status_display(), _("Invoices"), row.patient.full_name,
        )
        for row in rows
    ]  # fmt: skip


def desk_obstacles(row: Model) -> list[str]:
    """A desk goes to the trash only empty and closed."""
    if not isinstance(row, CashDesk):
        return []
    found = []
    if row.shifts.filter(closed_at__isnull=True).exists():
        found.append(gettext_now("A shift is open at this desk"))
    if account_sum(accounts.cash(row.branch_id, row.pk)):
        found.append(gettext_now("There is cash in this desk by the book"))
    return found


for place, item in enumerate(
    (
        Item("to-pay", _("To pay"), "coin", "billing:to-pay-list", ISSUE_INVOICE, group="money"),
        Item("invoices", _("Invoices"), "file-invoice", "billing:invoices-list", SEE_MONEY, group="money", tab=True),
        Item("cash", _("Cash desk"), "cash-register", "billing:cash", USE_DESK, group="money"),
        Item("payments", _("Payments"), "cash", "billing:payments-list", SEE_MONEY, group="money"),
        Item("debts", _("Debts"), "clock-dollar", "billing:debts-list", SEE_DEBTS, group="money"),
        Item("discounts", _("Promotions"), "discount", "billing:discounts-list", SEE_DISCOUNTS, group="money"),
    )
):
    SECTIONS.register(item, module="billing", order=100 + place)
CREATE.register(
    Item("invoice", _("Invoice"), "file-invoice", "billing:invoice-new", ISSUE_INVOICE), module="billing", order=40
)
PROVIDERS.register(invoices_found, module="billing", order=30)
OBSTACLES.register(desk_obstacles, module="billing")
CHECKS.register(billing_problems, module="billing")

"""Money of barter: what is owed, used and got."""

from typing import Any

from django.db.models import F, QuerySet, Sum

from barter.models import Beneficiary, Contract, Organisation, Receipt
from billing.models import Share
from billing.models.invoices import STANDING
from core.money import ZERO, Money


def shares_unsettled(entry: Beneficiary) -> QuerySet[Share]:
    """What an entry's invoices took of it and nobody has written off yet."""
    rows = Share.objects.filter(payer=entry.payer_id, invoice__status__in=STANDING, amount__gt=F("paid"))
    return rows.select_related("invoice").order_by("invoice_id", "pk")


def shares_owed_by(row: Organisation, user: Any) -> QuerySet[Share]:
    """What an organisation owes over the limits, in the user's branches."""
    rows = Share.objects.filter(
        payer=row.payer_id, invoice__status__in=STANDING, amount__gt=F("paid"), invoice__branch_id__in=user.branch_ids
    )
    return rows.select_related("invoice__patient", "invoice__branch", "line")


def owed_by(row: Organisation, user: Any) -> Money:
    return sum((share.left for share in shares_owed_by(row, user)), ZERO)


def usage_of(entry: Beneficiary) -> list[Share]:
    """Every line that the entry has paid for, newest first; rolled back ones too, told apart by their invoice."""
    if entry.payer_id is None:
        return []
    rows = Share.objects.filter(payer=entry.payer_id).exclude(invoice__status="draft")
    return list(rows.select_related("invoice", "line__doctor").order_by("-invoice__issued_at", "-pk"))


def both_sides(contract: Contract) -> dict[str, Money]:
    """What we gave and what we got (BAR-29, MOON-09)."""
    sums = Beneficiary.objects.filter(contract=contract).aggregate(
        granted=Sum("announced"), used=Sum("limit__used"), reserved=Sum("limit__reserved")
    )
    got = Receipt.objects.filter(contract=contract).aggregate(planned=Sum("planned"), received=Sum("received"))
    found = {name: value or ZERO for name, value in {**sums, **got}.items()}
    found["difference"] = found["received"] - found["used"]
    return found

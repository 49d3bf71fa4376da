"""Promotions as the engine takes them: rules with what they have left, in a fixed number of statements."""

from collections import Counter
from datetime import date

from django.db.models import Q, QuerySet

from billing.models import DiscountGrant, DiscountTerms, DiscountUse, Invoice
from billing.models.invoices import STANDING
from billing.rules.discounts import Rule


def rules_for(patient_id: int, on: date, *, with_ended: bool = False) -> list[Rule]:
    """All promotions in use by their current terms, for one patient: one to three statements."""
    rows = list(
        promotions_now()
        .filter(Q() if with_ended else Q(ends__isnull=True) | Q(ends__gte=on))
        .select_related("discount")
        .order_by("position", "discount_id")
    )
    grants = grants_of(patient_id) if any(row.recipients == "patients" for row in rows) else {}
    counted = [row.discount_id for row in rows if row.discount.uses_most_patient is not None]
    uses: Counter[int] = Counter()
    if counted:
        mine = DiscountUse.objects.filter(patient_id=patient_id, discount__in=counted, returned_at__isnull=True)
        uses = Counter(mine.values_list("discount_id", flat=True))
    return [rule_of(row, grants, uses) for row in rows]


def grants_of(patient_id: int) -> dict[int, date | None]:
    """Until when each discount is ticked on a patient's card; None is without an end."""
    rows = DiscountGrant.objects.filter(patient_id=patient_id, ended_at__isnull=True)
    return dict(rows.values_list("discount_id", "until"))


def rule_of(row: DiscountTerms, grants: dict[int, date | None], uses: Counter[int]) -> Rule:
    discount = row.discount
    mine = discount.uses_most_patient
    return Rule(
        key=discount.pk, terms=row.pk, name=discount.name, source=row.source, services=frozenset(row.services),
        categories=frozenset(row.categories), recipients=row.recipients, ages=(row.age_from, row.age_to),
        groups=frozenset(row.groups), birthday=(row.days_before, row.days_after),
        is_granted=discount.pk in grants, granted_until=grants.get(discount.pk), starts=row.starts, ends=row.ends,
        weekdays=frozenset(row.weekdays), hours=(row.from_time, row.to_time), branches=frozenset(row.branches),
        kind=row.kind, value=row.value, most=row.most,
        uses_left=None if discount.uses_most is None else discount.uses_most - discount.uses,
        patient_uses_left=None if mine is None else mine - uses[discount.pk],
        budget_left=None if discount.budget is None else discount.budget - discount.given,
        combines=row.combines, position=row.position,
    )  # fmt: skip


def is_first_visit(patient_id: int, on: date) -> bool:
    """No invoice of an earlier day stands."""
    return not Invoice.objects.filter(patient_id=patient_id, status__in=STANDING, issued_on__lt=on).exists()


def promotions_now() -> QuerySet[DiscountTerms]:
    """Current terms of the promotions in use."""
    return DiscountTerms.objects.filter(is_current=True, discount__deleted_at__isnull=True, discount__is_active=True)

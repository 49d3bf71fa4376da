"""Insurers with their prices and programmes."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from catalog.models import Service
from catalog.selectors import services_matching
from core.errors import NotFound
from insurance.models import Insurer, InsurerPrice, Programme


def insurers_live() -> QuerySet[Insurer]:
    return Insurer.objects.live()


def insurers_listed(day: date) -> QuerySet[Any]:
    """Insurers with how many policies are in force."""
    in_force = Q(policies__is_active=True, policies__valid_from__lte=day, policies__valid_to__gte=day)
    return Insurer.objects.live().annotate(policies_now=Count("policies", filter=in_force, distinct=True))


def insurer_get(pk: int) -> Insurer:
    insurer = Insurer.objects.live().filter(pk=pk).first()
    if insurer is None:
        raise NotFound
    return insurer


def programmes_offered() -> QuerySet[Programme]:
    return Programme.objects.live().filter(is_active=True, insurer__deleted_at__isnull=True).select_related("insurer")


def programme_get(pk: int) -> Programme:
    programme = Programme.objects.live().select_related("insurer").filter(pk=pk).first()
    if programme is None:
        raise NotFound
    return programme


def insurer_prices_on(insurer_id: int, service_ids: Iterable[int], day: date) -> dict[int, InsurerPrice]:
    """The insurer's prices of a day by service; what is not in his list then is absent."""
    rows = InsurerPrice.objects.filter(insurer=insurer_id, service__in=set(service_ids), starts_on__lte=day)
    newest = rows.select_related("service").order_by("service_id", "-starts_on").distinct("service_id")
    return {row.service_id: row for row in newest if row.amount is not None}


def services_of_insurer(insurer: Insurer, day: date) -> QuerySet[Any]:
    """Services that an insurer's own list has on a day, with his price, code and name, and the main list's price."""
    newest = InsurerPrice.objects.filter(insurer=insurer, service=OuterRef("pk"), starts_on__lte=day).order_by(
        "-starts_on"
    )
    coming = InsurerPrice.objects.filter(insurer=insurer, service=OuterRef("pk"), starts_on__gt=day).order_by(
        "starts_on"
    )
    rows = Service.objects.live().select_related("category").priced(day)
    rows = rows.annotate(
        own_price=Subquery(newest.values("amount")[:1]), own_code=Subquery(newest.values("code")[:1]),
        own_name=Subquery(newest.values("name")[:1]), own_from=Subquery(newest.values("starts_on")[:1]),
        next_own=Subquery(coming.values("amount")[:1]), next_from=Subquery(coming.values("starts_on")[:1]),
    )  # fmt: skip
    return rows.filter(Q(own_price__isnull=False) | Q(next_from__isnull=False))


def prices_page(insurer: Insurer, day: date, text: str = "") -> list[Any]:
    """Rows of the insurer's list as his card shows them, by words or code."""
    rows = services_of_insurer(insurer, day).order_by("category__position", "category_id", "code", "pk")
    return list(services_matching(rows, text) if text.strip() else rows)


def service_of_insurer(insurer: Insurer, service_id: int, day: date) -> Any:
    row = services_of_insurer(insurer, day).filter(pk=service_id).first()
    if row is None:
        raise NotFound
    return row


def covers_of(programme: Programme) -> list[Any]:
    return list(
        programme.covers.select_related("category", "service").order_by("category__position", "service__code", "pk")
    )


def programmes_of(insurer: Insurer) -> list[Programme]:
    """All programmes of an insurer with their rules, those offered first."""
    rows = insurer.programmes.live().prefetch_related("covers__category", "covers__service")
    return list(rows.annotate(policies_count=Count("policies")).order_by("-is_active", "name", "pk"))

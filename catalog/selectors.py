"""Reads of the catalog: what is offered on a day and for how much, and diagnoses by code or words."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Case, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When

from catalog.models import Category, Diagnosis, PriceChange, Service, ServicePrice
from clinic.models import Profession
from core.money import Money
from core.text import code, fold, keyboard_twins


def categories_of_list() -> QuerySet[Category]:
    return Category.objects.live()


def professions_of_services() -> QuerySet[Profession]:
    """Who may do a service: directions of doctors."""
    return Profession.objects.live().filter(kind=Profession.Kind.DOCTOR)


def services_in_list(on: date) -> QuerySet[Service]:
    """Every service that is not in the trash, with its price of a day and the one that comes next."""
    coming = ServicePrice.objects.filter(service=OuterRef("pk"), starts_on__gt=on).order_by("starts_on")
    rows = Service.objects.filter(deleted_at__isnull=True).select_related("category").priced(on)
    return rows.annotate(
        next_price=Subquery(coming.values("amount")[:1]), next_from=Subquery(coming.values("starts_on")[:1])
    )


def services_offered(on: date) -> QuerySet[Service]:
    """Services that can be sold today, with their price of the day."""
    return Service.objects.filter(deleted_at__isnull=True, is_active=True).select_related("category").priced(on)


def services_matching(rows: QuerySet[Service], text: str) -> QuerySet[Service]:
    """By any words in any order, or by a piece of either code; a wrong keyboard layout is forgiven."""
    return rows.filter(matching(text))


def matching(text: str) -> Q:
    """All the words of `text` in any order, as typed or as the other keyboard layout would have them."""
    wanted = Q()
    for reading in (fold(text), *keyboard_twins(text)):
        every = Q()
        for word in reading.split():
            every &= Q(search_text__contains=word) | Q(search_text__contains=code(word).lower())
        wanted |= every
    return wanted


def prices_on(service_ids: Iterable[int], on: date) -> dict[int, Money]:
    """Prices of a day by service; a service that has none yet is absent."""
    rows = ServicePrice.objects.filter(service_id__in=set(service_ids), starts_on__lte=on)
    newest = rows.order_by("service_id", "-starts_on").distinct("service_id")
    return dict(newest.values_list("service_id", "amount"))


def diagnoses_in_directory() -> QuerySet[Diagnosis]:
    return Diagnosis.objects.filter(deleted_at__isnull=True).select_related("group")


def diagnoses_offered() -> QuerySet[Diagnosis]:
    """Diagnoses that may be given today: neither deleted nor archived."""
    return Diagnosis.objects.filter(deleted_at__isnull=True, is_active=True).select_related("group")


def diagnoses_matching(rows: QuerySet[Diagnosis], text: str) -> QuerySet[Diagnosis]:
    """By code («K02», «к02» too) or words; codes that begin with the text stand first."""
    begins = code(text)
    rank = Case(When(code__istartswith=begins, then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.filter(matching(text)).order_by(rank, "code")


def price_changes() -> QuerySet[PriceChange]:
    """Changes of many prices, newest first."""
    return PriceChange.objects.select_related("made_by")

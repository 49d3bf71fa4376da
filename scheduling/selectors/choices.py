"""What forms and menus of the calendar offer: services, professions, names behind ids, kept views."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from catalog.models import Service
from clinic.models import Profession, Staff
from clinic.selectors import chairs_visible_to
from core.errors import NotFound
from core.models import SavedView
from scheduling.models import VisitType

VIEWS, LAST = "schedule", "schedule-last"


def service_get(pk: int) -> Service:
    found = Service.objects.live().filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def visit_type_get(pk: int) -> VisitType:
    found = VisitType.objects.live().filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def purposes_of_chairs(user: Any) -> list[str]:
    """What chairs are equipped for, in the clinic's own words."""
    rows = chairs_visible_to(user).exclude(purpose="").order_by("purpose")
    return list(rows.values_list("purpose", flat=True).distinct())


def services_found(text: str) -> QuerySet[Service]:
    """Services whose name has every word, or whose code begins with it."""
    rows = Service.objects.live().filter(is_active=True)
    for word in text.split()[:5]:
        rows = rows.filter(name__icontains=word) | rows.filter(code__istartswith=word)
    return rows.select_related("category").order_by("category__position", "code")


def professions_of_doctors() -> QuerySet[Profession]:
    return Profession.objects.live().filter(kind=Profession.Kind.DOCTOR)


def doctors_by_id(ids: Iterable[int]) -> dict[int, Staff]:
    return Staff.objects.in_bulk(list(set(ids)))


def views_of(user: Any) -> QuerySet[SavedView]:
    """The user's named views of the calendar (SCH-03)."""
    return SavedView.objects.filter(owner=user, listing=VIEWS).order_by("title")


def last_view_of(user: Any) -> str:
    """How the user left the calendar (SCH-02)."""
    found = SavedView.objects.filter(owner=user, listing=LAST).first()
    return found.query if found else ""

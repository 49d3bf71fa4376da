"""Contracts and entries that a user may see, and what follows from them: marks, notes, who pays."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from barter.models import Beneficiary, Contract, Organisation, State
from barter.models.entries import PAYING
from core.errors import NotFound
from core.money import ZERO, MoneyField
from core.text import fold
from patients.selectors import patients_visible_to
from scheduling.models import Appointment
from scheduling.models import State as Visit


def contracts_visible_to(user: Any) -> QuerySet[Contract]:
    """Contracts are the clinic's, not a branch's."""
    return Contract.objects.select_related("organisation", "legal_entity")


def _summed(field: str) -> Any:
    rows = Beneficiary.objects.filter(contract=OuterRef("pk")).order_by().values("contract")
    return Coalesce(Subquery(rows.annotate(sum=Sum(field)).values("sum")), ZERO, output_field=MoneyField())


def contracts_with_sums(user: Any) -> QuerySet[Contract]:
    """Contracts with how many people they send, what was granted, used and is left."""
    people = Beneficiary.objects.filter(contract=OuterRef("pk")).order_by().values("contract")
    rows = contracts_visible_to(user).annotate(
        people=Coalesce(Subquery(people.annotate(n=Count("pk")).values("n")), 0),
        granted=_summed("announced"), used=_summed("limit__used"),
    )  # fmt: skip
    return rows.annotate(left=F("granted") - F("used")).prefetch_related("allowed_services", "beneficiaries")


def contract_get(user: Any, pk: int) -> Contract:
    row = contracts_visible_to(user).filter(pk=pk).first()
    if row is None:
        raise NotFound
    return row


def organisation_get(user: Any, pk: int) -> Organisation:
    row = Organisation.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound
    return row


def entries_visible_to(user: Any) -> QuerySet[Beneficiary]:
    """Entries of cards that the user sees, and those that have no card yet."""
    rows = Beneficiary.objects.select_related("contract__organisation", "patient", "limit", "doctor")
    return rows.filter(Q(patient__isnull=True) | Q(patient__in=patients_visible_to(user)))


def entry_get(user: Any, pk: int) -> Beneficiary:
    row = entries_visible_to(user).select_related("plan", "agent", "payer").filter(pk=pk).first()
    if row is None:
        raise NotFound
    return row


def entries_matching(rows: QuerySet[Beneficiary], text: str) -> QuerySet[Beneficiary]:
    """By words of the name, of the organisation, or the entry's number."""
    wanted = Q(contract__organisation__name__icontains=text.strip()) | Q(name__icontains=text.strip())
    every = Q()
    for word in fold(text).split():
        every &= Q(patient__search_name__contains=word)
    if every:
        wanted |= every
    if text.strip().isdigit() and len(text.strip()) < 15:
        wanted |= Q(number=int(text.strip()))
    return rows.filter(wanted)


def entries_paying(patient_ids: Iterable[int], on: date | None = None) -> QuerySet[Beneficiary]:
    """Entries by which these patients may be treated (on a day), oldest first."""
    rows = Beneficiary.objects.filter(
        patient__in=list(patient_ids), state__in=PAYING, contract__status="active", limit__isnull=False
    )
    if on is not None:
        rows = rows.filter(Q(contract__starts_on__isnull=True) | Q(contract__starts_on__lte=on))
        rows = rows.filter(Q(contract__ends_on__isnull=True) | Q(contract__ends_on__gte=on))
    return rows.select_related("contract__organisation__payer", "limit", "payer", "patient").order_by("number")


def has_entry(patient: Any) -> Exists:
    """Whether a patient (an OuterRef to his key) may be treated by barter at all, within another statement."""
    return Exists(Beneficiary.objects.filter(patient=patient, state__in=PAYING, limit__isnull=False))


def entries_marked(patient_ids: Iterable[int]) -> dict[int, Beneficiary]:
    """The entry that gives a patient his mark: one that has something left, else one that is spent."""
    found: dict[int, Beneficiary] = {}
    for entry in entries_paying(patient_ids):
        known = found.get(entry.patient_id or 0)
        if known is None or (known.is_exhausted and not entry.is_exhausted):
            found[entry.patient_id or 0] = entry
    return found


def patients_back_to_money(patient_ids: Iterable[int]) -> set[int]:
    """Patients whose last entry was closed and who have not been treated for money since (BAR-28)."""
    seen = Appointment.objects.filter(
        patient=OuterRef("patient"), state=Visit.COMPLETED, starts_at__gt=OuterRef("closed_at")
    )
    rows = Beneficiary.objects.filter(
        patient__in=list(patient_ids), state=State.CLOSED, closed_at__isnull=False, limit__isnull=False
    )
    return set(rows.filter(~Exists(seen)).values_list("patient_id", flat=True))

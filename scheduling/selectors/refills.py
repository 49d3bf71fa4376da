"""Reads for freed time: who could use it, how far the offering has come, what a link leads to."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.db.models import Count, Q, QuerySet

from core import clock
from core.errors import NotFound
from scheduling import policies
from scheduling.models import Appointment, Offer, PlannedVisit, Refill, State, WaitingEntry
from scheduling.scoring import Gap, Score, Wish, placed, score


def refills_visible_to(user: Any) -> QuerySet[Refill]:
    rows = Refill.objects.filter(branch__in=user.branch_ids).select_related("branch", "chair", "doctor")
    asked = ~Q(offers__state__in=(Offer.State.QUEUED, Offer.State.SKIPPED))
    return rows.annotate(
        asked=Count("offers", filter=Q(offers__isnull=False) & asked),
        wanted=Count("offers", filter=~Q(offers__state=Offer.State.SKIPPED)),
    )


def refill_shown(pk: int, user: Any) -> Refill:
    found = refills_visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def offers_of(refill: Refill) -> list[Offer]:
    return list(refill.offers.select_related("patient", "appointment__branch", "refill__branch"))


def offer_shown(pk: int) -> Offer:
    found = (
        Offer.objects.select_related("refill__branch", "refill__doctor", "patient", "appointment").filter(pk=pk).first()
    )
    if found is None:
        raise NotFound
    return found


def gap_of(refill: Refill) -> Gap:
    return Gap(refill.doctor_id, refill.branch_id, refill.local_start, refill.local_end, policies.STEP_MINUTES.get())


def candidates(refill: Refill) -> list[tuple[WaitingEntry | PlannedVisit, tuple[Any, Any], Score]]:
    """Everybody who could come then, best first; of one patient's wishes the best."""
    gap, now = gap_of(refill), clock.now()
    found: dict[int, tuple[Any, tuple[Any, Any], Score]] = {}
    wishes = [*_waiting(refill), *_planned(refill)]
    missed = _missed([row.patient_id for row, _wish in wishes])
    for row, wish in wishes:
        wish = replace(wish, missed=missed.get(row.patient_id, 0))
        if place := placed(wish, gap):
            made = row, place, score(wish, gap, now)
            best = found.get(row.patient_id)
            if best is None or made[2].points > best[2].points:
                found[row.patient_id] = made
    return sorted(found.values(), key=lambda each: (-each[2].points, each[0].created_at, each[0].pk))


def _missed(patients: list[int]) -> dict[int, int]:
    rows = Appointment.objects.filter(patient__in=patients, state=State.NO_SHOW).values("patient").order_by("patient")
    return dict(rows.annotate(count=Count("pk")).values_list("patient", "count"))


def _waiting(refill: Refill) -> Iterator[tuple[WaitingEntry, Wish]]:
    rows = WaitingEntry.objects.filter(
        Q(branch=refill.branch_id) | Q(branch__isnull=True), outcome=WaitingEntry.Outcome.WAITING, no_offers=False
    )
    for row in rows.prefetch_related("doctors"):
        yield row, Wish(
            minutes=row.duration_min, since=row.created_at, doctors=frozenset(each.pk for each in row.doctors.all()),
            branch=row.branch_id, weekdays=frozenset(row.weekdays), time_from=row.time_from, time_to=row.time_to,
            earliest=row.earliest, latest=row.latest, is_urgent=row.is_urgent,
        )  # fmt: skip


def _planned(refill: Refill) -> Iterator[tuple[PlannedVisit, Wish]]:
    rows = PlannedVisit.objects.filter(
        Q(branch=refill.branch_id) | Q(branch__isnull=True), Q(doctor=refill.doctor_id) | Q(doctor__isnull=True),
        outcome=PlannedVisit.Outcome.PLANNED, no_offers=False, opens_on__lte=refill.local_start.date(),
    )  # fmt: skip
    for row in rows:
        yield row, Wish(
            minutes=row.duration_min, since=row.created_at, branch=row.branch_id, earliest=row.opens_on, is_planned=True,
            doctors=frozenset({row.doctor_id} if row.doctor_id else ()),
        )  # fmt: skip

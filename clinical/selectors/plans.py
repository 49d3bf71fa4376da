"""Reads of treatment plans."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from catalog.models import Service
from catalog.selectors import services_matching, services_offered
from clinic.models import Role, Staff
from clinic.selectors import staff_visible_to
from clinical import rules
from clinical.models import LineState, PlanLine, PlanStatus, ToothDiagnosis, TreatmentPlan
from clinical.permissions import EDIT_PLANS
from clinical.slots import PLAN_DISCOUNTS, PLAN_QUOTES, Share
from core import clock
from core.access import is_allowed
from core.errors import NotFound
from core.money import ZERO, Money, money
from patients.selectors import patients_visible_to
from scheduling.permissions import CLOSE_VISIT
from scheduling.policies import WORK_ORDER_BY

PICKS = 60


def plans_visible_to(user: Any) -> QuerySet[TreatmentPlan]:
    """Plans of the patients whom the user sees."""
    rows = TreatmentPlan.objects.select_related("patient", "doctor", "branch")
    if user.scope == Role.Scope.ALL and not user.is_partner_user:
        return rows.filter(patient__deleted_at__isnull=True)
    return rows.filter(patient__in=patients_visible_to(user))


def doctors_to_choose(user: Any) -> list[Staff]:
    """Doctors of the user's branches who still work."""
    rows = staff_visible_to(user).filter(is_doctor=True)
    return list(rows.filter(Q(dismissed_on__isnull=True) | Q(dismissed_on__gt=clock.now().date())))


def plan_get(user: Any, pk: int) -> TreatmentPlan:
    """One plan; NotFound for a stranger's."""
    plan = plans_visible_to(user).select_related("approved_by", "created_by").filter(pk=pk).first()
    if plan is None:
        raise NotFound
    return plan


def plans_of_patient(patient_id: int, today: date) -> list[TreatmentPlan]:
    """A patient's plans, newest first, with `total`, `lines_count` and `done_count`."""
    rows = TreatmentPlan.objects.filter(patient=patient_id).select_related("doctor", "branch").with_total(today)
    done = Count("lines", filter=Q(lines__state=LineState.DONE))
    return list(rows.annotate(lines_count=Count("lines"), done_count=done).order_by("-number"))


def lines_of(plan: TreatmentPlan) -> list[PlanLine]:
    """Lines in order; a draft's carry today's prices, since those are what approval would freeze."""
    rows = plan.lines.select_related("service", "service__category", "done_by", "doctor").order_by(
        "phase", "position", "pk"
    )
    if not plan.is_draft:
        return list(rows)
    lines = list(rows.with_price_of(clock.today(plan.branch.timezone)))
    for line in lines:
        line.has_price = line.price_then is not None
        line.price = line.price_then if line.price_then is not None else ZERO
    discounts_give(plan, lines)
    return lines


def discounts_give(plan: TreatmentPlan, lines: Sequence[PlanLine]) -> None:
    """Set on lines without a person's own discount what apps above give by themselves; their prices are set (CLN-32)."""
    free = [line for line in lines if not line.has_own_discount]
    found = PLAN_DISCOUNTS.gather(plan, free) if free else {}
    for place, line in enumerate(free):
        parts = found.get(place, [])
        amount = sum((money(part["amount"]) for part in parts), ZERO)
        is_within = amount <= line.price * line.quantity
        line.discount_parts = parts if is_within else []
        line.discount = amount if is_within else ZERO


@dataclass(frozen=True, slots=True)
class PhaseView:
    number: int
    title: str
    lines: list[PlanLine]
    totals: rules.Totals
    gap: tuple[int, int | None] = (0, None)


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan as a screen shows it."""

    plan: TreatmentPlan
    lines: list[PlanLine]
    phases: list[PhaseView]

    @property
    def total(self) -> Money:
        return sum((line.sum for line in self.lines), ZERO)

    @property
    def discount(self) -> Money:
        return sum((line.discount for line in self.lines), ZERO)

    @property
    def minutes(self) -> int:
        return sum(line.service.duration_min * line.quantity for line in self.lines)

    @property
    def done_count(self) -> int:
        return sum(line.state == LineState.DONE for line in self.lines)


def plan_view(plan: TreatmentPlan) -> PlanView:
    """Lines, phases and sums of one plan; a constant number of queries."""
    lines = lines_of(plan)
    totals = rules.totals_by_phase((line.phase, line.price, line.quantity, line.discount) for line in lines)
    phases = [
        PhaseView(
            number,
            plan.phase_title(number),
            [line for line in lines if line.phase == number],
            sums,
            plan.phase_gap(number),
        )
        for number, sums in totals.items()
    ]
    return PlanView(plan, lines, phases)


def lines_for_visit(appointment: Any) -> list[PlanLine]:
    """Lines not done yet of the patient's approved plans; `is_booked` those whose service the visit was booked for."""
    booked = set(appointment.services.values_list("pk", flat=True))
    rows = PlanLine.objects.filter(
        plan__patient=appointment.patient_id, plan__status__in=(PlanStatus.APPROVED, PlanStatus.IN_WORK)
    ).exclude(state=LineState.DONE)
    lines = list(rows.select_related("service", "plan").order_by("plan__number", "phase", "position", "pk"))
    for line in lines:
        line.is_booked = line.service_id in booked
    return sorted(lines, key=lambda line: (line.plan.number, not line.is_booked))


def lines_done_at(appointment_id: int) -> dict[int, list[int]]:
    """Lines that were marked done at a visit, by their plan."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = PlanLine.objects.filter(appointment=appointment_id, state=LineState.DONE).order_by("plan_id", "pk")
    for plan_id, pk in rows.values_list("plan_id", "pk"):
        found[plan_id].append(pk)
    return dict(found)


def may_mark_work(user: Any) -> bool:
    """Who may say what of a plan was done: who makes plans, and the desk where it fills in work orders (SCH-30)."""
    is_the_desks = WORK_ORDER_BY.get() == "administrator" and is_allowed(user, CLOSE_VISIT)
    return is_allowed(user, EDIT_PLANS) or is_the_desks


def shares_of(plan: TreatmentPlan, lines: Sequence[PlanLine]) -> dict[Any, list[Share]]:
    """Who pays for each line, as far as apps above know; a line that nobody answers for is absent."""
    return PLAN_QUOTES.gather(plan, list(lines))


def services_to_pick(
    *,
    on: date,
    text: str = "",
    category_id: int | None = None,
    patient_id: int | None = None,
    teeth: Sequence[int] = (),
) -> list[Service]:
    """Services for a plan: those that treat the open diagnoses of the chosen teeth stand first (CLN-30)."""
    rows = services_offered(on)
    if text.strip():
        rows = services_matching(rows, text.strip())
    if category_id:
        rows = rows.filter(category=category_id)
    treated = set()
    if patient_id:
        noted = ToothDiagnosis.objects.still_open().filter(patient=patient_id)
        noted = noted.filter(tooth__in=list(teeth)) if teeth else noted
        treated = set(Service.objects.filter(diagnoses__in=noted.values("diagnosis")).values_list("pk", flat=True))
    rank = Case(When(pk__in=treated, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = list(rows.annotate(rank=rank).order_by("rank", "category__position", "category_id", "code")[:PICKS])
    for service in found:
        service.is_suggested = service.pk in treated
    return found

"""Treatment plans: drafted, approved with the prices of that day, reopened, declined."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from catalog.models import LONGEST_HEALING, Service
from catalog.selectors import prices_on
from clinic.models import Branch, Staff
from clinical import rules
from clinical import teeth as fdi
from clinical.errors import NoPrice, PlanBlocked, PlanInUse, PlanIsApproved, PlanIsEmpty, PricesChanged
from clinical.events import PlanApproved, PlanCreated, PlanDeclined, PlanReopened
from clinical.models import LineState, PlanLine, PlanStatus, TreatmentPlan
from clinical.selectors.plans import discounts_give
from clinical.slots import PLAN_GATES, PLAN_HOLDS
from core import clock, live
from core.audit import audit, sentence
from core.command import check_version, command, lock
from core.errors import IllegalMove, Invalid, NotFound
from core.events import publish
from core.money import ZERO, Money
from patients.models import Patient
from patients.services import treatment_status_set

MAX_LINES = 300
DISCOUNT = ("discount", "has_own_discount", "discount_parts")
Gap = tuple[int, int | None]


def declare(verb: str, text: Any, icon: str, tone: str) -> str:
    return sentence(f"clinical.plan.{verb}", text, icon, tone, compartment="medical").code


CREATED = declare("created", _("%(object)s made, %(lines)s lines"), "clipboard-plus", "violet")
CHANGED = declare("changed", _("%(object)s changed: %(lines)s lines"), "pencil", "grey")
APPROVED = declare("approved", _("%(object)s approved"), "circle-check", "green")
REOPENED = declare("reopened", _("%(object)s is a draft again"), "arrow-back-up", "amber")
DECLINED = declare("declined", _("%(object)s declined: %(reason)s"), "circle-x", "red")
RESTORED = declare("restored", _("%(object)s is considered again"), "arrow-back-up", "violet")


@dataclass(frozen=True, slots=True)
class LineIn:
    """A line as asked for. `price` None is the list's; `id` names a line of this plan that stays.

    `discount` None is what the clinic's promotions give; a sum is a person's own, even none, unless it is what stood there.
    `doctor_id` is who does it, None the plan's doctor or whoever has the service's profession; `healing_days` None are
    those of the service.
    """

    service_id: int
    teeth: Sequence[int] = ()
    quantity: int = 1
    phase: int = 1
    discount: Money | None = None
    price: Money | None = None
    note: str = ""
    doctor_id: int | None = None
    healing_days: int | None = None
    healing_most: int | None = None
    id: int | None = field(default=None)


@command
def plan_create(
    *, patient_id: int, doctor: Staff, branch: Branch, lines: Sequence[LineIn], actor: Any, name: str = "",
    note: str = "", phases: Sequence[str] = (), phase_gaps: Sequence[Gap] = (),
) -> TreatmentPlan:  # fmt: skip
    """A draft with the patient's next ordinal number (CLN-14). Raises Invalid on `lines.N.<field>`."""
    lock(("plans", patient_id))
    patient = Patient.objects.live().filter(pk=patient_id).first()
    if patient is None:
        raise NotFound
    last = TreatmentPlan.objects.filter(patient=patient).aggregate(last=Max("number"))["last"] or 0
    plan = TreatmentPlan.objects.create(
        number=last + 1, patient=patient, doctor=doctor, branch=branch, name=name.strip(), note=note.strip(),
        phases=list(phases), phase_gaps=gaps_checked(phase_gaps), created_by=actor,
    )  # fmt: skip
    lines_write(plan, lines)
    tell(actor, CREATED, plan, lines=len(lines))
    publish(PlanCreated(plan_id=plan.pk, patient_id=patient.pk))
    return plan


@command
def plan_change(
    *, plan_id: int, actor: Any, expected_version: int | None = None, lines: Sequence[LineIn] | None = None,
    doctor: Staff | None = None, name: str | None = None, note: str | None = None, phases: Sequence[str] | None = None,
    phase_gaps: Sequence[Gap] | None = None,
) -> TreatmentPlan:  # fmt: skip
    """Change a draft; what is None stays. PlanIsApproved for anything but a draft (CLN-15), Stale."""
    plan = plan_locked(plan_id)
    if not plan.is_draft:
        raise PlanIsApproved(status=plan.status)
    check_version(expected_version, plan.version)
    given: Mapping[str, Any] = {"doctor": doctor, "name": name, "note": note, "phases": phases}
    if phase_gaps is not None:
        plan.phase_gaps = gaps_checked(phase_gaps)
    for attribute, value in given.items():
        if value is not None:
            setattr(plan, attribute, list(value) if attribute == "phases" else value)
    if lines is not None:
        lines_write(plan, lines)
    step(plan)
    tell(actor, CHANGED, plan, lines=plan.lines.count())
    return plan


@command
def plan_approve(
    *, plan_id: int, actor: Any, expected_version: int | None = None, seen_total: Money | None = None
) -> TreatmentPlan:
    """Freeze the prices of this day (CLN-15). With `seen_total` a list that has moved meanwhile is PricesChanged.

    Raises PlanIsEmpty, NoPrice, PlanBlocked (slot clinical.plan_gates), IllegalMove. Reverse: plan_reopen.
    """
    plan = plan_locked(plan_id)
    if plan.is_payable:
        raise PlanIsApproved(status=plan.status)
    refuse_step(plan, PlanStatus.APPROVED)
    check_version(expected_version, plan.version)
    lines = list(plan.lines.select_related("service").order_by("phase", "position", "pk"))
    if not lines:
        raise PlanIsEmpty
    plan.priced_on = clock.today(plan.branch.timezone)
    reprice(plan, lines)
    total = sum((line.sum for line in lines), ZERO)
    if seen_total is not None and seen_total != total:
        raise PricesChanged(total=str(total), seen=str(seen_total))
    if reasons := [str(reason) for gate in PLAN_GATES for reason in gate(plan, lines)]:
        raise PlanBlocked(" ".join(reasons), reasons=reasons)
    plan.approved_at, plan.approved_by = clock.now(), actor
    step(plan, PlanStatus.APPROVED)
    tell(actor, APPROVED, plan, total=total)
    treatment_begins(plan, actor)
    publish(PlanApproved(plan_id=plan.pk, patient_id=plan.patient_id))
    return plan


@command
def plan_reopen(*, plan_id: int, actor: Any, expected_version: int | None = None) -> TreatmentPlan:
    """Back to a draft, while nothing is done or invoiced: PlanInUse (slot clinical.plan_holds). CLN-15."""
    plan = plan_locked(plan_id)
    if plan.is_draft:
        raise IllegalMove(source=plan.status, to=PlanStatus.DRAFT)
    check_version(expected_version, plan.version)
    if plan.status == PlanStatus.DECLINED:
        return restored(plan, actor)
    reasons = [str(reason) for hold in PLAN_HOLDS for reason in hold(plan)]
    if plan.lines.exclude(state=LineState.PLANNED).exists():
        reasons.insert(0, str(_("Some of its services are done.")))
    if reasons:
        raise PlanInUse(" ".join(reasons), reasons=reasons)
    plan.approved_at = plan.approved_by = plan.priced_on = None
    step(plan, PlanStatus.DRAFT)
    tell(actor, REOPENED, plan)
    publish(PlanReopened(plan_id=plan.pk, patient_id=plan.patient_id))
    return plan


@command
def plan_decline(*, plan_id: int, reason: str, actor: Any, expected_version: int | None = None) -> TreatmentPlan:
    """The patient has chosen otherwise; the plan stays for follow-up (CLN-35). Reverse: plan_restore."""
    plan = plan_locked(plan_id)
    check_version(expected_version, plan.version)
    refuse_step(plan, PlanStatus.DECLINED)
    if reasons := [str(text) for hold in PLAN_HOLDS for text in hold(plan)]:
        raise PlanInUse(" ".join(reasons), reasons=reasons)
    plan.declined_at, plan.decline_reason = clock.now(), reason.strip()
    plan.approved_at = plan.approved_by = plan.priced_on = None
    step(plan, PlanStatus.DECLINED)
    tell(actor, DECLINED, plan, reason=plan.decline_reason or "—")
    publish(PlanDeclined(plan_id=plan.pk, patient_id=plan.patient_id))
    return plan


@command
def plan_restore(*, plan_id: int, actor: Any) -> TreatmentPlan:
    """A declined plan is a draft again."""
    plan = plan_locked(plan_id)
    refuse_step(plan, PlanStatus.DRAFT)
    return restored(plan, actor)


def restored(plan: TreatmentPlan, actor: Any) -> TreatmentPlan:
    plan.declined_at, plan.decline_reason = None, ""
    step(plan, PlanStatus.DRAFT)
    tell(actor, RESTORED, plan)
    return plan


@command
def plans_renumber(survivor_id: int, retired_id: int) -> None:
    """Before cards are merged: plans of the retired one whose number is taken get the next free ones (PAT-40)."""
    lock(("plans", survivor_id), ("plans", retired_id))
    taken = set(TreatmentPlan.objects.filter(patient=survivor_id).values_list("number", flat=True))
    own = TreatmentPlan.objects.filter(patient=retired_id).order_by("number")
    last = max(taken.union(own.values_list("number", flat=True)), default=0)
    for plan in own.filter(number__in=taken):
        last += 1
        TreatmentPlan.objects.filter(pk=plan.pk).update(number=last)


# Parts


def treatment_begins(plan: TreatmentPlan, actor: Any) -> None:
    """A patient who has agreed to a plan is in treatment; one who is sanated stays so until somebody says otherwise."""
    waiting = (Patient.TreatmentStatus.NONE, Patient.TreatmentStatus.THINKING)
    if plan.patient.treatment_status in waiting:
        status = Patient.TreatmentStatus.IN_TREATMENT
        treatment_status_set(patient_id=plan.patient_id, after=status, actor=actor, reason=str(plan))


def plan_locked(plan_id: int) -> TreatmentPlan:
    plan = TreatmentPlan.objects.select_for_update(of=("self",)).select_related("branch").filter(pk=plan_id).first()
    if plan is None:
        raise NotFound
    return plan


def refuse_step(plan: TreatmentPlan, to: str) -> None:
    if not rules.may_step(plan.status, to):
        raise IllegalMove(source=plan.status, to=to)


def step(plan: TreatmentPlan, to: str | None = None) -> None:
    plan.status = to or plan.status
    plan.version += 1
    plan.save()
    live.announce("plan", plan.pk, branch_id=plan.branch_id, version=plan.version)


def tell(actor: Any, code: str, plan: TreatmentPlan, **facts: Any) -> None:
    audit(actor, code, plan, patient_id=plan.patient_id, branch_id=plan.branch_id, **facts)


def lines_write(plan: TreatmentPlan, asked: Sequence[LineIn]) -> None:
    """Make the draft's lines those asked for: named ones change in place, others are made, the rest go."""
    if len(asked) > MAX_LINES:
        raise Invalid(fields={"lines": _("A plan has at most %(lines)s lines.") % {"lines": MAX_LINES}})
    old = {line.pk: line for line in plan.lines.all()}
    services = Service.objects.filter(pk__in={line.service_id for line in asked}).in_bulk()
    prices = prices_on(services, clock.today(plan.branch.timezone))
    doctors = set(
        Staff.objects.filter(pk__in={line.doctor_id for line in asked}, is_doctor=True).values_list("pk", flat=True)
    )
    kept_services = {line.service_id for line in old.values()}
    errors: dict[str, Any] = {}
    rows: list[PlanLine] = []
    for number, line in enumerate(asked):
        problems = line_problems(line, services.get(line.service_id), line.service_id in kept_services, prices, old)
        problems |= visit_problems(line, doctors)
        errors |= {f"lines.{number}.{name}": text for name, text in problems.items()}
        if not problems:
            row = old.pop(line.id) if line.id else PlanLine(plan=plan)
            rows.append(filled(row, line, number, prices))
    if errors:
        raise Invalid(fields=errors)
    plan.lines.filter(pk__in=old).delete()
    PlanLine.objects.bulk_create([row for row in rows if row.pk is None])
    discounts_give(plan, rows)
    changed = ["service", "teeth", "quantity", "phase", "position", "price", "has_own_price", "note", *DISCOUNT,
               "doctor", "healing_days", "healing_most"]  # fmt: skip
    PlanLine.objects.bulk_update(rows, changed)


def filled(row: PlanLine, line: LineIn, position: int, prices: Mapping[int, Money]) -> PlanLine:
    row.service_id, row.teeth, row.quantity = line.service_id, fdi.in_order(line.teeth), line.quantity
    row.phase, row.position, row.note = line.phase, position, line.note.strip()
    row.has_own_discount = line.discount is not None and (row.has_own_discount or line.discount != row.discount)
    if row.has_own_discount:
        row.discount, row.discount_parts = line.discount or ZERO, []
    else:
        row.discount = ZERO  # decided anew once the prices of all lines are known
    row.doctor_id, row.healing_days, row.healing_most = line.doctor_id, line.healing_days, line.healing_most
    row.has_own_price = line.price is not None and line.price != prices.get(line.service_id)
    row.price = line.price if line.price is not None else prices.get(line.service_id, ZERO)
    return row


def line_problems(
    line: LineIn, service: Service | None, was_there: bool, prices: Mapping[int, Money], old: Mapping[int, PlanLine]
) -> dict[str, Any]:
    """What is wrong with a line, by its field."""
    if service is None or ((service.deleted_at or not service.is_active) and not was_there):
        return {"service": _("Choose a service of the price list.")}
    problems: dict[str, Any] = {}
    if line.id is not None and line.id not in old:
        problems["id"] = _("No such line in this plan.")
    if strange := fdi.unknown(line.teeth):
        problems["teeth"] = _("No such tooth: %(teeth)s.") % {"teeth": ", ".join(map(str, strange))}
    if not 1 <= line.quantity <= 999:
        problems["quantity"] = _("From 1 to 999.")
    if not 1 <= line.phase <= 20:
        problems["phase"] = _("From 1 to 20.")
    price = line.price if line.price is not None else prices.get(line.service_id, ZERO)
    if price < 0:
        problems["price"] = _("A price is never negative.")
    elif not 0 <= (line.discount or 0) <= price * max(1, line.quantity):
        problems["discount"] = _("From 0 to the sum of the line.")
    return problems


def visit_problems(line: LineIn, doctors: Container[int]) -> dict[str, Any]:
    """What is wrong with who does a line and how long it heals (MOON-02)."""
    problems: dict[str, Any] = {}
    if line.doctor_id is not None and line.doctor_id not in doctors:
        problems["doctor"] = _("Choose a doctor.")
    if line.healing_days is not None and not 0 <= line.healing_days <= LONGEST_HEALING:
        problems["healing_days"] = _("From 0 to 730.")
    if line.healing_most is not None and not (line.healing_days or 0) <= line.healing_most <= LONGEST_HEALING:
        problems["healing_most"] = _("The longest time of healing is shorter than the least.")
    elif line.healing_most is not None and line.healing_days is None:
        problems["healing_days"] = _("Say the least days of healing too.")
    return problems


def gaps_checked(gaps: Sequence[Gap]) -> list[list[int | None]]:
    """Days of rest after phases, as they are kept."""
    for number, (least, most) in enumerate(gaps):
        if not 0 <= least <= LONGEST_HEALING:
            raise Invalid(fields={f"phase_gaps.{number}.days": _("From 0 to 730.")})
        if most is not None and not least <= most <= LONGEST_HEALING:
            raise Invalid(
                fields={f"phase_gaps.{number}.most": _("The longest time of healing is shorter than the least.")}
            )
    return [[least, most] for least, most in gaps]


def reprice(plan: TreatmentPlan, lines: Sequence[PlanLine]) -> None:
    """Give every line the list's price of the plan's day, except those that a person has priced."""
    assert plan.priced_on is not None
    prices = prices_on({line.service_id for line in lines}, plan.priced_on)
    without = [line.service for line in lines if not line.has_own_price and line.service_id not in prices]
    if without:
        raise NoPrice(services=[str(service) for service in without])
    for line in lines:
        if not line.has_own_price:
            line.price = prices[line.service_id]
    discounts_give(plan, lines)
    for line in lines:
        if line.discount > line.price * line.quantity:
            raise Invalid(
                _("The discount of “%(service)s” is larger than its new sum.") % {"service": line.service},
                fields={"lines": _("A discount is larger than the sum of its line.")},
            )
    PlanLine.objects.bulk_update(lines, ["price", *DISCOUNT])

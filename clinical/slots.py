"""Where apps above take part in treatment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from clinical.models import PlanLine, TreatmentPlan
from core.money import Money
from core.slots import Slot


@dataclass(frozen=True, slots=True)
class PlanAction:
    """A button of the plan screen. With `reason` it is shown disabled together with that sentence (CLN-16)."""

    label: Any
    url: str
    icon: str = "receipt"
    tone: str = ""
    reason: Any = ""
    is_panel: bool = False
    is_post: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """Who pays how much of a line."""

    kind: str
    label: Any
    amount: Money
    tone: str = "grey"
    why: Any = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """Why visits of a plan wait (MOON-02): `days` before the next visit after this line, as for a laboratory, at most
    `most`; or the line itself `not_before` a day, as for an insurer's approval.
    """

    label: Any
    days: int = 0
    most: int | None = None
    not_before: date | None = None


# wait(plan, lines) -> {line id: [Wait, ...]}: what apps above know of the time between the visits of a plan.
CHAIN_WAITS: Slot[Callable[[TreatmentPlan, list[PlanLine]], dict[Any, list[Wait]]]] = Slot("clinical.chain_waits")
# gate(plan, lines) -> sentences that stand in the way of approval; none means that it may be approved.
PLAN_GATES: Slot[Callable[[TreatmentPlan, list[PlanLine]], list[Any]]] = Slot("clinical.plan_gates")
# holds(plan) -> sentences that stand in the way of reopening, for example that invoices follow the plan.
PLAN_HOLDS: Slot[Callable[[TreatmentPlan], list[Any]]] = Slot("clinical.plan_holds")
# actions(plan, user) -> buttons that an app above adds to the plan screen.
PLAN_ACTIONS: Slot[Callable[[TreatmentPlan, Any], list[PlanAction]]] = Slot("clinical.plan_actions")
# quote(plan, lines) -> {line id: [Share, ...]}; without an answer the patient pays the whole line.
PLAN_QUOTES: Slot[Callable[[TreatmentPlan, list[PlanLine]], dict[Any, list[Share]]]] = Slot("clinical.plan_quotes")
# discounts(plan, lines) -> {place in lines: [{"amount", "why", ...}, ...]}: what apps above give by themselves (CLN-32).
PLAN_DISCOUNTS: Slot[Callable[[TreatmentPlan, list[PlanLine]], dict[int, list[dict[str, Any]]]]] = Slot(
    "clinical.plan_discounts"
)

"""Patient cards: the mark, the block with what is left, what a merge, an export and an erasure must heed."""

from typing import Any

from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _

from barter.handlers.calendar import label_of
from barter.models import Beneficiary, State
from barter.permissions import SEE_LEFT
from barter.selectors.entries import entries_marked
from clinical.models import PlanLine, TreatmentPlan
from clinical.slots import PLAN_GATES
from patients.slots import (
    BADGES,
    BLOCKS,
    ERASURE_OBSTACLES,
    EXPORTS,
    MERGE_CONFLICTS,
    Badge,
    Block,
    Conflict,
    MergeCheck,
    Section,
)


def marks(patient_ids: list[int], user: Any) -> dict[int, list[Badge]]:
    """Pink while services go by barter, white when the sum is spent (PAT-19, BAR-10, BAR-18)."""
    found: dict[int, list[Badge]] = {}
    for pk, entry in entries_marked(patient_ids).items():
        if entry.mark == "pink":
            found[pk] = [Badge(label_of(entry, user), "pink", "arrows-exchange", gettext_now("Barter"), "barter")]
        else:
            words = gettext_now("Barter is spent: for money")
            found[pk] = [Badge(words, "grey", "arrows-exchange", gettext_now("For money"), "barter_spent")]
    return found


def block(patient: Any, user: Any) -> dict[str, Any] | None:
    """The entries of a card, the open ones first; nothing where there is none."""
    rows = Beneficiary.objects.filter(patient=patient).select_related("contract__organisation", "limit", "patient")
    entries = sorted(rows, key=lambda entry: (entry.state == State.CLOSED, -entry.number))
    return {"entries": entries} if entries else None


def merge_conflicts(survivor_id: int, retired_id: int) -> list[Conflict]:
    """Both cards with an open entry of one contract: one of them is closed first."""
    mine = Beneficiary.objects.filter(patient=survivor_id).exclude(state=State.CLOSED).values("contract")
    both = Beneficiary.objects.filter(patient=retired_id, contract__in=mine).exclude(state=State.CLOSED)
    return [
        Conflict(
            f"barter:{entry.pk}", gettext_now("Both cards have an entry of %(contract)s") % {"contract": entry.contract}
        )
        for entry in both.select_related("contract")
    ]


def export(patient_id: int, user: Any) -> list[Section]:
    rows = [
        {
            "contract": entry.contract.number, "entry": entry.number, "state": entry.state,
            "limit": str(entry.granted), "used": str(entry.used),
        }
        for entry in Beneficiary.objects.filter(patient=patient_id).select_related("contract", "limit")
    ]  # fmt: skip
    return [Section("barter", _("Barter"), rows)] if rows else []


def keeps_the_card(patient_id: int) -> list[Any]:
    has = Beneficiary.objects.filter(patient=patient_id, limit__isnull=False).exists()
    return [_("There is an entry of a barter contract")] if has else []


def plan_gate(plan: TreatmentPlan, lines: list[PlanLine]) -> list[Any]:
    """A public person's plan is agreed with the marketer before it is approved (BAR-26, CLN-26)."""
    rows = Beneficiary.objects.filter(
        patient=plan.patient_id, contract__kind="public_person", contract__status="active", limit__isnull=False,
        state__in=(State.BOOKED, State.MET, State.IN_CHAIR, State.PLAN_PROPOSED, State.TREATING),
    )  # fmt: skip
    agreed = rows.filter(state=State.TREATING, plan=plan)
    if not rows.exists() or agreed.exists():
        return []
    return [_("A public person's plan is agreed with the marketer first: rule BAR-26.")]


BADGES.register(marks, module="barter", order=10)
BLOCKS.register(Block("barter", 25, SEE_LEFT, "barter/_block.html", block), module="barter")
MERGE_CONFLICTS.register(MergeCheck(merge_conflicts), module="barter")
EXPORTS.register(export, module="barter", order=50)
ERASURE_OBSTACLES.register(keeps_the_card, module="barter")
PLAN_GATES.register(plan_gate, module="barter")

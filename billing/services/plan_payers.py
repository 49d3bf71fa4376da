"""Who pays for a treatment plan: chosen a line, shown with reasons, reserved while the plan stands (3.0)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.models import InvoiceLine, LimitMove, PlanPayer
from billing.services.limits import Kind, held_by, limits_lock, limits_move
from billing.services.of_plans import payers_asked
from billing.services.sharing import Deal, payer_named, payers_ask
from billing.services.telling import FINANCIAL
from billing.slots import PAYERS, Quote, QuoteLine
from clinical.models import PlanLine, TreatmentPlan
from core import clock
from core.audit import audit, sentence
from core.command import command
from core.errors import IllegalMove, NotFound
from core.money import ZERO

sentence("billing.plan.payers", _("Who pays for %(object)s was changed"), "users", "teal", **FINANCIAL)


def plan_deal(plan: TreatmentPlan, lines: Sequence[PlanLine], actor: Any = None, *, is_firm: bool = False) -> Deal:
    """Who would pay for lines of a plan today, as an invoice of it would say. Lines have their price set."""
    asked = payers_asked(line.pk for line in lines)
    quote = Quote(
        patient_id=plan.patient_id, branch_id=plan.branch_id, on=clock.today(plan.branch.timezone), actor=actor,
        plan_id=plan.pk, lines=[
            QuoteLine(
                index=index, service_id=line.service_id, quantity=line.quantity, price=line.price, teeth=line.teeth,
                doctor_id=line.done_by_id or plan.doctor_id, plan_line_id=line.pk, named=payer_named(asked.get(line.pk)),
            )
            for index, line in enumerate(lines)
        ],
    )  # fmt: skip
    deal = payers_ask(quote, is_firm=is_firm)
    deal.divide(
        [
            choice.price * line.quantity
            - (ZERO if choice.bans_discount else min(line.discount, choice.price * line.quantity))
            for choice, line in zip(deal.choices, lines, strict=True)
        ]
    )
    return deal


@command
def plan_reserve(*, plan_id: int, actor: Any) -> None:
    """Hold for an approved plan what its payers will pay of lines not invoiced yet. Reverse: plan_release.

    As far as the limits go: approval is not refused for want of a limit, the invoice is.
    """
    plan = TreatmentPlan.objects.select_for_update(of=("self",)).select_related("branch").get(pk=plan_id)
    if not plan.is_payable or not any(True for _kind in PAYERS):
        return
    invoiced = InvoiceLine.objects.filter(plan_line__plan=plan, holds_plan_line=True).values("plan_line_id")
    lines = list(PlanLine.objects.filter(plan=plan).exclude(pk__in=invoiced).order_by("phase", "position", "pk"))
    deal = plan_deal(plan, lines, actor, is_firm=True)
    moves = [
        LimitMove(
            limit=deal.limits[limit], kind=Kind.RESERVE, reserved=more, plan_line_id=lines[piece.index].pk, actor=actor
        )
        for piece in deal.pieces
        for limit, amount in piece.draws
        if (more := amount - deal.held.get((limit, lines[piece.index].pk), ZERO)) > 0
    ]
    limits_move(moves)


@command
def plan_release(*, plan_id: int, actor: Any) -> None:
    """Let go what a plan held; what invoices took is theirs. Reverse: plan_reserve."""
    lines = PlanLine.objects.filter(plan=plan_id).values_list("pk", flat=True)
    ids = {limit for limit, _line in held_by(lines)}
    if not ids:
        return
    limits = limits_lock(ids)
    limits_move(
        [
            LimitMove(limit=limits[limit], kind=Kind.RELEASE, reserved=-amount, plan_line_id=line, actor=actor)
            for (limit, line), amount in sorted(held_by(lines).items())
        ]
    )


@command
def plan_payers_set(*, plan_id: int, payers: Mapping[int, str], actor: Any) -> None:
    """Choose who pays for lines of a plan, by the line's key; an empty word is the usual payer. What is reserved follows.

    Raises IllegalMove for a line that is invoiced already, Invalid for a payer that this patient does not have.
    """
    plan = TreatmentPlan.objects.select_for_update(of=("self",)).select_related("branch").filter(pk=plan_id).first()
    if plan is None:
        raise NotFound
    lines = {line.pk: line for line in PlanLine.objects.filter(plan=plan)}
    if set(payers) - set(lines):
        raise NotFound
    before = payers_asked(lines)
    changed = {pk: asked for pk, asked in payers.items() if (before.get(pk) or "") != asked}
    if not changed:
        return
    if InvoiceLine.objects.filter(plan_line__in=changed, holds_plan_line=True).exists():
        raise IllegalMove(
            _("This line is invoiced already: its payer stands in the invoice."), source="invoiced", to=""
        )
    plan_release(plan_id=plan_id, actor=actor)
    PlanPayer.objects.filter(plan_line__in=changed).delete()
    PlanPayer.objects.bulk_create([PlanPayer(plan_line_id=pk, asked=asked) for pk, asked in changed.items() if asked])
    plan_deal(plan, list(lines.values()), actor)  # refuses an unknown payer
    plan_reserve(plan_id=plan_id, actor=actor)
    audit(actor, "billing.plan.payers", plan, patient_id=plan.patient_id, branch_id=plan.branch_id)

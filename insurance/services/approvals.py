"""Approvals: asked, answered line by line, cancelled, expired. One state machine, guarded (INS-08, INS-09)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from billing.models import InvoiceLine
from billing.services.plan_payers import plan_release, plan_reserve
from billing.slots import QuoteLine
from clinic.numbers import number_next
from clinical.models import PlanLine, PlanStatus, TreatmentPlan
from clinical.selectors import lines_of
from core import clock, live
from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import IllegalMove, Invalid, NotFound
from core.events import publish
from core.files import file_store
from core.money import ZERO, Money
from insurance import notices, rules
from insurance.errors import ApprovalInUse, ApprovalOpen, NothingToApprove, PolicyNotInForce
from insurance.events import ApprovalDecided
from insurance.models import Approval, ApprovalLine, ApprovalStep, GuaranteeLetter, Policy
from insurance.models.approvals import ACCEPTED, OPEN
from insurance.policies import ANSWER_DAYS
from insurance.rules import Wanted
from insurance.selectors.coverage import judge_all
from insurance.services.policies import SCAN, policy_lock
from work.services import notify

Status, Decision = Approval.Status, ApprovalLine.Decision


def said(verb: str, text: Any, icon: str, tone: str) -> str:
    return sentence(f"insurance.approval.{verb}", text, icon, tone).code


ASKED = said("asked", _("Approval %(object)s prepared for %(insurer)s"), "shield-question", "grey")
SENT = said("sent", _("Approval %(object)s sent to %(insurer)s"), "send", "blue")
QUERY = said("query", _("%(insurer)s asks about approval %(object)s: %(comment)s"), "help-circle", "amber")
DECIDED = said("decided", _("%(insurer)s answered approval %(object)s: %(answer)s"), "shield-check", "teal")
REOPENED = said("reopened", _("The answer to approval %(object)s was taken back"), "arrow-back-up", "amber")
CANCELLED = said("cancelled", _("Approval %(object)s cancelled: %(reason)s"), "circle-x", "red")
EXPIRED = said("expired", _("Approval %(object)s has expired"), "clock-off", "amber")


@command
def approval_request(
    *, plan_id: int, policy_id: int, actor: Any, draft: bool = False, letter_id: int | None = None, note: str = "",
    upload: UploadedFile | None = None, line_ids: Sequence[int] | None = None,
) -> Approval:  # fmt: skip
    """Ask the insurer of a policy to approve a plan, or what of it still needs that (INS-08). Reverse: approval_cancel.

    Raises ApprovalOpen, PolicyNotInForce, NothingToApprove, IllegalMove for a plan that is declined or done.
    """
    plan = TreatmentPlan.objects.select_for_update(of=("self",)).select_related("branch").filter(pk=plan_id).first()
    if plan is None:
        raise NotFound
    policy = policy_lock(policy_id)
    if policy.patient_id != plan.patient_id:
        raise Invalid(fields={"policy": _("This policy is another patient's.")})
    if plan.status in (PlanStatus.DECLINED, PlanStatus.DONE):
        raise IllegalMove(source=plan.status, to=Status.SENT)
    if plan.approvals.filter(status__in=OPEN).exists():
        raise ApprovalOpen
    day = clock.today(plan.branch.timezone)
    if policy.state_on(day) != "active" or not policy.insurer.is_active:
        raise PolicyNotInForce(fields={"policy": _("The policy is not in force on this day.")}, on=str(day))
    lines = lines_to_ask(plan, policy, day, line_ids)
    approval = Approval.objects.create(
        number=number_next("dms_approval", legal_entity_id=plan.branch.legal_entity_id), plan=plan, patient_id=plan.patient_id,
        branch=plan.branch, policy=policy, letter=letter_of(policy, letter_id), note=note.strip(), created_by=actor,
    )  # fmt: skip
    ApprovalLine.objects.bulk_create(
        [
            ApprovalLine(
                approval=approval,
                plan_line=line,
                service_id=line.service_id,
                teeth=line.teeth,
                quantity=line.quantity,
                price=price,
            )
            for line, price in lines
        ]
    )
    step(approval, Status.DRAFT, actor, note.strip(), kept(upload, approval, actor))
    tell(actor, ASKED, approval)
    if not draft:
        approval = approval_send(approval_id=approval.pk, actor=actor)
    return approval


def lines_to_ask(
    plan: TreatmentPlan, policy: Policy, day: date, ids: Sequence[int] | None
) -> list[tuple[PlanLine, Money]]:
    """Lines that the insurer pays for only after he has agreed, with his price; what is invoiced already is left out."""
    held = set(
        InvoiceLine.objects.filter(plan_line__plan=plan, holds_plan_line=True).values_list("plan_line_id", flat=True)
    )
    lines = [line for line in lines_of(plan) if line.pk not in held and (ids is None or line.pk in set(ids))]
    if ids is not None and len(lines) != len(set(ids)):
        raise Invalid(fields={"lines": _("No such line in this plan.")})
    quoted = [
        QuoteLine(
            index=index, service_id=line.service_id, quantity=line.quantity, price=line.price, plan_line_id=line.pk
        )
        for index, line in enumerate(lines)
    ]
    judged = judge_all(policy, quoted, day)
    # What was refused once may be asked again; what needs no approval is not asked for.
    wanted = [each for each in judged if each.price and (each.waits or (each.refusal and each.rule.percent))]
    if not wanted:
        raise NothingToApprove
    return [(lines[each.line.index], each.price) for each in wanted]


def letter_of(policy: Policy, letter_id: int | None) -> GuaranteeLetter | None:
    if letter_id is None:
        return None
    letter = policy.letters.filter(pk=letter_id).first()
    if letter is None:
        raise Invalid(fields={"letter": _("This letter is of another policy.")})
    return letter


@command
def approval_send(*, approval_id: int, actor: Any, comment: str = "", expected_version: int | None = None) -> Approval:
    """It has gone to the insurer; also the answer to his question. The days of his answer begin."""
    approval = approval_lock(approval_id)
    check_version(expected_version, approval.version)
    refuse_step(approval, Status.SENT)
    if approval.status not in (Status.DRAFT, Status.QUERY):
        raise IllegalMove(source=approval.status, to=Status.SENT)
    day = clock.today(approval.branch.timezone)
    days = approval.policy.insurer.answer_days or ANSWER_DAYS.get()
    approval.sent_at = approval.sent_at or clock.now()
    approval.due_on = day + timedelta(days=days)
    step(approval, Status.SENT, actor, comment)
    tell(actor, SENT, approval)
    return approval


@command
def approval_query(
    *,
    approval_id: int,
    comment: str,
    actor: Any,
    upload: UploadedFile | None = None,
    expected_version: int | None = None,
) -> Approval:
    """The insurer wants to know more. Answered by approval_send."""
    if not comment.strip():
        raise Invalid(fields={"comment": _("Say what he asks.")})
    approval = approval_lock(approval_id)
    check_version(expected_version, approval.version)
    refuse_step(approval, Status.QUERY)
    step(approval, Status.QUERY, actor, comment, kept(upload, approval, actor))
    tell(actor, QUERY, approval, comment=comment)
    told(notices.ASKED, approval, actor, comment=comment)
    return approval


@command
def approval_decide(
    *, approval_id: int, decision: str, actor: Any, lines: Sequence[Wanted] | None = None, comment: str = "",
    valid_to: date | None = None, reference: str = "", letter_id: int | None = None, upload: UploadedFile | None = None,
    reasons: dict[int, str] | None = None, expected_version: int | None = None,
) -> Approval:  # fmt: skip
    """Enter the insurer's answer (INS-08). `lines` name lines of the plan; what a partial answer leaves out is refused.

    The plan opens for invoicing to that extent, and reserves it where it is approved. Raises IllegalMove, Invalid on
    `lines.N.<field>`. Reverse: approval_reopen.
    """
    approval = approval_lock(approval_id)
    check_version(expected_version, approval.version)
    if decision not in (Status.ACCEPTED_FULL, Status.ACCEPTED_PARTIAL, Status.REFUSED):
        raise Invalid(fields={"decision": _("Accepted fully, in part, or refused.")})
    refuse_step(approval, decision)
    asked = list(approval.lines.select_for_update(of=("self",)).order_by("pk"))
    answer = answer_of(decision, asked, lines)
    for line in asked:
        given = answer.get(line.pk)
        line.decision = Decision.ACCEPTED if given else Decision.REFUSED
        line.approved_quantity, line.approved_price = (given.quantity, given.price) if given else (0, ZERO)
        line.reason = ((reasons or {}).get(line.plan_line_id or 0) or ("" if given else comment))[:300]
    ApprovalLine.objects.bulk_update(asked, ["decision", "approved_quantity", "approved_price", "reason"])
    if letter_id is not None:
        approval.letter = letter_of(approval.policy, letter_id)
    approval.valid_to = valid_to or (approval.letter.valid_to if approval.letter else None)
    approval.reference, approval.answered_at = reference.strip() or approval.reference, clock.now()
    step(approval, decision, actor, comment, kept(upload, approval, actor))
    tell(actor, DECIDED, approval, answer=approval.get_status_display())
    told(notices.ANSWERED, approval, actor, answer=str(approval.get_status_display()))
    reserve_again(approval, actor)
    publish(
        ApprovalDecided(
            approval_id=approval.pk, plan_id=approval.plan_id, patient_id=approval.patient_id, status=approval.status
        )
    )
    return approval


WRONG = {
    "unknown": _("No such line in this approval."),
    "twice": _("This line stands twice."),
    "quantity": _("From 1 to what was asked for."),
    "price": _("From 0 to what was asked for."),
}


def answer_of(decision: str, asked: Sequence[ApprovalLine], lines: Sequence[Wanted] | None) -> dict[int, Wanted]:
    """What is accepted, by the approval's line. A full answer takes everything, a refusal nothing."""
    if decision == Status.REFUSED:
        return {}
    if decision == Status.ACCEPTED_FULL:
        return {line.pk: Wanted(line.pk, line.quantity, line.price) for line in asked}
    if not lines:
        raise Invalid(fields={"lines": _("Say which lines are accepted.")})
    by_plan = {line.plan_line_id: line for line in asked if line.plan_line_id}
    known = {key: (line.quantity, line.price) for key, line in by_plan.items()}
    problems = rules.wrong_lines(known, lines)
    if problems:
        raise Invalid(fields={f"lines.{name}": WRONG[what] for name, what in problems.items()})
    return {by_plan[line.key].pk: line for line in lines}


@command
def approval_reopen(*, approval_id: int, actor: Any, expected_version: int | None = None) -> Approval:
    """An answer entered by mistake is taken back: the approval waits again. ApprovalInUse once invoices stand on it."""
    approval = approval_lock(approval_id)
    check_version(expected_version, approval.version)
    if approval.status not in (*ACCEPTED, Status.REFUSED):
        raise IllegalMove(source=approval.status, to=Status.SENT)
    refuse_used(approval)
    if approval.plan.approvals.filter(status__in=OPEN).exists():
        raise ApprovalOpen
    approval.lines.update(decision=Decision.WAITING, approved_quantity=0, approved_price=ZERO, reason="")
    approval.answered_at = approval.valid_to = None
    step(approval, Status.SENT, actor, "")
    tell(actor, REOPENED, approval)
    reserve_again(approval, actor)
    return approval


@command
def approval_cancel(*, approval_id: int, reason: str, actor: Any, expected_version: int | None = None) -> Approval:
    """No longer wanted; what was accepted counts no more. ApprovalInUse while invoices stand on it. Not undone: ask anew."""
    approval = approval_lock(approval_id)
    check_version(expected_version, approval.version)
    refuse_step(approval, Status.CANCELLED)
    refuse_used(approval)
    step(approval, Status.CANCELLED, actor, reason)
    tell(actor, CANCELLED, approval, reason=reason.strip() or "—")
    reserve_again(approval, actor)
    return approval


def approvals_expire(*, actor: Any = None) -> int:
    """Each night: what was accepted until a day that has passed is no longer covered, and what it held is free again."""
    ended = Approval.objects.filter(status__in=ACCEPTED, valid_to__isnull=False, valid_to__lt=clock.now().date())
    return sum(approval_expire(approval_id=pk, actor=actor) for pk in ended.values_list("pk", flat=True))


@command
def approval_expire(*, approval_id: int, actor: Any) -> bool:
    approval = approval_lock(approval_id)
    day = clock.today(approval.branch.timezone)
    if approval.status not in ACCEPTED or approval.valid_to is None or approval.valid_to >= day:
        return False
    step(approval, Status.EXPIRED, actor, "")
    tell(actor, EXPIRED, approval)
    told(notices.EXPIRED, approval, actor, number=approval.number)
    reserve_again(approval, actor)
    return True


# Parts


def approval_lock(approval_id: int) -> Approval:
    """The plan before its approval, as whoever invoices locks: neither waits for the other."""
    plan_id = Approval.objects.filter(pk=approval_id).values_list("plan_id", flat=True).first()
    if plan_id is None:
        raise NotFound
    TreatmentPlan.objects.select_for_update(of=("self",)).get(pk=plan_id)
    rows = Approval.objects.select_for_update(of=("self",))
    return rows.select_related("plan", "policy__insurer", "patient", "branch", "letter").get(pk=approval_id)


def refuse_step(approval: Approval, to: str) -> None:
    if not rules.may_step(approval.status, to):
        raise IllegalMove(source=approval.status, to=to)


def refuse_used(approval: Approval) -> None:
    from_it = InvoiceLine.objects.filter(
        shares__covered__approval_line__approval=approval, invoice__status__in=("issued", "partly_paid", "paid")
    )
    numbers = sorted(set(from_it.values_list("invoice__number", flat=True)))
    if numbers:
        words = ", ".join(f"№ {number}" for number in numbers)
        text = ngettext(
            "Invoice %(numbers)s follows this approval.", "Invoices %(numbers)s follow this approval.", len(numbers)
        )
        raise ApprovalInUse(text % {"numbers": words}, invoices=numbers)


def reserve_again(approval: Approval, actor: Any) -> None:
    """What an approved plan holds of limits follows what is approved."""
    plan_release(plan_id=approval.plan_id, actor=actor)
    plan_reserve(plan_id=approval.plan_id, actor=actor)


def step(approval: Approval, to: str, actor: Any, comment: str, file: Any = None) -> None:
    approval.status = to
    approval.version += 1
    approval.save()
    ApprovalStep.objects.create(approval=approval, by=actor, status=to, comment=comment.strip()[:1000], file=file)
    live.announce("approval", approval.pk, branch_id=approval.branch_id, version=approval.version)
    live.announce("plan", approval.plan_id, branch_id=approval.branch_id)


def kept(upload: UploadedFile | None, approval: Approval, actor: Any) -> Any:
    return file_store(upload, purpose=SCAN, actor=actor, patient_id=approval.patient_id) if upload else None


def tell(actor: Any, code: str, approval: Approval, **facts: Any) -> None:
    audit(
        actor, code, approval, patient_id=approval.patient_id, branch_id=approval.branch_id,
        insurer=approval.policy.insurer.name, **facts,
    )  # fmt: skip


def told(notice: Any, approval: Approval, actor: Any, **facts: Any) -> None:
    """Whoever asked and the plan's doctor hear it, and the roles that work with insurers."""
    doctor = getattr(approval.plan.doctor, "user", None)
    notify(
        notice, users=[user for user in (approval.created_by, doctor) if user], roles=notice.roles,
        branch_id=approval.branch_id, url=approval.get_absolute_url(), but=actor, insurer=approval.policy.insurer.name,
        patient=approval.patient.short_name, **facts,
    )  # fmt: skip

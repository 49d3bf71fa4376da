"""What an issued or rolled back invoice means for policies: covered lines and the franchise."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from billing.models import Invoice, InvoiceLine, Share
from billing.slots import QuoteLine
from core.money import ZERO
from insurance.errors import InSentRegister, NotApproved
from insurance.models import ApprovalLine, CoveredLine, FranchiseUse, Policy
from insurance.models.approvals import ACCEPTED
from insurance.selectors.coverage import Judged, judge_all
from insurance.selectors.policies import policies_in_force
from ledger.models import Payer

Outcome = CoveredLine.Outcome


def shares_issued(invoice: Invoice, shares: Sequence[Share], actor: Any) -> None:
    """Note what policies pay of an invoice. Billing has taken the limits; what nobody approved is refused here again.

    The approval lines are locked: one that is cancelled at the same moment is either seen or waits.
    """
    by_policy: dict[int, list[Share]] = {}
    for share in shares:
        by_policy.setdefault(share.payer.subject_id, []).append(share)
    for policy in Policy.objects.filter(pk__in=by_policy).select_related("insurer", "programme").order_by("pk"):
        own = by_policy[policy.pk]
        judged = {
            each.line.index: each
            for each in judge_all(policy, quoted([share.line for share in own]), own[0].line.service_on)
        }
        locked = approvals_locked(judged.values())
        CoveredLine.objects.bulk_create(
            [
                CoveredLine(
                    share=share,
                    policy=policy,
                    amount=share.amount,
                    approval_line=approval_checked(judged[number], share, locked),
                )
                for number, share in enumerate(own)
            ]
        )


def quoted(lines: Sequence[InvoiceLine]) -> list[QuoteLine]:
    return [
        QuoteLine(
            index=number, service_id=line.service_id, quantity=line.quantity, price=line.price, teeth=line.teeth,
            doctor_id=line.doctor_id, plan_line_id=line.plan_line_id,
        )
        for number, line in enumerate(lines)
    ]  # fmt: skip


def approvals_locked(judged: Iterable[Judged]) -> dict[int, ApprovalLine]:
    keys = [each.approval.pk for each in judged if each.approval is not None]
    rows = ApprovalLine.objects.select_for_update(of=("self", "approval")).select_related("approval")
    return {row.pk: row for row in rows.filter(pk__in=keys).order_by("approval_id", "pk")}


def approval_checked(judged: Judged, share: Share, locked: Mapping[int, ApprovalLine]) -> ApprovalLine | None:
    """The approval that a share stands on, looked at again: nothing unapproved is billed to an insurer."""
    if judged.refusal:
        raise NotApproved(judged.refusal, lines=[share.line.position])
    if judged.approval is None:
        return None
    line = locked.get(judged.approval.pk)
    if (
        line is None
        or line.approval.status not in ACCEPTED
        or line.decision != "accepted"
        or share.amount > line.approved
    ):
        raise NotApproved(lines=[share.line.position])
    return line


def shares_rolled_back(invoice: Invoice, shares: Sequence[Share], actor: Any) -> None:
    """The insurer no longer owes these shares; what stands in a sent register is refused there first."""
    rows = CoveredLine.objects.select_for_update(of=("self",)).filter(share__in=shares).order_by("pk")
    for row in rows.select_related("register_line__register"):
        line = getattr(row, "register_line", None)
        if line is not None and line.register.is_draft:
            line.delete()
            register_recount(line.register)
        elif line is not None and row.outcome not in (Outcome.REFUSED, Outcome.DISPUTED, Outcome.REBILLED):
            raise InSentRegister(register=line.register.number)
    rows.update(outcome=Outcome.RETURNED)


def register_recount(register: Any) -> None:
    lines = list(register.lines.all())
    register.count, register.total = len(lines), sum((line.amount for line in lines), ZERO)
    register.version += 1
    register.save(update_fields=["count", "total", "version"])


def franchise_use(invoice: Invoice) -> None:
    """The patient's part of an invoice uses up the franchise of his policies, as far as they would have paid."""
    lines = list(invoice.lines.select_related("service"))
    if not lines:
        return
    day = lines[0].service_on
    with_franchise = policies_in_force([invoice.patient_id], day).filter(franchise__gt=0)
    for policy in with_franchise.select_for_update(of=("self",)):
        mine = [line for line in lines if is_meant(policy, line)]
        judged = judge_all(policy, quoted(mine), day)
        used = sum((each.part.franchise for each in judged if each.part), ZERO)
        used = min(used, policy.franchise - policy.franchise_used)
        if used > 0:
            FranchiseUse.objects.create(invoice=invoice, policy=policy, amount=used)
            policy.franchise_used += used
            policy.save(update_fields=["franchise_used"])


def is_meant(policy: Policy, line: InvoiceLine) -> bool:
    """A line that was asked of this policy, or of nobody in particular."""
    asked = line.asked_payer
    if asked.isdigit():
        return Payer.objects.filter(pk=int(asked), kind="dms", subject_id=policy.pk).exists()
    return asked in ("", "dms")


def franchise_return(invoice: Invoice) -> None:
    for use in (
        FranchiseUse.objects.select_for_update().filter(invoice=invoice, is_returned=False).order_by("policy_id")
    ):
        policy = Policy.objects.select_for_update(of=("self",)).get(pk=use.policy_id)
        policy.franchise_used = max(ZERO, policy.franchise_used - use.amount)
        policy.save(update_fields=["franchise_used"])
        use.is_returned = True
        use.save(update_fields=["is_returned"])

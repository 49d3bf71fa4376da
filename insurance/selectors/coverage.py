"""What policies say of services: price, coverage, approval. The facts that the payer engine decides by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from billing.slots import Candidate, Quote, QuoteLine, Terms
from catalog.models import Service
from core.money import ZERO, Money
from core.templatetags.ui import money
from insurance import rules
from insurance.errors import NotApproved, NotCovered
from insurance.models import Approval, ApprovalLine, Cover, Insurer, Policy
from insurance.models.approvals import ACCEPTED, OPEN
from insurance.rules import Ask, Part, Rule
from insurance.selectors.insurers import insurer_prices_on
from insurance.selectors.policies import policies_in_force
from ledger.models import Payer


@dataclass(frozen=True, slots=True)
class Judged:
    """What a policy says of one line. With `refusal` it does not pay; `waits` says that it may after an approval."""

    line: QuoteLine
    price: Money
    percent: int = 100
    approved: Money = ZERO
    approval: ApprovalLine | None = None
    refusal: str = ""
    waits: bool = False
    part: Part | None = None
    rule: Rule = rules.WHOLE


@dataclass(slots=True)
class Book:
    """What is known of a policy for some services, read at once."""

    policy: Policy
    services: dict[int, Service]
    prices: dict[int, Any]
    by_service: dict[int, Rule]
    by_category: dict[int, Rule]
    approvals: dict[int, list[ApprovalLine]]

    def rule(self, service: Service) -> Rule:
        programme = self.policy.programme
        if programme is None:
            return rules.WHOLE
        otherwise = Rule(programme.percent, programme.needs_approval)
        return rules.rule_for(service.pk, service.category_id, self.by_service, self.by_category, otherwise)

    def price(self, line: QuoteLine) -> Money | None:
        """The insurer's price of one; the main list's where he works by it; None when his list does not have it."""
        if self.policy.insurer.prices == Insurer.Prices.MAIN:
            return line.price
        row = self.prices.get(line.service_id)
        return row.amount if row is not None else None


def book_of(policy: Policy, lines: Sequence[QuoteLine], day: date) -> Book:
    ids = {line.service_id for line in lines}
    services = Service.objects.in_bulk(ids)
    prices = insurer_prices_on(policy.insurer_id, ids, day) if policy.insurer.prices == Insurer.Prices.OWN else {}
    covers = Cover.objects.filter(programme=policy.programme_id) if policy.programme_id else []
    by_service = {row.service_id: Rule(row.percent, row.needs_approval) for row in covers if row.service_id}
    by_category = {row.category_id: Rule(row.percent, row.needs_approval) for row in covers if row.category_id}
    approvals: dict[int, list[ApprovalLine]] = {}
    plan_lines = [line.plan_line_id for line in lines if line.plan_line_id]
    if plan_lines:
        rows = ApprovalLine.objects.filter(plan_line__in=plan_lines, approval__policy=policy)
        for row in rows.select_related("approval__letter__purse").order_by("-approval_id"):
            approvals.setdefault(row.plan_line_id or 0, []).append(row)
    return Book(policy, services, prices, by_service, by_category, approvals)


def judge(book: Book, line: QuoteLine, day: date) -> Judged:
    """One line: is it in the list, does the programme pay, has the insurer agreed (domain 4, rules 1 and 2)."""
    insurer, service = book.policy.insurer, book.services.get(line.service_id)
    price = book.price(line)
    if service is None or price is None:
        return Judged(line, ZERO, refusal=_("%(insurer)s: not in the insurer's price list") % {"insurer": insurer})
    rule = book.rule(service)
    answered = approval_for(book.approvals.get(line.plan_line_id or 0, []), line, day)
    if answered is not None and answered.decision == "accepted":
        most = min(answered.approved_price, price) * min(answered.approved_quantity, line.quantity)
        return Judged(line, price, rule.percent or 100, most, answered, rule=rule)
    if answered is not None and answered.decision == "refused":
        facts = {"insurer": insurer, "number": answered.approval.number, "reason": answered.reason}
        text = _("%(insurer)s refused it, approval № %(number)s") % facts
        return Judged(line, price, refusal=f"{text}: {answered.reason}" if answered.reason else text, rule=rule)
    if not rule.percent:
        programme = book.policy.programme
        text = _("%(insurer)s: the programme “%(programme)s” does not cover it") % {
            "insurer": insurer,
            "programme": programme,
        }
        return Judged(line, price, refusal=text, rule=rule)
    if rule.needs_approval:
        return Judged(
            line, price, rule.percent, refusal=_("%(insurer)s has not approved it") % {"insurer": insurer},
            waits=True, rule=rule, approval=answered,
        )  # fmt: skip
    return Judged(line, price, rule.percent, price * line.quantity, rule=rule)


def approval_for(rows: Sequence[ApprovalLine], line: QuoteLine, day: date) -> ApprovalLine | None:
    """The newest answer that still holds for this line: an accepted one while it is valid, else a refusal or a wait."""
    rows = [row for row in rows if row.service_id == line.service_id]
    for row in rows:
        ended = row.approval.valid_to is not None and row.approval.valid_to < day
        if row.approval.status in ACCEPTED and row.decision == "accepted" and not ended:
            return row
    for row in rows:
        if row.approval.status in (*ACCEPTED, Approval.Status.REFUSED) and row.decision == "refused":
            return row
        if row.approval.status in OPEN:
            return row
    return None


def judge_all(policy: Policy, lines: Sequence[QuoteLine], day: date) -> list[Judged]:
    """Every line, with what the patient pays of it himself: his share, his sum for the visit, the franchise."""
    book = book_of(policy, lines, day)
    judged = [judge(book, line, day) for line in lines]
    asks = [Ask(each.line.index, each.approved, each.percent) for each in judged if not each.refusal]
    parts = {
        part.index: part
        for part in rules.parts_of(
            asks, own_percent=policy.own_percent, own_amount=policy.own_amount,
            franchise_left=max(ZERO, policy.franchise - policy.franchise_used),
        )
    }  # fmt: skip
    for each in judged:
        object.__setattr__(each, "part", parts.get(each.line.index))
    return judged


def candidates_for(quote: Quote, payers: dict[int, Payer]) -> list[Candidate]:
    """Each policy in force as a payer, with terms by line."""
    found = []
    for policy in policies_in_force([quote.patient_id], quote.on).prefetch_related("category_limits"):
        judged = judge_all(policy, quote.lines, quote.on) if quote.lines else []
        purses = {row.category_id: row.purse_id for row in policy.category_limits.all()}
        services = Service.objects.in_bulk({line.service_id for line in quote.lines}) if purses else {}
        terms = {each.line.index: terms_of(policy, each, payers[policy.pk], services, purses) for each in judged}
        found.append(
            Candidate(
                payer=payers[policy.pk], title=str(policy.insurer), terms=terms, is_usual=True, blocks_when_spent=True,
                price_why=_("Price of %(insurer)s") % {"insurer": policy.insurer}
                if policy.insurer.prices == Insurer.Prices.OWN else "",
                no_discount=_("No discount: %(insurer)s pays by the contract") % {"insurer": policy.insurer},
                no_tax=_("%(insurer)s pays: not in the tax certificate") % {"insurer": policy.insurer},
            )
        )  # fmt: skip
    return found


def terms_of(policy: Policy, each: Judged, payer: Payer, services: dict[int, Service], purses: dict[int, int]) -> Terms:
    if each.refusal:
        is_named = each.line.named in (payer.kind, payer.pk)
        sort = NotApproved if each.waits else NotCovered
        # Named by somebody it is not sold; of a plan whose answer is still awaited neither.
        pending = each.waits and each.approval is not None
        if is_named or pending:
            return Terms(stop=sort(each.refusal, lines=[each.line.index]))
        return Terms(refusal=each.refusal)
    limits = [policy.purse_id] if policy.purse_id and policy.limit is not None else []
    service = services.get(each.line.service_id)
    if service is not None and service.category_id in purses:
        limits.append(purses[service.category_id])
    letter = each.approval.approval.letter if each.approval else None
    if letter is not None and letter.purse_id:
        limits.append(letter.purse_id)
    own = policy.insurer.prices == Insurer.Prices.OWN
    return Terms(
        price=each.price if own else None,
        most=each.part.most if each.part else ZERO,
        limits=tuple(limits),
        why=why_of(policy, each),
    )


def why_of(policy: Policy, each: Judged) -> str:
    """«СОГАЗ, полис 123: согласование № 5 на 8 000 ₽, доля пациента 800 ₽»."""
    facts = {"insurer": policy.insurer, "policy": policy.number}
    said = [_("%(insurer)s, policy %(policy)s") % facts]
    if each.approval is not None:
        facts = {"number": each.approval.approval.number, "sum": money(each.approval.approved)}
        said.append(_("approval № %(number)s for %(sum)s") % facts)
    part = each.part
    if part is not None and part.own:
        said.append(_("the patient's share %(sum)s") % {"sum": money(part.own)})
    if part is not None and part.franchise:
        said.append(_("franchise %(sum)s") % {"sum": money(part.franchise)})
    return ", ".join(said)

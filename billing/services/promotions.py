"""Promotions on the lines of a plan or an invoice: asked under locks, written down, taken and returned (BIL-23..25).

What a promotion has left is read under its row's lock when an invoice is issued or a plan approved, after payers'
limits and before the book's balances; the constraint `discount_never_over_its_caps` has the last word.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.db.models import F

from billing.errors import DiscountUsedUp
from billing.models import Discount, DiscountUse, Invoice, InvoiceLine, LineDiscount
from billing.policies import DISCOUNT_IN_INVOICE
from billing.rules.discounts import Item, Rule, Situation, Verdict, decide, reason_against
from billing.rules.sharing import Reason
from billing.selectors.promotions import is_first_visit, rules_for
from billing.services.sharing import Deal
from billing.words import TOLD, discount_name, verdict_sentence
from core import clock
from core.money import ZERO, Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """So much of a line's discount is this promotion's; `of_plan` was taken when the plan was approved."""

    discount_id: int
    terms_id: int
    amount: Money
    why: str
    of_plan: bool = False


# Deciding


def promotions_give(
    basis: Any, lines: Sequence[InvoiceLine], own: set[int], deal: Deal, picked: Iterable[int] | None, *, is_firm: bool
) -> None:
    """Give lines that no person has discounted (`own` are those) the best promotions, with a sentence a line.

    Lines are positions of `deal.choices`. With the setting off only promotions that a person has picked are given.
    """
    only = None if picked is None else frozenset(picked)
    if only is None and not DISCOUNT_IN_INVOICE.get():
        only = frozenset()
    items = [
        Item(
            index=line.position, sum=line.sum, service_id=line.service_id, category_id=line.direction_id,
            ban=ban_of(deal, line.position), by_hand=line.position in own,
        )
        for line in lines
    ]  # fmt: skip
    if not basis.has_promotions or only == frozenset() or not any(item.is_open for item in items):
        return
    verdicts = ask(basis.patient, basis.branch.pk, basis.service_day, hour_of(basis), items, only=only, is_firm=is_firm)
    by_place = {line.position: line for line in lines}
    for verdict in verdicts:
        for place, amount in verdict.amounts.items():
            _line_give(by_place[place], deal, verdict, amount)
    tell(deal, items, verdicts)


def _line_give(line: InvoiceLine, deal: Deal, verdict: Verdict, amount: Money) -> None:
    rule, why = verdict.rule, discount_name(verdict.rule)
    part = Part(discount_id=rule.key, terms_id=rule.terms, amount=amount, why=verdict_sentence(verdict, amount))
    deal.discounts.setdefault(line.position, []).append(part)
    line.discount += amount
    line.sum -= amount
    line.discount_reason = "; ".join(filter(None, (line.discount_reason, why)))[:200]


def tell(deal: Deal, items: Sequence[Item], verdicts: Sequence[Verdict]) -> None:
    """The sentence of what each open line got, and of what came close and lost (BIL-24)."""
    for item in items:
        reasons = deal.choices[item.index].reasons
        for verdict in verdicts:
            amount = verdict.amounts.get(item.index)
            is_close = verdict.code in TOLD and verdict.rule.covers(item)
            if item.is_open and (amount or is_close):
                reasons.append(Reason("discount", "said", {"text": verdict_sentence(verdict, amount)}))


def ban_of(deal: Deal, place: int) -> Any:
    choice = deal.choices[place]
    return choice.candidate.no_discount if choice.candidate is not None and choice.bans_discount else ""


def hour_of(basis: Any) -> time:
    """When the visit is, else now, by the branch's clock."""
    moment = basis.appointment.starts_at if basis.appointment else clock.now()
    return clock.local(moment, basis.branch.timezone).time()


def ask(
    patient: Any, branch_id: int, on: Any, at: time | None, items: Sequence[Item], *, only: frozenset[int] | None = None,
    is_firm: bool = False, with_ended: bool = False,
) -> list[Verdict]:  # fmt: skip
    """Verdicts on all promotions in use; `is_firm` locks those that fit before it reads what they have left."""
    rules = rules_for(patient.pk, on, with_ended=with_ended)
    if not rules:
        return []
    is_first = any(rule.recipients == "first_visit" for rule in rules) and is_first_visit(patient.pk, on)
    situation = Situation(
        on=on, at=at, branch_id=branch_id, birth_date=patient.birth_date, group_id=patient.group_id, is_first=is_first
    )
    if is_firm:
        rules = _locked(rules, situation, items, patient.pk, only)
    return decide(rules, situation, items, only)


def _locked(
    rules: list[Rule], situation: Situation, items: Sequence[Item], patient_id: int, only: frozenset[int] | None
) -> list[Rule]:
    """The same rules read again, with those that may give something locked in the order of their keys."""
    fit = {
        rule.key
        for rule in rules
        if (only is None or rule.key in only)
        and reason_against(rule, situation) is None
        and any(item.is_open and rule.covers(item) for item in items)
    }
    if not fit:
        return rules
    discounts_lock(fit)
    return rules_for(patient_id, situation.on)


def discounts_lock(ids: Iterable[int]) -> dict[int, Discount]:
    """Lock promotions in one order; after payers' limits, before the book's balances."""
    rows = Discount.objects.select_for_update().filter(pk__in=set(ids)).order_by("pk")
    return {row.pk: row for row in rows}


# What stands on lines


def parts_of(lines: Iterable[InvoiceLine]) -> dict[int, list[Part]]:
    """Promotions of lines that are in the database, by the line's key."""
    plans = {line.pk: line.plan_line_id for line in lines}
    found: dict[int, list[Part]] = defaultdict(list)
    rows = LineDiscount.objects.filter(line__in=list(plans), discount__isnull=False).order_by("pk")
    for row in rows:
        found[row.line_id].append(
            Part(
                discount_id=row.discount_id, terms_id=row.terms_id, amount=row.amount, why=row.why,
                of_plan=plans[row.line_id] is not None,
            )
        )  # fmt: skip
    return dict(found)


def line_discounts_write(made: Sequence[InvoiceLine], parts: Mapping[int, Sequence[Part]]) -> None:
    """Of every line what each promotion gave, and as one more part what was given by hand."""
    rows: list[LineDiscount] = []
    for line in made:
        own = parts.get(line.position, ())
        rows += [
            LineDiscount(
                line=line, discount_id=part.discount_id, terms_id=part.terms_id, amount=part.amount, why=part.why[:300]
            )
            for part in own
        ]
        by_hand = line.discount - sum((part.amount for part in own), ZERO)
        if by_hand > 0:
            rows.append(LineDiscount(line=line, amount=by_hand, why=line.discount_reason))
    LineDiscount.objects.bulk_create(rows)


# Taking and returning


def uses_take(
    amounts: Mapping[int, tuple[int, Money]], patient_id: int, *, invoice: Invoice | None = None, plan: Any = None
) -> None:
    """An issued invoice or an approved plan uses promotions: {promotion: (terms, sum)}. Reverse: uses_return.

    Raises DiscountUsedUp where a cap has been reached by somebody else meanwhile.
    """
    discounts = discounts_lock(amounts)
    used = DiscountUse.objects.filter(patient_id=patient_id, returned_at__isnull=True, discount__in=list(amounts))
    by_patient: dict[int, int] = defaultdict(int)
    for pk in used.values_list("discount_id", flat=True):
        by_patient[pk] += 1
    for pk, (_terms, amount) in amounts.items():
        _check_room(discounts[pk], by_patient[pk], amount)
    DiscountUse.objects.bulk_create(
        [
            DiscountUse(
                discount_id=pk, terms_id=terms, patient_id=patient_id, invoice=invoice, plan=plan, amount=amount
            )
            for pk, (terms, amount) in sorted(amounts.items())
        ]
    )
    for pk, (_terms, amount) in sorted(amounts.items()):
        Discount.objects.filter(pk=pk).update(uses=F("uses") + 1, given=F("given") + amount)


def _check_room(discount: Discount, by_patient: int, amount: Money) -> None:
    is_over = (
        (discount.uses_most is not None and discount.uses >= discount.uses_most)
        or (discount.uses_most_patient is not None and by_patient >= discount.uses_most_patient)
        or (discount.budget is not None and discount.given + amount > discount.budget)
    )
    if is_over:
        raise DiscountUsedUp(discount=str(discount))


def uses_return(*, invoice: Invoice | None = None, plan_id: int | None = None) -> None:
    """What an undone invoice or plan used may be used again. Reverse: uses_take."""
    mine = {"invoice": invoice} if invoice is not None else {"plan": plan_id}
    uses = DiscountUse.objects.filter(returned_at__isnull=True, **mine)
    ids = set(uses.values_list("discount_id", flat=True))
    if not ids:
        return
    discounts_lock(ids)
    for use in uses.order_by("discount_id"):
        Discount.objects.filter(pk=use.discount_id).update(uses=F("uses") - 1, given=F("given") - use.amount)
    uses.update(returned_at=clock.now())


def amounts_of(parts: Mapping[int, Sequence[Part]]) -> dict[int, tuple[int, Money]]:
    """What an invoice itself uses, by promotion: what its plan has taken already is left out."""
    found: dict[int, tuple[int, Money]] = {}
    for own in parts.values():
        for part in own:
            if not part.of_plan:
                before = found.get(part.discount_id, (part.terms_id, ZERO))[1]
                found[part.discount_id] = (part.terms_id, before + part.amount)
    return found

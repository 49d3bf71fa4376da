"""Barter in the payer engine: what an entry and its organisation say of lines; decisions are billing's (BIL-04)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from barter.models import Beneficiary, Extra, OverLimit, State
from barter.selectors.entries import entries_paying, has_entry
from billing.errors import ApprovalNeeded
from billing.slots import BLOCK, OTHER, PATIENT, Candidate, PayerKind, Quote, QuoteLine, Terms
from clinical.models import PlanLine
from core.money import Money

OVER = {OverLimit.BLOCK: BLOCK, OverLimit.PATIENT: PATIENT, OverLimit.ORGANISATION: OTHER}


class Barter(PayerKind):
    """Entries of the register: the main price list, never a discount, no tax papers (BAR-14, BAR-15, BAR-21)."""

    kind = "barter"
    title = _("Barter")
    tone = "pink"
    income_kind = "income_barter"
    balance_field = "barter_left"

    def known(self, patient: Any) -> Any:
        return has_entry(patient)

    def candidates(self, quote: Quote) -> Sequence[Candidate]:
        entries = list(entries_paying([quote.patient_id], quote.on).prefetch_related("contract__allowed_services"))
        return [self.candidate(entry, quote) for entry in entries]

    def candidate(self, entry: Beneficiary, quote: Quote) -> Candidate:
        contract = entry.contract
        number = {"number": contract.number}
        return Candidate(
            payer=entry.payer,
            title=title_of(entry),
            terms=terms_of(entry, quote.lines),
            is_usual=True,
            price_why=say("Main price list: barter contract %(number)s, rule BAR-15") % number,
            no_discount=say("No discount: barter contract %(number)s, rule BAR-14") % number,
            no_tax=say("Not in tax papers: barter contract %(number)s, rule BAR-21") % number,
            over=OVER[OverLimit(contract.over_limit)],
            over_payer=contract.organisation.payer if contract.organisation else None,
            over_why=over_why(entry),
        )

    def left(self, patient_ids: Sequence[int]) -> Mapping[int, Money]:
        found: dict[int, Money] = {}
        for entry in entries_paying(patient_ids):
            found[entry.patient_id or 0] = found.get(entry.patient_id or 0, Money(0)) + entry.left
        return found

    def rollback_note(self, shares: Sequence[Any]) -> Any:
        return say("What barter paid returns to its limit")


def title_of(entry: Beneficiary) -> str:
    """«Barter contract 14, Radio, entry 3»."""
    facts = {"number": entry.contract.number, "partner": entry.contract.partner, "entry": entry.number}
    return say("Barter contract %(number)s, %(partner)s, entry %(entry)s") % facts


def over_why(entry: Beneficiary) -> str:
    facts = {"number": entry.contract.number, "partner": entry.contract.partner}
    match entry.contract.over_limit:
        case OverLimit.ORGANISATION:
            return say("%(partner)s pays by invoice, barter contract %(number)s, rule BAR-19") % facts
        case OverLimit.PATIENT:
            return say("the patient pays, barter contract %(number)s, rule BAR-19") % facts
        case _:
            return say("nothing is sold over it, barter contract %(number)s, rule BAR-19") % facts


def terms_of(entry: Beneficiary, lines: Sequence[QuoteLine]) -> dict[int, Terms]:
    """Allowed services, the main price, the limit; of a public person's agreed plan, what is outside of it."""
    allowed = {service.pk for service in entry.contract.allowed_services.all()}
    extra = extra_work(entry, lines)
    refused = say("This service is not among those of barter contract %(number)s: rule BAR-02") % {
        "number": entry.contract.number
    }
    limits = (entry.limit_id,) if entry.limit_id else ()
    return {
        line.index: Terms(
            price=line.price, limits=limits, refusal=refused if allowed and line.service_id not in allowed else "",
            stop=ApprovalNeeded(say("Work outside of the agreed plan: the head of sales agrees first, rule BAR-27"))
            if line.index in extra else None,
        )
        for line in lines
    }  # fmt: skip


def extra_work(entry: Beneficiary, lines: Sequence[QuoteLine]) -> set[int]:
    """Lines that need the head of sales: a public person's plan is agreed, and they are neither in it nor agreed since."""
    if entry.state != State.TREATING or not entry.is_public or not lines:
        return set()
    agreed = set(
        Extra.objects.filter(beneficiary=entry, status=Extra.Status.AGREED).values_list("service_id", flat=True)
    )
    planned = dict(PlanLine.objects.filter(plan=entry.plan_id).values_list("pk", "service_id"))
    known = agreed | set(planned.values())
    return {line.index for line in lines if line.plan_line_id not in planned and line.service_id not in known}


class ByInvoice(PayerKind):
    """Organisations that have signed to pay what is over the limits (BAR-19, BIL-28)."""

    kind = "organisation"
    title = _("Organisation")
    tone = "teal"

    def known(self, patient: Any) -> Any:
        return has_entry(patient)

    def candidates(self, quote: Quote) -> Sequence[Candidate]:
        found = {}
        for entry in (
            entries_paying([quote.patient_id], quote.on)
            .filter(contract__over_limit=OverLimit.ORGANISATION, contract__organisation__payer__isnull=False)
            .select_related("contract__organisation__payer")
        ):
            row = entry.contract.organisation
            assert row is not None
            found[row.pk] = Candidate(
                payer=row.payer,
                title=say("%(partner)s by invoice") % {"partner": row.name},
                no_discount=say("No discount: barter contract %(number)s, rule BAR-14")
                % {"number": entry.contract.number},
                no_tax=say("Not in tax papers: an organisation pays"),
            )
        return list(found.values())

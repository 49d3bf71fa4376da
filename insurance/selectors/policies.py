"""Policies of patients: who has which, what is left of it, whose ends soon."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, QuerySet, Sum

from core.errors import NotFound
from core.money import ZERO, Money
from insurance.models import CategoryLimit, CoveredLine, GuaranteeLetter, Policy
from insurance.policies import WARN_DAYS
from patients.selectors import patients_visible_to


def policies_visible_to(user: Any) -> QuerySet[Policy]:
    """Policies of the patients whom the user sees."""
    rows = Policy.objects.select_related("patient", "insurer", "programme", "purse")
    return rows.filter(patient__in=patients_visible_to(user))


def policy_get(user: Any, pk: int) -> Policy:
    policy = policies_visible_to(user).filter(pk=pk).first()
    if policy is None:
        raise NotFound
    return policy


def letter_get(user: Any, pk: int) -> GuaranteeLetter:
    rows = GuaranteeLetter.objects.select_related("policy__insurer", "policy__patient", "file", "purse")
    letter = rows.filter(pk=pk, policy__in=policies_visible_to(user)).first()
    if letter is None:
        raise NotFound
    return letter


def policies_in_force(patient_ids: Iterable[int], day: date) -> QuerySet[Policy]:
    """Those that pay on a day; the one that ends first is spent first."""
    rows = Policy.objects.in_force(day).filter(patient__in=list(patient_ids))
    return rows.select_related("insurer", "programme", "purse").order_by("valid_to", "pk")


def has_policy(patient: Any) -> Exists:
    """Whether a patient (an OuterRef to his key) has a policy at all, within another statement."""
    return Exists(Policy.objects.filter(patient=patient, is_active=True))


def limits_left(patient_ids: Iterable[int], day: date) -> dict[int, Money]:
    """What is left of the limits of policies in force, by patient; absent where there is no policy with a limit."""
    found: dict[int, Money] = {}
    for policy in policies_in_force(patient_ids, day):
        if policy.left is not None:
            found[policy.patient_id] = found.get(policy.patient_id, ZERO) + policy.left
    return found


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A policy as the card shows it (INS-19)."""

    policy: Policy
    state: str
    days_left: int
    used: Money
    reserved: Money
    categories: list[CategoryLimit]
    letters: list[GuaranteeLetter]
    is_ending: bool

    @property
    def percent(self) -> int:
        limit = self.policy.limit
        return int((self.used + self.policy.elsewhere) * 100 / limit) if limit else 0


def policies_of_patient(patient_id: int, day: date) -> list[PolicyView]:
    """A patient's policies, those in force first."""
    rows = Policy.objects.filter(patient=patient_id).select_related("insurer", "programme", "purse", "verified_by")
    rows = list(
        rows.prefetch_related("category_limits__category", "category_limits__purse", "letters__file", "letters__purse")
    )
    sums = used_by(rows)
    views = [view_of(policy, day, sums.get(policy.pk, ZERO)) for policy in rows]
    return sorted(views, key=lambda view: (view.state != "active", -view.policy.valid_to.toordinal(), -view.policy.pk))


def view_of(policy: Policy, day: date, used: Money) -> PolicyView:
    state, days = policy.state_on(day), (policy.valid_to - day).days
    return PolicyView(
        policy, state, days, used, policy.purse.reserved if policy.purse else ZERO, list(policy.category_limits.all()),
        list(policy.letters.all()), state == "active" and days <= WARN_DAYS.get(),
    )  # fmt: skip


def used_by(policies: Iterable[Policy]) -> dict[int, Money]:
    """What issued invoices have taken of each policy, with a limit or without one."""
    standing = CoveredLine.objects.filter(policy__in=[row.pk for row in policies]).exclude(outcome="returned")
    sums = standing.values_list("policy").annotate(sum=Sum("share__amount")).order_by()
    return dict(sums)


def policies_that_end(day: date, *, within: int | None = None) -> QuerySet[Policy]:
    """Active policies whose last day is near."""
    days = WARN_DAYS.get() if within is None else within
    return Policy.objects.in_force(day).filter(valid_to__lte=day + timedelta(days=days))

"""Patient cards: the tab, the badge, what is handed over, why a card is kept."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.services.prices import today
from core.access import is_allowed
from core.templatetags.ui import money
from insurance.models import Policy
from insurance.permissions import SEE_LIMITS, SEE_POLICIES
from insurance.policies import WARN_DAYS
from insurance.selectors.policies import policies_in_force
from patients.slots import BADGES, ERASURE_OBSTACLES, EXPORTS, TABS, Badge, Section, Tab


def policy_badges(patient_ids: list[int], user: Any) -> dict[int, list[Badge]]:
    """«DMS SOGAZ · 12 400 ₽», amber when it ends soon (INS-19)."""
    if not is_allowed(user, SEE_POLICIES):
        return {}
    day, found = today(), {}
    for policy in policies_in_force(patient_ids, day):
        days = (policy.valid_to - day).days
        label = _("DMS %(insurer)s") % {"insurer": policy.insurer}
        if policy.left is not None and is_allowed(user, SEE_LIMITS):
            label = f"{label} · {money(policy.left)}"
        ends = _("to %(day)s") % {"day": f"{policy.valid_to:%d.%m.%Y}"}
        tone = "amber" if days <= WARN_DAYS.get() else "teal"
        if tone == "amber":
            label = f"{label}, {ends}"
        found.setdefault(policy.patient_id, []).append(Badge(label, tone, "shield-half", _("DMS"), "dms"))
    return found


def policies_count(patient: Any, user: Any) -> int:
    return Policy.objects.in_force(today()).filter(patient=patient).count()


def export_policies(patient_id: int, user: Any) -> list[Section]:
    """Policies as they are handed over to the patient."""
    if not is_allowed(user, SEE_POLICIES):
        return []
    rows = [
        {
            "insurer": row.insurer.name, "number": row.number, "programme": str(row.programme or ""),
            "from": str(row.valid_from), "to": str(row.valid_to),
        }
        for row in Policy.objects.filter(patient=patient_id).select_related("insurer", "programme").order_by("pk")
    ]  # fmt: skip
    return [Section("policies", gettext_lazy("Policies"), rows)] if rows else []


def approvals_keep_the_card(patient_id: int) -> list[Any]:
    policies = Policy.objects.filter(patient=patient_id)
    if policies.filter(approvals__isnull=False).exists() or policies.filter(covered__isnull=False).exists():
        return [gettext_lazy("There are approvals and invoices of insurers")]
    return []


TABS.register(
    Tab("dms", gettext_lazy("DMS"), 70, SEE_POLICIES, "insurance:patient-policies", policies_count), module="insurance"
)
BADGES.register(policy_badges, module="insurance", order=30)
EXPORTS.register(export_policies, module="insurance", order=50)
ERASURE_OBSTACLES.register(approvals_keep_the_card, module="insurance")

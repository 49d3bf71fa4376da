"""The calendar: who comes by a policy, and whether it still holds on the day of the visit (INS-21)."""

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _

from core import clock
from core.access import is_allowed
from insurance.models import Policy
from insurance.permissions import SEE_POLICIES
from scheduling.models import Appointment
from scheduling.slots import BADGES, FEW, Badge


def policy_badges(appointments: list[Appointment], user: Any) -> dict[int, list[Badge]]:
    if not is_allowed(user, SEE_POLICIES):
        return {}
    by_patient: dict[int, list[Policy]] = defaultdict(list)
    rows = Policy.objects.filter(patient__in={row.patient_id for row in appointments}, is_active=True)
    for policy in rows.select_related("insurer"):
        by_patient[policy.patient_id].append(policy)
    found: dict[int, list[Badge]] = {}
    for row in appointments:
        own = by_patient.get(row.patient_id, [])
        day = clock.local(row.starts_at, row.branch.timezone).date()
        holds = next((policy for policy in own if policy.state_on(day) == "active"), None)
        ended = max(
            (policy for policy in own if policy.valid_to < day), key=lambda policy: policy.valid_to, default=None
        )
        if holds is not None:
            found[row.pk] = [
                Badge("dms", _("DMS %(insurer)s") % {"insurer": holds.insurer}, "teal", _("D"), "shield-half")
            ]
        elif ended is not None and (day - ended.valid_to).days <= 60:
            text = _("The policy of %(insurer)s has ended") % {"insurer": ended.insurer}
            found[row.pk] = [Badge("dms_ended", text, "amber", _("D"), "shield-off")]
    return found


def insured(patient_ids: set[int]) -> Any:
    return Policy.objects.filter(patient__in=patient_ids, is_active=True).values_list("patient_id")


FEW[policy_badges] = insured
BADGES.register(policy_badges, module="insurance", order=30)

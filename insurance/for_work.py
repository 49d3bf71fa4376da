"""What insurance gives to tasks, chats and the queue."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from core import clock
from core.access import is_allowed
from insurance.permissions import DECIDE_APPROVAL, EDIT_POLICIES, SEE_APPROVALS
from insurance.selectors.approvals import approvals_late, approvals_visible_to
from insurance.selectors.policies import policies_that_end, policies_visible_to
from scheduling.selectors.appointments import appointments_visible_to
from work.items import ITEMS, WorkItem
from work.subjects import SUBJECTS, Found, Subject


def approvals(user: Any, ids: list[int]) -> dict[int, Found]:
    if not is_allowed(user, SEE_APPROVALS):
        return {}
    rows = approvals_visible_to(user).filter(pk__in=ids)
    return {
        row.pk: Found(f"{row}, {row.patient}", row.get_absolute_url(), row.patient_id, row.branch_id) for row in rows
    }


def late_answers(user: Any) -> Iterator[WorkItem]:
    """Insurers who should have answered, and those who ask."""
    if not is_allowed(user, DECIDE_APPROVAL):
        return
    day = clock.now().date()
    for row in approvals_late(user, day).order_by("due_on")[:50]:
        asks = row.status == "query"
        facts = {"insurer": row.policy.insurer, "patient": row.patient}
        yield WorkItem(
            key=f"approval:{row.pk}", kind=say("Approvals"), icon="shield-question", tone="amber",
            title=(say("%(insurer)s asks: %(patient)s") if asks else say("No answer of %(insurer)s: %(patient)s")) % facts,
            why=say("Answer was due %(day)s") % {"day": f"{row.due_on:%d.%m.%Y}"} if row.due_on else "",
            url=row.get_absolute_url(), action=say("Open"), due_at=row.sent_at,
        )  # fmt: skip


def ending_policies(user: Any) -> Iterator[WorkItem]:
    """Whose policy ends soon and who is booked: his visit may be after its last day (INS-21)."""
    if not is_allowed(user, EDIT_POLICIES):
        return
    now = clock.now()
    ending = policies_visible_to(user).filter(pk__in=policies_that_end(now.date()).values("pk"))
    by_patient = {row.patient_id: row for row in ending.order_by("-valid_to")}
    coming = appointments_visible_to(user).filter(
        patient__in=by_patient, starts_at__gte=now, state__in=("booked", "confirmed")
    )
    for visit in coming.select_related("branch").order_by("starts_at")[:50]:
        policy = by_patient.pop(visit.patient_id, None)
        if policy is None:
            continue
        facts = {"patient": policy.patient, "day": f"{policy.valid_to:%d.%m.%Y}"}
        yield WorkItem(
            key=f"policy:{policy.pk}:{policy.valid_to}", kind=say("Policies that end"), icon="shield-off", tone="amber",
            title=say("Policy ends %(day)s: %(patient)s") % facts,
            why=say("Next visit %(day)s") % {"day": f"{clock.local(visit.starts_at, visit.branch.timezone):%d.%m.%Y}"},
            url=reverse("insurance:patient-policies", args=[policy.patient_id]), action=say("Open"), due_at=visit.starts_at,
        )  # fmt: skip


def register() -> None:
    SUBJECTS.register(
        Subject("insurance.approval", _("Approval"), "shield-check", approvals), module="insurance", order=50
    )
    ITEMS.register(late_answers, module="insurance", order=30)
    ITEMS.register(ending_policies, module="insurance", order=31)

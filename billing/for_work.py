"""What money gives to tasks, chats and the queue."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from billing import permissions
from billing.selectors.invoices import invoices_reachable_by, invoices_visible_to
from billing.selectors.patients import balances_of_patients
from core import clock
from core.access import is_allowed
from scheduling.models import State
from scheduling.selectors.appointments import appointments_visible_to
from work.items import ITEMS, WorkItem
from work.subjects import SUBJECTS, Found, Subject

MOST = 6  # of a kind are offered to who picks a record


def invoices(user: Any, ids: list[int]) -> dict[int, Found]:
    if not is_allowed(user, permissions.SEE_MONEY):
        return {}
    rows = invoices_reachable_by(user).filter(pk__in=ids).select_related("patient")
    return {
        row.pk: Found(f"{row}, {row.patient}", row.get_absolute_url(), row.patient_id, row.branch_id) for row in rows
    }


def picked(user: Any, words: str) -> Iterator[tuple[int, str]]:
    """Invoices by number or by the patient's name, the newest first."""
    if not is_allowed(user, permissions.SEE_MONEY):
        return
    found = Q(number__iexact=words) | Q(patient__last_name__istartswith=words)
    rows = invoices_visible_to(user).filter(found).select_related("patient").order_by("-pk")[:MOST]
    yield from ((row.pk, f"{row}, {row.patient}") for row in rows)


def debts_today(user: Any) -> Iterator[WorkItem]:
    """Who owes and comes today: the debt is best asked for while he stands at the desk."""
    if not is_allowed(user, permissions.TAKE_PAYMENT):
        return
    now = clock.now()
    rows = appointments_visible_to(user).filter(
        state__in=[State.BOOKED, State.CONFIRMED, State.ARRIVED, State.IN_CHAIR],
        starts_at__gte=clock.at(now.date(), now.time().min, "UTC"), starts_at__date__lte=now.date(),
    )  # fmt: skip
    coming = {}
    for row in rows.select_related("patient", "branch").order_by("starts_at"):
        coming.setdefault(row.patient_id, row)
    for patient_id, balance in balances_of_patients(list(coming)).items():
        row = coming[patient_id]
        if balance.debt <= 0:
            continue
        is_here = row.state in (State.ARRIVED, State.IN_CHAIR)
        when = f"{clock.local(row.ends_at, row.branch.timezone):%H:%M}"
        yield WorkItem(
            key=f"debt:{patient_id}:{row.pk}", kind=say("Debts of today"), title=say("Debt: %(patient)s") % {"patient": row.patient},
            why=say("Is in the clinic, leaves about %(time)s") % {"time": when} if is_here else say("Comes today"), icon="cash",
            tone="violet", due_at=row.ends_at if is_here else row.starts_at, money=balance.debt, action=say("Take payment"),
            url=reverse("billing:patient-payments", args=[patient_id]),
        )  # fmt: skip


def register() -> None:
    SUBJECTS.register(
        Subject("billing.invoice", _("Invoice"), "file-invoice", invoices, picked), module="billing", order=40
    )
    ITEMS.register(debts_today, module="billing", order=20)

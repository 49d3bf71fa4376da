"""The list of calls: one at a time, whoever takes it first; and tomorrow's visits to confirm, families together."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import clock
from core.access import requires
from core.forms import Done, form_page, told
from patients.selectors import badges_for
from scheduling import permissions, services
from scheduling.finding_forms import CallForm
from scheduling.models import CallTask
from scheduling.selectors.calls import call_shown
from scheduling.selectors.confirming import households, visits_to_confirm
from scheduling.services.calls import is_anothers
from scheduling.views.asking import branches_asked, day_typed

CALL = "scheduling/call.html"


@requires(permissions.CALL)
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom, why, and what came of it (SCH-27)."""
    row = call_shown(pk, request.user)
    zone = row.branch.timezone if row.branch else request.branch.timezone if request.branch else "UTC"  # type: ignore[attr-defined]
    form = CallForm(request.POST or None, zone=zone, reason=row.reason)

    def save(valid: Any) -> Done:
        filled = valid.cleaned_data
        services.call_settle(
            task_id=row.pk,
            outcome=filled["outcome"],
            comment=filled["comment"],
            next_at=valid.next_at(),
            actor=request.user,
        )
        return Done(reverse("scheduling:call-tasks-list"), _("Written down"), "call-tasks")

    return form_page(
        request, form, title=row.patient.full_name, subtitle=row.cause.title, save=save, template=CALL, active="calls",  # type: ignore[attr-defined]
        submit_label=_("Write down"), **call_facts(request, row),
    )  # fmt: skip


def call_facts(request: HttpRequest, row: CallTask) -> dict[str, Any]:
    user: Any = request.user
    return {
        "call": row,
        "is_anothers": is_anothers(row, user),
        "is_mine": row.claimed_by_id == user.pk and bool(row.claimed_until and row.claimed_until > clock.now()),
        "patient_badges": badges_for([row.patient], user).get(row.patient_id, []),
        "history": list(row.history.all()),
        "doctor_id": row.why.doctor_id or "",  # type: ignore[attr-defined]
    }


@requires(permissions.CALL)
@require_POST
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    services.call_claim(task_id=pk, actor=request.user)
    return redirect("scheduling:call", pk)


@requires(permissions.CALL)
@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    services.call_release(task_id=pk, actor=request.user)
    return told(Done(toast=_("Given back to the list"), event="call-tasks"))


@requires(permissions.CALL)
@require_POST
def following(request: HttpRequest) -> HttpResponse:
    """Take the next one that is due."""
    found = services.call_next(actor=request.user, reason=request.POST.get("reason", "")[:40])
    if found is None:
        return told(Done(toast=_("Nobody is to be called now"), event="call-tasks"))
    return redirect("scheduling:call", found.pk)


# Tomorrow (SCH-42)


@requires(permissions.CALL)
def confirmations(request: HttpRequest) -> HttpResponse:
    """Everybody of a day, a family under one phone, with what is known of the reminder."""
    branch = branches_asked(request)[0]
    day = day_typed(request.GET.get("day", "")) or clock.today(branch.timezone) + timedelta(days=1)
    homes = households(visits_to_confirm(request.user, branch, day))
    context = {
        "title": _("To confirm"),
        "active": "calls",
        "day": day,
        "homes": homes,
        "left": sum(home.left for home in homes),
        "total": sum(len(home.visits) for home in homes),
    }
    template = "scheduling/confirmations.html"
    is_part = request.headers.get("HX-Target") == "confirmations"
    return render(request, f"{template}#list" if is_part else template, context)


@requires(permissions.CALL)
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """One visit, or with `family` all of the same home on that day."""
    services.visits_confirm(appointment_id=pk, is_family=bool(request.POST.get("family")), actor=request.user)
    return told(Done(toast=_("Confirmed"), event="confirmations"))

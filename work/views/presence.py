"""The button of the shell, one's working time, its corrections."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import requires
from core.forms import Done, form_page, told
from work import selectors, services
from work.forms import CorrectionForm
from work.permissions import DECIDE_TIME, TRACK_TIME


@requires(TRACK_TIME)
@require_POST
def toggle(request: HttpRequest, way: str) -> HttpResponse:
    """Start with a kind of work, or end; the answer is the button as it stands now (HR-14)."""
    kind = request.POST.get("kind", "")
    branch = getattr(request, "branch", None)
    if way == "start":
        services.work_start(
            user=request.user,
            branch_id=branch and branch.pk,
            kind_id=int(kind) if kind.isdigit() and len(kind) < 19 else None,
        )
    elif way == "end":
        services.work_end(user=request.user)
    else:
        raise Http404
    if not request.headers.get("HX-Request"):
        return redirect("work:time-list")
    return render(request, "work/_presence.html", {"work_time": selectors.at_work(request.user)})


@requires(TRACK_TIME)
def correction_new(request: HttpRequest) -> HttpResponse:
    """Ask for other times of a period (`?period=`), or for one that was forgotten."""
    asked = request.GET.get("period", "")
    period = selectors.periods_visible_to(request.user).filter(
        user_id=request.user.pk, pk=int(asked) if asked.isdigit() and len(asked) < 19 else 0
    ).first()  # fmt: skip
    initial = {"started_at": period.started_at, "ended_at": period.ended_at} if period else {}
    form = CorrectionForm(request.POST or None, initial=initial)
    branch = getattr(request, "branch", None)

    def save(form: Any) -> Done:
        services.correction_ask(
            user=request.user, period_id=period and period.pk, branch_id=branch and branch.pk, **form.cleaned_data
        )
        return Done(url=reverse("work:time-list"), toast=_("The request waits for an answer"), event="time")

    return form_page(
        request, form, title=_("Correct working time"), save=save, active="time", submit_label=_("Ask"),
        note=_("The time changes when somebody who may has agreed."), cancel_url=reverse("work:time-list"),
    )  # fmt: skip


@requires(DECIDE_TIME)
@require_POST
def correction_decide(request: HttpRequest, pk: int, answer: str) -> HttpResponse:
    row = services.correction_decide(correction_id=pk, agrees=answer == "yes", actor=request.user)
    if not request.headers.get("HX-Request"):
        return redirect("work:time-corrections-list")
    return told(Done(toast=str(row.get_state_display()), event="time-corrections"))

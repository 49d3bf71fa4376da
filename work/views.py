"""Pages of work: a task, the bell's tray, the queue."""

from datetime import time, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import clock
from core.access import SIGNED_IN, requires
from core.forms import Done, form_page, given_version, told
from work import rules, selectors, services
from work.forms import KindsForm, TaskForm
from work.listings import ICONS
from work.models import MutedKind, Notification, Task
from work.notices import REGISTRY
from work.permissions import EDIT_TASKS, SEE_TASKS


def found(request: HttpRequest, pk: int) -> Task:
    row = selectors.task_visible_to(request.user, pk)
    if row is None:
        raise Http404
    return row


@requires(SEE_TASKS)
def task(request: HttpRequest, pk: int) -> HttpResponse:
    row = found(request, pk)
    steps = [
        (state, selectors.NEXT_STEPS[state], ICONS[state])
        for state in selectors.NEXT_STEPS
        if rules.is_step(row.state, state)
    ]
    context = {"task": row, "title": row.title, "tone": selectors.TONES[row.state], "steps": steps, "active": "tasks"}
    return render(request, "work/_task.html" if request.headers.get("HX-Request") else "work/task.html", context)


@requires(EDIT_TASKS)
def task_new(request: HttpRequest) -> HttpResponse:
    """Give a task (TSK-02); `?patient=` ties it to a card."""
    asked = request.GET.get("patient", "")
    form = TaskForm(request.POST or None, user=request.user, initial={"branch": getattr(request, "branch", None)})

    def save(form: Any) -> Done:
        data = dict(form.cleaned_data)
        profession, branch = data.pop("profession"), data.pop("branch")
        services.task_create(
            **data, profession_id=profession and profession.pk, branch_id=branch and branch.pk, actor=request.user,
            patient_id=int(asked) if asked.isdigit() else None,
        )  # fmt: skip
        return Done(url=reverse("work:tasks-list"), toast=_("Task given"), event="tasks")

    return form_page(request, form, title=_("New task"), save=save, active="tasks", draft="task-new")


@requires(EDIT_TASKS)
def task_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = found(request, pk)
    form = TaskForm(request.POST or None, user=request.user, instance=row)

    def save(form: Any) -> Done:
        services.task_change(
            task_id=pk, actor=request.user, expected_version=given_version(request), **form.cleaned_data
        )
        return Done(url=row.get_absolute_url(), toast=_("Saved"), event="tasks")

    return form_page(request, form, title=_("Task"), save=save, current=Task.objects.get(pk=pk), active="tasks")


@requires(EDIT_TASKS)
@require_POST
def task_move(request: HttpRequest, pk: int, state: str) -> HttpResponse:
    row = services.task_move(
        task_id=found(request, pk).pk, state=state, actor=request.user, result=request.POST.get("result", ""),
        expected_version=given_version(request),
    )  # fmt: skip
    return answer(request, row, str(row.get_state_display()))


@requires(EDIT_TASKS)
@require_POST
def task_take(request: HttpRequest, pk: int) -> HttpResponse:
    return answer(
        request, services.task_take(task_id=found(request, pk).pk, actor=request.user), _("The task is yours")
    )


def answer(request: HttpRequest, row: Task, toast: str) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return redirect(row.get_absolute_url())
    return told(Done(toast=toast, event="tasks"))


# Notifications


@requires(SIGNED_IN)
def tray(request: HttpRequest) -> HttpResponse:
    return render(request, "parts/tray.html", tray_of(request))


def tray_of(request: HttpRequest) -> dict[str, Any]:
    rows = list(selectors.notifications_of(request.user)[:20])
    notices = [
        {"icon": row.icon, "tone": row.tone, "title": row.title, "text": row.text, "at": row.at, "is_unread": row.is_unread,
         "url": reverse("work:notification", args=[row.pk])}
        for row in rows
    ]  # fmt: skip
    return {
        "notices": notices,
        "read_url": reverse("work:notifications-read"),
        "all_url": reverse("work:notifications-list"),
    }


@requires(SIGNED_IN)
@require_POST
def notifications_read(request: HttpRequest) -> HttpResponse:
    services.notifications_read(user=request.user)
    return render(request, "work/_tray_read.html", {**tray_of(request), "unread": 0})


@requires(SIGNED_IN)
def notification(request: HttpRequest, pk: int) -> HttpResponse:
    """Read, and on to what it tells of."""
    row = Notification.objects.filter(pk=pk, user=request.user).first()
    if row is None:
        raise Http404
    services.notifications_read(user=request.user, pk=pk)
    safe = row.url if url_has_allowed_host_and_scheme(row.url, None) else ""
    return redirect(safe or reverse("work:notifications-list"))


@requires(SIGNED_IN)
def notification_kinds(request: HttpRequest) -> HttpResponse:
    """Ticks of what to be told (MSG-07)."""
    muted = set(MutedKind.objects.filter(user=request.user).values_list("kind", flat=True))
    form = KindsForm(request.POST or None, initial={"kinds": [code for code in REGISTRY if code not in muted]})

    def save(form: Any) -> Done:
        services.mute(user=request.user, wanted=form.cleaned_data["kinds"])
        return Done(url=reverse("work:notifications-list"), toast=_("Saved"))

    return form_page(
        request, form, title=_("What to tell me"), save=save, cancel_url=reverse("work:notifications-list")
    )


# The queue


@requires(SEE_TASKS)
def now(request: HttpRequest) -> HttpResponse:
    items, hidden = selectors.queue_of(request.user)
    if "all" in request.GET:
        shown = items
    else:
        shown = items[:15]
    context = {"items": shown, "count": len(items), "more": len(items) - len(shown), "hidden": hidden, "active": "now"}
    context["urgent"] = sum(item.tone == "red" for item in items)
    return render(
        request, "work/now.html#queue" if request.headers.get("HX-Target") == "queue" else "work/now.html", context
    )


SNOOZES = {"30m": timedelta(minutes=30), "2h": timedelta(hours=2)}


@requires(SEE_TASKS)
@require_POST
def snooze(request: HttpRequest) -> HttpResponse:
    """Put an item off: half an hour, two hours, or till tomorrow's morning."""
    key, how = request.POST.get("key", ""), request.POST.get("for", "")
    until = clock.now() + SNOOZES[how] if how in SNOOZES else tomorrow_morning()
    if key:
        services.snooze(user=request.user, key=key, until=until)
    return told(Done(toast=_("Put off"), event="now"))


def tomorrow_morning() -> Any:
    zone = timezone.get_current_timezone_name()
    return clock.at(clock.today(zone) + timedelta(days=1), time(9), zone)

"""Pages of tasks: one task, the board, the form, repeating ones."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import requires
from core.forms import Done, form_page, given_version, told
from work import rules, selectors, services
from work.forms import NewTaskForm, RuleForm, TaskForm
from work.listings import ICONS, TaskBoard
from work.models import Task
from work.permissions import EDIT_TASKS, SEE_TASKS
from work.subjects import SUBJECTS, record_named


def found(request: HttpRequest, pk: int) -> Task:
    row = selectors.task_visible_to(request.user, pk)
    if row is None:
        raise Http404
    return row


@requires(SEE_TASKS)
def task(request: HttpRequest, pk: int) -> HttpResponse:
    row = selectors.about(selectors.named([found(request, pk)]), request.user)[0]
    done, of = selectors.bundle_of(row)
    context = {
        "task": row, "title": row.title, "tone": selectors.TONES[row.state], "steps": steps_of(row, request.user),
        "lines": selectors.checklist_of(row), "may_edit": selectors.may_edit(row, request.user), "active": "tasks",
        "term": selectors.due_words(row) if row.is_open else ("", ""), "bundle_done": done, "bundle_of": of,
    }  # fmt: skip
    return render(request, "work/_task.html" if request.headers.get("HX-Request") else "work/task.html", context)


def steps_of(row: Task, user: Any) -> list[tuple[str, Any, str]]:
    if not selectors.may_move(row, user):
        return []
    return [(to, selectors.NEXT_STEPS[to], ICONS[to]) for to in selectors.NEXT_STEPS if rules.is_step(row.state, to)]


@requires(SEE_TASKS)
def board(request: HttpRequest) -> HttpResponse:
    """Six columns, moved by drag and by keyboard (TSK-01); mine unless something else is asked for."""
    screen = TaskBoard(request.user, request.GET or QueryDict("mine=true"))
    rows = screen.filtered()
    context = {
        "screen": screen, "columns": selectors.board_of(rows, request.user), "active": "tasks",
        "open": rows.filter(state__in=rules.OPEN).count(), "late": selectors.late_count(rows),
    }  # fmt: skip
    is_fragment = request.headers.get("HX-Target") == "rows"
    return render(
        request,
        "work/board.html#board" if is_fragment else "work/board.html",
        context,
        status=200 if screen.is_valid else 400,
    )


@requires(EDIT_TASKS)
def task_new(request: HttpRequest) -> HttpResponse:
    """Give a task (TSK-02); `?patient=` or `?about=kind:id` ties it to a record."""
    about = asked_subject(request)
    initial = {"branch": getattr(request, "branch", None), "title": request.GET.get("title", "")[:200], "about": about}
    form = NewTaskForm(request.POST or None, user=request.user, initial=initial)

    def save(form: Any) -> Done:
        if form.cleaned_data["rhythm"]:
            services.rule_create(actor=request.user, **form.rule())
            return Done(
                url=reverse("work:task-rules-list"), toast=_("The program will give it by itself"), event="tasks"
            )
        services.tasks_give(
            actor=request.user, **form.given("title", "text", "due_at", "branch", "is_urgent", "each", "checklist"),
            **form.subject(),
        )  # fmt: skip
        return Done(url=reverse("work:board"), toast=_("Task given"), event="tasks")

    return form_page(
        request, form, title=_("New task"), save=save, active="tasks", draft="task-new",
        subtitle=form.about[2].label if form.about else "",
    )  # fmt: skip


def asked_subject(request: HttpRequest) -> str:
    """What the address ties the task to; a record that the user may not see is 404."""
    named = request.GET.get("about", "")
    if request.GET.get("patient"):
        named = f"patients.patient:{request.GET['patient']}"
    if named and record_named(request.user, named) is None:
        raise Http404
    return named


@requires(EDIT_TASKS)
def task_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = found(request, pk)
    services.check_may_edit(row, request.user)
    form = TaskForm(request.POST or None, user=request.user, instance=row)

    def save(form: Any) -> Done:
        changes = form.given("title", "text", "due_at", "branch", "is_urgent")
        services.task_change(task_id=pk, actor=request.user, expected_version=given_version(request), **changes)
        return Done(url=row.get_absolute_url(), toast=_("Saved"), event="tasks")

    return form_page(
        request, form, title=_("Task"), save=save, current=found(request, pk), active="tasks",
        cancel_url=row.get_absolute_url(),
    )  # fmt: skip


@requires(EDIT_TASKS)
@require_POST
def task_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """To the trash, from where it can be brought back (TSK-03)."""
    row = found(request, pk)
    services.task_delete(task_id=row.pk, actor=request.user, with_bundle="all" in request.POST)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("work:board")})
    return redirect("work:board")


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


# The checklist


@requires(EDIT_TASKS)
@require_POST
def step_add(request: HttpRequest, pk: int) -> HttpResponse:
    row = found(request, pk)
    services.step_add(task_id=row.pk, text=request.POST.get("text", ""), actor=request.user)
    return answer(request, row, "")


@requires(EDIT_TASKS)
@require_POST
def step_tick(request: HttpRequest, pk: int, step: int) -> HttpResponse:
    row = found(request, pk)
    services.step_tick(task_id=row.pk, step_id=step, is_done="done" in request.POST, actor=request.user)
    return answer(request, row, "")


@requires(EDIT_TASKS)
@require_POST
def step_remove(request: HttpRequest, pk: int, step: int) -> HttpResponse:
    row = found(request, pk)
    services.step_remove(task_id=row.pk, step_id=step, actor=request.user)
    return answer(request, row, "")


# Repeating tasks


def rule_found(request: HttpRequest, pk: int) -> Any:
    row = selectors.rules_visible_to(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@requires(EDIT_TASKS)
def rule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = rule_found(request, pk)
    form = RuleForm(request.POST or None, user=request.user, instance=row)

    def save(form: Any) -> Done:
        services.rule_change(
            rule_id=pk, actor=request.user, expected_version=given_version(request), **form.changes()
        )  # fmt: skip
        return Done(url=reverse("work:task-rules-list"), toast=_("Saved"), event="task-rules")

    return form_page(
        request, form, title=_("Repeating task"), save=save, current=rule_found(request, pk), active="tasks",
        note=_("Tasks that were already given stay as they are."), cancel_url=reverse("work:task-rules-list"),
    )  # fmt: skip


@requires(EDIT_TASKS)
@require_POST
def rule_stop(request: HttpRequest, pk: int) -> HttpResponse:
    services.rule_stop(rule_id=rule_found(request, pk).pk, actor=request.user)
    if not request.headers.get("HX-Request"):
        return redirect("work:task-rules-list")
    return told(Done(toast=_("It will not come again"), event="task-rules"))


@requires(SEE_TASKS)
def subjects_pick(request: HttpRequest) -> JsonResponse:
    """Records to tie a task or a chat to, as somebody types: [{value: "kind:id", text, note}]."""
    words = request.GET.get("q", "").strip()
    rows = [
        {"value": f"{each.kind}:{pk}", "text": label, "note": str(each.title)}
        for each in SUBJECTS
        if each.pick and words
        for pk, label in each.pick(request.user, words)
    ]
    return JsonResponse(rows, safe=False)

"""Tasks and notifications as lists."""

from dataclasses import dataclass
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.models import BUILT_IN_ROLES
from clinic.selectors import professions_live
from core.access import SIGNED_IN, is_allowed
from core.listing import Action, Column, Create, Listing
from work import selectors, services
from work.models import Notification, Task
from work.notices import REGISTRY
from work.permissions import EDIT_TASKS, SEE_ALL_TASKS, SEE_TASKS
from work.rules import is_step


class TaskFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="find", label=_("Search"))
    state = django_filters.MultipleChoiceFilter(choices=Task.State, label=_("State"))
    due = django_filters.DateFromToRangeFilter(field_name="due_at", label=_("Until"))
    executor = django_filters.ModelChoiceFilter(queryset=lambda asked: selectors.executors(), label=_("Executor"))
    created_by = django_filters.ModelChoiceFilter(queryset=lambda asked: selectors.executors(), label=_("Author"))
    role = django_filters.ChoiceFilter(choices=lambda: list(BUILT_IN_ROLES.items()), label=_("Role"))
    profession = django_filters.ModelChoiceFilter(queryset=lambda asked: professions_live(), label=_("Profession"))
    urgent = django_filters.BooleanFilter(field_name="is_urgent", label=_("Urgent"))
    open = django_filters.BooleanFilter(method="by_open", label=_("Open"))
    mine = django_filters.BooleanFilter(method="by_mine", label=_("Mine and free"))
    patient = django_filters.NumberFilter(field_name="patient_id", label=_("Patient"))

    def find(self, rows: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        return rows.filter(Q(title__icontains=value) | Q(text__icontains=value))

    def by_open(self, rows: QuerySet[Task], name: str, value: bool) -> QuerySet[Task]:
        return rows.filter(state__in=Task.OPEN) if value else rows.exclude(state__in=Task.OPEN)

    def by_mine(self, rows: QuerySet[Task], name: str, value: bool) -> QuerySet[Task]:
        return rows.filter(selectors.mine(self.request.user)).distinct() if value else rows


@dataclass(frozen=True, slots=True)
class View:
    """A ready tab of the list."""

    title: Any
    url: str
    active: bool
    count: Any = None


def tasks_done(ids: list[int], actor: Any, data: Any) -> str:
    done = 0
    for task in Task.objects.filter(pk__in=ids, state__in=Task.OPEN):
        services.task_move(task_id=task.pk, state=Task.State.DONE, actor=actor)
        done += 1
    return str(_("Done: %(done)s of %(all)s") % {"done": done, "all": len(ids)})


class TaskListing(Listing):
    slug = "tasks"
    title = _("Tasks")
    permission = SEE_TASKS
    filterset = TaskFilter
    order = ("due_at", "pk")
    row_panel = True
    search_placeholder = _("What to do")
    empty_title = _("Nothing to do")
    empty_text = _("Tasks that colleagues or the program give you appear here.")
    columns = (
        Column("title", _("What to do"), kind="link", value=lambda task: task.title, sort="title"),
        Column(
            "state",
            _("State"),
            kind="badge",
            value=lambda task: (task.get_state_display(), selectors.TONES[task.state]),
            sort="state",
        ),
        Column("due_at", _("Until"), kind="datetime", sort="due_at"),
        Column(
            "term",
            _("Term"),
            kind="badge",
            value=lambda task: selectors.due_words(task) if task.is_open and task.due_at else "",
        ),
        Column("for_whom", _("Executor"), kind="user", value=lambda task: task.for_whom),
        Column("created_by", _("Author"), kind="user"),
        Column("created_at", _("Created"), kind="datetime", sort="created_at", shown=False),
        Column("branch", _("Branch"), shown=False),
        Column("result", _("Result"), shown=False),
    )
    creates = Create(_("Task"), "work:task-new", EDIT_TASKS)
    bulk = (Action("done", _("Done"), EDIT_TASKS, tasks_done, icon="check"),)

    @property
    def views(self) -> list[View]:
        now = self.params.urlencode()
        open_title = _("All open") if is_allowed(self.user, SEE_ALL_TASKS) else _("Open")
        tabs = [
            (_("Mine and free"), "mine=true&open=true"), (open_title, "open=true"), (_("Ended"), "open=false"), (_("All"), ""),
        ]  # fmt: skip
        return [View(title, f"{self.url}?{query}" if query else self.url, now == query) for title, query in tabs]

    def queryset(self) -> QuerySet[Task]:
        return selectors.tasks_visible_to(self.user)

    def row_actions(self, task: Task) -> list[dict[str, Any]]:
        steps = [
            state
            for state in ("in_work", "waiting", "review", "done", "cancelled", "new")
            if is_step(task.state, state)
        ]
        return [
            {"label": selectors.NEXT_STEPS[state], "icon": ICONS[state], "method": "post",
             "url": reverse("work:task-move", args=[task.pk, state]), "tone": "red" if state == "cancelled" else ""}
            for state in steps
        ]  # fmt: skip


ICONS = {
    "in_work": "player-play",
    "waiting": "clock",
    "review": "eye-check",
    "done": "check",
    "cancelled": "x",
    "new": "arrow-back-up",
}


class NotificationFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(
        choices=lambda: [(code, made.title) for code, made in REGISTRY.items()], label=_("Kind")
    )
    unread = django_filters.BooleanFilter(field_name="read_at", lookup_expr="isnull", label=_("Unread"))


class NotificationListing(Listing):
    slug = "notifications"
    title = _("Notifications")
    permission = SIGNED_IN
    filterset = NotificationFilter
    order = "-pk"
    empty_title = _("No news")
    columns = (
        Column("text", _("What happened"), kind="link", value=lambda row: row.text),
        Column("title", _("Kind"), kind="badge", value=lambda row: (row.title, row.tone)),
        Column("created_at", _("When"), kind="datetime"),
        Column("is_unread", _("Unread"), kind="bool"),
    )

    def queryset(self) -> QuerySet[Notification]:
        return selectors.notifications_of(self.user)

    def row_url(self, row: Notification) -> str:
        return reverse("work:notification", args=[row.pk])

    @property
    def head_actions(self) -> list[dict[str, Any]]:
        return [{"label": _("What to tell me"), "icon": "bell-cog", "url": reverse("work:notification-kinds")}]

"""Tasks and notifications as lists."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import django_filters
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.models import BUILT_IN_ROLES
from clinic.selectors import professions_live
from core import clock
from core.access import SIGNED_IN, is_allowed
from core.listing import Action, Column, Create, Listing
from work import selectors, services
from work.kinds import KINDS
from work.models import Notification, Task, TaskRule, TimeCorrection, WorkPeriod
from work.notices import REGISTRY
from work.permissions import DECIDE_TIME, EDIT_TASKS, SEE_ALL_TASKS, SEE_TASKS, TRACK_TIME
from work.rules import is_step


class TaskFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="find", label=_("Search"))
    state = django_filters.MultipleChoiceFilter(choices=Task.State, label=_("State"))
    due = django_filters.DateFromToRangeFilter(field_name="due_at", label=_("Until"))
    executor = django_filters.ModelChoiceFilter(queryset=lambda asked: selectors.executors(), label=_("Executor"))
    created_by = django_filters.ModelChoiceFilter(queryset=lambda asked: selectors.executors(), label=_("Author"))
    kind = django_filters.ChoiceFilter(
        choices=lambda: [(code, made.label) for code, made in KINDS.items()], label=_("Kind")
    )
    position = django_filters.ModelChoiceFilter(
        queryset=lambda asked: professions_live().filter(kind="staff"), method="by_profession", label=_("Position")
    )
    specialty = django_filters.ModelChoiceFilter(
        queryset=lambda asked: professions_live().filter(kind="doctor"), method="by_profession", label=_("Specialty")
    )
    role = django_filters.ChoiceFilter(choices=lambda: list(BUILT_IN_ROLES.items()), method="by_role", label=_("Role"))
    created = django_filters.DateFromToRangeFilter(field_name="created_at", label=_("Created"))
    given = django_filters.BooleanFilter(method="by_given", label=_("Given by me"))
    late = django_filters.BooleanFilter(method="by_late", label=_("Late"))
    urgent = django_filters.BooleanFilter(field_name="is_urgent", label=_("Urgent"))
    open = django_filters.BooleanFilter(method="by_open", label=_("Open"))
    mine = django_filters.BooleanFilter(method="by_mine", label=_("Mine and free"))
    patient = django_filters.NumberFilter(field_name="patient_id", label=_("Patient"))

    def find(self, rows: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        return rows.filter(Q(title__icontains=value) | Q(text__icontains=value))

    def by_open(self, rows: QuerySet[Task], name: str, value: bool) -> QuerySet[Task]:
        return rows.filter(state__in=Task.OPEN) if value else rows.exclude(state__in=Task.OPEN)

    def by_mine(self, rows: QuerySet[Task], name: str, value: bool) -> QuerySet[Task]:
        return rows.filter(selectors.mine(self.request.user)) if value else rows

    def by_given(self, rows: QuerySet[Task], name: str, value: bool) -> QuerySet[Task]:
        return rows.filter(created_by=self.request.user) if value else rows

    def by_late(self, rows: QuerySet[Task], name: str, value: bool) -> QuerySet[Task]:
        return rows.filter(due_at__lt=clock.now(), state__in=Task.OPEN) if value else rows

    def by_role(self, rows: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        """Given to the role, or to somebody who has it."""
        return rows.filter(Q(roles__contains=[value]) | Q(executor__in=selectors.users_of_role(value)))

    def by_profession(self, rows: QuerySet[Task], name: str, value: Any) -> QuerySet[Task]:
        """Given to the profession, or to somebody who has it (TSK-04)."""
        if value is None:
            return rows
        return rows.filter(
            Q(profession_ids__contains=[value.pk]) | Q(executor__in=selectors.users_of_profession(value.pk))
        )


@dataclass(frozen=True, slots=True)
class View:
    """A ready tab of the list."""

    title: Any
    url: str
    active: bool
    count: Any = None


def tasks_done(ids: list[int], actor: Any, data: Any) -> str:
    done = services.tasks_finish(task_ids=ids, actor=actor)
    return str(_("Done: %(done)s of %(all)s") % {"done": done, "all": len(ids)})


def about_words(task: Task) -> str:
    found = getattr(task, "about", None)
    return found.label if found else ""


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
        Column("about", _("About"), value=about_words),
        Column("created_by", _("Author"), kind="user", shown=False),
        Column("kind", _("Kind"), value=lambda task: task.kind_name, shown=False),
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
            (_("Mine and free"), "mine=true&open=true"), (open_title, "open=true"),
            (pgettext_lazy("tasks", "Ended"), "open=false"), (_("All"), ""),
        ]  # fmt: skip
        return [View(title, f"{self.url}?{query}" if query else self.url, now == query) for title, query in tabs]

    def queryset(self) -> QuerySet[Task]:
        return selectors.tasks_visible_to(self.user)

    def decorate(self, rows: list[Task]) -> list[Task]:
        return selectors.about(selectors.named(rows), self.user)

    @property
    def head_actions(self) -> list[dict[str, Any]]:
        return [
            {"label": _("Board"), "icon": "layout-kanban", "url": reverse("work:board")},
            {"label": _("Repeating"), "icon": "repeat", "url": reverse("work:task-rules-list")},
        ]

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


class TaskBoard(TaskListing):
    """The same tasks in six columns, with the same filters (TSK-01, TSK-04)."""

    abstract = True

    @cached_property
    def url(self) -> str:
        return reverse("work:board")

    @property
    def views(self) -> list[View]:
        now = self.params.urlencode()
        tabs = [(_("Mine and free"), "mine=true"), (_("Given by me"), "given=true"), (_("All that I see"), "mine=")]
        return [View(title, f"{self.url}?{query}", now == query) for title, query in tabs]


class RuleListing(Listing):
    slug = "task-rules"
    title = _("Repeating tasks")
    permission = SEE_TASKS
    order = ("next_on", "pk")
    row_panel = True
    active = "tasks"
    empty_title = _("Nothing repeats")
    empty_text = _("Choose a rhythm in the form of a new task, and the program gives it by itself.")
    columns = (
        Column("title", _("What to do"), kind="link", value=lambda rule: rule.title, sort="title"),
        Column("rhythm", _("Repeat"), value=lambda rule: rule.get_rhythm_display()),
        Column("next_on", _("Next"), kind="date", sort="next_on"),
        Column("ends_on", _("Until"), kind="date"),
        Column("branch", _("Branch")),
        Column("created_by", _("Author"), kind="user"),
    )

    def queryset(self) -> QuerySet[TaskRule]:
        return selectors.rules_visible_to(self.user)

    def row_url(self, rule: TaskRule) -> str:
        return reverse("work:rule-edit", args=[rule.pk])

    def row_actions(self, rule: TaskRule) -> list[dict[str, Any]]:
        if rule.next_on is None:
            return []
        return [
            {
                "label": _("Stop"),
                "icon": "player-stop",
                "method": "post",
                "url": reverse("work:rule-stop", args=[rule.pk]),
            }
        ]


class TimeFilter(django_filters.FilterSet):
    user = django_filters.ModelChoiceFilter(queryset=lambda asked: selectors.executors(), label=_("Person"))
    started = django_filters.DateFromToRangeFilter(field_name="started_at", label=_("Dates"))
    going = django_filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull", label=_("At work now"))


LENGTH = Coalesce(F("ended_at"), Now()) - F("started_at")


def hours_of(length: Any) -> str:
    """«7:45»."""
    minutes = int(length.total_seconds() // 60) if length else 0
    return f"{minutes // 60}:{minutes % 60:02}"


class TimeListing(Listing):
    slug = "time"
    title = _("Working time")
    permission = TRACK_TIME
    filterset = TimeFilter
    order = "-started_at"
    empty_title = _("No working time yet")
    empty_text = _("Press “Start work” above, and the time begins to run.")
    live_kinds = "presence"
    columns = (
        Column("user", _("Person"), kind="user"),
        Column("started_at", pgettext_lazy("working time", "Start"), kind="datetime", sort="started_at"),
        Column("ended_at", _("End of work"), kind="datetime", sort="ended_at"),
        Column("length", _("Hours"), value=lambda row: hours_of(row.length), file="length"),
        Column("kind", _("Kind of work")),
        Column("branch", _("Branch")),
        Column("is_corrected", _("Corrected"), kind="bool"),
    )
    creates = Create(_("Forgotten time"), "work:correction-new", TRACK_TIME)

    def queryset(self) -> QuerySet[WorkPeriod]:
        return selectors.periods_visible_to(self.user).annotate(length=LENGTH)

    def row_url(self, row: WorkPeriod) -> str:
        return ""

    @property
    def subtitle(self) -> Any:
        total = self.filtered().order_by().aggregate(total=Sum(LENGTH))["total"] if self.is_valid else None
        return _("%(hours)s hours in all") % {"hours": hours_of(total)} if total else ""

    @property
    def head_actions(self) -> list[dict[str, Any]]:
        return [{"label": _("Corrections"), "icon": "clock-edit", "url": reverse("work:time-corrections-list")}]

    def row_actions(self, row: WorkPeriod) -> list[dict[str, Any]]:
        if row.user_id != self.user.pk or row.ended_at is None:
            return []
        url = f"{reverse('work:correction-new')}?period={row.pk}"
        return [{"label": _("Correct"), "icon": "clock-edit", "url": url, "panel": True}]


class CorrectionListing(Listing):
    slug = "time-corrections"
    title = _("Corrections of working time")
    permission = TRACK_TIME
    order = "-pk"
    active = "time"
    empty_title = _("Nobody asks for corrections")
    columns = (
        Column("user", _("Person"), kind="user"),
        Column("started_at", pgettext_lazy("working time", "Start"), kind="datetime"),
        Column("ended_at", _("End of work"), kind="datetime"),
        Column("reason", _("Reason")),
        Column(
            "state", _("State"), kind="badge", value=lambda row: (row.get_state_display(), CORRECTION_TONES[row.state])
        ),
        Column("decided_by", _("Decided"), kind="user"),
    )

    def queryset(self) -> QuerySet[TimeCorrection]:
        return selectors.corrections_visible_to(self.user)

    def row_url(self, row: TimeCorrection) -> str:
        return ""

    def row_actions(self, row: TimeCorrection) -> list[dict[str, Any]]:
        if row.state != "asked" or row.user_id == self.user.pk or not is_allowed(self.user, DECIDE_TIME):
            return []
        return [
            {
                "label": label,
                "icon": icon,
                "method": "post",
                "url": reverse("work:correction-decide", args=[row.pk, code]),
            }
            for code, label, icon in (("yes", _("Agree"), "check"), ("no", _("Refuse"), "x"))
        ]


CORRECTION_TONES = {"asked": "amber", "approved": "green", "refused": "red"}


class NotificationFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(
        choices=lambda: [(code, made.title) for code, made in REGISTRY.items()], label=_("Kind")
    )
    unread = django_filters.BooleanFilter(field_name="read_at", lookup_expr="isnull", label=_("Unread"))


PUT_OFF = (("30m", _("In 30 minutes")), ("2h", _("In two hours")), ("morning", _("Tomorrow morning")))


class NotificationListing(Listing):
    slug = "notifications"
    title = _("Notifications")
    permission = SIGNED_IN
    filterset = NotificationFilter
    order = "-pk"
    empty_title = _("No news")
    empty_text = _("Here you will read what has happened to your patients, tasks and jobs.")
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

    def row_actions(self, row: Notification) -> list[dict[str, Any]]:
        url = reverse("work:notification-snooze", args=[row.pk])
        return [
            {"label": label, "icon": "clock", "method": "post", "url": f"{url}?for={code}"} for code, label in PUT_OFF
        ]

    @property
    def head_actions(self) -> list[dict[str, Any]]:
        return [{"label": _("What to tell me"), "icon": "bell-cog", "url": reverse("work:notification-kinds")}]

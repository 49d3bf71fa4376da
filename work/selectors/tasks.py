"""Who sees which task, how many notifications are unread."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from clinic.models import Profession, Staff, User
from core import clock
from core.access import is_allowed
from work import rules
from work.models import MutedKind, Notification, Task, TaskRule, TaskStep
from work.permissions import EDIT_ALL_TASKS, SEE_ALL_TASKS
from work.subjects import SUBJECTS

TONES = {"new": "blue", "in_work": "violet", "waiting": "amber", "review": "teal", "done": "green", "cancelled": "grey"}


def groups_of(user: Any) -> Q:
    """Addressed to the user, by name or by one of his groups."""
    named = Q(person_ids__contains=[user.pk]) | Q(roles__overlap=user.role_codes)
    professions = list(
        Staff.professions.through.objects.filter(staff_id=user.staff_id).values_list("profession_id", flat=True)
        if user.staff_id
        else ()
    )
    if professions:
        named |= Q(profession_ids__overlap=professions)
    return named & (Q(branch__isnull=True) | Q(branch__in=user.branch_ids))


def mine(user: Any) -> Q:
    """Own tasks, and those of the user's groups that nobody has taken."""
    return Q(executor=user) | (Q(executor__isnull=True) & groups_of(user))


def tasks_visible_to(user: Any) -> QuerySet[Task]:
    """Mine, those that I gave, those of my groups whoever has them; all of my branches with the right to it."""
    rows = Task.objects.live().select_related("executor__staff", "branch", "created_by__staff")
    if is_allowed(user, SEE_ALL_TASKS):
        return rows.filter(Q(branch__isnull=True) | Q(branch__in=user.branch_ids))
    return rows.filter(mine(user) | Q(created_by=user) | groups_of(user))


def task_visible_to(user: Any, pk: int) -> Task | None:
    return tasks_visible_to(user).filter(pk=pk).first()


def rules_visible_to(user: Any) -> QuerySet[TaskRule]:
    """Repeating tasks that a user made; all of his branches with the right to it."""
    rows = TaskRule.objects.select_related("branch", "created_by__staff")
    if is_allowed(user, SEE_ALL_TASKS):
        return rows.filter(Q(branch__isnull=True) | Q(branch__in=user.branch_ids))
    return rows.filter(created_by=user)


def may_edit(row: Task | TaskRule, user: Any) -> bool:
    """Only the author, or who may change all (TSK-03)."""
    return row.created_by_id == user.pk or is_allowed(user, EDIT_ALL_TASKS)


def may_move(task: Task, user: Any) -> bool:
    """Who has it, or anybody of the group while nobody has; the author and who may change all."""
    return task.executor_id in (None, user.pk) or may_edit(task, user)


def members_of(
    person_ids: Iterable[int], roles: Iterable[str], profession_ids: Iterable[int], *, branch_id: int | None
) -> list[User]:
    """Active users of these groups who see the branch; those who are named are in whatever they see."""
    named, roles, profession_ids = set(person_ids), list(roles), list(profession_ids)
    wanted = Q(pk__in=named) | Q(roles__code__in=roles) | Q(staff__professions__in=profession_ids)
    found = User.objects.with_rights().filter(wanted, is_active=True, partner_id__isnull=True).order_by("pk").distinct()
    return [user for user in found if user.pk in named or branch_id is None or branch_id in user.branch_ids]


def overseers() -> list[int]:
    """Those who see everybody's tasks."""
    found = User.objects.with_rights().filter(is_active=True, partner_id__isnull=True)
    return [user.pk for user in found if is_allowed(user, SEE_ALL_TASKS)]


def named(tasks: list[Task]) -> list[Task]:
    """Give each task `names` of the persons and professions that it is for, asked once for a page."""
    users = {pk for task in tasks if not task.executor_id for pk in task.person_ids}
    professions = {pk for task in tasks if not task.executor_id for pk in task.profession_ids}
    people = {user.pk: str(user) for user in User.objects.filter(pk__in=users)} if users else {}
    groups = dict(Profession.objects.filter(pk__in=professions).values_list("pk", "name")) if professions else {}
    for task in tasks:
        task.names = [  # type: ignore[attr-defined]
            *(people[pk] for pk in task.person_ids if pk in people), *(groups[pk] for pk in task.profession_ids if pk in groups),
        ]  # fmt: skip
    return tasks


def about(tasks: list[Task], user: Any) -> list[Task]:
    """Give each task `about`: the record that it is tied to, if this user may see it; one question a kind."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for task in tasks:
        task.about = None  # type: ignore[attr-defined]
        if subject := subject_key(task):
            wanted[subject[0]].add(subject[1])
    found = {each.kind: each.find(user, sorted(wanted[each.kind])) for each in SUBJECTS if each.kind in wanted}
    for task in tasks:
        if subject := subject_key(task):
            task.about = found.get(subject[0], {}).get(subject[1])  # type: ignore[attr-defined]
    return tasks


def subject_key(task: Task) -> tuple[str, int] | None:
    if task.subject_kind and task.subject_id:
        return task.subject_kind, task.subject_id
    return ("patients.patient", task.patient_id) if task.patient_id else None


@dataclass(frozen=True, slots=True)
class BoardColumn:
    state: str
    title: Any
    tone: str
    tasks: list[Task]
    more: int


SHOWN, ENDED_DAYS = 60, 7


def board_of(rows: QuerySet[Task], user: Any) -> list[BoardColumn]:
    """The six columns (TSK-01). What ended long ago is only in the list."""
    columns = []
    recently = clock.now() - timedelta(days=ENDED_DAYS)
    for state, title in Task.State.choices:
        own = with_steps(rows.filter(state=state)).order_by(F("due_at").asc(nulls_last=True), "pk")
        if state in rules.ENDED:
            own = own.filter(ended_at__gte=recently).order_by("-ended_at")
        found = list(own[: SHOWN + 1])
        more = own.count() - SHOWN if len(found) > SHOWN else 0
        columns.append(BoardColumn(state, title, TONES[state], found[:SHOWN], more))
    tasks = [task for column in columns for task in column.tasks]
    about(named(tasks), user)
    for task in tasks:
        task.term = due_words(task) if task.is_open else ("", "grey")  # type: ignore[attr-defined]
    return columns


def with_steps(rows: QuerySet[Task]) -> QuerySet[Task]:
    """With `steps_all` and `steps_done`, each found by the index of the task."""
    own = TaskStep.objects.filter(task=OuterRef("pk")).order_by().values("task")
    return rows.annotate(
        steps_all=Coalesce(Subquery(own.annotate(n=Count("pk")).values("n")), 0),
        steps_done=Coalesce(Subquery(own.annotate(n=Count("done_at")).values("n")), 0),
    )


def bundle_of(task: Task) -> tuple[int, int]:
    """How many of a giving are done, and how many there are."""
    if not task.bundle:
        return 0, 0
    rows = Task.objects.live().filter(bundle=task.bundle)
    return rows.filter(state=Task.State.DONE).count(), rows.count()


def executors() -> QuerySet[User]:
    """Who can be given a task."""
    return (
        User.objects.filter(is_active=True, partner_id__isnull=True)
        .select_related("staff")
        .order_by("name", "username")
    )


def users_of_role(code: str) -> QuerySet[User]:
    return User.objects.filter(roles__code=code).order_by().values("pk")


def users_of_profession(pk: int) -> QuerySet[User]:
    return User.objects.filter(staff__professions=pk).order_by().values("pk")


def tasks_open(ids: Iterable[int]) -> list[Task]:
    return list(Task.objects.live().filter(pk__in=list(ids), state__in=Task.OPEN).order_by("pk"))


def tasks_open_count(user: Any) -> int:
    return Task.objects.live().filter(mine(user), state__in=Task.OPEN).count()


def awake() -> Q:
    return Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=clock.now())


def checklist_of(task: Task) -> list[TaskStep]:
    return list(task.steps.select_related("done_by__staff"))


def late_count(rows: QuerySet[Task]) -> int:
    return rows.filter(due_at__lt=clock.now(), state__in=Task.OPEN).count()


def muted_kinds(user: Any) -> set[str]:
    return set(MutedKind.objects.filter(user=user).values_list("kind", flat=True))


def unread_count(user: Any) -> int:
    return Notification.objects.filter(awake(), user=user, read_at__isnull=True).count()


def notifications_of(user: Any) -> QuerySet[Notification]:
    """Newest first; one that was put off counts from the moment when it comes back."""
    return Notification.objects.filter(user=user).annotate(shown_at=Greatest("created_at", "snoozed_until"))


def notifications_shown(user: Any, limit: int = 20) -> list[Notification]:
    return list(notifications_of(user).filter(awake()).order_by("-shown_at", "-pk")[:limit])


def due_words(task: Task) -> tuple[Any, str]:
    """How near the term is, and its tone."""
    if task.due_at is None:
        return "", "grey"
    left = task.due_at - clock.now()
    if left < timedelta():
        return _("late"), "red"
    if left < timedelta(hours=24):
        return _("today") if left < timedelta(hours=12) else _("within a day"), "amber"
    return f"{timezone.localtime(task.due_at):%d.%m}", "blue"


NEXT_STEPS = {
    "in_work": _lazy("Begin"), "waiting": _lazy("Wait"), "review": _lazy("To review"), "done": _lazy("Done"),
    "cancelled": _lazy("Cancel the task"), "new": _lazy("Back to new"),
}  # fmt: skip

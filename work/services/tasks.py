"""Tasks: given, taken, moved over the board, ended."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from clinic.models import User
from core import clock, live
from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import IllegalMove, Invalid, NotFound
from work import notices, rules
from work.errors import TaskTaken
from work.models import Task
from work.services.notifications import notify

sentence("work.task.given", _lazy("Task given: %(object)s"), "checkbox", "violet")
sentence("work.task.changed", _lazy("Task changed: %(object)s"), "edit", "grey", is_timeline=False)
sentence("work.task.taken", _lazy("Task taken: %(object)s"), "hand-grab", "blue", is_timeline=False)
sentence("work.task.moved", _lazy("Task %(object)s: %(new)s"), "arrows-exchange", "grey", is_timeline=False)
sentence("work.task.done", _lazy("Task done: %(object)s"), "circle-check", "green")


@command
def task_create(
    *, title: str, actor: Any, executor: User | None = None, role: str = "", profession_id: int | None = None,
    text: str = "", branch_id: int | None = None, due_at: datetime | None = None, is_urgent: bool = False,
    patient_id: int | None = None, subject: tuple[str, int] | None = None, url: str = "", key: str = "",
) -> Task:  # fmt: skip
    """Give a task to a person or a group (TSK-02). With a `key` an open one is given back instead of a second (TSK-05).

    Reverse: task_move to cancelled.
    """
    if key and (known := Task.objects.filter(key=key, state__in=Task.OPEN).first()):
        return known
    if executor is None and not role and not profession_id:
        raise Invalid(fields={"executor": _("Choose a person or a group.")})
    row = Task.objects.create(
        title=title[:200], text=text, executor=executor, role=role, profession_id=profession_id, branch_id=branch_id, due_at=due_at,
        is_urgent=is_urgent, patient_id=patient_id, subject_kind=subject[0] if subject else "", subject_id=subject[1] if subject else None,
        url=url, key=key, created_at=clock.now(), created_by=actor,
    )  # fmt: skip
    audit(actor, "work.task.given", row, patient_id=patient_id)
    tell_executors(row, actor)
    live.announce("task", row.pk, branch_id=branch_id, version=row.version)
    return row


def tell_executors(row: Task, actor: Any) -> None:
    """The person, or everybody of the group."""
    url = row.get_absolute_url()
    if row.executor:
        notify(notices.TASK_GIVEN, users=[row.executor], url=url, but=actor, title=row.title)
    elif row.role:
        notify(notices.TASK_GIVEN, roles=[row.role], branch_id=row.branch_id, url=url, but=actor, title=row.title)
    else:
        people = User.objects.filter(staff__professions=row.profession_id, is_active=True)
        notify(notices.TASK_GIVEN, users=people, url=url, but=actor, title=row.title)


def locked(task_id: int) -> Task:
    row = Task.objects.select_for_update().filter(pk=task_id).first()
    if row is None:
        raise NotFound
    return row


@command
def task_change(*, task_id: int, actor: Any, expected_version: int | None = None, **changes: Any) -> Task:
    """Other words, executor or term (TSK-03). Raises Stale."""
    row = locked(task_id)
    check_version(expected_version, row.version)
    before = row.executor_id, row.role, row.profession_id
    for name, value in changes.items():
        setattr(row, name, value)
    if row.executor is None and not row.role and not row.profession_id:
        raise Invalid(fields={"executor": _("Choose a person or a group.")})
    save(row)
    audit(actor, "work.task.changed", row, patient_id=row.patient_id)
    if before != (row.executor_id, row.role, row.profession_id):
        tell_executors(row, actor)
    return row


@command
def task_take(*, task_id: int, actor: Any) -> Task:
    """Of a group whoever takes first has it (TSK-02). Raises TaskTaken. Reverse: task_change of the executor."""
    row = locked(task_id)
    if row.executor_id not in (None, actor.pk):
        raise TaskTaken(executor=row.executor_id)
    if not row.is_open:
        raise IllegalMove(source=row.state, to=Task.State.IN_WORK)
    row.executor, row.state = actor, Task.State.IN_WORK if row.state == Task.State.NEW else row.state
    save(row)
    audit(actor, "work.task.taken", row, patient_id=row.patient_id)
    return row


@command
def task_move(*, task_id: int, state: str, actor: Any, result: str = "", expected_version: int | None = None) -> Task:
    """To another column of the board (TSK-01). Raises IllegalMove, Stale. Reverse: the same verb."""
    row = locked(task_id)
    check_version(expected_version, row.version)
    if not rules.is_step(row.state, state):
        raise IllegalMove(source=row.state, to=state)
    row.state, row.result = state, (result or row.result)[:500]
    if row.executor is None and actor:
        row.executor = actor
    row.ended_at, row.ended_by = (clock.now(), actor) if state in rules.ENDED else (None, None)
    save(row)
    if state == Task.State.DONE:
        audit(actor, "work.task.done", row, patient_id=row.patient_id, result=row.result)
        notify(notices.TASK_DONE, users=[row.created_by] if row.created_by else [], url=row.get_absolute_url(), but=actor,
               title=row.title, who=str(actor or ""))  # fmt: skip
    else:
        audit(actor, "work.task.moved", row, patient_id=row.patient_id, new=row.get_state_display())
    return row


@command
def tasks_end_by_key(*, key: str, actor: Any, state: str = Task.State.DONE, result: str = "") -> int:
    """What the program asked for has happened, or is no longer needed; gives how many tasks ended."""
    ids = list(Task.objects.filter(key=key, state__in=Task.OPEN).values_list("pk", flat=True))
    for pk in ids:
        task_move(task_id=pk, state=state, actor=actor, result=result)
    return len(ids)


def save(row: Task) -> None:
    row.version += 1
    row.save()
    live.announce("task", row.pk, branch_id=row.branch_id, version=row.version)

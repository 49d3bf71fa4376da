"""Tasks: given, taken, moved over the board, ended, thrown away."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from clinic.models import User
from core import clock, live, undo
from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import Forbidden, IllegalMove, Invalid, NotFound
from core.trash import trash_put
from work import notices, rules
from work.errors import TaskTaken
from work.kinds import BY_HAND, TaskKind
from work.models import Addressed, Task, TaskStep
from work.permissions import EDIT_ALL_TASKS, EDIT_TASKS
from work.selectors import may_edit, may_move, members_of, overseers
from work.services.notifications import notify

sentence("work.task.given", _lazy("Task given: %(object)s"), "checkbox", "violet")
sentence("work.task.changed", _lazy("Task changed: %(object)s"), "edit", "grey", is_timeline=False)
sentence("work.task.taken", _lazy("Task taken: %(object)s"), "hand-grab", "blue", is_timeline=False)
sentence("work.task.moved", _lazy("Task %(object)s: %(new)s"), "arrows-exchange", "grey", is_timeline=False)
sentence("work.task.done", _lazy("Task done: %(object)s"), "circle-check", "green")

MOVE = "work.move"
MOVED = ("state", "executor_id", "result", "ended_at", "ended_by_id")


@command
def task_create(
    *, title: str, actor: Any, executor: User | None = None, role: str = "", profession_id: int | None = None,
    person_ids: Sequence[int] = (), roles: Sequence[str] = (), profession_ids: Sequence[int] = (), text: str = "",
    kind: TaskKind = BY_HAND, branch_id: int | None = None, due_at: datetime | None = None, is_urgent: bool = False,
    patient_id: int | None = None, subject: tuple[str, int] | None = None, url: str = "", key: str = "",
    checklist: Iterable[str] = (), bundle: UUID | None = None, rule_id: int | None = None,
) -> Task:  # fmt: skip
    """Give a task to persons or groups, of whom the first takes it (TSK-02). With a `key` an open one is given back
    instead of a second (TSK-05).

    Reverse: task_move to cancelled.
    """
    if key and (known := Task.objects.live().filter(key=key, state__in=Task.OPEN).first()):
        return known
    row = Task(
        title=title[:200], text=text, kind=kind.code, branch_id=branch_id, due_at=due_at, is_urgent=is_urgent,
        person_ids=unique([*([executor.pk] if executor else []), *person_ids]), roles=unique([role, *roles]),
        profession_ids=unique([profession_id, *profession_ids]), patient_id=patient_id,
        subject_kind=subject[0] if subject else "", subject_id=subject[1] if subject else None, url=url, key=key,
        bundle=bundle, rule_id=rule_id, created_at=clock.now(), created_by=actor,
    )  # fmt: skip
    check_addressees(row)
    row.executor_id = row.person_ids[0] if row.is_for_one else None
    row.save(force_insert=True)
    TaskStep.objects.bulk_create(
        [TaskStep(task=row, position=number, text=line[:200]) for number, line in enumerate(checklist)]
    )
    audit(actor, "work.task.given", row, patient_id=patient_id)
    tell_executors(row, actor)
    tell_pages(row)
    return row


def unique(items: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(item for item in items if item))


def check_addressees(row: Addressed) -> None:
    if not any(row.addressees):
        raise Invalid(fields={"people": _("Choose a person or a group.")})


@command
def tasks_give(*, each: bool = False, actor: Any, **given: Any) -> list[Task]:
    """One task that the first takes, or with `each` one for every person of the groups (TSK-02)."""
    if not each:
        return [task_create(actor=actor, **given)]
    groups = given_to(given).addressees
    people = members_of(*groups, branch_id=given.get("branch_id"))
    if not people:
        raise Invalid(fields={"people": _("There is nobody in these groups.")})
    rest = {name: value for name, value in given.items() if name not in GROUPS}
    key, bundle = rest.pop("key", ""), uuid4() if len(people) > 1 else None
    return [
        task_create(actor=actor, executor=person, bundle=bundle, key=f"{key}:{person.pk}" if key else "", **rest)
        for person in people
    ]


GROUPS = frozenset({"executor", "role", "profession_id", "person_ids", "roles", "profession_ids"})


def given_to(given: dict[str, Any]) -> Task:
    executor = given.get("executor")
    return Task(
        person_ids=unique([executor and executor.pk, *given.get("person_ids", ())]),
        roles=unique([given.get("role"), *given.get("roles", ())]),
        profession_ids=unique([given.get("profession_id"), *given.get("profession_ids", ())]),
    )


def tell_executors(row: Task, actor: Any) -> None:
    """The person, or everybody of the groups."""
    people = [row.executor] if row.executor else members_of(*row.addressees, branch_id=row.branch_id)
    notify(notices.TASK_GIVEN, users=people, url=row.get_absolute_url(), but=actor, title=row.title)


def locked(task_id: int) -> Task:
    row = Task.objects.live().select_for_update().filter(pk=task_id).first()
    if row is None:
        raise NotFound
    return row


def check_may_edit(row: Task, actor: Any) -> None:
    if not may_edit(row, actor):
        raise Forbidden(needs=EDIT_ALL_TASKS.code)


@command
def task_change(*, task_id: int, actor: Any, expected_version: int | None = None, **changes: Any) -> Task:
    """Other words, executors or term; only the author or who may change all (TSK-03). Raises Stale, Forbidden."""
    row = locked(task_id)
    check_may_edit(row, actor)
    check_version(expected_version, row.version)
    before = row.addressees
    for name, value in changes.items():
        setattr(row, name, value)
    check_addressees(row)
    is_other = row.addressees != before
    if is_other:
        row.executor_id = row.person_ids[0] if row.is_for_one else None
    save(row)
    audit(actor, "work.task.changed", row, patient_id=row.patient_id)
    if is_other:
        tell_executors(row, actor)
    return row


@command
def task_delete(*, task_id: int, actor: Any, with_bundle: bool = False) -> int:
    """To the trash, with `with_bundle` for everybody who got it (TSK-03). Reverse: trash_restore."""
    row = locked(task_id)
    check_may_edit(row, actor)
    rows = [row]
    if with_bundle and row.bundle:
        rows = list(Task.objects.live().filter(bundle=row.bundle).order_by("pk"))
    for each in rows:
        trash_put(each, actor=actor)
        tell_pages(each)
    return len(rows)


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
def task_move(
    *,
    task_id: int,
    state: str,
    actor: Any,
    result: str = "",
    expected_version: int | None = None,
    by_cause: bool = False,
) -> Task:
    """To another column of the board (TSK-01). Raises IllegalMove, Stale, TaskTaken. Reverse: the same verb.

    `by_cause`: what the task asked for has happened, whoever has it.
    """
    row = locked(task_id)
    check_version(expected_version, row.version)
    if not rules.is_step(row.state, state):
        raise IllegalMove(source=row.state, to=state)
    if not by_cause and not may_move(row, actor):
        raise TaskTaken(executor=row.executor_id)
    with undo.step(actor, MOVE, _("Task: %(title)s") % {"title": row.title}, undo.Owned(Task, {"pk": row.pk}, MOVED)):
        return _move(row, state, result, actor)


def _move(row: Task, state: str, result: str, actor: Any) -> Task:
    row.state, row.result = state, (result or row.result)[:500]
    if row.executor is None and actor:
        row.executor = actor
    row.ended_at, row.ended_by = (clock.now(), actor) if state in rules.ENDED else (None, None)
    save(row)
    if state == Task.State.DONE:
        audit(actor, "work.task.done", row, patient_id=row.patient_id, result=row.result)
    else:
        audit(actor, "work.task.moved", row, patient_id=row.patient_id, new=row.get_state_display())
    tell_author(row, actor)
    return row


@command
def tasks_finish(*, task_ids: Sequence[int], actor: Any) -> int:
    """Many at once, those that are his to move; gives how many. Reverse: undo takes them back together (MOON-18)."""
    rows = Task.objects.live().filter(pk__in=list(task_ids), state__in=Task.OPEN).order_by("pk")
    chosen = [row.pk for row in rows if may_move(row, actor)]
    with undo.together(actor, _("Tasks done: %(count)s") % {"count": len(chosen)}):
        for pk in chosen:
            task_move(task_id=pk, state=Task.State.DONE, actor=actor)
    return len(chosen)


@undo.inverse(MOVE, EDIT_TASKS)
def task_move_back(step: undo.Step, actor: Any) -> None:
    """To the column and the executor that it had."""
    ((was,),), ((where),) = step.before, step.where
    row = locked(where["pk"])
    for name, value in was.items():
        setattr(row, name, value)
    save(row)
    audit(actor, "work.task.moved", row, patient_id=row.patient_id, new=row.get_state_display())


def tell_author(row: Task, actor: Any) -> None:
    """Who gave the task hears that it is done, or that it waits for his look."""
    notice = {Task.State.DONE: notices.TASK_DONE, Task.State.REVIEW: notices.TASK_REVIEW}.get(row.state)  # type: ignore[call-overload]
    if notice and row.created_by:
        notify(
            notice, users=[row.created_by], url=row.get_absolute_url(), but=actor, title=row.title, who=str(actor or "")
        )


@command
def tasks_end_by_key(*, key: str, actor: Any, state: str = Task.State.DONE, result: str = "") -> int:
    """What the program asked for has happened, or is no longer needed; gives how many tasks ended."""
    ids = list(Task.objects.live().filter(key=key, state__in=Task.OPEN).values_list("pk", flat=True))
    for pk in ids:
        task_move(task_id=pk, state=state, actor=actor, result=result, by_cause=True)
    return len(ids)


def save(row: Task) -> None:
    row.version += 1
    row.save()
    tell_pages(row)


def tell_pages(row: Task) -> None:
    """Open pages of the branch; of a task without one, those of the people whom it concerns."""
    people = None
    if row.branch_id is None:
        people = {user.pk for user in members_of(*row.addressees, branch_id=None)}
        people |= {pk for pk in (row.executor_id, row.created_by_id) if pk} | set(overseers())
    live.announce("task", row.pk, branch_id=row.branch_id, user_ids=people, version=row.version)


# The checklist


@command
def step_add(*, task_id: int, text: str, actor: Any) -> TaskStep:
    """One more line of the checklist (TSK-12). Reverse: step_remove."""
    row = locked(task_id)
    if not text.strip():
        raise Invalid(fields={"text": _("Write what is to be done.")})
    last = row.steps.order_by("-position").values_list("position", flat=True).first()
    made = TaskStep.objects.create(task=row, text=text.strip()[:200], position=0 if last is None else last + 1)
    save(row)
    audit(actor, "work.task.changed", row, patient_id=row.patient_id)
    return made


@command
def step_tick(*, task_id: int, step_id: int, is_done: bool, actor: Any) -> TaskStep:
    """Tick a line of the checklist, or take the tick off (TSK-12); its own reverse."""
    row, step = _step(task_id, step_id)
    if is_done != bool(step.done_at):
        step.done_at, step.done_by = (clock.now(), actor) if is_done else (None, None)
        step.save()
        save(row)
        audit(actor, "work.task.changed", row, patient_id=row.patient_id)
    return step


@command
def step_remove(*, task_id: int, step_id: int, actor: Any) -> None:
    """Reverse: step_add."""
    row, step = _step(task_id, step_id)
    check_may_edit(row, actor)
    step.delete()
    save(row)
    audit(actor, "work.task.changed", row, patient_id=row.patient_id)


def _step(task_id: int, step_id: int) -> tuple[Task, TaskStep]:
    row = locked(task_id)
    step = row.steps.filter(pk=step_id).first()
    if step is None:
        raise NotFound
    return row, step

"""Tasks over the API."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from clinic.models import BUILT_IN_ROLES
from clinic.selectors import professions_live
from core.api import Body, Id, Moment, Out, Router, if_match
from core.errors import Invalid, NotFound
from work import selectors, services
from work.listings import TaskListing
from work.models import Task
from work.permissions import EDIT_TASKS, SEE_TASKS
from work.subjects import subject_find

router = Router("work")


class TaskOut(Out):
    id = serializers.IntegerField()
    title = serializers.CharField()
    text = serializers.CharField()
    kind = serializers.CharField()
    status = serializers.CharField()
    executor = serializers.IntegerField(source="executor_id", allow_null=True)
    role = serializers.SerializerMethodField()
    profession = serializers.SerializerMethodField()
    executors = serializers.ListField(source="person_ids", child=serializers.IntegerField())
    roles = serializers.ListField(child=serializers.CharField())
    professions = serializers.ListField(source="profession_ids", child=serializers.IntegerField())
    author = serializers.IntegerField(source="created_by_id", allow_null=True)
    branch = serializers.IntegerField(source="branch_id", allow_null=True)
    patient = serializers.IntegerField(source="patient_id", allow_null=True)
    about = serializers.SerializerMethodField()
    bundle = serializers.UUIDField(allow_null=True)
    due_at = Moment(allow_null=True)
    is_urgent = serializers.BooleanField()
    result = serializers.CharField()
    created_at = Moment()
    ended_at = Moment(allow_null=True)
    version = serializers.IntegerField()

    def get_role(self, task: Task) -> str:
        return task.roles[0] if task.roles else ""

    def get_profession(self, task: Task) -> int | None:
        return task.profession_ids[0] if task.profession_ids else None

    def get_about(self, task: Task) -> str:
        """`kind:id` of the record that the task is tied to."""
        return f"{task.subject_kind}:{task.subject_id}" if task.subject_kind else ""


class GroupsIn(Body):
    executor = Id(required=False, allow_null=True)
    role = serializers.ChoiceField(choices=list(BUILT_IN_ROLES), required=False)
    profession = Id(required=False, allow_null=True)
    executors = serializers.ListField(child=Id(), required=False, max_length=200)
    roles = serializers.ListField(child=serializers.ChoiceField(choices=list(BUILT_IN_ROLES)), required=False)
    professions = serializers.ListField(child=Id(), required=False, max_length=200)
    branch = Id(required=False, allow_null=True)


class TaskIn(GroupsIn):
    title = serializers.CharField(max_length=200)
    text = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    each = serializers.BooleanField(required=False)
    due_at = Moment(required=False)
    is_urgent = serializers.BooleanField(required=False)
    checklist = serializers.ListField(child=serializers.CharField(max_length=200), required=False, max_length=50)
    patient = Id(required=False, allow_null=True)


class TaskPatch(GroupsIn):
    title = serializers.CharField(max_length=200, required=False)
    text = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    due_at = Moment(required=False, allow_null=True)
    is_urgent = serializers.BooleanField(required=False)


class StatusIn(Body):
    status = serializers.ChoiceField(choices=Task.State.choices)
    result = serializers.CharField(max_length=500, required=False, allow_blank=True)


router.listing("tasks/", TaskListing, gives=TaskOut)


GROUP_NAMES = frozenset({"executor", "executors", "role", "roles", "profession", "professions"})


def groups_read(request: Request, data: dict[str, Any]) -> dict[str, Any]:
    """Persons and groups out of the body, checked; naming any replaces them all."""
    found: dict[str, Any] = {}
    if GROUP_NAMES & set(data):
        found = {
            name: services.unique([data.pop(one, None), *data.pop(many, [])])
            for one, many, name in (
                ("executor", "executors", "person_ids"), ("role", "roles", "roles"), ("profession", "professions", "profession_ids"),
            )
        }  # fmt: skip
    known = set(selectors.executors().filter(pk__in=found.get("person_ids", ())).values_list("pk", flat=True))
    if set(found.get("person_ids", ())) - known:
        raise Invalid(fields={"executor": _("There is no such user.")})
    groups = found.get("profession_ids", ())
    if professions_live().filter(pk__in=groups).count() != len(groups):
        raise Invalid(fields={"profession": _("There is no such profession.")})
    if "branch" in data:
        found["branch_id"] = data.pop("branch")
        if found["branch_id"] and found["branch_id"] not in request.user.branch_ids:
            raise NotFound
    return found


@router.post("tasks/", EDIT_TASKS, takes=TaskIn, gives=TaskOut, status=201)
def task_create(request: Request, data: dict[str, Any]) -> Task:
    """Give a task to persons, roles or professions; with `each` every one of them gets his own, the first is answered."""
    groups = groups_read(request, data)
    if not any(groups.get(name) for name in ("person_ids", "roles", "profession_ids")):
        raise Invalid(fields={"executor": _("Choose a person or a group.")})
    if patient := data.pop("patient", None):
        about = subject_find(request.user, "patients.patient", patient)
        if about is None:
            raise NotFound
        data |= {"subject": ("patients.patient", patient), "patient_id": about.patient_id}
    return services.tasks_give(**data, **groups, actor=request.user)[0]


@router.patch("tasks/<int:pk>/", EDIT_TASKS, takes=TaskPatch, gives=TaskOut)
def task_change(request: Request, pk: int, data: dict[str, Any]) -> Task:
    """Only its author or who may change all (TSK-03)."""
    task = task_read(request, pk)
    return services.task_change(
        task_id=task.pk, actor=request.user, expected_version=if_match(request), **groups_read(request, data), **data
    )


@router.delete("tasks/<int:pk>/", EDIT_TASKS)
def task_delete(request: Request, pk: int) -> None:
    services.task_delete(task_id=task_read(request, pk).pk, actor=request.user)


@router.get("tasks/<int:pk>/", SEE_TASKS, gives=TaskOut)
def task_read(request: Request, pk: int) -> Task:
    row = selectors.task_visible_to(request.user, pk)
    if row is None:
        raise NotFound
    return row


@router.post("tasks/<int:pk>/take/", EDIT_TASKS, gives=TaskOut)
def task_take(request: Request, pk: int) -> Task:
    """409 `task_taken` when somebody of the group was faster."""
    return services.task_take(task_id=task_read(request, pk).pk, actor=request.user)


@router.post("tasks/<int:pk>/status/", EDIT_TASKS, takes=StatusIn, gives=TaskOut)
def task_status(request: Request, pk: int, data: dict[str, Any]) -> Task:
    """To another column; 409 `illegal_move`."""
    return services.task_move(
        task_id=task_read(request, pk).pk, state=data["status"], result=data.get("result", ""), actor=request.user,
        expected_version=if_match(request),
    )  # fmt: skip

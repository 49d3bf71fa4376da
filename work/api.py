"""Tasks over the API."""

from typing import Any

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

router = Router("work")


class TaskOut(Out):
    id = serializers.IntegerField()
    title = serializers.CharField()
    text = serializers.CharField()
    status = serializers.CharField(source="state")
    executor = serializers.IntegerField(source="executor_id", allow_null=True)
    role = serializers.CharField()
    profession = serializers.IntegerField(source="profession_id", allow_null=True)
    branch = serializers.IntegerField(source="branch_id", allow_null=True)
    patient = serializers.IntegerField(source="patient_id", allow_null=True)
    due_at = Moment(allow_null=True)
    is_urgent = serializers.BooleanField()
    result = serializers.CharField()
    created_at = Moment()
    ended_at = Moment(allow_null=True)
    version = serializers.IntegerField()


class TaskIn(Body):
    title = serializers.CharField(max_length=200)
    text = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    executor = Id(required=False, allow_null=True)
    role = serializers.ChoiceField(choices=list(BUILT_IN_ROLES), required=False)
    profession = Id(required=False, allow_null=True)
    branch = Id(required=False, allow_null=True)
    due_at = Moment(required=False)
    is_urgent = serializers.BooleanField(required=False)


class StatusIn(Body):
    status = serializers.ChoiceField(choices=Task.State.choices)
    result = serializers.CharField(max_length=500, required=False, allow_blank=True)


router.listing("tasks/", TaskListing, gives=TaskOut)


@router.post("tasks/", EDIT_TASKS, takes=TaskIn, gives=TaskOut, status=201)
def task_create(request: Request, data: dict[str, Any]) -> Task:
    """Give a task to a person, a role or a profession."""
    executor, profession, branch = (data.pop(name, None) for name in ("executor", "profession", "branch"))
    person = selectors.executors().filter(pk=executor).first() if executor else None
    if executor and person is None:
        raise Invalid(fields={"executor": "?"})
    if branch and branch not in request.user.branch_ids:
        raise NotFound
    if profession and not professions_live().filter(pk=profession).exists():
        raise Invalid(fields={"profession": "?"})
    return services.task_create(**data, executor=person, profession_id=profession, branch_id=branch, actor=request.user)


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

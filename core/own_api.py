"""The frame's part of the API: what errors mean, how a long job goes."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request

from core import errors
from core.access import SIGNED_IN
from core.api import Out, Router
from core.jobs import cancel, job_of
from core.undo import undo_last

router = Router("core")


class ErrorMeaning(Out):
    code = serializers.CharField()
    status = serializers.IntegerField()
    meaning = serializers.CharField()


@router.get("errors/", SIGNED_IN, gives=ErrorMeaning, many=True)
def error_list(request: Request) -> list[dict[str, Any]]:
    """Every code that `code` of an error may have, with its status and meaning."""
    return [
        {"code": code, "status": error.status, "meaning": str(error.message)}
        for code, error in sorted(errors.REGISTRY.items())
    ]


class UndoOut(Out):
    id = serializers.IntegerField()
    title = serializers.CharField()


@router.post("undo/", SIGNED_IN, gives=UndoOut)
def undo(request: Request) -> Any:
    """Take back one's own last command; 409 `nothing_to_undo`, or `undo_blocked` that says what stands in the way."""
    return undo_last(actor=request.user)


class JobOut(Out):
    id = serializers.IntegerField()
    title = serializers.CharField()
    state = serializers.CharField()
    progress = serializers.IntegerField(help_text="whole percent")
    note = serializers.CharField()
    result = serializers.DictField()
    file = serializers.SerializerMethodField(help_text="address of the file that the job has made")

    def get_file(self, job: Any) -> str | None:
        if job.file_id is None:
            return None
        return str(self.context["request"].build_absolute_uri(reverse("core:file", args=[job.file.key])))


@router.get("jobs/<int:pk>/", SIGNED_IN, gives=JobOut)
def job(request: Request, pk: int) -> Any:
    """A job of one's own: `waiting, running, done, failed, cancelled`."""
    return job_of(request.user, pk=pk)


@router.post("jobs/<int:pk>/cancel/", SIGNED_IN, gives=JobOut)
def job_cancel(request: Request, pk: int) -> Any:
    """Ask a job to stop; what it did in its open transaction is rolled back."""
    row = job_of(request.user, pk=pk)
    cancel(row)
    return job_of(request.user, pk=pk)

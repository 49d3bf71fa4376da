"""Long work with a bar: the job's row is the truth, so a killed worker's job goes on or says that it failed."""

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, TypeVar

from django.db import connection, transaction

from core import clock
from core.errors import NotFound
from core.models import Job
from core.worker import wake_up

T = TypeVar("T")
REGISTRY: dict[str, Callable[["Progress"], dict[str, Any] | None]] = {}
SILENT_FOR = timedelta(seconds=90)


class Cancelled(Exception):
    """The owner asked to stop; what the runner did in its open transaction is rolled back."""


class Progress:
    """What a runner gets: its job, and the bar to move."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.params: dict[str, Any] = job.params
        self._told = clock.now()

    def step(self, done: int, total: int | None = None, note: str = "") -> None:
        """Tell the bar; at most twice a second. Raises Cancelled when the owner asked to stop."""
        if clock.now() - self._told < timedelta(milliseconds=500) and done != total:
            return
        self._told = clock.now()
        changes = {"done": done, "heartbeat_at": self._told, "note": note[:300]}
        if total is not None:
            changes["total"] = total
        tell(self.job.pk, changes)
        if Job.objects.filter(pk=self.job.pk, is_cancel_asked=True).exists():
            raise Cancelled

    def track(self, rows: Iterable[T], total: int) -> Iterator[T]:
        for number, row in enumerate(rows):
            self.step(number, total)
            yield row
        self.step(total, total)


def tell(job_id: int, changes: dict[str, Any]) -> None:
    """Write on a connection of its own, so that the bar moves while the runner's transaction is open."""
    if not connection.in_atomic_block:
        Job.objects.filter(pk=job_id).update(**changes)
        return

    def write() -> None:
        Job.objects.filter(pk=job_id).update(**changes)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    writer.join()


def runner(kind: str) -> Callable[[Callable[[Progress], dict[str, Any] | None]], Any]:
    """Register what does jobs of a kind; it returns facts for `result` and may set `job.file`."""

    def register(function: Callable[[Progress], dict[str, Any] | None]) -> Any:
        if kind in REGISTRY:
            raise ValueError(f"Job kind {kind!r} is declared twice")
        REGISTRY[kind] = function
        return function

    return register


def start(kind: str, *, title: str, params: dict[str, Any], owner: Any) -> Job:
    """Queue a job; it begins after the commit."""
    if kind not in REGISTRY:
        raise ValueError(f"Unknown job kind {kind!r}")
    job = Job.objects.create(kind=kind, title=title, params=params, owner=owner)
    transaction.on_commit(lambda: wake_up("core.job_run", job.pk))
    return job


def job_of(owner: Any, **which: Any) -> Job:
    """A job of one's own; another's is NotFound."""
    row = Job.objects.select_related("file").filter(owner=owner, **which).first()
    if row is None:
        raise NotFound
    return row


def claim(job_id: int) -> Job | None:
    """Take a waiting job for this worker; None when another has it or it is over."""
    taken = Job.objects.filter(pk=job_id, state=Job.State.WAITING).update(
        state=Job.State.RUNNING, heartbeat_at=clock.now()
    )
    return Job.objects.get(pk=job_id) if taken else None


def run(job_id: int) -> None:
    job = claim(job_id)
    if job is None:
        return
    try:
        if job.is_cancel_asked:
            raise Cancelled
        result = REGISTRY[job.kind](Progress(job)) or {}
    except Cancelled:
        end(job, Job.State.CANCELLED)
    except Exception as error:
        end(job, Job.State.FAILED, note=str(error)[:300])
        if not hasattr(error, "fields"):
            raise
    else:
        end(job, Job.State.DONE, result=result)


def end(job: Job, state: str, **changes: Any) -> None:
    job.state, job.ended_at = state, clock.now()
    for name, value in changes.items():
        setattr(job, name, value)
    job.save(update_fields=["state", "ended_at", "file", *changes])


def cancel(job: Job) -> None:
    """Ask to stop; a job that has not begun stops at once."""
    Job.objects.filter(pk=job.pk).update(is_cancel_asked=True)
    Job.objects.filter(pk=job.pk, state=Job.State.WAITING).update(state=Job.State.CANCELLED, ended_at=clock.now())


def sweep() -> None:
    """Wake what was left waiting; call dead what has been silent, since its worker was killed."""
    horizon = clock.now() - SILENT_FOR
    Job.objects.filter(state=Job.State.RUNNING, heartbeat_at__lt=horizon).update(
        state=Job.State.FAILED, note="worker lost", ended_at=clock.now()
    )
    left = Job.objects.filter(state=Job.State.WAITING, created_at__lt=clock.now() - timedelta(seconds=10))
    for job_id in left.values_list("pk", flat=True)[:20]:
        wake_up("core.job_run", job_id)

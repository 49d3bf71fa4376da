"""Imports as background jobs: the kept file, the columns chosen, a bar, one real import for each check."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils import translation
from django.utils.translation import gettext as _

from catalog.imports import KINDS, LIST_COLUMNS, Kind, list_rows, table_import
from catalog.reference import list_804n
from core import jobs
from core.access import check
from core.command import command, lock
from core.errors import NotFound
from core.files import SHEETS, Purpose, file_store
from core.models import Job, StoredFile
from core.tables import Table, table_read

PURPOSE = Purpose("catalog.import", SHEETS, lambda user, row: row.uploaded_by_id == user.pk)


def upload_keep(upload: UploadedFile, kind: Kind, *, actor: Any) -> StoredFile:
    """Keep a table that can be read; Invalid on `file` for a renamed picture, an old XLS, an empty sheet."""
    stored = file_store(upload, purpose=PURPOSE, actor=actor)
    table_of(stored, kind)
    return stored


def file_of(owner: Any, key: str) -> StoredFile:
    row = StoredFile.objects.filter(key=key, purpose=PURPOSE.name, uploaded_by=owner, deleted_at__isnull=True).first()
    if row is None:
        raise NotFound
    return row


def table_of(stored: StoredFile, kind: Kind) -> Table:
    with stored.content.open("rb") as content:
        return table_read(content.read(), kind.fields)


@command
def job_start(
    kind: Kind, stored: StoredFile, columns: Mapping[str, int], starts_on: date | str | None, *, dry_run: bool,
    actor: Any, after: str = "",
) -> Job:  # fmt: skip
    """Queue a check, or the import that follows it; `after` names the check, and one check leads to one import."""
    lock(("import_of", actor.pk))
    if after:
        started = Job.objects.filter(owner=actor, kind="catalog.import", params__after=after).first()
        if started:
            return started
    options = {"starts_on": str(starts_on)} if starts_on else {}
    params = {
        "kind": kind.slug, "file": str(stored.key), "columns": dict(columns), "options": options, "dry_run": dry_run,
        "after": after, "language": translation.get_language(),
    }  # fmt: skip
    return jobs.start("catalog.import", title=f"{kind.title}: {stored.name}"[:200], params=params, owner=actor)


def list_start(kind: Kind, *, actor: Any) -> Job:
    """Queue the bundled list of Order 804n; loaded twice it changes nothing."""
    params = {
        "kind": kind.slug, "file": "", "columns": LIST_COLUMNS, "options": {}, "dry_run": False, "after": "",
        "language": translation.get_language(),
    }  # fmt: skip
    return jobs.start("catalog.import", title=_("Price list by Order 804n"), params=params, owner=actor)


@jobs.runner("catalog.import")
def import_job(progress: jobs.Progress) -> dict[str, Any]:
    """Import with the rights of the one who asked for it."""
    params, owner = progress.params, progress.job.owner
    kind = KINDS[params["kind"]]
    check(owner, kind.permission)
    with translation.override(params["language"]):
        table = table_of(file_of(owner, params["file"]), kind) if params["file"] else list_rows(list_804n())
        total = len(table.rows)
        outcome = table_import(
            kind, table, params["columns"], options=params["options"], actor=owner, dry_run=params["dry_run"],
            step=lambda done: progress.step(done, total),
        )  # fmt: skip
        return outcome.facts()

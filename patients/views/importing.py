"""The import wizard of patients: file, columns, check without saving, import, roll-back."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from core.access import requires
from core.errors import DomainError
from core.forms import add_errors
from patients import permissions, selectors, services
from patients.forms.importing import ColumnsForm, UploadForm
from patients.imports import LABELS
from patients.models import ImportBatch, ImportedRow
from patients.services.importing import columns_for, table_of

TITLES = [("file", _("File")), ("map", _("Columns")), ("check", _("Check")), ("done", _("Import"))]


def show(request: HttpRequest, step: str, status: int = 200, **context: Any) -> HttpResponse:
    place = [key for key, _title in TITLES].index(step)
    steps = [(key, title, index < place, index == place) for index, (key, title) in enumerate(TITLES)]
    base = {"step": step, "steps": steps, "title": _("Import of patients"), "active": "patients"}
    return render(request, "patients/import.html", {**base, **context}, status=status)


@requires(permissions.IMPORT)
def imports(request: HttpRequest) -> HttpResponse:
    """Take a file; former files stand below."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            batch = services.batch_open(upload=form.cleaned_data["file"], actor=request.user)
        except DomainError as error:
            add_errors(form, error)
        else:
            return redirect("patients:import", batch.pk)
    status = 422 if form.is_bound and form.errors else 200
    return show(request, "file", status, form=form, batches=selectors.batches_of(request.user)[:20])


def batch_of(request: HttpRequest, pk: int) -> ImportBatch:
    return get_object_or_404(selectors.batches_of(request.user), pk=pk)


@requires(permissions.IMPORT)
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the batch stands: its columns, the bar of a job, what a check found, what an import or a roll-back did."""
    row = batch_of(request, pk)
    job = row.undo_job or row.run_job or row.check_job
    if job is not None and not job.is_over and request.headers.get("HX-Request"):
        return render(
            request, "parts/progress.html", {"job": job, "cancel_url": reverse("core:job-cancel", args=[job.key])}
        )
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    if row.state == ImportBatch.State.NEW and (row.check_job is None or "columns" in request.GET):
        return columns_page(request, row)
    step = "check" if row.state == ImportBatch.State.NEW else "done"
    result = row.check_job.result if step == "check" and row.check_job else row.report
    kept = row.rows.filter(fate=ImportedRow.Fate.KEPT).select_related("patient").order_by("number")[:200]
    return show(request, step, batch=row, job=job, result=result, kept=kept, more=further(row, result))


def further(row: ImportBatch, result: dict[str, Any]) -> int:
    """How many errors are not shown on the page but stand in the file of errors."""
    return max(0, result.get("wrong", 0) - len({problem[0] for problem in result.get("problems", [])}))


def columns_page(request: HttpRequest, row: ImportBatch) -> HttpResponse:
    table = table_of(row)
    guesses = {f"column-{column}": (name, sure) for name, (column, sure) in columns_for(table).items()}
    held = {f"column-{column}": name for name, column in row.columns.items()}
    initial = held or {column: name for column, (name, _sure) in guesses.items()}
    form = ColumnsForm(table, user=request.user, initial={"branch": request.branch, **initial})  # type: ignore[attr-defined]
    return columns_shown(request, row, table, form, guesses)


def columns_shown(
    request: HttpRequest, row: ImportBatch, table: Any, form: ColumnsForm, guesses: dict[str, Any], status: int = 200
) -> HttpResponse:
    columns = [
        (form[f"column-{number}"], table.sample(number), guesses.get(f"column-{number}", ("", 0))[1])
        for number in range(len(table.headings))
    ]
    return show(request, "map", status, batch=row, form=form, columns=columns, count=len(table.rows))


@requires(permissions.IMPORT)
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Check the file with these columns; nothing is saved."""
    row = batch_of(request, pk)
    table = table_of(row)
    form = ColumnsForm(table, request.POST, user=request.user)
    if not form.is_valid():
        return columns_shown(request, row, table, form, {}, 422)
    services.batch_start(batch_id=pk, columns=form.columns(), options=form.options(), dry_run=True, actor=request.user)
    return redirect("patients:import", pk)


@requires(permissions.IMPORT)
@require_POST
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Import what was checked, or go on with what a killed worker left."""
    row = batch_of(request, pk)
    services.batch_start(batch_id=pk, columns=row.columns, options=row.options, dry_run=False, actor=request.user)
    return redirect("patients:import", pk)


@requires(permissions.IMPORT)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Roll the whole batch back."""
    batch_of(request, pk)
    services.batch_undo_start(batch_id=pk, actor=request.user)
    return redirect("patients:import", pk)


@requires(permissions.IMPORT)
def errors_file(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Wrong rows as a table: row, field, value, what is wrong."""
    row = batch_of(request, pk)

    def lines() -> Iterator[str]:
        yield "\ufeff"
        for cells in error_lines(row):
            out = StringIO()
            csv.writer(out, delimiter=";").writerow(cells)
            yield out.getvalue()

    headers = {"Content-Disposition": 'attachment; filename="errors.csv"'}
    return StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8", headers=headers)


def error_lines(row: ImportBatch) -> Iterator[list[Any]]:
    yield [str(words) for words in (_("Row"), _("Field"), _("Value"), _("What is wrong"))]
    if row.state == ImportBatch.State.NEW:
        yield from (row.check_job.result if row.check_job else {}).get("problems", [])
        return
    for wrong in row.rows.filter(fate=ImportedRow.Fate.WRONG).order_by("number").iterator():
        for name, (value, text) in wrong.errors.items():
            yield [wrong.number, str(LABELS.get(name, name)), value, text]

"""The import wizard of the catalog: file, columns, check without saving, import; one set of pages for every kind."""

import csv
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog.forms import MappingForm, UploadForm
from catalog.import_jobs import file_of, job_start, list_start, table_of, upload_keep
from catalog.imports import Kind, problem_lines
from catalog.services.prices import today
from core.access import requires
from core.errors import DomainError
from core.forms import add_errors
from core.jobs import job_of
from core.tables import columns_guess


def steps(now: str) -> list[tuple[str, Any, bool, bool]]:
    """(key, title, is past, is now) of the wizard's head."""
    titles = [("file", _("File")), ("map", _("Columns")), ("check", _("Check")), ("done", _("Import"))]
    place = [key for key, _title in titles].index(now)
    return [(key, title, index < place, index == place) for index, (key, title) in enumerate(titles)]


def show(request: HttpRequest, kind: Kind, step: str, status: int = 200, **context: Any) -> HttpResponse:
    crumbs = [(_("Price list") if kind.slug == "prices" else _("Diagnoses"), reverse(kind.list_url))]
    base = {
        "kind": kind,
        "step": step,
        "steps": steps(step),
        "title": kind.title,
        "crumbs": crumbs,
        "active": kind.slug,
    }
    return render(request, "catalog/import.html", {**base, **context}, status=status)


def upload_page(request: HttpRequest, kind: Kind) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            stored = upload_keep(form.cleaned_data["file"], kind, actor=request.user)
        except DomainError as error:
            add_errors(form, error)
        else:
            return redirect(f"catalog:{kind.slug}-import-map", key=stored.key)
    return show(request, kind, "file", 422 if form.is_bound and form.errors else 200, form=form)


def map_page(request: HttpRequest, kind: Kind, key: str) -> HttpResponse:
    stored = file_of(request.user, key)
    table = table_of(stored, kind)
    guesses = {
        f"column-{guess.column}": (name, guess.sureness) for name, guess in columns_guess(table, kind.fields).items()
    }
    initial = {"starts_on": today(), **{column: name for column, (name, _sure) in guesses.items()}}
    form = MappingForm(kind, table.headings, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        job = job_start(
            kind, stored, form.columns(), form.cleaned_data.get("starts_on"), dry_run=True, actor=request.user
        )
        return redirect(f"catalog:{kind.slug}-import-job", key=job.key)
    columns = [
        (form[f"column-{number}"], table.sample(number), guesses.get(f"column-{number}", ("", 0))[1])
        for number in range(len(table.headings))
    ]
    context = {"form": form, "columns": columns, "file": stored, "count": len(table.rows)}
    return show(request, kind, "map", 422 if form.is_bound else 200, **context)


def job_page(request: HttpRequest, kind: Kind, key: str) -> HttpResponse:
    """The bar while it runs, then what a check has found or an import has done."""
    job = job_of(request.user, key=key, kind="catalog.import")
    if request.headers.get("HX-Request") and not job.is_over:
        return render(
            request, "parts/progress.html", {"job": job, "cancel_url": reverse("core:job-cancel", args=[job.key])}
        )
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    is_check = job.params["dry_run"]
    total = job.result.get("added", 0) + job.result.get("updated", 0)
    return show(
        request, kind, "check" if is_check else "done", job=job, is_check=is_check, result=job.result, total=total
    )


def go_on(request: HttpRequest, kind: Kind, key: str) -> HttpResponse:
    """From a finished check to the import with the same columns; a second click finds the job already started."""
    checked = job_of(request.user, key=key, kind="catalog.import")
    stored = file_of(request.user, checked.params["file"])
    job = job_start(
        kind, stored, checked.params["columns"], checked.params["options"].get("starts_on"), dry_run=False,
        actor=request.user, after=str(checked.key),
    )  # fmt: skip
    return redirect(f"catalog:{kind.slug}-import-job", key=job.key)


def errors_file(request: HttpRequest, kind: Kind, key: str) -> StreamingHttpResponse:
    job = job_of(request.user, key=key, kind="catalog.import")

    def lines() -> Iterator[str]:
        yield "\ufeff"
        for cells in problem_lines(job.result):
            out = StringIO()
            csv.writer(out, delimiter=";").writerow(cells)
            yield out.getvalue()

    headers = {"Content-Disposition": f'attachment; filename="{kind.slug}-errors.csv"'}
    return StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8", headers=headers)


def load_list(request: HttpRequest, kind: Kind) -> HttpResponse:
    """One click: the bundled list of Order 804n into the price list."""
    job = list_start(kind, actor=request.user)
    return redirect(f"catalog:{kind.slug}-import-job", key=job.key)


def import_pages(kind: Kind) -> list[Any]:
    """The wizard's URL patterns for one kind of table."""

    def page(view: Callable[..., Any], *, posts_only: bool = False) -> Callable[..., Any]:
        def of_kind(request: HttpRequest, **kwargs: Any) -> Any:
            return view(request, kind, **kwargs)

        guarded = requires(kind.permission)(require_POST(of_kind) if posts_only else of_kind)
        guarded.module = "catalog"
        return guarded

    base, name = f"{kind.slug}/import/", f"{kind.slug}-import"
    made = [
        path(base, page(upload_page), name=name),
        path(f"{base}<uuid:key>/", page(map_page), name=f"{name}-map"),
        path(f"{base}jobs/<uuid:key>/", page(job_page), name=f"{name}-job"),
        path(f"{base}jobs/<uuid:key>/go/", page(go_on, posts_only=True), name=f"{name}-go"),
        path(f"{base}jobs/<uuid:key>/errors.csv", page(errors_file), name=f"{name}-errors"),
    ]
    if kind.slug == "prices":
        made.append(path(f"{base}804n/", page(load_list, posts_only=True), name=f"{name}-804n"))
    return made

"""The views that a Listing becomes: page and fragment, streamed export, bulk action, saved views."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.files.base import ContentFile
from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import translation

from core import jobs
from core.access import check, requires
from core.export import csv_lines, xlsx_bytes
from core.files import SHEETS, XLSX, Purpose
from core.listing import REGISTRY, Listing
from core.models import StoredFile

DIRECT_XLSX_ROWS = 5_000
EXPORT = Purpose("core.export", SHEETS, may_read=lambda user, row: row.uploaded_by_id == user.pk)


def view_of(listing: type[Listing]) -> Callable[..., HttpResponse]:
    @requires(listing.permission)
    def view(request: HttpRequest) -> HttpResponse:
        screen = listing(request.user, request.GET)
        is_fragment = request.headers.get("HX-Target") == "rows"
        return render(
            request,
            listing.fragment if is_fragment else listing.template,
            {"screen": screen, "page": screen.page(), "active": listing.active or listing.slug},
            status=200 if screen.is_valid else 400,
        )

    view.module = listing.module  # type: ignore[attr-defined]
    return view


def export_of(listing: type[Listing]) -> Callable[..., HttpResponse]:
    @requires(listing.permission)
    def view(request: HttpRequest, kind: str) -> HttpResponse | StreamingHttpResponse:
        screen = listing(request.user, request.GET, asked_only=True)
        if kind not in ("csv", "xlsx"):
            raise Http404
        if listing.export_permission:
            check(request.user, listing.export_permission)
        headers = {"Content-Disposition": f'attachment; filename="{screen.slug}.{kind}"'}
        if kind == "csv":
            return StreamingHttpResponse(csv_lines(screen), content_type="text/csv; charset=utf-8", headers=headers)
        if screen.filtered().order_by()[DIRECT_XLSX_ROWS : DIRECT_XLSX_ROWS + 1].exists():
            job = jobs.start(
                "core.export",
                title=str(screen.title),
                owner=request.user,
                params={"slug": screen.slug, "query": request.GET.urlencode(), "language": translation.get_language()},
            )
            return redirect("core:job", key=job.key)
        return HttpResponse(xlsx_bytes(screen), content_type=XLSX, headers=headers)

    view.module = listing.module  # type: ignore[attr-defined]
    return view


@jobs.runner("core.export")
def export_job(progress: jobs.Progress) -> dict[str, Any]:
    """A large export in the background, with the rights of the one who asked for it."""
    owner = progress.job.owner
    listing = REGISTRY[progress.params["slug"]]
    check(owner, listing.export_permission or listing.permission)
    with translation.override(progress.params["language"]):
        screen = listing(owner, QueryDict(progress.params["query"]), asked_only=True)
        total = screen.filtered().order_by().count()
        body = xlsx_bytes(screen, lambda done: progress.step(done, total))
    row = StoredFile(
        purpose=EXPORT.name,
        name=f"{screen.slug}.xlsx",
        content_type=XLSX,
        size=len(body),
        sha256="",
        uploaded_by=owner,
    )
    row.content.save(row.name, ContentFile(body), save=True)
    progress.job.file = row
    return {"rows": total}


def action_of(listing: type[Listing]) -> Callable[..., HttpResponse]:
    @requires(listing.permission)
    def view(request: HttpRequest, code: str) -> HttpResponse:
        action = next((each for each in listing.bulk if each.code == code), None)
        if action is None or request.method != "POST":
            raise Http404
        check(request.user, action.permission)
        asked = [int(pk) for pk in request.POST.getlist("id") if pk.isdigit()]
        mine = list(listing(request.user, QueryDict()).base.filter(pk__in=asked).values_list("pk", flat=True))
        messages.success(request, action.run(mine, request.user, request.POST))
        back = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": back or listing(request.user, QueryDict()).url})
        return redirect(listing(request.user, QueryDict()).url)

    view.module = listing.module  # type: ignore[attr-defined]
    return view


def pages(*listings: type[Listing], prefix: str = "") -> list[Any]:
    """The URL patterns of list screens: page, export and bulk action of each."""
    made = []
    for listing in listings:
        base = f"{prefix}{listing.slug}"
        made += [
            path(f"{base}/", view_of(listing), name=f"{listing.slug}-list"),
            path(f"{base}/export.<slug:kind>", export_of(listing), name=f"{listing.slug}-export"),
        ]
        if listing.bulk:
            made.append(path(f"{base}/actions/<slug:code>/", action_of(listing), name=f"{listing.slug}-action"))
    return made

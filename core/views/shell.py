"""Pages of the frame: job bars, saved views, the palette, the language."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import jobs, navigation, search
from core import undo as undoing
from core.access import PUBLIC, SIGNED_IN, check, is_allowed, requires
from core.errors import NotFound
from core.forms import Done, told
from core.listing import REGISTRY
from core.models import SavedView
from core.permissions import SHARE_VIEWS
from core.refusals import error_body


@requires(SIGNED_IN)
def job(request: HttpRequest, key: str) -> HttpResponse:
    """The bar of a job; the fragment asks for itself until the job is over."""
    row = jobs.job_of(request.user, key=key)
    template = "parts/progress.html" if request.headers.get("HX-Request") else "core/job.html"
    return render(request, template, {"job": row})


@requires(SIGNED_IN)
@require_POST
def job_cancel(request: HttpRequest, key: str) -> HttpResponse:
    row = jobs.job_of(request.user, key=key)
    jobs.cancel(row)
    return redirect("core:job", key=row.key)


@requires(SIGNED_IN)
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Ctrl+Z: the last command of this person, or the one that his toast named (MOON-18)."""
    given = request.POST.get("entry", "")
    entry_id = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
    entry = undoing.undo_last(actor=request.user, entry_id=entry_id)
    return told(Done(toast=_("Taken back: %(title)s") % {"title": entry.title}, event="undo"))


@requires(SIGNED_IN)
@require_POST
def view_save(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep a list's query string under a name, for oneself or, with the right, for a role."""
    listing = REGISTRY.get(slug)
    if listing is None or not is_allowed(request.user, listing.permission):
        raise Http404
    role = request.POST.get("role", "")
    if role:
        check(request.user, SHARE_VIEWS)
    query = request.POST.get("query", "").lstrip("?")
    owner: dict[str, Any] = {"owner": None, "role_code": role} if role else {"owner": request.user, "role_code": ""}
    title = request.POST.get("title", "").strip()[:80] or str(listing.title)
    SavedView.objects.update_or_create(listing=slug, title=title, **owner, defaults={"query": query})
    return back_to(request, f"{listing(request.user, request.GET).url.partition('?')[0]}?{query}")


@requires(SIGNED_IN)
@require_POST
def view_delete(request: HttpRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView, pk=pk)
    if view.owner_id != request.user.pk:
        if view.role_code not in request.user.role_codes:
            raise Http404
        check(request.user, SHARE_VIEWS)
    view.delete()
    return back_to(request, request.headers.get("HX-Current-URL", "/"))


def back_to(request: HttpRequest, url: str) -> HttpResponse:
    safe = url if url_has_allowed_host_and_scheme(url, {request.get_host()}) else "/"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": safe})
    return HttpResponseRedirect(safe)


@requires(SIGNED_IN)
def palette(request: HttpRequest) -> HttpResponse:
    """Ctrl-K: screens first by title, then what every app finds; «>» asks for screens only."""
    text = request.GET.get("q", "").strip()[:100]
    wanted = text.removeprefix(">").strip().lower()
    screens = [
        search.Hit(item["title"], item["url"], item["icon"])
        for item in (*navigation.shown(navigation.SECTIONS, request.user), *navigation.create_items(request.user))
        if wanted in str(item["title"]).lower()
    ]
    hits = [] if text.startswith(">") or not wanted else search.search(request.user, text)
    return render(request, "parts/palette.html", {"hits": hits, "screens": screens[:8], "text": text})


@requires(PUBLIC)
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Switch the interface; a signed-in user's choice is kept with him (SET-25)."""
    code = request.POST.get("language", "")
    if code not in dict(settings.LANGUAGES):
        raise NotFound
    if request.user.is_authenticated:
        request.user.language_choose(code)  # type: ignore[union-attr]
    response = back_to(request, request.POST.get("next") or request.headers.get("Referer", "/"))
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, code, max_age=365 * 86400, samesite="Lax")
    return response


def page_missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404 as a page or as the API's error body."""
    if request.path.startswith("/api/"):
        return JsonResponse(error_body(NotFound()), status=404)
    return render(request, "404.html", status=404)

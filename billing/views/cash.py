"""The cash desk: the day's movements, cash in and out, the count at the close."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing import permissions, services
from billing.forms import ArticleForm, CloseForm, DeskForm, MoveForm, ReasonForm
from billing.models import CashShift
from billing.selectors.cash import desk_page, movement_get, order_name, shift_get
from core.access import is_allowed, requires
from core.errors import DomainError, Forbidden, NotFound
from core.forms import Done, add_errors, done_answer, form_page, given_version, save_once
from core.templatetags.ui import money


@requires(permissions.USE_DESK)
def cash(request: HttpRequest) -> HttpResponse:
    """The desk of this user: its open shift, or the button that opens one (BIL-16)."""
    page = desk_page(request.user, request.GET.get("desk", ""), getattr(request, "branch", None))
    if page["shift"] is not None:
        page |= {"form": CloseForm(), "version": page["shift"].version}
    return render(request, "billing/cash.html", {**page, "active": "cash"})


@requires(permissions.USE_DESK)
@require_POST
def shift_open(request: HttpRequest, pk: int) -> HttpResponse:
    shift = services.shift_open(desk_id=pk, actor=request.user)
    said = _("Shift %(number)s is open, %(sum)s in the drawer") % {"number": shift.number, "sum": money(shift.opening)}
    return done_answer(request, Done(url=f"{reverse('billing:cash')}?desk={pk}", toast=said))


@requires(permissions.USE_DESK)
def shift(request: HttpRequest, pk: int) -> HttpResponse:
    """A shift's sheet: while open the desk's page, afterwards what was counted (Z-report)."""
    found = shift_get(request.user, pk)
    if found.is_open:
        return redirect(f"{reverse('billing:cash')}?desk={found.desk_id}")
    page = desk_page(request.user, str(found.desk_id), None, found)
    return render(request, "billing/shift.html", {**page, "title": str(found), "active": "cash"})


@requires(permissions.USE_DESK)
@require_POST
def shift_close(request: HttpRequest, pk: int) -> HttpResponse:
    """End the shift with the count; a difference wants a word before it is kept."""
    found = shift_get(request.user, pk)
    form = CloseForm(request.POST)
    page = desk_page(request.user, str(found.desk_id), None)
    if form.is_valid() and explained(form, page):
        try:
            return done_answer(request, save_once(request, form, lambda valid: closed(request, found, valid)))
        except (Forbidden, NotFound):
            raise
        except DomainError as error:
            add_errors(form, error)
    name = "billing/cash.html#count" if request.headers.get("HX-Request") else "billing/cash.html"
    counts = counts_of(request)
    faces = [(face, counts.get(face, "")) for face, _count in page["faces"]]
    page |= {"form": form, "version": found.version, "active": "cash", "faces": faces}
    return render(request, name, page, status=422)


def explained(form: CloseForm, page: dict[str, Any]) -> bool:
    """The expected sum opens after the count; where they differ, somebody says why."""
    difference = form.cleaned_data["counted"] - page["expected"]
    page |= {"difference": difference, "is_counted": True}
    if difference and not form.cleaned_data["explanation"]:
        form.add_error(
            "explanation", _("The count differs by %(sum)s. Count again or explain.") % {"sum": money(difference)}
        )
    return form.is_valid()


def closed(request: HttpRequest, found: CashShift, form: CloseForm) -> Done:
    data = form.cleaned_data
    services.shift_close(
        shift_id=found.pk, counted=data["counted"], explanation=data["explanation"], notes=counts_of(request),
        actor=request.user, expected_version=given_version(request),
    )  # fmt: skip
    return Done(
        url=reverse("billing:shift", args=[found.pk]), toast=_("Shift %(number)s is closed") % {"number": found.number}
    )


def counts_of(request: HttpRequest) -> dict[str, int]:
    """How many notes of each value were counted."""
    rows = {name.removeprefix("note-"): value for name, value in request.POST.items() if name.startswith("note-")}
    return {face: int(count) for face, count in rows.items() if str(count).isdigit() and len(str(count)) < 7}


@requires(permissions.USE_DESK)
def move(request: HttpRequest, pk: int, way: str) -> HttpResponse:
    """Put cash in or take it out by an article."""
    found, into = shift_get(request.user, pk), way == "in"
    form = MoveForm(request.POST or None, into=into, may_add=is_allowed(request.user, permissions.EDIT_ARTICLES))

    def save(valid: Any) -> Done:
        data = dict(valid.cleaned_data)
        article = data.pop("article")
        services.cash_move(
            shift_id=pk, article_id=article.pk if article else None, into=into, actor=request.user, **data
        )
        return Done(url=reverse("billing:cash"), toast=_("Put in") if into else _("Taken out"), event="cash")

    return form_page(
        request, form, title=_("Pay in") if into else _("Pay out"), subtitle=str(found), save=save,
        submit_label=_("Pay in") if into else _("Pay out"),
    )  # fmt: skip


@requires(permissions.ROLL_BACK)
def move_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel a cash order by a mirrored one."""
    movement = movement_get(request.user, pk)

    def save(form: Any) -> Done:
        services.cash_move_undo(movement_id=pk, reason=form.words, actor=request.user)
        return Done(url=reverse("billing:cash"), toast=_("The order is cancelled"), event="cash")

    title = _("Cancel %(order)s") % {"order": order_name(movement)}
    return form_page(
        request, ReasonForm(request.POST or None), title=title, save=save, submit_label=_("Cancel the order")
    )


@requires(permissions.EDIT_ARTICLES)
def article_new(request: HttpRequest) -> HttpResponse:
    def save(form: Any) -> Done:
        services.article_add(actor=request.user, **form.cleaned_data)
        return Done(url=reverse("billing:cash-articles-list"), toast=_("The article is added"), event="cash-articles")

    return form_page(request, ArticleForm(request.POST or None), title=_("New article"), save=save)


@requires(permissions.EDIT_DESKS)
def desk_new(request: HttpRequest) -> HttpResponse:
    def save(form: Any) -> Done:
        branch = form.cleaned_data["branch"]
        services.desk_add(branch_id=branch.pk, name=form.cleaned_data["name"], actor=request.user)
        return Done(url=reverse("billing:cash-desks-list"), toast=_("The desk is added"), event="cash-desks")

    form = DeskForm(request.POST or None, user=request.user, initial={"branch": request.branch})  # type: ignore[attr-defined]
    return form_page(request, form, title=_("New cash desk"), save=save)

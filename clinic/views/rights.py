"""Roles: the matrix, two of them compared, one of them changed; closed periods."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.forms import LockDateForm, RoleForm
from clinic.permissions import CLOSE_PERIODS, EDIT_ROLES, VIEW_AS
from clinic.selectors import lock_dates, rights_matrix, role_of, roles_all, users_of_clinic
from clinic.services import periods, rights
from core.access import is_allowed, requires
from core.errors import Invalid
from core.forms import Done, add_errors, form_page, given_version

ROLES = "clinic:roles"


@requires(EDIT_ROLES)
def roles(request: HttpRequest) -> HttpResponse:
    """Role by right; with `a` and `b` two roles side by side."""
    found = list(roles_all())
    chosen = [role for code in (request.GET.get("a"), request.GET.get("b")) for role in found if role.code == code]
    shown = chosen if len(chosen) == 2 else found
    only = "only" in request.GET and len(chosen) == 2
    groups = rights_matrix(shown, only_different=only)
    context = {
        "title": _("Roles and rights"), "roles": found, "shown": shown, "groups": groups, "is_compared": len(chosen) == 2,
        "only": only, "differences": sum(row.differs for group in groups for row in group.rows),
        "rights_count": sum(len(group.rows) for group in rights_matrix(found)),
        "people": users_of_clinic().filter(is_active=True).order_by("name", "username"), "active": "settings",
        "may_view_as": is_allowed(request.user, VIEW_AS),
    }  # fmt: skip
    return render(request, "clinic/roles.html", context)


@requires(EDIT_ROLES)
@require_POST
def role_right(request: HttpRequest, pk: int) -> HttpResponse:
    """One tick of the matrix."""
    rights.role_right_set(
        pk=pk, code=request.POST.get("code", ""), on=request.POST.get("on") == "1", actor=request.user
    )
    return HttpResponse(status=204)


def role_form(request: HttpRequest, row: Any = None) -> HttpResponse:
    initial = {"name": row.name, "scope": row.scope, "days_back": row.days_back} if row else {}
    form = RoleForm(request.POST or None, role=row, initial=initial)

    def save(form: RoleForm) -> Done:
        pk, version = (row.pk, given_version(request)) if row else (None, None)
        rights.role_save(pk=pk, actor=request.user, version=version, **form.cleaned_data)
        return Done(reverse(ROLES), _("Saved"), "roles")

    return form_page(
        request, form, title=row or _("New role"), save=save, current=row, cancel_url=reverse(ROLES),
        crumbs=[(_("Roles and rights"), reverse(ROLES))], active="settings",
    )  # fmt: skip


@requires(EDIT_ROLES)
def role_new(request: HttpRequest) -> HttpResponse:
    return role_form(request)


@requires(EDIT_ROLES)
def role_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return role_form(request, role_of(pk))


@requires(EDIT_ROLES)
@require_POST
def role_delete(request: HttpRequest, pk: int) -> HttpResponse:
    rights.role_delete(pk=pk, actor=request.user)
    return redirect(ROLES)


@requires(CLOSE_PERIODS)
def periods_page(request: HttpRequest) -> HttpResponse:
    """What is closed for changes, and closing more of it (SET-20)."""
    form = LockDateForm(request.POST or None)
    if form.is_valid():
        try:
            periods.lock_date_set(actor=request.user, **form.cleaned_data)
            return redirect("clinic:periods")
        except Invalid as error:
            add_errors(form, error)
    context = {"form": form, "rows": lock_dates(), "title": _("Closed periods"), "active": "settings"}
    return render(request, "clinic/periods.html", context, status=422 if form.is_bound else 200)


@requires(CLOSE_PERIODS)
@require_POST
def period_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Open again what one of the rows has closed."""
    row = next((each for each in lock_dates() if each.pk == pk), None)
    if row is not None:
        periods.lock_date_set(until=None, branch=row.branch, role=row.role, actor=request.user)
    return redirect("clinic:periods")

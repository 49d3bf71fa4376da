"""Legal entities, branches with hours and exceptions, chairs."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.errors import HoursLeaveVisits
from clinic.forms import BranchForm, ChairForm, DaysForm, EntityForm, HoursForm
from clinic.permissions import EDIT_BRANCHES, EDIT_ENTITIES
from clinic.selectors import branch_of, branches_visible_to, chair_of, chairs_of, coming_days, entity_of, weekly_hours
from clinic.services import places
from core.access import SIGNED_IN, is_allowed, requires
from core.errors import Invalid, NotFound, Stale
from core.forms import Done, add_errors, form_page, given_version
from core.text import as_id
from core.trash import trash_put

BRANCHES, ENTITIES = "clinic:branches-list", "clinic:entities-list"


# Branches


@requires(SIGNED_IN)
def branch(request: HttpRequest, pk: int) -> HttpResponse:
    """A branch: weekly hours, days that differ, chairs."""
    row = branch_of(request.user, pk)
    return branch_page(request, row, HoursForm(initial=hours_initial(row)))


def branch_page(request: HttpRequest, row: Any, form: HoursForm, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "branch": row, "title": row.name, "form": form, "days": coming_days(row), "chairs": chairs_of(row),
        "may_edit": is_allowed(request.user, EDIT_BRANCHES), "active": "settings", **more,
    }  # fmt: skip
    return render(request, "clinic/branch.html", context, status=status)


def hours_initial(row: Any) -> dict[str, Any]:
    found = weekly_hours(row)
    initial: dict[str, Any] = {f"day_{day}": day in found for day in range(7)}
    for day, hours in found.items():
        initial |= {f"opens_{day}": f"{hours.opens:%H:%M}", f"closes_{day}": f"{hours.closes:%H:%M}"}
    return initial


@requires(EDIT_BRANCHES)
@require_POST
def hours(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the weekly hours; visits that would stand outside are named, and stay when one is sure."""
    row = branch_of(request.user, pk)
    form = HoursForm(request.POST)
    if not form.is_valid():
        return branch_page(request, row, form, 422)
    try:
        places.hours_set(
            branch_id=pk,
            hours=form.hours,
            actor=request.user,
            version=given_version(request),
            sure=form.cleaned_data["sure"],
        )
    except HoursLeaveVisits as error:
        return branch_page(request, row, form, 409, warnings=error.facts["obstacles"])
    except (Invalid, Stale) as error:
        add_errors(form, error)
        return branch_page(request, row, form, 412 if isinstance(error, Stale) else 422)
    messages.success(request, _("The hours are saved"))
    return redirect(row)


@requires(EDIT_BRANCHES)
def days_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Other hours, or closed, for a day or several, in one branch or many (SCH-54)."""
    row = branch_of(request.user, pk)
    form = DaysForm(request.POST or None, branches=branches_visible_to(request.user), initial={"branches": [row.pk]})

    def save(form: DaysForm) -> Done:
        data = form.cleaned_data
        places.days_set(
            branch_ids=[each.pk for each in data["branches"]], first=data["first"], last=data["last"], opens=data["opens"],
            closes=data["closes"], reason=data["reason"], sure=data["sure"], actor=request.user,
        )  # fmt: skip
        return Done(row.get_absolute_url(), _("Saved"), "branches")

    return form_page(
        request,
        form,
        title=_("Days that differ"),
        subtitle=row.name,
        save=save,
        cancel_url=row.get_absolute_url(),
        active="settings",
    )


@requires(EDIT_BRANCHES)
@require_POST
def day_remove(request: HttpRequest, pk: int, day: str) -> HttpResponse:
    row = branch_of(request.user, pk)
    places.day_remove(branch_id=row.pk, day=day_of(day), actor=request.user)
    return redirect(row)


def day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotFound from error


def branch_save(request: HttpRequest, row: Any = None) -> HttpResponse:
    form = BranchForm(request.POST or None, instance=row)

    def save(form: BranchForm) -> Done:
        pk, version = (row.pk, given_version(request)) if row else (None, None)
        saved = places.branch_save(pk=pk, values=form.cleaned_data, actor=request.user, version=version)
        return Done(saved.get_absolute_url(), _("Saved"), "branches")

    return form_page(
        request, form, title=row or _("New branch"), save=save, current=row, active="settings",
        cancel_url=row.get_absolute_url() if row else reverse(BRANCHES), crumbs=[(_("Branches"), reverse(BRANCHES))],
    )  # fmt: skip


@requires(EDIT_BRANCHES)
def branch_new(request: HttpRequest) -> HttpResponse:
    return branch_save(request)


@requires(EDIT_BRANCHES)
def branch_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return branch_save(request, branch_of(request.user, pk))


@requires(EDIT_BRANCHES)
@require_POST
def branch_trash(request: HttpRequest, pk: int) -> HttpResponse:
    row = branch_of(request.user, pk)
    trash_put(row, actor=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, _("%(name)s was moved to the trash.") % {"name": row})
    return redirect(BRANCHES)


# Chairs


def chair_save(request: HttpRequest, row: Any, initial: dict[str, Any], back: str) -> HttpResponse:
    form = ChairForm(request.POST or None, instance=row, initial=initial, branches=branches_visible_to(request.user))

    def save(form: ChairForm) -> Done:
        pk, version = (row.pk, given_version(request)) if row else (None, None)
        places.chair_save(pk=pk, values=form.cleaned_data, actor=request.user, version=version)
        return Done(back, _("Saved"), "chairs")

    return form_page(
        request, form, title=row or _("New chair"), save=save, current=row, cancel_url=back, active="settings"
    )


@requires(EDIT_BRANCHES)
def chair_new(request: HttpRequest) -> HttpResponse:
    asked = as_id(request.GET.get("branch", ""))
    found = branch_of(request.user, asked) if asked else request.branch
    back = found.get_absolute_url() if found else reverse(BRANCHES)
    return chair_save(request, None, {"branch": found}, back)


@requires(EDIT_BRANCHES)
def chair_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = chair_of(request.user, pk)
    return chair_save(request, row, {}, row.branch.get_absolute_url())


@requires(EDIT_BRANCHES)
@require_POST
def chair_move(request: HttpRequest, pk: int) -> HttpResponse:
    row = chair_of(request.user, pk)
    places.chair_move(pk=pk, steps=-1 if request.POST.get("where") == "up" else 1, actor=request.user)
    return redirect(row.branch)


@requires(EDIT_BRANCHES)
@require_POST
def chair_trash(request: HttpRequest, pk: int) -> HttpResponse:
    row = chair_of(request.user, pk)
    trash_put(row, actor=request.user)
    messages.success(request, _("%(name)s was moved to the trash.") % {"name": row})
    return redirect(row.branch)


# Legal entities


def entity_save(request: HttpRequest, row: Any = None) -> HttpResponse:
    form = EntityForm(request.POST or None, instance=row)

    def save(form: EntityForm) -> Done:
        pk, version = (row.pk, given_version(request)) if row else (None, None)
        places.entity_save(pk=pk, values=form.cleaned_data, actor=request.user, version=version)
        return Done(reverse(ENTITIES), _("Saved"), "entities")

    return form_page(
        request, form, title=row or _("New legal entity"), save=save, current=row, cancel_url=reverse(ENTITIES),
        crumbs=[(_("Legal entities"), reverse(ENTITIES))], active="settings",
    )  # fmt: skip


@requires(EDIT_ENTITIES)
def entity_new(request: HttpRequest) -> HttpResponse:
    return entity_save(request)


@requires(EDIT_ENTITIES)
def entity(request: HttpRequest, pk: int) -> HttpResponse:
    return entity_save(request, entity_of(pk))


@requires(EDIT_ENTITIES)
@require_POST
def entity_trash(request: HttpRequest, pk: int) -> HttpResponse:
    row = entity_of(pk)
    trash_put(row, actor=request.user)
    messages.success(request, _("%(name)s was moved to the trash.") % {"name": row})
    return redirect(ENTITIES)

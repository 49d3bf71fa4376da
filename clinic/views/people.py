"""Cards of the staff, entering and changing, leaving with everything handed over."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.forms import LeaveForm, PersonForm
from clinic.permissions import EDIT_STAFF, SEE_STAFF
from clinic.selectors import branches_visible_to, person_of, staff_visible_to, today_of
from clinic.services import people
from core.access import requires
from core.audit import feed_lines, record_feed
from core.errors import DomainError
from core.forms import Done, form_page, given_version
from core.text import as_id

STAFF = "clinic:staff-list"


@requires(SEE_STAFF)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """A card: trade, places, contacts, account, what happened."""
    row = person_of(request.user, pk)
    context = {
        "person": row, "title": row.full_name, "today": today_of(request.branch),
        "events": feed_lines(record_feed(row, ["base"])[:50]), "account": getattr(row, "user", None), "active": "staff",
    }  # fmt: skip
    return render(request, "clinic/person.html", context)


def person_form(request: HttpRequest, row: Any = None) -> PersonForm:
    return PersonForm(request.POST or None, instance=row, branches=branches_visible_to(request.user))


@requires(EDIT_STAFF)
def person_new(request: HttpRequest) -> HttpResponse:
    def save(form: PersonForm) -> Done:
        made = people.staff_save(values=form.cleaned_data, actor=request.user)
        return Done(made.get_absolute_url(), _("%(name)s is on the staff.") % {"name": made}, "staff")

    return form_page(
        request, person_form(request), title=_("New person"), save=save, cancel_url=reverse(STAFF), draft="staff-new",
        page_url=request.path, crumbs=[(_("Staff"), reverse(STAFF))], active="staff",
    )  # fmt: skip


@requires(EDIT_STAFF)
def person_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = person_of(request.user, pk)

    def save(form: PersonForm) -> Done:
        version = given_version(request)
        saved = people.staff_save(pk=pk, values=form.cleaned_data, actor=request.user, version=version)
        return Done(saved.get_absolute_url(), _("Saved"), "staff")

    return form_page(
        request, person_form(request, row), title=row.full_name, save=save, current=row, cancel_url=row.get_absolute_url(),
        crumbs=[(_("Staff"), reverse(STAFF)), (row, row.get_absolute_url())], active="staff",
    )  # fmt: skip


@requires(EDIT_STAFF)
def person_leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the day; what stands in the person's name from then on is handed over first (HR-03)."""
    row = person_of(request.user, pk)
    given = request.POST or (request.GET if "on" in request.GET else None)
    form = LeaveForm(given, initial={"on": row.dismissed_on or today_of(request.branch)})
    on = form.cleaned_data["on"] if form.is_bound and form.is_valid() else form["on"].initial
    if request.method == "POST" and form.is_valid():
        try:
            people.staff_leave(pk=pk, on=on, actor=request.user)
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("%(name)s leaves; the account is switched off.") % {"name": row})
            return redirect(row)
    return leave_page(request, row, form, on)


def leave_page(request: HttpRequest, row: Any, form: LeaveForm, on: date) -> HttpResponse:
    parts = people.obligations_of(row.pk, on)
    context = {
        "person": row, "title": row.full_name, "form": form, "on": on, "parts": parts, "active": "staff",
        "colleagues": staff_visible_to(request.user).filter(dismissed_on__isnull=True).exclude(pk=row.pk),
        "left": sum(len(rows) for _module, _provider, rows in parts),
    }  # fmt: skip
    return render(request, "clinic/leave.html", context, status=422 if form.errors else 200)


@requires(EDIT_STAFF)
@require_POST
def person_hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand over, or give up, what is ticked."""
    row = person_of(request.user, pk)
    form = LeaveForm(request.POST)
    on = form.cleaned_data["on"] if form.is_valid() else today_of(request.branch)
    try:
        people.obligations_settle(
            staff_id=pk, on=on, module=request.POST.get("module", ""), keys=request.POST.getlist("key"),
            way=request.POST.get("way", ""), to_staff_id=as_id(request.POST.get("to_staff", "")), actor=request.user,
        )  # fmt: skip
    except DomainError as error:
        messages.error(request, "; ".join(str(text) for texts in error.fields.values() for text in texts) or str(error))
    return redirect(f"{reverse('clinic:person-leave', args=[row.pk])}?on={on:%Y-%m-%d}")


@requires(EDIT_STAFF)
@require_POST
def person_return(request: HttpRequest, pk: int) -> HttpResponse:
    row = people.staff_return(pk=person_of(request.user, pk).pk, actor=request.user)
    messages.success(request, _("%(name)s works here again. Switch the account on if it is needed.") % {"name": row})
    return redirect(row)


@requires(EDIT_STAFF)
@require_POST
def person_trash(request: HttpRequest, pk: int) -> HttpResponse:
    row = person_of(request.user, pk)
    people.staff_trash(pk=pk, on=today_of(request.branch), actor=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, _("%(name)s was moved to the trash.") % {"name": row})
    return redirect(STAFF)

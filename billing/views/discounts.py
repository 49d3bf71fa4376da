"""Promotions: the list's card, form, dry run; the ticks on a patient's card."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing import services
from billing.forms_discounts import DiscountForm, TicksForm, TryForm
from billing.permissions import EDIT_DISCOUNTS, GRANT_DISCOUNT, SEE_DISCOUNTS, SEE_MONEY
from billing.selectors.basis import service_options
from billing.selectors.discounts import (
    discount_get,
    discounts_try,
    given_visible_to,
    grants_shown,
    individual_discounts,
    now_of,
    plans_holding,
    state_of,
    terms_rows,
    value_of,
)
from core import clock
from core.access import is_allowed, requires
from core.errors import DomainError
from core.forms import Done, form_page, given_version, told
from patients.selectors import patient_get

LIST = "billing:discounts-list"


@requires(SEE_DISCOUNTS)
def discount(request: HttpRequest, pk: int) -> HttpResponse:
    """A promotion with its terms, versions, and the latest lines that it was given on."""
    row = discount_get(pk)
    context = {
        "row": row, "title": row.name, "active": "discounts", "facts": terms_rows(row, now_of(row)), "value": value_of(now_of(row)),
        "state": state_of(row, clock.now().date()), "versions": [(each, value_of(each)) for each in row.terms.all()],
        "grants": row.grants.filter(ended_at__isnull=True).count(), "crumbs": [(_("Promotions"), reverse(LIST))],
    }  # fmt: skip
    if is_allowed(request.user, SEE_MONEY):
        lines = given_visible_to(request.user).filter(discount=row).select_related("line__invoice__patient", "line")
        context |= {
            "lines": lines.order_by("-pk")[:10],
            "plans": plans_holding(pk).select_related("plan__patient")[:10],
        }
    return render(request, "billing/discount.html", context)


@requires(EDIT_DISCOUNTS)
def new(request: HttpRequest) -> HttpResponse:
    form = DiscountForm(request.POST or None, user=request.user)

    def save(valid: Any) -> Done:
        made = services.discount_create(actor=request.user, **valid.taken())
        return Done(made.get_absolute_url(), _("“%(name)s” is saved.") % {"name": made}, "discounts")

    return form_page(
        request, form, title=_("New promotion"), save=save, cancel_url=reverse(LIST), draft="discount-new",
        active="discounts", crumbs=[(_("Promotions"), reverse(LIST))],
    )  # fmt: skip


@requires(EDIT_DISCOUNTS)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Other terms are a new version: what is invoiced keeps its own (BIL-25)."""
    row = discount_get(pk)
    form = DiscountForm(request.POST or None, user=request.user, row=row)

    def save(valid: Any) -> Done:
        services.discount_change(
            discount_id=pk, actor=request.user, expected_version=given_version(request), **valid.taken()
        )
        return Done(row.get_absolute_url(), _("“%(name)s” is saved.") % {"name": row}, "discounts", follow=True)

    return form_page(
        request, form, title=row.name, save=save, current=row, cancel_url=row.get_absolute_url(), active="discounts",
        page_url=request.path, note=_("Invoices made until now keep the terms that they were made by."),
    )  # fmt: skip


@requires(EDIT_DISCOUNTS)
@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    row = discount_get(pk)
    row = services.discount_switch(discount_id=pk, is_active=not row.is_active, actor=request.user)
    return told(Done(toast=_("In use again.") if row.is_active else _("Paused."), event="discounts"))


@requires(EDIT_DISCOUNTS)
@require_POST
def trash(request: HttpRequest, pk: int) -> HttpResponse:
    services.discount_delete(discount_id=pk, actor=request.user)
    return told(Done(toast=_("Moved to the trash."), event="discounts"))


@requires(SEE_DISCOUNTS)
def service_search(request: HttpRequest) -> JsonResponse:
    """Services for a field that searches as one types."""
    return JsonResponse(service_options(request.GET.get("q", "")[:100]), safe=False)


@requires(SEE_DISCOUNTS)
def dry_run(request: HttpRequest) -> HttpResponse:
    """Decide for a patient and services as an invoice made now would, and change nothing."""
    is_asked = "services" in request.GET
    form = TryForm(
        request.GET if is_asked else None, user=request.user, initial={"patient": request.GET.get("patient")}
    )
    context: dict[str, Any] = {"form": form, "title": _("Try the promotions"), "active": "discounts"}
    status = 200
    if is_asked:
        status = 422
        if form.is_valid():
            ids = [row.pk for row in form.cleaned_data["services"]]
            try:
                context |= {"tried": discounts_try(request.user, form.cleaned_data["patient"].pk, ids)}
                status = 200
            except DomainError as error:
                form.add_error(None, str(error))
    return render(request, "billing/discounts_try.html", context, status=status)


@requires(GRANT_DISCOUNT)
def of_patient(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick which individual discounts are active for a patient (PAT-11)."""
    patient = patient_get(request.user, pk)
    had = {row.discount_id: row for row in grants_shown(pk)}
    form = TicksForm(request.POST or None, discounts=individual_discounts(), had=had)

    def save(valid: Any) -> Done:
        services.patient_discounts_set(patient_id=pk, ticked=valid.ticked(), actor=request.user)
        return Done(patient.get_absolute_url(), _("Discounts of the card are saved."), follow=True)

    note = "" if form.discounts else _("There is no promotion for chosen patients yet.")
    return form_page(
        request, form, title=_("Individual discounts"), subtitle=patient.full_name, save=save, note=note,
        cancel_url=patient.get_absolute_url(),
    )  # fmt: skip

"""Pages of the price list: a service with its dated prices, many prices changed at once."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog.forms import ChangeForm, ServiceForm
from catalog.permissions import EDIT_PRICES, SEE_PRICES
from catalog.selectors import price_changes, services_in_list, services_matching, services_offered
from catalog.services import (
    price_set,
    price_withdraw,
    prices_change,
    prices_change_undo,
    prices_preview,
    service_archive,
    service_change,
    service_create,
    service_trash,
)
from catalog.services.prices import today
from core.access import is_allowed, requires
from core.errors import DomainError
from core.forms import Done, add_errors, form_page, given_version, told
from core.templatetags.ui import money

LIST = "catalog:prices-list"


@requires(EDIT_PRICES)
def service_new(request: HttpRequest) -> HttpResponse:
    form = ServiceForm(request.POST or None, initial={"category": request.GET.get("category")})

    def save(form: Any) -> Done:
        service = service_create(actor=request.user, **form.cleaned_data)
        return Done(reverse(LIST), _("“%(name)s” is in the price list.") % {"name": service}, "prices")

    return form_page(
        request, form, title=_("New service"), save=save, cancel_url=reverse(LIST), draft="service-new",
        crumbs=[(_("Price list"), reverse(LIST))], active="prices",
    )  # fmt: skip


@requires(SEE_PRICES, write=EDIT_PRICES)
def service(request: HttpRequest, pk: int) -> HttpResponse:
    """A service with its dated prices; a form for those who may change it, facts for the rest."""
    row = get_object_or_404(services_in_list(today()), pk=pk)
    context = {"service": row, "prices": row.prices.all(), "today": today(), "active": "prices", "subtitle": row.code}
    if not is_allowed(request.user, EDIT_PRICES):
        is_panel = request.headers.get("HX-Target") == "panel-body"
        name = "catalog/service.html#panel" if is_panel else "catalog/service.html"
        return render(request, name, {"title": row, **context})
    form = ServiceForm(request.POST or None, instance=row, initial={"diagnoses": list(row.diagnoses.all())})

    def save(form: Any) -> Done:
        fields = dict(form.cleaned_data)
        price, starts_on = fields.pop("price"), fields.pop("starts_on") or today()
        version = given_version(request)
        saved = service_change(service_id=pk, actor=request.user, expected_version=version, **fields)
        if price is not None:
            price_set(service_id=pk, amount=price, starts_on=starts_on, actor=request.user)
        return Done(reverse(LIST), _("“%(name)s” is saved.") % {"name": saved}, "prices")

    return form_page(
        request, form, title=row, save=save, current=row, cancel_url=reverse(LIST), page_url=row_url(pk),
        extra="catalog/_prices.html", may_edit=True, crumbs=[(_("Price list"), reverse(LIST))], draft=f"service-{pk}", **context,
    )  # fmt: skip


def row_url(pk: int) -> str:
    return reverse("catalog:service", args=[pk])


@requires(EDIT_PRICES)
@require_POST
def service_archive_toggle(request: HttpRequest, pk: int) -> HttpResponse:
    is_offered = service_archive(service_id=pk, actor=request.user)
    toast = _("It can be chosen again.") if is_offered else _("Archived: it is no longer offered.")
    return told(Done(toast=toast, event="prices"))


@requires(EDIT_PRICES)
@require_POST
def service_to_trash(request: HttpRequest, pk: int) -> HttpResponse:
    service_trash(service_id=pk, actor=request.user)
    return told(Done(toast=_("Moved to the trash."), event="prices"))


@requires(EDIT_PRICES)
@require_POST
def price_take_back(request: HttpRequest, pk: int, price: int) -> HttpResponse:
    """Withdraw a price that has not begun; the list of prices in the form is drawn anew."""
    price_withdraw(price_id=price, actor=request.user)
    row = get_object_or_404(services_in_list(today()), pk=pk)
    context = {"service": row, "prices": row.prices.all(), "today": today(), "may_edit": True}
    answer = render(request, "catalog/_prices.html", context)
    answer.headers["HX-Trigger"] = told(Done(toast=_("The price is withdrawn."), event="prices")).headers["HX-Trigger"]
    return answer


@requires(SEE_PRICES)
def service_options(request: HttpRequest) -> JsonResponse:
    """Choices of a searched select: services offered today."""
    rows = services_matching(services_offered(today()), request.GET.get("q", "")[:100])[:30]
    found = [
        {"value": row.pk, "text": f"{row.code} {row}", "note": money(row.price) if row.price is not None else ""}
        for row in rows
    ]
    return JsonResponse(found, safe=False)


@requires(EDIT_PRICES)
def change(request: HttpRequest) -> HttpResponse:
    """Many prices at once: what was asked for stands in the address, the preview below, «Apply» posts its digest."""
    asked = request.POST if request.method == "POST" else request.GET
    form = ChangeForm(asked if "value" in asked else None, initial={"starts_on": today()})
    context: dict[str, Any] = {"form": form, "changes": price_changes(), "today": today(), "active": "prices"}
    status = 200
    if form.is_bound and form.is_valid():
        try:
            if request.method == "POST":
                made = prices_change(form.rule(), actor=request.user, seen=request.POST.get("seen", ""))
                return redirect(f"{reverse('catalog:prices-change')}?done={made.pk}")
            context["preview"] = prices_preview(form.rule())
        except DomainError as error:
            add_errors(form, error)
            status = error.status if error.status != 400 else 422
    elif form.is_bound:
        status = 422
    name = "catalog/change.html#preview" if request.headers.get("HX-Target") == "preview" else "catalog/change.html"
    return render(request, name, {"title": _("Change prices"), **context}, status=status)


@requires(EDIT_PRICES)
@require_POST
def change_undo(request: HttpRequest, pk: int) -> HttpResponse:
    prices_change_undo(change_id=pk, actor=request.user)
    return HttpResponse(status=204, headers={"HX-Redirect": reverse("catalog:prices-change")})

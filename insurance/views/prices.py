"""Prices of an insurer: by hand, copied from the main list, brought as a table (INS-02, INS-03)."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from catalog.services.prices import today
from core.access import requires
from core.errors import DomainError
from core.files import XLSX
from core.forms import Done, add_errors, form_page, told
from core.tables import columns_guess
from insurance import permissions, services
from insurance.forms import ColumnsForm, CopyForm, PriceForm, UploadForm
from insurance.models import Insurer
from insurance.selectors.insurers import insurer_get, prices_page, service_of_insurer
from insurance.services.prices import IMPORT_FIELDS, prices_read
from insurance.sheets import price_sheet, table_keep, table_kept


def saved(insurer: Insurer, toast: str) -> Done:
    return Done(insurer.get_absolute_url(), toast, "insurer-prices")


@requires(permissions.EDIT_INSURERS)
def new(request: HttpRequest, pk: int) -> HttpResponse:
    insurer = insurer_get(pk)

    def save(form: Any) -> Done:
        data = dict(form.cleaned_data)
        service, starts_on = data.pop("service"), data.pop("starts_on") or today()
        services.price_set(insurer_id=pk, service_id=service.pk, starts_on=starts_on, actor=request.user, **data)
        return saved(insurer, _("“%(name)s” is in the insurer's list.") % {"name": service})

    return form_page(request, PriceForm(request.POST or None), title=_("Price of a service"), subtitle=insurer, save=save,
                     cancel_url=insurer.get_absolute_url())  # fmt: skip


@requires(permissions.EDIT_INSURERS)
def edit(request: HttpRequest, pk: int, service: int) -> HttpResponse:
    insurer = insurer_get(pk)
    row = service_of_insurer(insurer, service, today())

    def save(form: Any) -> Done:
        data = dict(form.cleaned_data)
        starts_on = data.pop("starts_on") or today()
        services.price_set(insurer_id=pk, service_id=service, starts_on=starts_on, actor=request.user, **data)
        return saved(insurer, _("“%(name)s” is saved.") % {"name": row})

    initial = {"amount": row.own_price, "code": row.own_code, "name": row.own_name}
    form = PriceForm(request.POST or None, service=row, initial=initial)
    return form_page(
        request, form, title=row, subtitle=f"{insurer} · {row.code}", save=save, cancel_url=insurer.get_absolute_url()
    )


@requires(permissions.EDIT_INSURERS)
@require_POST
def remove(request: HttpRequest, pk: int, service: int) -> HttpResponse:
    services.price_remove(insurer_id=pk, service_id=service, actor=request.user)
    return told(saved(insurer_get(pk), _("The service is no longer in the insurer's list.")))


@requires(permissions.EDIT_INSURERS)
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """The main list with a percent added or taken off."""
    insurer = insurer_get(pk)

    def save(form: Any) -> Done:
        data = dict(form.cleaned_data)
        data["categories"] = [row.pk for row in data["categories"]]
        data["step"] = Decimal(data["step"])
        count = services.prices_copy(insurer_id=pk, actor=request.user, **data)
        return saved(insurer, ngettext("%(n)s price is set.", "%(n)s prices are set.", count) % {"n": count})

    return form_page(request, CopyForm(request.POST or None), title=_("Copy from the main list"), subtitle=insurer, save=save,
                     submit_label=_("Copy"), cancel_url=insurer.get_absolute_url())  # fmt: skip


@requires(permissions.SEE_INSURERS)
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """The insurer's list as a workbook, in the columns that the import reads."""
    insurer = insurer_get(pk)
    headers = {"Content-Disposition": f'attachment; filename="insurer-{pk}.xlsx"'}
    return HttpResponse(price_sheet(prices_page(insurer, today())), content_type=XLSX, headers=headers)


@requires(permissions.EDIT_INSURERS)
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """First step of the import: the file."""
    insurer, form = insurer_get(pk), UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            stored = table_keep(form.cleaned_data["file"], IMPORT_FIELDS, actor=request.user)
        except DomainError as error:
            add_errors(form, error)
        else:
            return redirect("insurance:prices-check", pk=pk, key=stored.key)
    status = 422 if form.is_bound and form.errors else 200
    return wizard(request, insurer, "file", status, form=form)


@requires(permissions.EDIT_INSURERS)
def check_table(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Second step: columns as guessed, what would happen; `go` takes it into the list."""
    insurer = insurer_get(pk)
    stored, table = table_kept(request.user, key, IMPORT_FIELDS)
    guesses = {name: str(guess.column) for name, guess in columns_guess(table, IMPORT_FIELDS).items()}
    asked = request.POST if request.method == "POST" else (request.GET if "price" in request.GET else None)
    form = ColumnsForm(table.headings, asked or {"starts_on": f"{today():%d.%m.%Y}", **guesses})
    context: dict[str, Any] = {"form": form, "file": stored, "count": len(table.rows)}
    if not form.is_valid():
        return wizard(request, insurer, "check", 422 if asked else 200, **context)
    columns, starts_on = form.columns(), form.cleaned_data["starts_on"]
    try:
        if request.method == "POST" and "go" in request.POST:
            found = services.prices_import(
                insurer_id=pk, table=table, columns=columns, starts_on=starts_on, actor=request.user
            )
            return wizard(request, insurer, "done", found=found, **context)
        context["found"] = prices_read(insurer, table, columns, starts_on, request.user)
    except DomainError as error:
        add_errors(form, error)
        return wizard(request, insurer, "check", 422, **context)
    return wizard(request, insurer, "check", **context)


def wizard(request: HttpRequest, insurer: Insurer, step: str, status: int = 200, **context: Any) -> HttpResponse:
    names = [("file", _("File")), ("check", _("Check")), ("done", _("Import"))]
    place = [code for code, _name in names].index(step)
    steps = [(name, index < place, index == place) for index, (_code, name) in enumerate(names)]
    crumbs = [(_("Insurers"), reverse("insurance:insurers-list")), (insurer.name, insurer.get_absolute_url())]
    page = {
        "insurer": insurer,
        "step": step,
        "steps": steps,
        "title": _("Import of prices"),
        "crumbs": crumbs,
        "active": "insurers",
    }
    return render(request, "insurance/import.html", {**page, **context}, status=status)

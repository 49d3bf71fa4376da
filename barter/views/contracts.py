"""A contract: its terms, people, what was got, what is owed over the limits."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from barter import forms, permissions, services
from barter.files import REGULATION
from barter.models import Contract
from barter.selectors.entries import contract_get
from barter.selectors.pages import contract_page
from catalog.selectors import services_matching, services_offered
from core import clock
from core.access import requires
from core.files import file_store
from core.forms import Done, form_page, given_version
from patients.selectors import patients_found


@requires(permissions.SEE_BARTER)
def contract(request: HttpRequest, pk: int) -> HttpResponse:
    """Both sides of the exchange, the people with their limits, the regulation."""
    return render(request, "barter/contract.html", contract_page(contract_get(request.user, pk), request.user))


@requires(permissions.EDIT_CONTRACTS)
def new(request: HttpRequest) -> HttpResponse:
    """Register a contract; people are added on its page."""
    form = forms.ContractForm(request.POST or None, service_url=reverse("barter:service-search"))

    def save(valid: Any) -> Done:
        made = services.contract_create(kind=valid.cleaned_data["kind"], actor=request.user, **terms_of(request, valid))
        return Done(
            url=made.get_absolute_url(), toast=_("Barter contract %(number)s is registered") % {"number": made.number}
        )

    return form_page(request, form, title=_("New barter contract"), save=save, active="barter", draft="barter-contract")


@requires(permissions.EDIT_CONTRACTS)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    found = contract_get(request.user, pk)
    form = forms.ContractForm(request.POST or None, instance=found, service_url=reverse("barter:service-search"))

    def save(valid: Any) -> Done:
        services.contract_change(
            contract_id=pk, actor=request.user, expected_version=given_version(request), **terms_of(request, valid)
        )
        return Done(url=reverse("barter:contract", args=[pk]), toast=_("Saved"), event="barter")

    return form_page(
        request, form, title=str(found), save=save, current=contract_get(request.user, pk), active="barter"
    )


def terms_of(request: HttpRequest, form: Any) -> dict[str, Any]:
    """What both forms say; an organisation that is typed is made."""
    data = form.cleaned_data
    organisation = data["organisation"]
    if data["new_organisation"]:
        organisation = services.organisation_ensure(name=data["new_organisation"], actor=request.user)
    return {
        "organisation": organisation, "over_limit": data["over_limit"], "starts_on": data["starts_on"],
        "ends_on": data["ends_on"], "note": data["note"],
        "allowed_services": [service.pk for service in data["allowed_services"]],
    }  # fmt: skip


@requires(permissions.AGREE)
@require_POST
def step(request: HttpRequest, pk: int, to: str) -> HttpResponse:
    """The regulation is sent."""
    services.contract_step(contract_id=pk, to=to, actor=request.user)
    return redirect("barter:contract", pk)


@requires(permissions.AGREE)
def activate(request: HttpRequest, pk: int) -> HttpResponse:
    """The regulation is signed and its scan attached: the contract comes into force (BAR-04)."""
    form = forms.ActivateForm(request.POST or None, request.FILES or None, initial={"signed_on": clock.now().date()})

    def save(valid: Any) -> Done:
        upload = valid.cleaned_data["regulation"]
        kept = file_store(upload, purpose=REGULATION, actor=request.user) if upload else None
        services.contract_activate(
            contract_id=pk, actor=request.user, signed_on=valid.cleaned_data["signed_on"], regulation=kept
        )
        return Done(url=reverse("barter:contract", args=[pk]), toast=_("The contract is in force"), event="barter")

    title = _("Bring barter contract %(number)s into force") % {"number": contract_get(request.user, pk).number}
    return form_page(request, form, title=title, save=save, submit_label=_("Bring into force"), active="barter")


@requires(permissions.AGREE)
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    services.contract_close(contract_id=pk, actor=request.user)
    return redirect("barter:contract", pk)


@requires(permissions.EDIT_CONTRACTS)
def person_new(request: HttpRequest, pk: int) -> HttpResponse:
    """One more person; with a card and a contract in force he may be treated at once (BAR-03)."""
    found = contract_get(request.user, pk)
    form = forms.PersonForm(
        request.POST or None, user=request.user, patient_url=reverse("barter:patient-search"),
        is_public=found.kind == "public_person",
    )  # fmt: skip

    def save(valid: Any) -> Done:
        data = valid.cleaned_data
        made = services.entry_add(
            contract_id=pk, limit=data["limit"], patient_id=data["patient"].pk if data["patient"] else None,
            name=data["name"], phone=data["phone"], doctor_id=data["doctor"].pk if data.get("doctor") else None,
            actor=request.user,
        )  # fmt: skip
        said = _("Entry %(number)s is added") % {"number": made.number}
        return Done(url=found.get_absolute_url(), toast=said, event="barter")

    return form_page(
        request,
        form,
        title=_("Person of barter contract %(number)s") % {"number": found.number},
        save=save,
        active="barter",
    )


@requires(permissions.EDIT_CONTRACTS)
def receipt(request: HttpRequest, pk: int, receipt_pk: int | None = None) -> HttpResponse:
    """What the clinic gets in exchange, planned and by its act (BAR-29)."""
    found = contract_get(request.user, pk)
    row = next((each for each in found.receipts.all() if each.pk == receipt_pk), None)
    form = forms.ReceiptForm(request.POST or None, instance=row)

    def save(valid: Any) -> Done:
        data = {**valid.cleaned_data, "planned": valid.cleaned_data["planned"] or 0}
        services.receipt_save(contract_id=pk, receipt_id=receipt_pk, actor=request.user, **data)
        return Done(url=found.get_absolute_url(), toast=_("Saved"), event="barter")

    return form_page(request, form, title=_("Received in exchange"), save=save, active="barter")


@requires(permissions.WRITE_OFF)
def organisation_paid(request: HttpRequest, pk: int) -> HttpResponse:
    """Money of the organisation for what was over the limits (BAR-19, BIL-28)."""
    found = contract_get(request.user, pk)
    owed = contract_page(found, request.user)["owed"]
    form = forms.PaidForm(request.POST or None, initial={"amount": owed, "paid_on": clock.now().date()})

    def save(valid: Any) -> Done:
        services.payment_of_organisation(
            organisation_id=organisation_of(found), actor=request.user, **valid.cleaned_data
        )
        return Done(url=found.get_absolute_url(), toast=_("The payment is entered"), event="barter")

    return form_page(request, form, title=_("Payment of the organisation"), save=save, active="barter")


def organisation_of(found: Contract) -> int:
    return found.organisation_id or 0


@requires(permissions.EDIT_CONTRACTS)
def service_search(request: HttpRequest) -> JsonResponse:
    """Services for a field that searches as one types."""
    rows = services_offered(clock.now().date())
    text = request.GET.get("q", "")[:100]
    found = services_matching(rows, text) if text.strip() else rows
    return JsonResponse([{"value": row.pk, "text": str(row), "note": row.code} for row in found[:30]], safe=False)


@requires(permissions.SEE_BARTER)
def patient_search(request: HttpRequest) -> JsonResponse:
    """Cards of the user's patients by name, phone or number."""
    text = request.GET.get("q", "")[:100]
    found = patients_found(request.user, text) if text.strip() else []
    return JsonResponse(
        [{"value": row.pk, "text": row.full_name, "note": f"№ {row.card_number}"} for row in found], safe=False
    )

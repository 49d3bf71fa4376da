"""A new patient, the card with its feed, lines edited in place, who is at hand."""

import json
from datetime import date
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import is_allowed, requires
from core.audit import REGISTRY
from core.errors import NotFound
from core.forms import Done, form_page, told
from core.phones import phone_of
from core.templatetags.ui import age, day_short, phone
from patients import permissions, selectors, services
from patients.forms import CardForm, NewPatientForm
from patients.models import Patient
from patients.rules.duplicates import Person
from patients.services.cards import FIELDS as CARD_FIELDS
from patients.services.identity import FIELDS as IDENTITY_FIELDS
from patients.slots import BLOCKS, DOCUMENTS
from patients.views.facts import fact_rows
from patients.views.feed import feed_page

PREFILLED = ("last_name", "first_name", "middle_name", "phone", "birth_date", "email", "source", "comment")


@requires(permissions.ADD)
def new(request: HttpRequest) -> HttpResponse:
    """The form of a new patient in the side panel or as a page (PAT-02)."""
    initial = {name: request.GET[name] for name in PREFILLED if name in request.GET}
    initial |= {"branch": request.branch, "is_same_address": True}  # type: ignore[attr-defined]
    form = NewPatientForm(request.POST or None, user=request.user, initial=initial)
    made: list[Patient] = []

    def save(valid: Any) -> Done:
        made.append(admit(request, valid))
        text = _("Patient added: %(name)s, № %(number)s")
        said = text % {"name": made[0].short_name, "number": made[0].card_number}
        return Done(url=after_new(request, made[0]), toast=said, event="patients")

    response = form_page(
        request, form, title=_("New patient"), save=save, template="patients/form.html", draft="patient-new",
        may_book=bool(booking_url(request.user, None)), cancel_url=reverse("patients:patients-list"),
    )  # fmt: skip
    return announced(request, response, made)


def admit(request: HttpRequest, form: CardForm) -> Patient:
    fields = form.taken(name for name in CARD_FIELDS if name != "custom")
    if "branch" not in form.fields:
        fields["branch"] = request.branch  # type: ignore[attr-defined]
    fields["custom"] = form.taken_custom()
    return services.patient_admit(actor=request.user, fields=fields, identity=form.taken(IDENTITY_FIELDS))


def booking_url(user: Any, patient: Patient | None) -> str:
    """Where a visit of this patient is booked, when an app above says so by its action «book»."""
    sample = patient or Patient(pk=0)
    return next((act["url"] for act in selectors.page.actions_of(sample, user, "head") if act["key"] == "book"), "")


def after_new(request: HttpRequest, patient: Patient) -> str:
    return booking_url(request.user, patient) if "book" in request.POST else patient.get_absolute_url()


def announced(request: HttpRequest, response: HttpResponse, made: list[Patient]) -> HttpResponse:
    """Tell the page behind the panel whom it has got: `patient:created` with id, name and phone."""
    if response.status_code != 204 or not made:
        return response
    if "book" in request.POST:
        return HttpResponse(status=204, headers={"HX-Redirect": after_new(request, made[0])})
    if "HX-Trigger" in response:
        said = json.loads(response["HX-Trigger"])
        said["patient:created"] = {"id": made[0].pk, "name": quote(made[0].full_name), "phone": made[0].phone}
        response["HX-Trigger"] = json.dumps(said)
    return response


@requires(permissions.ADD)
def similar(request: HttpRequest) -> HttpResponse:
    """Who may be the same person, while the form is being filled in (PAT-39)."""
    form = CardForm(request.GET, user=request.user, names=("last_name", "first_name", "middle_name", "birth_date"))
    form.is_valid()
    given = form.cleaned_data
    try:
        phones = frozenset({phone_of(request.GET.get("phone", ""))})
    except ValueError:
        phones = frozenset()
    person = Person(given.get("last_name", ""), given.get("first_name", ""), given.get("middle_name", ""),
                    given.get("birth_date"), phones)  # fmt: skip
    found = selectors.similar_patients(request.user, person, limit=3)
    return render(request, "patients/_similar.html", {"found": found})


@requires(permissions.SEE)
def pick(request: HttpRequest) -> JsonResponse:
    """Patients for a select that is searched by typing: [{value, text, note}]."""
    text = request.GET.get("q", "")
    rows = selectors.patients_found(request.user, text, 12) if text.strip() else selectors.recent_patients(request.user)
    with_phone = is_allowed(request.user, permissions.SEE_CONTACTS)
    return JsonResponse([choice(row, with_phone) for row in rows], safe=False)


def choice(row: Patient, with_phone: bool) -> dict[str, Any]:
    years = row.age_on(timezone.localdate())
    facts = [f"№ {row.card_number}", age(years) if years is not None else "", phone(row.phone) if with_phone else ""]
    return {"value": row.pk, "text": row.full_name, "note": " · ".join(fact for fact in facts if fact)}


@requires(permissions.SEE)
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """The overview: blocks of apps above, main information, family, the feed at the right (PAT-08, PAT-14)."""
    patient = selectors.patient_get(request.user, pk)
    if patient.merged_into_id:
        return retired(request, patient)
    services.patient_opened(patient=patient, actor=request.user)
    context = {
        "body": "patients/_overview.html",
        "rows": fact_rows(request.user, patient, "profile"),
        "kind_why": kind_why(patient),
        "statistics": selectors.statistics_of(pk, request.user),
        "top": selectors.blocks_of(BLOCKS, patient, request.user, "top"),
        "main": selectors.blocks_of(BLOCKS, patient, request.user, "main"),
        "half": selectors.blocks_of(BLOCKS, patient, request.user, "half"),
        "documents": selectors.blocks_of(DOCUMENTS, patient, request.user),
        **feed_page(request, patient),
    }
    page = selectors.card_page(patient, request.user, "overview")
    return render(request, selectors.card_template(request), {**page, **context})


def kind_why(patient: Patient) -> str:
    """Why the patient counts as primary or secondary, in a sentence (PAT-25)."""
    why = patient.kind_why
    declared = REGISTRY.get(f"patients.kind.{why.get('rule', '')}")
    return f"{str(declared.text) % why} · {day_short(date.fromisoformat(why['on']))}" if declared else ""


def retired(request: HttpRequest, patient: Patient) -> HttpResponse:
    """A card that was merged says where its records are now."""
    survivor = selectors.patient_get(request.user, selectors.patients_canonical(patient.pk))
    return render(request, "patients/retired.html", {"patient": patient, "survivor": survivor, "active": "patients"})


@requires(permissions.SEE)
def info(request: HttpRequest, pk: int) -> HttpResponse:
    """Documents, contacts, addresses and the clinic's own fields (PAT-10)."""
    patient = live_card(request, pk)
    services.patient_opened(patient=patient, actor=request.user)
    context = {"body": "patients/_info.html", "rows": fact_rows(request.user, patient, "info")}
    page = selectors.card_page(patient, request.user, "info")
    return render(request, selectors.card_template(request), {**page, **context})


def live_card(request: HttpRequest, pk: int) -> Patient:
    """A card that can be worked on; a retired one is not."""
    patient = selectors.patient_get(request.user, pk)
    if patient.merged_into_id:
        raise NotFound
    return patient


@requires(permissions.SEE)
@require_POST
def pin(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the card at hand, or no longer (PAT-45)."""
    patient = live_card(request, pk)
    is_pinned = request.POST.get("pinned") == "1"
    act = services.patient_unpin if is_pinned else services.patient_pin
    act(patient=patient, actor=request.user)
    return render(request, "patients/_pin.html", {"patient": patient, "is_pinned": not is_pinned})


@requires(permissions.EDIT)
@require_POST
def activate(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch the account on or off (PAT-15)."""
    patient = live_card(request, pk)
    services.patient_activate(patient_id=pk, is_active=not patient.is_active, actor=request.user)
    return HttpResponse(status=204, headers={"HX-Refresh": "true"})


@requires(permissions.DELETE)
@require_POST
def trash(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the card into the trash; what stands in the way is told."""
    patient = live_card(request, pk)
    services.patient_trash(patient_id=pk, actor=request.user, reason=request.POST.get("reason", "")[:500])
    if request.headers.get("HX-Target") == "none":
        return told(Done(toast=_("Moved to the trash: %(name)s") % {"name": patient}, event="patients"))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("patients:patients-list")})
    return redirect("patients:patients-list")

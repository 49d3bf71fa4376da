"""A new invoice: the patient, lines of a plan by ticks, single services, one discount on the whole."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from billing import permissions, services
from billing.forms import InvoiceForm, LineSet, initial_lines, lines_of, people_of
from billing.models import Invoice
from billing.selectors.basis import appointment_for, option_of, plan_choices, plans_in, plans_of, service_options
from billing.selectors.patients import branch_for_money, patient_for_money
from billing.selectors.payers import payer_options
from catalog.selectors import services_offered
from core import clock
from core.access import requires
from core.errors import DomainError, Forbidden, NotFound
from core.forms import Done, done_answer, given_version, save_once
from core.money import ZERO
from patients.selectors import patients_found


def invoice_form(request: HttpRequest, draft: Invoice | None) -> HttpResponse:
    """Show the form, or save it once; without a patient ask for one first."""
    patient_id = draft.patient_id if draft else number_in(request, "patient")
    if patient_id is None:
        return render(request, "billing/new_for.html", {"title": _("New invoice"), "active": "invoices"})
    patient = patient_for_money(patient_id, request.user)
    asked = Asked(request, patient, draft)
    status = 200
    if request.method == "POST":
        status = 422
        if asked.is_valid():
            try:
                return done_answer(request, save_once(request, asked.form, lambda _form: asked.save()))
            except (Forbidden, NotFound):
                raise
            except DomainError as error:
                asked.refuse(error)
                status = error.status if error.status == 412 else 422
    name = "billing/new.html#fields" if request.headers.get("HX-Request") else "billing/new.html"
    return render(request, name, asked.context(), status=status)


class Asked:
    """What the page asks for: the head, the lines of plans, single services."""

    def __init__(self, request: HttpRequest, patient: Any, draft: Invoice | None) -> None:
        self.request, self.patient, self.draft = request, patient, draft
        self.user: Any = request.user
        visit = number_in(request, "appointment")
        self.visit = appointment_for(self.user, visit, patient.pk) if visit else None
        self.choices = plan_choices(patient.pk, draft)
        self.chosen = number_in(request, "plan") or (next(iter(plans_in(draft)), None) if draft else None)
        data = request.POST if request.method == "POST" else None
        ids = [line.pk for choice in self.choices for line in choice.lines]
        self.form = InvoiceForm(data, plans=plans_of(patient.pk), line_ids=ids, initial=self.head())
        doctors, assistants = people_of(self.user)
        people = {"doctors": doctors, "assistants": assistants, "payers": self.payers()}
        self.lines = LineSet(data, prefix="lines", form_kwargs=people, initial=self.rows() if data is None else None)

    def head(self) -> dict[str, Any]:
        asked = self.draft.asked_discounts if self.draft else None
        picked = "" if asked is None else str(asked[0]) if asked else "none"
        return {"note": self.draft.note if self.draft else "", "plan": self.chosen, "promotions": picked}

    def rows(self) -> list[dict[str, Any]]:
        """Lines to begin with: the draft's, the visit's services, or one empty line when there is no plan."""
        if self.draft:
            return initial_lines(self.draft)
        if self.visit:
            common = {"doctor": self.visit.doctor_id, "quantity": 1}
            return [{"service": service.pk, **common} for service in self.visit.services.all()] or [common]
        return [] if any(choice.lines for choice in self.choices) else [{"quantity": 1}]

    def is_valid(self) -> bool:
        return self.form.is_valid() & self.lines.is_valid()

    def save(self) -> Done:
        data = self.form.cleaned_data
        common: dict[str, Any] = {
            "lines": list(lines_of(self.lines)), "actor": self.user, "note": data["note"],
            "discount": data["discount"] or ZERO, "discount_reason": data["discount_reason"],
            "picked": self.form.picked,
        }  # fmt: skip
        plan = data["plan"] if data["plan_lines"] or not self.draft else None
        common["plan_id"] = plan.pk if plan else None
        common["plan_line_ids"] = [int(pk) for pk in data["plan_lines"]] if plan else None
        if self.draft:
            made = services.invoice_change(
                invoice_id=self.draft.pk, expected_version=given_version(self.request), **common
            )
            return Done(url=made.get_absolute_url(), toast=_("The draft is saved"))
        made = services.invoice_make(
            patient_id=self.patient.pk,
            appointment_id=self.visit.pk if self.visit else None, branch_id=self.branch_id(),
            draft="draft" in self.request.POST, **common,
        )  # fmt: skip
        said = _("The draft is saved") if made.number is None else _("Invoice %(number)s is issued") % {"number": made}
        return Done(url=made.get_absolute_url(), toast=said)

    def payers(self) -> list[tuple[str, Any]]:
        """Who may be chosen to pay: asked of the payers' apps for the branch where the invoice will be made."""
        branch = self.draft.branch if self.draft else self.visit.branch if self.visit else None
        return payer_options(
            self.patient.pk, branch or branch_for_money(self.patient, self.user, self.branch_id()), self.user
        )

    def branch_id(self) -> int | None:
        branch = getattr(self.request, "branch", None)
        return branch.pk if branch and not self.visit else None

    def refuse(self, error: DomainError) -> None:
        """A refusal beside its field: `lines.2.discount` stands in the third line's discount."""
        filled = [form for form in self.lines if form.cleaned_data.get("service")]
        of_plan = len(self.form.cleaned_data["plan_lines"]) if self.form.cleaned_data.get("plan") else 0
        for name, sentences in (error.fields or {"": [str(error)]}).items():
            place, _dot, field = name.removeprefix("lines.").partition(".")
            index = int(place) - of_plan if name.startswith("lines.") and place.isdigit() else -1
            form, target = (filled[index], field) if 0 <= index < len(filled) else (self.form, name)
            for sentence in sentences:
                form.add_error(target if target in form.fields else None, str(sentence))

    def context(self) -> dict[str, Any]:
        known = self.known_services()
        return {
            "title": _("Draft invoice") if self.draft else _("New invoice"), "active": "invoices", "form": self.form,
            "lines": self.lines, "patient": self.patient, "choices": self.choices, "visit": self.visit,
            "chosen": self.chosen, "draft_invoice": self.draft, "known": known,
            "version": self.draft.version if self.draft else None,
            "ticked": self.ticked(), "has_errors": bool(self.form.errors or any(self.lines.errors)),
        }  # fmt: skip

    def ticked(self) -> set[int]:
        """Lines of plans that are ticked: as sent, else all of the plan that the page was opened for."""
        if self.request.method == "POST":
            return {int(pk) for pk in self.request.POST.getlist("plan_lines") if pk.isdigit()}
        if self.draft:
            return set(self.draft.lines.filter(plan_line__isnull=False).values_list("plan_line_id", flat=True))
        return {line.pk for choice in self.choices if choice.plan.pk == self.chosen for line in choice.lines}

    def known_services(self) -> dict[int, dict[str, Any]]:
        """Names and prices of the services already chosen: the page carries only these of a long list."""
        values = [form["service"].value() for form in self.lines]
        ids = {int(value) for value in values if str(value or "").isdigit()}
        rows = services_offered(clock.now().date()).filter(pk__in=ids)
        return {service.pk: option_of(service) for service in rows}


def number_in(request: HttpRequest, name: str) -> int | None:
    """A key in the address; anything else is none."""
    text = request.GET.get(name) or request.POST.get(name) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


@requires(permissions.ISSUE_INVOICE)
def service_search(request: HttpRequest) -> JsonResponse:
    """Services for a field that searches as one types."""
    return JsonResponse(service_options(request.GET.get("q", "")[:100]), safe=False)


@requires(permissions.ISSUE_INVOICE)
def patient_search(request: HttpRequest) -> JsonResponse:
    """Patients for whom an invoice may be made."""
    text = request.GET.get("q", "")[:100]
    found = patients_found(request.user, text) if text.strip() else []
    rows = [{"value": card.pk, "text": card.full_name, "note": f"№ {card.card_number}"} for card in found]
    return JsonResponse(rows, safe=False)

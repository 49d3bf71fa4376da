"""Treatment plans: the patient's tab, the editor of a draft, an approved plan with its work (CLN-14..16)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST

from catalog.selectors import categories_of_list
from clinical import permissions, services
from clinical import teeth as fdi
from clinical.forms import DeclineForm, PlanServicesForm, approval_of, ids_of
from clinical.models import TreatmentPlan
from clinical.selectors import (
    PlanView,
    doctors_to_choose,
    plan_get,
    plan_view,
    plans_of_patient,
    services_to_pick,
    shares_of,
)
from clinical.selectors.booked import booked_of_plans
from clinical.selectors.chains import is_bookable
from clinical.slots import PLAN_ACTIONS
from clinical.views.card import card_answer
from core import clock
from core.access import is_allowed, requires
from core.forms import Done, form_page
from core.undo import last_of
from patients.models import Patient
from patients.selectors import patient_get

DENTITIONS = (
    ("adult", _lazy("Permanent")),
    ("mixed", _lazy("Mixed")),
    ("child", pgettext_lazy("teeth", "Milk")),
)
JAWS = (
    ("upper", (("adult", fdi.UPPER), ("child", fdi.UPPER_PRIMARY))),
    ("lower", (("child", fdi.LOWER_PRIMARY), ("adult", fdi.LOWER))),
)


@requires(permissions.SEE_PLANS)
def patient_plans(request: HttpRequest, pk: int) -> HttpResponse:
    """The tab: every plan of a patient by its ordinal number."""
    patient = patient_get(request.user, pk)
    plans = plans_of_patient(pk, today_of(request, patient))
    return card_answer(request, patient, "plans", "clinical/plans.html", {"plans": plans, **rights(request)})


@requires(permissions.EDIT_PLANS)
def plan_new(request: HttpRequest, pk: int) -> HttpResponse:
    """An empty editor; the plan comes to be when it is first saved."""
    patient = patient_get(request.user, pk)
    return card_answer(request, patient, "plans", "clinical/plan_edit.html", editor(request, patient, None))


@requires(permissions.SEE_PLANS)
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft opens in the editor for those who may change it; otherwise the plan is shown with its work."""
    row = plan_get(request.user, pk)
    view = plan_view(row)
    if row.is_draft and is_allowed(request.user, permissions.EDIT_PLANS) and "look" not in request.GET:
        context = editor(request, row.patient, view)
        return card_answer(request, row.patient, "plans", "clinical/plan_edit.html", context)
    shares = shares_of(row, view.lines)
    context = {
        **rights(request), **actions(request, row), **visits_shown(request, row), "view": view, "plan": row, "shares": shares,
    }  # fmt: skip
    return card_answer(request, row.patient, "plans", "clinical/plan.html", context)


def rights(request: HttpRequest) -> dict[str, Any]:
    return {
        "may_edit": is_allowed(request.user, permissions.EDIT_PLANS),
        "may_approve": is_allowed(request.user, permissions.APPROVE_PLANS),
        "may_see_sums": is_allowed(request.user, permissions.SEE_PLAN_SUMS),
    }


def visits_shown(request: HttpRequest, row: TreatmentPlan) -> dict[str, Any]:
    """Visits that were booked at once, whether some are affected by another's end, and the way back of a fresh booking."""
    visits = booked_of_plans([row.pk]).get(row.pk, [])
    entry = last_of(request.user) if "booked" in request.GET else None
    is_chain = entry is not None and any(step["code"].startswith("scheduling.chain") for step in entry.steps)
    return {
        "visits": visits, "is_affected": any(visit.is_affected or visit.is_lost for visit in visits),
        "may_book": is_bookable(row) and is_allowed(request.user, permissions.BOOK_PLANS), "undo_entry": entry if is_chain else None,
    }  # fmt: skip


def actions(request: HttpRequest, row: TreatmentPlan) -> dict[str, Any]:
    """Buttons that apps above add: an invoice, an approval of the insurer."""
    return {"actions": [action for provider in PLAN_ACTIONS for action in provider(row, request.user)]}


def today_of(request: HttpRequest, patient: Patient) -> Any:
    branch = patient.branch or request.branch  # type: ignore[attr-defined]
    return clock.today(branch.timezone) if branch else clock.now().date()


def editor(request: HttpRequest, patient: Patient, view: PlanView | None) -> dict[str, Any]:
    """Everything that the editor's island starts from."""
    row = view.plan if view else None
    sums = is_allowed(request.user, permissions.SEE_PLAN_SUMS)
    doctors = doctors_to_choose(request.user)
    own = request.user.staff_id if any(doctor.pk == request.user.staff_id for doctor in doctors) else None
    today = today_of(request, patient)
    address = f"/api/v1/treatment-plans/{row.pk}/" if row else "/api/v1/treatment-plans/"
    branch = request.branch  # type: ignore[attr-defined]
    data = {
        "id": row.pk if row else None, "patient": patient.pk, "version": row.version if row else 0, "url": address,
        "gaps": row.phase_gaps if row else [], "doctors": [[doctor.pk, doctor.short_name] for doctor in doctors],
        "page": reverse("clinical:plan", args=[0]), "phases": row.phases if row else [], "sums": sums,
        "priceEdit": sums and is_allowed(request.user, permissions.SET_PLAN_PRICE),
        "branch": branch.pk if branch else None, "lines": [line_data(line, sums) for line in view.lines] if view else [],
    }  # fmt: skip
    return {
        **rights(request), **(actions(request, row) if row else {"actions": []}), "plan": row, "view": view, "data": data,
        "jaws": JAWS, "doctors": doctors, "doctor_id": row.doctor_id if row else own or patient.doctor_id,
        "categories": categories_of_list(), "services": services_to_pick(on=today, patient_id=patient.pk),
        "dentitions": DENTITIONS, "shown_teeth": "child" if (patient.age_on(today) or 99) < 6 else "adult",
    }  # fmt: skip


def line_data(line: Any, sums: bool) -> dict[str, Any]:
    """A line for the island; sums only for those who may see them."""
    price = (float(line.price) if line.has_price else None) if sums else None
    return {
        "id": line.pk, "service": line.service_id, "name": str(line.service), "code": line.service.code,
        "teeth": line.teeth, "quantity": line.quantity, "phase": line.phase, "note": line.note, "price": price,
        "doctor": line.doctor_id, "heals": line.service.healing_days, "healing": line.healing_days, "most": line.healing_most,
        "listed": None if line.has_own_price else price, "discount": f"{line.discount}" if sums and line.has_own_discount else "",
        "auto": float(line.discount) if sums and not line.has_own_discount else 0, "autoOf": float(line.price * line.quantity),
        "why": line.discount_why if sums else "",
    }  # fmt: skip


@requires(permissions.EDIT_PLANS)
def plan_services(request: HttpRequest, pk: int) -> HttpResponse:
    """Services by words, code, category; those for the diagnoses of the chosen teeth first (CLN-30)."""
    patient = patient_get(request.user, pk)
    asked = PlanServicesForm(request.GET)
    asked.is_valid()
    found = services_to_pick(on=today_of(request, patient), patient_id=pk, **asked.taken())
    return render(request, "clinical/_services.html", {"services": found, "patient": patient, **rights(request)})


@requires(permissions.APPROVE_PLANS)
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve the total that the person has seen (CLN-15)."""
    row = plan_get(request.user, pk)
    version, total = approval_of(request.POST)
    services.plan_approve(plan_id=pk, actor=request.user, expected_version=version, seen_total=total)
    messages.success(request, _("Plan No. %(number)s is approved: its prices are frozen.") % {"number": row.number})
    return redirect(row.get_absolute_url())


@requires(permissions.APPROVE_PLANS)
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    row = plan_get(request.user, pk)
    services.plan_reopen(plan_id=pk, actor=request.user)
    messages.success(request, _("Plan No. %(number)s can be changed again.") % {"number": row.number})
    return redirect(row.get_absolute_url())


@requires(permissions.APPROVE_PLANS)
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    row = plan_get(request.user, pk)

    def save(form: Any) -> Done:
        services.plan_decline(plan_id=pk, reason=form.cleaned_data["reason"], actor=request.user)
        return Done(reverse("clinical:plans", args=[row.patient_id]), _("The plan is declined."), follow=True)

    form = DeclineForm(request.POST or None)
    return form_page(request, form, title=_("Decline plan No. %(number)s") % {"number": row.number}, save=save,
                     submit_label=_("Decline"), cancel_url=row.get_absolute_url())  # fmt: skip


@requires(permissions.EDIT_PLANS)
@require_POST
def done(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark lines done today by the doctor who presses, else by the plan's."""
    row = plan_get(request.user, pk)
    staff = request.user.staff  # type: ignore[union-attr]
    doctor = staff if staff is not None and staff.is_doctor else row.doctor
    services.lines_render(plan_id=pk, line_ids=ids_of(request.POST), doctor=doctor, actor=request.user)
    return redirect(row.get_absolute_url())


@requires(permissions.EDIT_PLANS)
@require_POST
def undone(request: HttpRequest, pk: int) -> HttpResponse:
    row = plan_get(request.user, pk)
    services.lines_unrender(plan_id=pk, line_ids=ids_of(request.POST), actor=request.user)
    return redirect(row.get_absolute_url())

"""The card's tab «DMS»: policies, limits, letters (INS-06, INS-18, INS-19)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog.services.prices import today
from core.access import is_allowed, requires
from core.forms import Done, form_page, given_version, told
from insurance import permissions, services
from insurance.forms import CategoryLimitsForm, LetterForm, PolicyForm
from insurance.models import Policy
from insurance.selectors.approvals import approvals_visible_to
from insurance.selectors.policies import policies_of_patient, policy_get
from patients.selectors import patient_get
from patients.selectors.page import card_page, card_template

EVENT = "policy"


@requires(permissions.SEE_POLICIES)
def patient_policies(request: HttpRequest, pk: int) -> HttpResponse:
    patient = patient_get(request.user, pk)
    approvals = approvals_visible_to(request.user).filter(patient=pk).order_by("-pk")[:30]
    page = {
        "policies": policies_of_patient(pk, today()), "body": "insurance/_policies.html",
        "approvals": approvals if is_allowed(request.user, permissions.SEE_APPROVALS) else [],
        "may_edit": is_allowed(request.user, permissions.EDIT_POLICIES), "sees_sums": is_allowed(request.user, permissions.SEE_LIMITS),
    }  # fmt: skip
    return render(request, card_template(request), {**card_page(patient, request.user, "dms"), **page})


def saved(patient_id: int, toast: str) -> Done:
    return Done(reverse("insurance:patient-policies", args=[patient_id]), toast, EVENT)


@requires(permissions.EDIT_POLICIES)
def new(request: HttpRequest, pk: int) -> HttpResponse:
    patient = patient_get(request.user, pk)

    def save(form: Any) -> Done:
        made = services.policy_save(patient_id=pk, actor=request.user, **form.cleaned_data)
        return saved(pk, _("Policy %(policy)s is saved.") % {"policy": made})

    form = PolicyForm(request.POST or None, initial={"valid_from": today()})
    return form_page(request, form, title=_("New policy"), subtitle=patient.full_name, save=save, draft=f"policy-{pk}",
                     cancel_url=reverse("insurance:patient-policies", args=[pk]), active="patients")  # fmt: skip


@requires(permissions.EDIT_POLICIES)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    policy = policy_get(request.user, pk)

    def save(form: Any) -> Done:
        made = services.policy_save(
            policy_id=pk, actor=request.user, expected_version=given_version(request), **form.cleaned_data
        )
        return saved(policy.patient_id, _("Policy %(policy)s is saved.") % {"policy": made})

    form = PolicyForm(request.POST or None, instance=policy)
    return form_page(request, form, title=_("Policy"), subtitle=policy.patient.full_name, save=save, current=policy_get(request.user, pk),
                     cancel_url=reverse("insurance:patient-policies", args=[policy.patient_id]), active="patients")  # fmt: skip


@requires(permissions.EDIT_POLICIES)
def limits(request: HttpRequest, pk: int) -> HttpResponse:
    """Limits of categories beside the whole one."""
    policy = policy_get(request.user, pk)

    def save(form: Any) -> Done:
        services.policy_save(policy_id=pk, actor=request.user, category_limits=form.limits())
        return saved(policy.patient_id, _("The limits are saved."))

    form = CategoryLimitsForm(request.POST or None, policy=policy)
    return form_page(request, form, title=_("Limits of categories"), subtitle=policy, save=save,
                     note=_("Empty: only the policy's own limit."),
                     cancel_url=reverse("insurance:patient-policies", args=[policy.patient_id]), active="patients")  # fmt: skip


@requires(permissions.EDIT_POLICIES)
@require_POST
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """The insurer was asked today: the policy holds."""
    policy: Policy = policy_get(request.user, pk)
    services.policy_verify(policy_id=policy.pk, actor=request.user)
    return told(Done(toast=_("The policy is verified today."), event=EVENT))


@requires(permissions.EDIT_POLICIES)
def letter_new(request: HttpRequest, pk: int) -> HttpResponse:
    policy = policy_get(request.user, pk)

    def save(form: Any) -> Done:
        data = dict(form.cleaned_data)
        upload = data.pop("file")
        services.letter_add(policy_id=pk, actor=request.user, upload=upload, **data)
        return saved(policy.patient_id, _("The letter is saved."))

    form = LetterForm(request.POST or None, request.FILES or None, initial={"issued_on": today()})
    return form_page(request, form, title=_("Guarantee letter"), subtitle=policy, save=save,
                     cancel_url=reverse("insurance:patient-policies", args=[policy.patient_id]), active="patients")  # fmt: skip

"""Approvals: asked from a plan, answered line by line (INS-08..10)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog.services.prices import today
from clinical.selectors import plan_get
from core.access import is_allowed, requires
from core.forms import Done, form_page, given_version
from insurance import permissions, services
from insurance.forms import CommentForm, DecideForm, ReasonForm, RequestForm
from insurance.models import Approval
from insurance.selectors.approvals import approval_get, approval_page
from insurance.selectors.policies import policies_in_force

LIST = "insurance:approvals-list"


@requires(permissions.SEE_APPROVALS)
def approval(request: HttpRequest, pk: int) -> HttpResponse:
    """What was asked, what was answered, every step with its words and papers."""
    row = approval_get(request.user, pk)
    page = {
        **approval_page(row), "approval": row, "title": _("Approval %(number)s") % {"number": row}, "active": "approvals",
        "crumbs": [(_("Approvals"), reverse(LIST))], "today": today(),
        "may_decide": is_allowed(request.user, permissions.DECIDE_APPROVAL),
        "sees_sums": is_allowed(request.user, permissions.SEE_LIMITS),
    }  # fmt: skip
    return render(request, "insurance/approval.html", page)


def done(row: Approval, toast: str) -> Done:
    return Done(row.get_absolute_url(), toast, "approval", follow=True)


@requires(permissions.REQUEST_APPROVAL)
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """«DMS» on a plan: ask the insurer of one of the patient's policies."""
    plan = plan_get(request.user, pk)
    policies = policies_in_force([plan.patient_id], today())

    def save(form: Any) -> Done:
        data = form.cleaned_data
        letter = data.get("letter")
        made = services.approval_request(
            plan_id=pk, policy_id=data["policy"].pk, actor=request.user, draft=data["draft"], note=data["note"], upload=data["file"],
            letter_id=letter.pk if letter else None,
        )  # fmt: skip
        toast = _("Approval %(number)s is prepared.") if data["draft"] else _("Approval %(number)s is sent.")
        return Done(plan.get_absolute_url(), toast % {"number": made}, "approval", follow=True)

    form = RequestForm(request.POST or None, request.FILES or None, policies=policies)
    return form_page(
        request, form, title=_("Approval of the insurer"), subtitle=f"{plan} · {plan.patient.full_name}", save=save,
        submit_label=_("Save"), cancel_url=plan.get_absolute_url(), active="treatment-plans",
        note="" if policies else _("The patient has no policy in force: add one on the card, section DMS."),
    )  # fmt: skip


@requires(permissions.DECIDE_APPROVAL)
@require_POST
def send(request: HttpRequest, pk: int) -> HttpResponse:
    row = approval_get(request.user, pk)
    services.approval_send(approval_id=pk, actor=request.user, expected_version=given_version(request))
    messages.success(request, _("Approval %(number)s is sent.") % {"number": row})
    return redirect(row.get_absolute_url())


@requires(permissions.DECIDE_APPROVAL)
def query(request: HttpRequest, pk: int) -> HttpResponse:
    """The insurer wants to know more."""
    row = approval_get(request.user, pk)

    def save(form: Any) -> Done:
        data = form.cleaned_data
        services.approval_query(
            approval_id=pk,
            comment=data["comment"],
            upload=data["file"],
            actor=request.user,
            expected_version=given_version(request),
        )
        return done(row, _("The question is noted."))

    form = CommentForm(request.POST or None, request.FILES or None)
    return form_page(request, form, title=_("The insurer asks"), subtitle=row.policy.insurer, save=save, version=row.version,
                     cancel_url=row.get_absolute_url(), active="approvals")  # fmt: skip


@requires(permissions.DECIDE_APPROVAL)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """The insurer's answer, as a whole or line by line."""
    row = approval_get(request.user, pk)

    def save(form: Any) -> Done:
        data = form.cleaned_data
        partial = data["decision"] == Approval.Status.ACCEPTED_PARTIAL
        services.approval_decide(
            approval_id=pk, decision=data["decision"], lines=form.wanted() if partial else None, comment=data["comment"],
            valid_to=data["valid_to"], reference=data["reference"], letter_id=data["letter"].pk if data["letter"] else None,
            upload=data["file"], reasons=form.reasons() if partial else None, actor=request.user, expected_version=given_version(request),
        )  # fmt: skip
        return done(row, _("The answer is saved: the plan opens to that extent."))

    form = DecideForm(request.POST or None, request.FILES or None, approval=row)
    return form_page(
        request, form, title=_("Answer of the insurer"), subtitle=f"{row.policy.insurer} · {row.patient.full_name}", save=save,
        version=given_version(request) or row.version, template="insurance/decide.html", approval=row, cancel_url=row.get_absolute_url(),
        active="approvals", sees_sums=is_allowed(request.user, permissions.SEE_LIMITS),
        crumbs=[(_("Approvals"), reverse(LIST)), (str(row), row.get_absolute_url())], wide=True,
    )  # fmt: skip


@requires(permissions.DECIDE_APPROVAL)
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """An answer entered by mistake is taken back."""
    row = approval_get(request.user, pk)
    services.approval_reopen(approval_id=pk, actor=request.user, expected_version=given_version(request))
    messages.success(request, _("The answer is taken back: the approval waits again."))
    return redirect(row.get_absolute_url())


@requires(permissions.REQUEST_APPROVAL)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    row = approval_get(request.user, pk)

    def save(form: Any) -> Done:
        services.approval_cancel(approval_id=pk, reason=form.cleaned_data["reason"], actor=request.user)
        return done(row, _("Approval %(number)s is cancelled.") % {"number": row})

    return form_page(request, ReasonForm(request.POST or None), title=_("Cancel the approval"), subtitle=row, save=save,
                     submit_label=_("Cancel the approval"), cancel_url=row.get_absolute_url(), active="approvals")  # fmt: skip

"""Payments: the receipt's page, cancelling one; a patient's deposit."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing import permissions, services
from billing.forms import DepositForm, MethodForm, MovePaymentForm, ReasonForm, WithdrawForm
from billing.selectors.corrections import corrections_of
from billing.selectors.invoices import payment_get
from billing.selectors.papers import receipt_of
from billing.selectors.patients import money_of_patient, patient_for_money
from billing.selectors.statements import members_money
from core.access import requires
from core.forms import Done, form_page, told
from core.templatetags.ui import money
from patients.selectors.page import card_page, card_template


@requires(permissions.SEE_MONEY)
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """One payment: by what, for what, and whether it was cancelled."""
    payment = payment_get(request.user, pk)
    page = {"payment": payment, "receipt": receipt_of(payment), **corrections_of(payment)}
    page["title"] = _("Payment %(number)s") % {"number": payment}
    return render(request, "billing/payment.html", {**page, "active": "payments"})


@requires(permissions.ROLL_BACK)
def void(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel a payment taken by mistake: what came in goes out the same way."""
    payment = payment_get(request.user, pk)

    def save(form: Any) -> Done:
        services.payment_void(payment_id=pk, reason=form.words, actor=request.user)
        said = _("Payment %(number)s is cancelled") % {"number": payment}
        return Done(url=reverse("billing:receipt", args=[pk]), toast=said, event="invoice")

    note = _("%(sum)s goes back the way it came, and the invoice is owed again.") % {"sum": money(payment.money)}
    return form_page(
        request, ReasonForm(request.POST or None), title=_("Cancel the payment"), save=save, note=note,
        submit_label=_("Cancel the payment"), subtitle=str(payment),
    )  # fmt: skip


@requires(permissions.ROLL_BACK)
def method(request: HttpRequest, pk: int) -> HttpResponse:
    """The money came by another method than was entered."""
    payment = payment_get(request.user, pk)
    initial = {"card": abs(payment.cash) or None, "cash": abs(payment.card) or None}
    form = MethodForm(request.POST or None, total=abs(payment.money), initial=initial)

    def save(valid: Any) -> Done:
        words = valid.cleaned_data["reason"]
        done = services.payment_method_change(payment_id=pk, tenders=valid.tenders, reason=words, actor=request.user)
        return Done(url=done.get_absolute_url(), toast=_("The method is corrected"), follow=True)

    note = _("%(sum)s. Nothing is deleted: today gets a mirrored entry and the right one.") % {
        "sum": money(payment.money)
    }
    return form_page(request, form, title=_("Another method"), save=save, note=note, subtitle=str(payment))


@requires(permissions.ROLL_BACK)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """The money was another patient's."""
    payment = payment_get(request.user, pk)
    form = MovePaymentForm(request.POST or None, user=request.user)

    def save(valid: Any) -> Done:
        data = valid.cleaned_data
        done = services.payment_move(
            payment_id=pk, patient_id=data["patient"].pk, to_debts=data["goes_to"] == "debts", reason=data["reason"],
            actor=request.user,
        )  # fmt: skip
        return Done(url=done.get_absolute_url(), toast=_("The payment is moved"), follow=True)

    note = _("%(sum)s of this patient is mirrored: what it paid is owed again.") % {"sum": money(payment.money)}
    return form_page(
        request, form, title=_("To another patient"), save=save, note=note, submit_label=_("Move the payment"),
        subtitle=payment.patient.full_name if payment.patient else str(payment),
    )  # fmt: skip


@requires(permissions.SEE_MONEY)
def patient_payments(request: HttpRequest, pk: int) -> HttpResponse:
    """The card's tab: what he has and owes, all his invoices and payments of any day."""
    patient = patient_for_money(pk, request.user)
    page = {**card_page(patient, request.user, "payments"), **money_of_patient(request.user, patient)}
    page["members"] = members_money(request.user, patient)
    return render(request, card_template(request), {**page, "body": "billing/_patient.html"})


@requires(permissions.TAKE_PAYMENT)
def deposit(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a prepayment in the side panel (BIL-09)."""
    patient = patient_for_money(pk, request.user)
    form = DepositForm(request.POST or None, user=request.user, initial={"branch": request.branch})  # type: ignore[attr-defined]

    def save(valid: Any) -> Done:
        tenders, branch = valid.tenders_of(valid.cleaned_data), valid.cleaned_data["branch"]
        services.deposit_put(
            patient_id=patient.pk, tenders=tenders, actor=request.user, branch_id=branch.pk if branch else None
        )
        return Done(url=money_url(patient.pk), toast=_("The prepayment is taken"), event="money")

    return form_page(
        request,
        form,
        title=_("Prepayment"),
        subtitle=patient.full_name,
        save=save,
        submit_label=_("Take the prepayment"),
    )


@requires(permissions.WITHDRAW_DEPOSIT)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the deposit back, all of it or a part (BIL-10, C17)."""
    patient = patient_for_money(pk, request.user)
    form = WithdrawForm(request.POST or None, user=request.user, initial={"branch": request.branch})  # type: ignore[attr-defined]
    available = money_of_patient(request.user, patient)["balance"].deposit

    def save(valid: Any) -> Done:
        data = dict(valid.cleaned_data)
        branch = data.pop("branch")
        services.deposit_withdraw(
            patient_id=patient.pk, actor=request.user, branch_id=branch.pk if branch else None, **data
        )
        return Done(url=money_url(patient.pk), toast=_("The deposit is given back"), event="money")

    note = _("%(sum)s on the deposit.") % {"sum": money(available)}
    return form_page(
        request, form, title=_("Give the deposit back"), subtitle=patient.full_name, save=save, note=note,
        submit_label=_("Yes, give it back"),
    )  # fmt: skip


@requires(permissions.TAKE_PAYMENT)
@require_POST
def spend_deposit(request: HttpRequest, pk: int) -> HttpResponse:
    """Spend the deposit on what is owed, oldest first (BIL-11)."""
    done = services.deposit_distribute(patient_id=pk, actor=request.user)
    said = _("The deposit has paid what it could") if done else _("There is nothing to pay from the deposit")
    return told(Done(toast=said, event="money"))


def money_url(patient_id: int) -> str:
    return reverse("billing:patient-payments", args=[patient_id])

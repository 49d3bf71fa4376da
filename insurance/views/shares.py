"""Payments of insurers, and what becomes of refused lines (BIL-31, INS-22)."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog.services.prices import today
from core.access import requires
from core.errors import DomainError
from core.forms import Done, add_errors, form_page, told
from core.tables import columns_guess
from core.templatetags.ui import money
from insurance import permissions, rules, services
from insurance.forms import PaymentColumnsForm, PaymentForm, ReasonForm, RebillForm, RefuseForm
from insurance.models import Register, RegisterLine
from insurance.selectors.registers import register_get, register_line_get, register_page
from insurance.services.settling import PAYMENT_FIELDS, Split, claims_of, table_told
from insurance.sheets import table_keep, table_kept

ORDER = ("number", "paid_on", "amount", "note")


def saved(register: Register, toast: str) -> Done:
    return Done(register.get_absolute_url(), toast, "register", follow=True)


@requires(permissions.EDIT_REGISTERS)
def payment_new(request: HttpRequest, pk: int) -> HttpResponse:
    """The bank order; with a table it goes on to the check of its rows."""
    register = register_get(request.user, pk)

    def save(form: Any) -> Done:
        data = dict(form.cleaned_data)
        if upload := data.pop("file"):
            stored = table_keep(upload, PAYMENT_FIELDS, actor=request.user)
            query = urlencode({**{name: data[name] for name in ORDER}, "paid_on": f"{data['paid_on']:%d.%m.%Y}"})
            return Done(f"{reverse('insurance:payment-check', args=[pk, stored.key])}?{query}", follow=True)
        services.payment_enter(register_id=pk, actor=request.user, **data)
        return saved(register, _("The payment is entered: its lines are closed."))

    left = register_page(register)["left"]
    form = PaymentForm(request.POST or None, request.FILES or None, initial={"paid_on": today(), "amount": left})
    return form_page(request, form, title=_("Payment of the insurer"), subtitle=f"{register.insurer} · {register}", save=save,
                     note=_("%(sum)s of the register are open.") % {"sum": money(left)}, cancel_url=register.get_absolute_url(),
                     active="registers")  # fmt: skip


@requires(permissions.EDIT_REGISTERS)
def payment_check(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Rows of the insurer's table beside the lines that they mean; `go` enters the payment."""
    register = register_get(request.user, pk)
    stored, table = table_kept(request.user, key, PAYMENT_FIELDS)
    guesses = {name: str(guess.column) for name, guess in columns_guess(table, PAYMENT_FIELDS).items()}
    asked = request.POST if request.method == "POST" else {**guesses, **request.GET.dict()}
    form = PaymentColumnsForm(table.headings, asked)
    context: dict[str, Any] = {
        "form": form,
        "register": register,
        "file": stored,
        "title": _("Payment of the insurer"),
        "active": "registers",
    }
    status = 200 if request.method == "GET" else 422
    if form.is_valid():
        context |= matched(register, table, form.columns())
        context["order"] = {name: form.cleaned_data[name] for name in ORDER}
        if request.method == "POST" and "go" in request.POST:
            try:
                services.payment_enter(
                    register_id=pk, actor=request.user, splits=context["splits"], file=stored, **context["order"]
                )
                return done(request, register)
            except DomainError as error:
                add_errors(form, error)
        else:
            status = 200
    return render(request, "insurance/payment_check.html", context, status=status)


def done(request: HttpRequest, register: Register) -> HttpResponse:
    messages.success(request, _("The payment is entered: its lines are closed."))
    return redirect(register.get_absolute_url())


def matched(register: Register, table: Any, columns: dict[str, int]) -> dict[str, Any]:
    """What the table says of which line, what fits nothing, what cannot be read."""
    claims = claims_of(register)
    rows, wrong = table_told(table, columns)
    found, lost = rules.match(claims, rows)
    by_key = {claim.key: claim for claim in claims}
    pairs = [(row, by_key[found[row.row]]) for row in rows if row.row in found]
    splits = [Split(claim.key, row.paid, row.refused, row.reason) for row, claim in pairs]
    whys = {
        "taken": _("this line is named already"),
        "unknown": _("no such line in the register"),
        "more": _("more than is open"),
    }
    return {
        "pairs": pairs, "splits": splits, "paid": sum(each.paid for each in splits), "refused": sum(each.refused for each in splits),
        "lost": [(row, whys[lost[row.row]]) for row in rows if row.row in lost], "wrong": wrong,
        "untold": [claim for claim in claims if claim.key not in set(found.values())],
    }  # fmt: skip


def line_of(request: HttpRequest, pk: int, line: int) -> tuple[Register, RegisterLine]:
    register = register_get(request.user, pk)
    return register, register_line_get(register, line)


@requires(permissions.EDIT_REGISTERS)
def refuse(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    register, row = line_of(request, pk, line)

    def save(form: Any) -> Done:
        services.share_refuse(covered_id=row.covered_id, actor=request.user, **form.cleaned_data)
        return saved(register, _("The refusal is noted: dispute it, write it off, or pass it to the patient."))

    form = RefuseForm(request.POST or None, initial={"amount": row.covered.share.left})
    return form_page(request, form, title=_("The insurer refuses"), subtitle=f"{row.data['patient']} · {row.data['service']}", save=save,
                     cancel_url=register.get_absolute_url(), active="registers")  # fmt: skip


@requires(permissions.EDIT_REGISTERS)
@require_POST
def dispute(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    _register, row = line_of(request, pk, line)
    services.share_dispute(covered_id=row.covered_id, actor=request.user)
    return told(Done(toast=_("Disputed: the sum stays the insurer's debt."), event="register"))


@requires(permissions.EDIT_REGISTERS)
def write_off(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    register, row = line_of(request, pk, line)

    def save(form: Any) -> Done:
        services.share_write_off(covered_id=row.covered_id, reason=form.cleaned_data["reason"], actor=request.user)
        return saved(register, _("Written off."))

    note = _("%(sum)s become the clinic's loss.") % {"sum": money(row.covered.refused)}
    return form_page(request, ReasonForm(request.POST or None), title=_("Write off"), subtitle=row.data["patient"], save=save, note=note,
                     submit_label=_("Write off"), cancel_url=register.get_absolute_url(), active="registers")  # fmt: skip


@requires(permissions.EDIT_REGISTERS)
def rebill(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    register, row = line_of(request, pk, line)

    def save(form: Any) -> Done:
        data = form.cleaned_data
        services.share_rebill(
            covered_id=row.covered_id, agreement=data["agreement"], upload=data["file"], actor=request.user
        )
        return saved(register, _("The patient owes it now."))

    note = _("%(sum)s become the patient's debt: only with his signed agreement.") % {"sum": money(row.covered.refused)}
    form = RebillForm(request.POST or None, request.FILES or None)
    return form_page(request, form, title=_("Pass to the patient"), subtitle=row.data["patient"], save=save, note=note,
                     submit_label=_("Pass to the patient"), cancel_url=register.get_absolute_url(), active="registers")  # fmt: skip

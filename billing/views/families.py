"""One pays for all: debts of a patient and his family paid at once, their balance and statement (BIL-11, BIL-40)."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from billing import permissions, services
from billing.forms import PayDebtsForm, StatementForm
from billing.selectors.patients import branch_for_money, patient_for_money
from billing.selectors.statements import Statement, members_money, statement_of
from billing.services.families import Division, division_of
from billing.views.papers import language_of, sheet
from billing.views.payments import money_url
from core import clock
from core.access import requires
from core.forms import Done, form_page
from core.money import ZERO
from patients.models import Patient


@requires(permissions.TAKE_PAYMENT)
def pay_debts(request: HttpRequest, pk: int) -> HttpResponse:
    """Cash, card and deposit pay what a patient and his family owe; the division is shown before it is done."""
    patient = patient_for_money(pk, request.user)
    form = debts_form(request, patient)
    division = division_now(request, patient, form)

    def save(valid: Any) -> Done:
        branch = valid.cleaned_data["branch"]
        done = services.debts_pay(
            patient_id=patient.pk, tenders=valid.ordered, actor=request.user, seen=request.POST.get("seen", ""),
            with_family=valid.cleaned_data.get("with_family", False), branch_id=branch.pk if branch else None,
        )  # fmt: skip
        said = _("Paid, receipt %(number)s") % {"number": done}
        return Done(url=money_url(patient.pk), toast=said, event="money")

    title = _("Pay the debts")
    if "show" in request.POST and form.is_valid():
        page = {"form": form, "title": title, "patient": patient, "division": division}
        return render(request, "billing/pay_debts.html#fields", page)
    return form_page(
        request, form, title=title, save=save, patient=patient, division=division, template="billing/pay_debts.html"
    )


def debts_form(request: HttpRequest, patient: Patient) -> PayDebtsForm:
    """The deposit is offered first, as far as there are debts."""
    members = members_money(request.user, patient)
    owed = sum((member.debt for member in members), ZERO)
    initial = {"deposit": min(members[0].deposit, owed) or None, "branch": request.branch, "with_family": True}  # type: ignore[attr-defined]
    return PayDebtsForm(request.POST or None, user=request.user, has_family=len(members) > 1, initial=initial)


def division_now(request: HttpRequest, patient: Patient, form: PayDebtsForm) -> Division:
    """Of what is typed, else of what is offered."""
    tenders = [("deposit", form.initial["deposit"] or ZERO)]
    with_family = True
    if form.is_bound and form.is_valid():
        tenders, with_family = form.ordered, form.cleaned_data.get("with_family", False)
    return division_of(patient=patient, tenders=tenders, actor=request.user, with_family=with_family)


@requires(permissions.SEE_MONEY)
def statement(request: HttpRequest, pk: int) -> HttpResponse:
    """What was charged and paid, of a patient or of his whole family."""
    patient = patient_for_money(pk, request.user)
    form, found, with_family = asked(request, patient)
    title = _("Statement of the family") if with_family and patient.family else _("Statement")
    days = urlencode({"from": f"{found.first:%d.%m.%Y}", "to": f"{found.last:%d.%m.%Y}"})
    page = {"patient": patient, "statement": found, "family": patient.family, "with_family": with_family, "form": form}
    return render(request, "billing/statement.html", {**page, "title": title, "days": days, "active": "patients"})


@requires(permissions.SEE_MONEY)
def statement_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    patient, language = patient_for_money(pk, request.user), language_of(request)
    branch = branch_for_money(patient, request.user, None)
    with translation.override(language):
        _form, found, with_family = asked(request, patient)
        family = patient.family if with_family else None
        title = _("Statement: %(name)s") % {"name": family or patient.full_name}
        context = {"paper": found, "title": title, "patient": patient, "branch": branch, "entity": branch.legal_entity}
    return sheet(request, "statement", title, patient, context, language)


def asked(request: HttpRequest, patient: Patient) -> tuple[StatementForm, Statement, bool]:
    """The days asked for: this year till today where nothing, or nonsense, was said."""
    today = clock.today(patient.branch.timezone) if patient.branch else clock.now().date()
    initial = {"from": date(today.year, 1, 1), "to": today}
    form = StatementForm({**{k: f"{v:%d.%m.%Y}" for k, v in initial.items()}, **request.GET.dict()})
    given = form.cleaned_data if form.is_valid() else {}
    first, last = given.get("from") or initial["from"], given.get("to") or initial["to"]
    with_family = request.GET.get("who") != "patient"
    return (
        form,
        statement_of(request.user, patient, min(first, last), max(first, last), with_family=with_family),
        with_family,
    )

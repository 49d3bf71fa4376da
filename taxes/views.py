"""Pages of tax certificates: choose year and payer, see what makes the sums, issue; correct, cancel, print, register."""

from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from billing.selectors.patients import balances_of_patients, patient_for_money
from core.access import requires
from core.forms import Done, form_page
from documents.services import document_print
from taxes import permissions, rules, services
from taxes.forms import CancelForm, CertificateForm, ChoiceForm, RegisterForm
from taxes.models import Relation
from taxes.papers import certificate_paper
from taxes.selectors import (
    Year,
    certificate_get,
    certificates_of,
    entities_of,
    entities_offered,
    history_of,
    payers_of,
    person_told,
    register_get,
    sums_changed,
    today_of,
    year_of,
    years_of,
)

ACTIVE = "tax-certificates"


@requires(permissions.ISSUE)
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Year and payer, what makes the sums by code, what stays out and why, the persons; one press issues it."""
    patient = patient_for_money(pk, request.user)
    choice = ChoiceForm(
        request.GET, years=years_of(patient, today_of(request.user)), payers=payers_of(patient),
        entities=entities_of(patient, request.user),
    )  # fmt: skip
    context = {
        "choice": choice, "patient": patient, "title": _("Tax certificate"), "active": ACTIVE,
        "earlier": certificates_of(patient.pk),
    }  # fmt: skip
    if not choice.is_valid():
        return render(request, "taxes/issue.html", context, status=422)
    return issue_form(request, patient, choice, context)


def issue_form(request: HttpRequest, patient: Any, choice: ChoiceForm, context: dict[str, Any]) -> HttpResponse:
    asked, payer, user = choice.cleaned_data, choice.chosen, request.user
    assert payer is not None
    told = year_of(patient, entity_id=asked["legal_entity"], year=asked["year"], payer_card=payer.card_id)
    entity = next(each for each in entities_of(patient, user) if each.pk == asked["legal_entity"])
    form = CertificateForm(
        request.POST or None, offers=told.offers, payer=person_told(patient, payer, user), corrects=False,
        subject=None if payer.relation == Relation.SELF else person_told(patient, None, user),
        signer=entity.director_name,
    )  # fmt: skip

    def save(valid: Any) -> Done:
        made = services.certificate_issue(
            patient_id=patient.pk, year=asked["year"], payer_key=payer.key, entity_id=entity.pk,
            request=valid.request(asked["relation"]), actor=user,
        )  # fmt: skip
        return Done(url=made.get_absolute_url(), toast=_("Certificate %(number)s is issued") % {"number": made})

    deposit = balances_of_patients([patient.pk])[patient.pk].deposit
    return form_page(
        request, form, save=save, template="taxes/issue.html", **context, **shown(told, form), deposit=deposit,
        year=asked["year"], submit_label=_("Issue the certificate"),
    )  # fmt: skip


def shown(told: Year, form: CertificateForm) -> dict[str, Any]:
    """The payments with their ticks, and the sums of what is ticked."""
    ticked = [offer.paid for offer in told.offers if offer.is_free and offer.paid.payment in form.ticked]
    code1, code2 = rules.sums_of(ticked)
    return {
        "offers": told.offers, "left_out": told.left_out, "code1": code1, "code2": code2, "total": code1 + code2,
        "may_issue": bool(told.free),
    }  # fmt: skip


@requires(permissions.ISSUE)
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """The same certificate as it ought to be: persons as they stood, payments as they are now."""
    found = certificate_get(request.user, pk)
    patient, number = patient_for_money(found.patient_id, request.user), found.number
    payer = next((each for each in payers_of(patient) if each.key == number.payer_key), None)
    told = year_of(
        patient, entity_id=number.legal_entity_id, year=number.year, own_number=number.pk,
        payer_card=payer.card_id if payer else None,
    )  # fmt: skip
    form = CertificateForm(
        request.POST or None, offers=told.offers, payer=rules.person_of(found.payer), corrects=True,
        subject=None if found.relation == Relation.SELF else rules.person_of(found.subject), signer=found.signer,
        authority=found.authority, ticked=[row.payment_id for row in found.payments.all()],
    )  # fmt: skip

    def save(valid: Any) -> Done:
        made = services.certificate_correct(
            certificate_id=pk, request=valid.request(), reason=valid.cleaned_data["reason"], actor=request.user
        )
        return Done(url=made.get_absolute_url(), toast=_("Correction %(number)s is issued") % {"number": made})

    return form_page(
        request, form, save=save, template="taxes/issue.html", title=_("Correct certificate %(number)s") % {"number": found},
        patient=patient, active=ACTIVE, year=number.year, submit_label=_("Issue the correction"),
        cancel_url=found.get_absolute_url(), **shown(told, form),
    )  # fmt: skip


@requires(permissions.ISSUE)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found = certificate_get(request.user, pk)
    form = CancelForm(request.POST or None)

    def save(valid: Any) -> Done:
        made = services.certificate_cancel(certificate_id=pk, actor=request.user, **valid.cleaned_data)
        return Done(url=made.get_absolute_url(), toast=_("The certificate is cancelled"), follow=True)

    return form_page(
        request, form, save=save, title=_("Cancel certificate %(number)s") % {"number": found}, active=ACTIVE,
        note=_("A cancellation with correction number 999 is written for the tax office. Its payments are free again."),
        submit_label=_("Cancel the certificate"), cancel_url=found.get_absolute_url(),
    )  # fmt: skip


@requires(permissions.SEE)
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """A certificate as it was said: sums, persons, payments, everything under its number."""
    found = certificate_get(request.user, pk)
    context = {
        "certificate": found, "state": found.state, "paid": found.payments.select_related("payment"),
        "payer": rules.person_of(found.payer), "subject": rules.person_of(found.subject), "history": history_of(found),
        "changed": sums_changed(found), "title": _("Tax certificate %(number)s") % {"number": found}, "active": ACTIVE,
    }  # fmt: skip
    return render(request, "taxes/certificate.html", context)


@requires(permissions.SEE)
def certificate_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """KND 1151156 as PDF, in the language of the page or `?lang=`; the copy is kept (DOC-06)."""
    found, language = certificate_get(request.user, pk), language_of(request)
    with translation.override(language):
        title = _("Tax certificate %(number)s") % {"number": found}
        context = {"paper": certificate_paper(found), "title": title}
    made = document_print(
        kind="tax_certificate", title=title, template="taxes/print_certificate.html", context=context,
        language=language, subject=found, actor=request.user, patient_id=found.patient_id,
    )  # fmt: skip
    services.certificate_note_printed(certificate=found, actor=request.user)
    return FileResponse(made.file.content.open("rb"), filename=made.file.name, content_type="application/pdf")


def language_of(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else translation.get_language() or settings.LANGUAGE_CODE


@requires(permissions.REGISTER)
def register_new(request: HttpRequest) -> HttpResponse:
    """The file for the tax office of everything that no register holds yet."""
    this = today_of(request.user).year
    form = RegisterForm(
        request.POST or None, entities=entities_offered(request.user),
        years=range(this, rules.FIRST_YEAR - 1, -1),
    )  # fmt: skip

    def save(valid: Any) -> Done:
        data = valid.cleaned_data
        made = services.register_make(entity_id=data["legal_entity"], year=data["year"], actor=request.user)
        said = _("The register is made: certificates in it %(count)s") % {"count": made.count}
        return Done(url=reverse("taxes:tax-registers-list"), toast=said, event="tax-registers", follow=True)

    return form_page(
        request, form, save=save, title=_("New register for the tax office"), submit_label=_("Make the register"),
        note=_("Certificates, corrections and cancellations that no register holds yet go into one file."),
        active=ACTIVE, cancel_url=reverse("taxes:tax-registers-list"),
    )  # fmt: skip


@requires(permissions.REGISTER)
def register_xml(request: HttpRequest, pk: int) -> HttpResponse:
    """The file as it was made (KND 1184043)."""
    file = register_get(request.user, pk).file
    return FileResponse(file.content.open("rb"), as_attachment=True, filename=file.name, content_type="application/xml")

"""Panels of instalments: agree them for an invoice, end them (BIL-37)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from billing import permissions, services
from billing.forms import EndForm, InstalmentsForm
from billing.rules.instalments import MONTH, days_from
from billing.selectors.invoices import invoice_get
from core import clock
from core.access import requires
from core.errors import DomainError, Invalid
from core.forms import Done, form_page, given_version
from core.templatetags.ui import money


@requires(permissions.ISSUE_INVOICE)
def agree(request: HttpRequest, pk: int) -> HttpResponse:
    """Equal instalments of what is owed."""
    invoice = invoice_get(request.user, pk)
    first = days_from(clock.today(invoice.branch.timezone), 2, MONTH)[1]
    form = InstalmentsForm(request.POST or None, initial={"first_on": first})

    def save(valid: Any) -> Done:
        try:
            services.instalments_agree(
                invoice_id=pk, dues=valid.dues(invoice.due), note=valid.cleaned_data["note"], actor=request.user,
                expected_version=given_version(request),
            )  # fmt: skip
        except Invalid as error:
            raise first_day_error(error) from error
        return Done(url=reverse("billing:invoice", args=[pk]), toast=_("The instalments are agreed"), event="invoice")

    note = _("%(sum)s in equal payments; the last one takes the rest.") % {"sum": money(invoice.due)}
    return form_page(
        request, form, title=_("Instalments"), subtitle=f"{invoice} · {invoice.patient.full_name}", save=save, note=note,
        current=invoice, submit_label=_("Agree"),
    )  # fmt: skip


def first_day_error(error: Invalid) -> DomainError:
    """What is wrong with the dues stands beside the day that the form asks for."""
    fields = dict(error.fields)
    return Invalid(fields={"first_on": fields["dues"]}) if "dues" in fields else error


@requires(permissions.ISSUE_INVOICE)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """The agreement no longer holds."""
    invoice = invoice_get(request.user, pk)

    def save(valid: Any) -> Done:
        services.instalments_end(invoice_id=pk, reason=valid.cleaned_data["reason"], actor=request.user)
        return Done(url=reverse("billing:invoice", args=[pk]), toast=_("The instalments are ended"), event="invoice")

    return form_page(
        request, EndForm(request.POST or None), title=_("End the instalments"), subtitle=str(invoice), save=save,
        submit_label=_("End the instalments"),
    )  # fmt: skip

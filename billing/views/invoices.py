"""The invoice: its page, paying, rolling back; a new one or a draft."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing import permissions, services
from billing.forms import PayForm, RollbackForm
from billing.models import Status
from billing.selectors.basis import plans_in
from billing.selectors.invoices import invoice_get
from billing.selectors.pages import invoice_page, rollback_steps
from billing.views.new import invoice_form
from core.access import requires
from core.errors import DomainError, Forbidden, NotFound, Stale
from core.forms import Done, add_errors, done_answer, form_page, given_version, save_once
from core.templatetags.ui import money


@requires(permissions.SEE_MONEY)
def invoice(request: HttpRequest, pk: int) -> HttpResponse:
    """An invoice with who pays, what was paid, and the desk beside it."""
    found = invoice_get(request.user, pk)
    template = (
        "billing/invoice.html#body" if request.headers.get("HX-Target") == "invoice-body" else "billing/invoice.html"
    )
    return render(request, template, {**invoice_page(found, request.user), "form": PayForm(), "version": found.version})


@requires(permissions.TAKE_PAYMENT)
@require_POST
def pay(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the tenders of the form; what is refused comes back typed, with the newest sum that is due."""
    form = PayForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            return done_answer(request, save_once(request, form, lambda valid: taken(request, pk, valid)))
        except Stale as error:
            form.add_error(None, str(error))
            status = 412
        except (Forbidden, NotFound):
            raise
        except DomainError as error:
            add_errors(form, error)
    found = invoice_get(request.user, pk)
    name = "billing/invoice.html#pay" if request.headers.get("HX-Request") else "billing/invoice.html"
    page = {**invoice_page(found, request.user), "form": form, "version": found.version}
    return render(request, name, page, status=status)


def taken(request: HttpRequest, pk: int, form: PayForm) -> Done:
    """The change is counted against what is due now: the version says that nothing has changed since."""
    tenders = form.tenders(invoice_get(request.user, pk).due)
    done = services.payment_accept(
        invoice_id=pk, tenders=tenders, actor=request.user, expected_version=given_version(request)
    )
    said = _("%(sum)s taken") % {"sum": money(sum(amount for _method, amount in tenders))}
    if done.to_deposit:
        said += ", " + _("%(sum)s went to the deposit") % {"sum": money(done.to_deposit)}
    return Done(url=f"{reverse('billing:invoice', args=[pk])}?paid={done.payment.pk}", toast=said)


@requires(permissions.ROLL_BACK)
def rollback(request: HttpRequest, pk: int) -> HttpResponse:
    """The panel lists what will happen, then asks for the reason (BIL-08)."""
    found = invoice_get(request.user, pk)
    form = RollbackForm(request.POST or None, initial={"back": "refund"})
    steps = rollback_steps(found)
    if not found.paid:
        del form.fields["back"]

    def save(valid: Any) -> Done:
        services.invoice_rollback(
            invoice_id=pk, reason=valid.words, actor=request.user, refund=valid.cleaned_data.get("back") == "refund",
            expected_version=given_version(request),
        )  # fmt: skip
        said = _("Invoice %(number)s is rolled back") % {"number": found}
        return Done(url=reverse("billing:invoice", args=[pk]), toast=said, event="invoice")

    return form_page(
        request, form, title=_("Roll back the invoice"), save=save, current=found, invoice=found,
        steps=steps, template="billing/rollback.html",
    )  # fmt: skip


@requires(permissions.ISSUE_INVOICE)
@require_POST
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft becomes an invoice."""
    services.invoice_issue(invoice_id=pk, actor=request.user, expected_version=given_version(request))
    return done_answer(request, Done(url=reverse("billing:invoice", args=[pk]), toast=_("The invoice is issued")))


@requires(permissions.ISSUE_INVOICE)
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    services.invoice_discard(invoice_id=pk, actor=request.user)
    return done_answer(request, Done(url=reverse("billing:invoices-list"), toast=_("The draft is discarded")))


@requires(permissions.ISSUE_INVOICE)
def new(request: HttpRequest) -> HttpResponse:
    """A new invoice of a plan's lines, of single services, or of both (BIL-01)."""
    return invoice_form(request, None)


@requires(permissions.ISSUE_INVOICE)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft's lines; an issued invoice has none to change."""
    found = invoice_get(request.user, pk)
    if found.status != Status.DRAFT:
        return redirect(found)
    if len(plans_in(found)) > 1:
        raise Http404
    return invoice_form(request, found)

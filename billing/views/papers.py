"""Paper: the printed invoice and receipt as PDF, in Russian or English by choice (DOC-12)."""

from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from billing import permissions
from billing.selectors.cash import desk_page, movement_get, order_name, shift_get
from billing.selectors.invoices import invoice_get, payment_get
from billing.selectors.papers import invoice_paper, order_paper, receipt_of
from core.access import requires
from documents.services import document_print


def language_of(request: HttpRequest) -> str:
    """`?lang=` of the paper, else that of the page."""
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else translation.get_language() or settings.LANGUAGE_CODE


def sheet(
    request: HttpRequest, kind: str, title: str, subject: Any, context: dict[str, Any], language: str
) -> HttpResponse:
    """The kept copy of what is printed now."""
    document = document_print(
        kind=kind, title=title, template=f"billing/print_{kind}.html", context=context, language=language,
        subject=subject, actor=request.user, patient_id=getattr(subject, "patient_id", None),
    )  # fmt: skip
    return FileResponse(document.file.content.open("rb"), filename=document.file.name, content_type="application/pdf")


@requires(permissions.SEE_MONEY)
def invoice_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    invoice, language = invoice_get(request.user, pk), language_of(request)
    with translation.override(language):
        title = _("Invoice %(number)s") % {"number": invoice}
        context = {"paper": invoice_paper(invoice, language), "title": title}
    return sheet(request, "invoice", title, invoice, context, language)


@requires(permissions.SEE_MONEY)
def receipt_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    payment, language = payment_get(request.user, pk), language_of(request)
    with translation.override(language):
        title = _("Receipt %(number)s") % {"number": payment}
        context = {"paper": receipt_of(payment, language), "title": title}
    return sheet(request, "receipt", title, payment, context, language)


@requires(permissions.USE_DESK)
def order_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """A cash receipt order or a cash expense order on paper: KO-1, KO-2 (BIL-16)."""
    order, language = movement_get(request.user, pk), language_of(request)
    with translation.override(language):
        title = order_name(order)
        context = {"paper": order_paper(order, language), "title": title}
    return sheet(request, "order", title, order, context, language)


@requires(permissions.USE_DESK)
def shift_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The shift as a sheet for the browser's print: X-report while open, Z-report when closed."""
    found = shift_get(request.user, pk)
    page = desk_page(request.user, str(found.desk_id), None, found)
    return render(request, "billing/print_shift.html", {**page, "title": str(found), "branch": found.desk.branch})

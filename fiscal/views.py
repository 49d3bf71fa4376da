"""Pages of fiscal receipts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import requires
from core.errors import DomainError
from fiscal import selectors, services
from fiscal.permissions import RETRY, SEE_RECEIPTS


@requires(SEE_RECEIPTS)
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """One receipt: its tags, what the register printed, what happened on the way."""
    found = selectors.receipt_get(request.user, pk)
    return render(request, "fiscal/receipt.html", selectors.receipt_page(found))


@requires(RETRY)
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Send what waits now, and anew what was refused."""
    selectors.receipt_get(request.user, pk)
    try:
        services.receipt_retry(receipt_id=pk, actor=request.user)
        messages.success(request, _("The receipt is in the queue"))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("fiscal:receipt", pk)

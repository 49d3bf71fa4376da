"""A paper behind its secret link: read and signed on a phone or tablet without a sign-in (DOC-13)."""

from datetime import timedelta
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.access import PUBLIC, requires
from core.errors import Invalid, NotFound
from core.middleware import address_of
from core.throttle import Limit
from documents import selectors
from documents.drawing import needs_initials, sheet_body
from documents.errors import LinkClosed
from documents.forms import SignForm
from documents.models import SignLink
from documents.services.signing import link_opened, paper_sign

GUESSES = Limit("documents.sign_guess", 20, timedelta(minutes=15))
PRESSES = Limit("documents.sign_press", 60, timedelta(minutes=15))


def link_asked(request: HttpRequest, code: str) -> SignLink:
    """Wrong codes are counted by address, right ones by link: it is for a person, not for a program."""
    address = address_of(request)
    GUESSES.check(address)
    link = selectors.link_by_code(code)
    if link is None:
        GUESSES.failed(address)
        raise NotFound
    PRESSES.failed(link.pk)
    return link


@requires(PUBLIC)
@never_cache
def sign(request: HttpRequest, code: str) -> HttpResponse:
    """The paper, a name, a box for the finger. A link that is used, taken back or expired says so."""
    link = link_asked(request, code)
    with translation.override(link.paper.language):
        if why := selectors.why_closed(link):
            return closed(request, link, code, why)
        form = SignForm(
            request.POST or None,
            with_initials=needs_initials(link.paper.body),
            initial={"name": link.paper.signer_name},
        )
        if request.method == "POST" and form.is_valid():
            if answer := signed(request, link, code, form):
                return answer
        elif request.method != "POST":
            link_opened(link_id=link.pk)
        return shown(request, link, code, form)


def signed(request: HttpRequest, link: SignLink, code: str, form: SignForm) -> HttpResponse | None:
    """One signature, or why there is none; what is wrong with the fields stands beside them."""
    device = request.headers.get("User-Agent", "")
    try:
        paper_sign(link_id=link.pk, address=address_of(request), device=device, **form.cleaned_data)
    except LinkClosed as error:
        return closed(request, link, code, str(error.facts["why"]))
    except Invalid as error:
        form.take(error)
        return None
    return redirect("documents:sign", code)


def shown(request: HttpRequest, link: SignLink, code: str, form: SignForm) -> HttpResponse:
    context = {
        "title": link.paper.title, "paper": link.paper, "form": form, "code": code, "address": address_of(request),
        "sheet": sheet_body(link.paper.body, link.paper.language),
    }  # fmt: skip
    return render(request, "documents/sign.html", context, status=422 if form.errors else 200)


CLOSED = {"used": "circle-check", "revoked": "link-off", "expired": "clock", "changed": "edit"}


def closed(request: HttpRequest, link: SignLink, code: str, why: str) -> HttpResponse:
    """Why the link works no more; who has signed by it may still take his copy with him while it lasts."""
    words = {
        "used": _("This document is signed already"), "revoked": _("This link was taken back"),
        "expired": _("This link has expired"), "changed": _("The text of the document has changed"),
    }  # fmt: skip
    own = selectors.signature_by(link)
    title = _("The document is signed") if own else words[why]
    context: dict[str, Any] = {
        "title": title,
        "why": why,
        "icon_name": CLOSED[why],
        "signature": own,
        "paper": link.paper,
        "code": code,
    }
    return render(request, "documents/sign_closed.html", context, status=200 if own else 410)


@requires(PUBLIC)
@never_cache
def copy(request: HttpRequest, code: str) -> HttpResponse:
    """The PDF behind the link: the copy to be signed, or the signed one while the link lasts."""
    link = link_asked(request, code)
    own = selectors.signature_by(link)
    why = selectors.why_closed(link)
    if own is None and why:
        raise LinkClosed(why=why)
    document = own.document if own else selectors.copy_of(link.paper)
    return FileResponse(document.file.content.open("rb"), filename=document.file.name, content_type="application/pdf")

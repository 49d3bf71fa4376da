"""What keeps a document from being made."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class PdfUnavailable(DomainError):
    """The server has no library for PDF; the page can still be printed by the browser."""

    code = "pdf_unavailable"
    status = 503
    message = _(
        "PDF cannot be made: the server lacks the Pango library. Ask the administrator to install it "
        "(on Debian: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)."
    )

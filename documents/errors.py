"""What keeps a document from being made."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, constraint_means


class PdfUnavailable(DomainError):
    """The server has no library for PDF; the page can still be printed by the browser."""

    code = "pdf_unavailable"
    status = 503
    message = _(
        "PDF cannot be made: the server lacks the Pango library. Ask the administrator to install it "
        "(on Debian: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)."
    )


class UnknownPlace(DomainError):
    """A place in the text that nothing fills in; `fields.body` names each."""

    code = "unknown_place"
    status = 422
    message = _("The text has places that mean nothing.")


class TemplateNameTaken(DomainError):
    code = "template_name_taken"
    message = _("Another template of this language has this name.")

    def __init__(self, message: object = None, **facts: object) -> None:
        super().__init__(message, fields={"name": self.message}, **facts)


class PaperSignedAlready(DomainError):
    code = "paper_signed_already"
    message = _("This paper is signed already.")


class TextChanged(DomainError):
    """The clinic has changed the text since, so that it must be signed in its new form."""

    code = "text_changed"
    message = _("The text of this paper has been changed since: make it anew.")


class LinkClosed(DomainError):
    """`facts.why` is used, revoked or expired."""

    code = "link_closed"
    status = 410
    message = _("This link no longer works.")


constraint_means("paper_template_name_is_unique", TemplateNameTaken)
constraint_means("paper_is_signed_once", PaperSignedAlready)

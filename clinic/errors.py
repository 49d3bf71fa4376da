"""What the clinic's own rules refuse."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class BranchClosed(DomainError):
    """The branch does not work at this time."""

    code = "closed"
    message = _("The branch is closed at this time.")

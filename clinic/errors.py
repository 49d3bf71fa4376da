"""What the clinic's own rules refuse."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class BranchClosed(DomainError):
    """The branch does not work at this time."""

    code = "closed"
    message = _("The branch is closed at this time.")


class BadCredentials(DomainError):
    """Login, password or code is wrong; which of them is not said."""

    code = "bad_credentials"
    status = 401
    message = _("The login or the password is wrong.")


class SecondFactorRequired(DomainError):
    """The password is right, the code of the authenticator app is missing."""

    code = "second_factor_required"
    status = 401
    message = _("Give the code of your authenticator app as well.")

"""What connecting refuses."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class NotReached(DomainError):
    """The service did not let us in, or cannot be reached: nothing was saved."""

    code = "integration_refused"
    message = _("The service does not accept this.")

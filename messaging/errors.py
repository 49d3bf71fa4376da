"""What the outbox refuses."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, constraint_means


class NotConsented(DomainError):
    """The person has not allowed messages of this kind (MSG-06)."""

    code = "not_consented"
    message = _("This person does not want such messages.")


class AlreadyHandedOver(DomainError):
    """The operator has the message, or has it any moment: it cannot be called back."""

    code = "already_sent"
    message = _("The message has already been handed to the operator.")


class AlreadyQueued(DomainError):
    """There is one about the same thing for the same reason."""

    code = "already_queued"
    message = _("Such a message is already in the queue.")


constraint_means("message_once_per_window", AlreadyQueued)

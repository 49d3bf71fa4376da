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


class HoursLeaveVisits(DomainError):
    """Booked visits would stand outside the new hours; say that you are sure, or move them first."""

    code = "hours_leave_visits"
    message = _("Visits are booked outside these hours.")


class StillNeeded(DomainError):
    """A leaving person still has visits or tasks; `facts.obligations` counts them."""

    code = "still_needed"
    message = _("This person still has visits or tasks that somebody must take over.")


class LastKeyHolder(DomainError):
    """Nobody would be left who can change roles and rights."""

    code = "last_key_holder"
    message = _("Nobody would be left who can change rights. Give somebody else this right first.")


class InvitationSpent(DomainError):
    """The link was used, replaced by a newer one, or its time has passed."""

    code = "invitation_spent"
    status = 410
    message = _("This link no longer works: it was used already, or its time has passed. Ask for a new one.")


class ViewingOnly(DomainError):
    """Who looks through somebody else's eyes changes nothing."""

    code = "viewing_only"
    status = 403
    message = _("You are looking as somebody else: nothing can be changed. Return to yourself first.")


class PinRefused(DomainError):
    """The PIN is wrong, or the person has none on this machine."""

    code = "bad_pin"
    status = 422
    message = _("The PIN is wrong.")


class RoleInUse(DomainError):
    """A built-in role, or one that somebody has, is not deleted."""

    code = "role_in_use"
    message = _("This role is in use and cannot be deleted.")


class AlreadyStarted(DomainError):
    """The clinic has an owner; the first start is over."""

    code = "already_started"
    message = _("This clinic has an owner already. Sign in.")


class NoBranchYet(DomainError):
    """Chairs stand in a branch; enter one first."""

    code = "no_branch_yet"
    message = _("Enter the first branch before its chairs.")

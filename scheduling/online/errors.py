"""What online booking refuses, in words for patients."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, constraint_means


class OnlineOff(DomainError):
    """Nothing can be booked online here."""

    code = "online_off"
    status = 404
    message = _("Online booking is closed here. Please call us.")


class OnlineRefused(DomainError):
    """A rule of online booking does not allow it; `facts.why` says which."""

    code = "online_refused"
    message = _("This time can no longer be booked online. Please choose another one or call us.")


class OnlineNotYours(DomainError):
    """The person who has proven his phone may not book online."""

    code = "online_not_allowed"
    message = _("We cannot take this booking online. Please call us: we will find a time for you.")


class TooLateToChange(DomainError):
    """The visit is too near, has begun or is over."""

    code = "too_late_to_change"
    message = _("It is too late to change this visit here. Please call the branch.")


class WrongCode(DomainError):
    """The code is wrong, used or too old."""

    code = "wrong_code"
    message = _("This code does not fit. Look at the newest message or ask for another one.")


class BookedAlready(DomainError):
    """The same form was sent twice."""

    code = "online_booked_already"
    message = _("This form has already been sent.")


constraint_means("online_booking_once_a_form", BookedAlready)

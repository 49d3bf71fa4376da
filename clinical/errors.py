"""What treatment refuses."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Invalid, constraint_means


class PlanIsApproved(DomainError):
    """Only a draft is changed; `facts.status` says what the plan is (CLN-15)."""

    code = "plan_approved"
    message = _("An approved plan is not changed. Reopen it first.")


class PlanNotApproved(DomainError):
    """Work and invoices need an approved plan (CLN-16)."""

    code = "plan_not_approved"
    message = _("The plan must be approved first.")


class PlanIsEmpty(DomainError):
    code = "plan_empty"
    message = _("A plan without services cannot be approved.")


class PlanBlocked(DomainError):
    """An app above stands in the way of approval; `facts.reasons` says why."""

    code = "plan_blocked"
    message = _("The plan cannot be approved yet.")


class PlanInUse(DomainError):
    """Something has been invoiced or done by this plan; `facts.reasons` says what."""

    code = "plan_in_use"
    message = _("The plan cannot be reopened: work or invoices already follow it.")


class ChainGap(DomainError):
    """A visit stands too near to the one before it, or too far; `facts.earliest` or `facts.latest` is the day (MOON-02)."""

    code = "chain_gap"
    message = _("Between these visits the plan asks for another number of days.")


class PricesChanged(DomainError):
    """The list's prices moved since the caller saw the total; `facts.total` is the new one."""

    code = "prices_changed"
    message = _("Prices have changed since this plan was made. Look at the new total and approve again.")


class NoPrice(DomainError):
    """A service has no price on this day; `facts.services` names them."""

    code = "service_without_price"
    message = _("Some services have no price yet.")


class AlreadyNoted(DomainError):
    code = "diagnosis_already_noted"
    message = _("This tooth already has this diagnosis.")


class DiscountTooLarge(Invalid):
    """A discount above the sum of its line."""

    message = _("The discount is larger than the sum of the line.")


constraint_means("tooth_diagnosis_is_open_once", AlreadyNoted)
constraint_means("plan_line_discount_never_exceeds_sum", DiscountTooLarge)

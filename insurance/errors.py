"""What insurance refuses."""

from django.utils.translation import gettext_lazy as _

from billing.errors import ApprovalNeeded
from core.errors import DomainError, Invalid, constraint_means


class PolicyNotInForce(DomainError):
    """No policy of the patient is in force on the day of the service."""

    code = "policy_not_in_force"
    message = _("The policy is not in force on this day.")


class NotApproved(ApprovalNeeded):
    """The insurer has not approved the service; `lines` says which."""

    message = _("The insurer has not approved this service.")


class NotCovered(DomainError):
    """The programme or the insurer's price list does not have the service; `lines` says which."""

    code = "not_covered"
    message = _("The programme of the policy does not cover this service.")


class ApprovalOpen(DomainError):
    """An approval of the plan waits for an answer already."""

    code = "approval_open"
    message = _("This plan is being approved already.")


class ApprovalInUse(DomainError):
    """Invoices stand on the approval; `invoices` names them."""

    code = "approval_in_use"
    message = _("Invoices follow this approval. Roll them back first.")


class NothingToApprove(DomainError):
    code = "nothing_to_approve"
    message = _("The insurer's list and the programme have none of these services.")


class RegisterSent(DomainError):
    """A sent register stays as it was sent."""

    code = "register_sent"
    message = _("A sent register is not changed.")


class RegisterEmpty(DomainError):
    code = "register_empty"
    message = _("There is nothing to put into the register.")


class InSentRegister(DomainError):
    """A share of the invoice stands in a register that was sent; `register` is its number."""

    code = "in_sent_register"
    message = _("The insurer has this invoice in a register. Enter his refusal first.")


class NotSigned(Invalid):
    """A refused sum goes to the patient only with his signed agreement (INS-22)."""

    message = _("Without the patient's signed agreement the sum is disputed or written off.")


class PolicyTaken(Invalid):
    message = _("The patient has this policy already.")


class LimitBelowUse(DomainError):
    """The new limit is less than what is used and reserved."""

    code = "limit_below_use"
    message = _("The limit is less than what is used and reserved already.")


constraint_means("plan_is_approved_once_at_a_time", ApprovalOpen)
constraint_means("policy_is_one_of_a_patient", PolicyTaken)
constraint_means("register_sent_is_frozen", RegisterSent)

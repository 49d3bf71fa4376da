"""Rights over insurance. Sums belong to the financial compartment; who pays for whom does not."""

from django.utils.translation import gettext_lazy as _

from core.access import permission

DESK = ("director", "senior", "administrator", "coordinator")
FINANCE = ("director", "senior", "finance")

SEE_INSURERS = permission("insurance.see_insurers", _("See insurers and their programmes"), *DESK, "finance")
EDIT_INSURERS = permission("insurance.edit_insurers", _("Change insurers, their prices and programmes"), *FINANCE)
SEE_POLICIES = permission("insurance.see_policies", _("See policies of patients"), *DESK, "doctor", "finance")
EDIT_POLICIES = permission("insurance.edit_policies", _("Add and change policies of patients"), *DESK)
SEE_LIMITS = permission(
    "insurance.see_limits", _("See limits and sums of policies"), *DESK, "finance", compartment="financial"
)
SEE_APPROVALS = permission("insurance.see_approvals", _("See approvals of insurers"), *DESK, "doctor", "finance")
REQUEST_APPROVAL = permission("insurance.request_approval", _("Ask an insurer to approve a plan"), *DESK, "doctor")
DECIDE_APPROVAL = permission("insurance.decide_approval", _("Enter the answers of insurers"), *DESK)
SEE_REGISTERS = permission(
    "insurance.see_registers", _("See registers and payments of insurers"), *FINANCE, compartment="financial"
)
EDIT_REGISTERS = permission(
    "insurance.edit_registers",
    _("Make and send registers, enter payments of insurers"),
    *FINANCE,
    compartment="financial",
)

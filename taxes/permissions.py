"""Rights over tax certificates: they show a year of a patient's money and the documents of who paid."""

from django.utils.translation import gettext_lazy as _

from core.access import permission

SEE = permission(
    "taxes.see", _("See tax certificates"), "director", "senior", "administrator", "finance", compartment="financial"
)
ISSUE = permission(
    "taxes.issue", _("Issue, correct and cancel tax certificates"), "director", "senior", "administrator", "finance",
    compartment="financial",
)  # fmt: skip
REGISTER = permission(
    "taxes.register", _("Make registers of certificates for the tax office"), "director", "finance",
    compartment="financial",
)  # fmt: skip

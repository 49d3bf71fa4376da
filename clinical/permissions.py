"""Rights over medical records and treatment plans.

A plan's sums are prices of the list for one patient, not the clinic's income: the doctor who makes the plan sees
them, the assistant does not. Who sees the chart belongs to the medical compartment, who sees only plans does not.
"""

from django.utils.translation import gettext_lazy as _

from core.access import permission

SEE_CHART = permission(
    "clinical.see_chart", _("See diagnoses and the dental chart"),
    "director", "senior", "doctor", "assistant", "coordinator", compartment="medical",
)  # fmt: skip
EDIT_CHART = permission(
    "clinical.edit_chart", _("Set and close diagnoses"), "director", "doctor", compartment="medical"
)  # fmt: skip
SEE_PLANS = permission(
    "clinical.see_plans", _("See treatment plans"),
    "director", "administrator", "senior", "doctor", "assistant", "coordinator", "finance",
)  # fmt: skip
EDIT_PLANS = permission(
    "clinical.edit_plans", _("Make and change treatment plans"), "director", "senior", "doctor", "coordinator"
)  # fmt: skip
APPROVE_PLANS = permission(
    "clinical.approve_plans", _("Approve, decline and reopen treatment plans"),
    "director", "administrator", "senior", "doctor", "coordinator",
)  # fmt: skip
BOOK_PLANS = permission(
    "clinical.book_plans", _("Book all visits of a treatment plan at once"),
    "director", "administrator", "senior", "coordinator",
)  # fmt: skip
SEE_PLAN_SUMS = permission(
    "clinical.see_plan_sums", _("See prices and sums of treatment plans"),
    "director", "administrator", "senior", "doctor", "coordinator", "finance",
)  # fmt: skip
SET_PLAN_PRICE = permission(
    "clinical.set_plan_price", _("Set own prices and discounts in treatment plans"), "director", "senior", "coordinator"
)  # fmt: skip

"""Rights over money. A doctor has none of them unless granted, the call-centre neither."""

from django.utils.translation import gettext_lazy as _

from core.access import permission

DESK = ("director", "senior", "administrator")
FINANCE = ("director", "senior", "finance")

SEE_BALANCE = permission(
    "billing.see_balance",
    _("See a patient's deposit and debt"),
    *DESK,
    "finance",
    "coordinator",
    compartment="financial",
)
SEE_MONEY = permission("billing.see_money", _("See invoices and payments"), *DESK, "finance", compartment="financial")
SEE_DEBTS = permission("billing.see_debts", _("See the list of debts"), *FINANCE, compartment="financial")
ISSUE_INVOICE = permission("billing.issue_invoice", _("Make and issue invoices"), *DESK, compartment="financial")
SET_PRICE = permission(
    "billing.set_price", _("Sell at a price other than the list's"), "director", "senior", compartment="financial"
)
GIVE_DISCOUNT = permission("billing.give_discount", _("Give a discount by hand"), *DESK, compartment="financial")
TAKE_PAYMENT = permission(
    "billing.take_payment", _("Take payments and deposits"), *DESK, "finance", compartment="financial"
)
WITHDRAW_DEPOSIT = permission(
    "billing.withdraw_deposit", _("Give a deposit back"), *DESK, "finance", compartment="financial"
)
ROLL_BACK = permission(
    "billing.roll_back", _("Roll back invoices and cancel payments"), *FINANCE, compartment="financial"
)
USE_DESK = permission("billing.use_desk", _("Work at the cash desk"), *DESK, "finance", compartment="financial")
EDIT_DESKS = permission("billing.edit_desks", _("Change cash desks"), "director", "finance", compartment="financial")
EDIT_ARTICLES = permission("billing.edit_articles", _("Add cash articles"), *DESK, "finance", compartment="financial")
SEE_DISCOUNTS = permission(
    "billing.see_discounts", _("See promotions and discounts"),
    *DESK, "finance", "coordinator", "callcentre", "marketer", "sales", "doctor",
)  # fmt: skip
EDIT_DISCOUNTS = permission("billing.edit_discounts", _("Make and change promotions"), "director", "senior", "marketer")
GRANT_DISCOUNT = permission("billing.grant_discount", _("Tick a discount on a patient's card"), *DESK)

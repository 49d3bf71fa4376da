"""Rights over the price list and the diagnoses directory."""

from django.utils.translation import gettext_lazy as _

from clinic.permissions import EVERYBODY
from core.access import permission

SEE_PRICES = permission("catalog.see_prices", _("See the price list"), *EVERYBODY)
EDIT_PRICES = permission("catalog.edit_prices", _("Change services, categories and prices"), "director", "senior")
SEE_DIAGNOSES = permission("catalog.see_diagnoses", _("See the directory of diagnoses"), *EVERYBODY)
EDIT_DIAGNOSES = permission("catalog.edit_diagnoses", _("Change the directory of diagnoses"), "director", "senior")

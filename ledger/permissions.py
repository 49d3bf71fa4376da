"""Rights over the book itself."""

from django.utils.translation import gettext_lazy as _

from core.access import permission

SEE_POSTINGS = permission(
    "ledger.see_postings", _("See the postings journal"), "director", "finance", compartment="financial"
)

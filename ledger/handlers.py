"""What the book adds to the frame."""

from django.utils.translation import gettext_lazy as _

from core.navigation import SECTIONS, Item
from ledger.permissions import SEE_POSTINGS

SECTIONS.register(
    Item("ledger", _("Postings"), "book-2", "ledger:ledger-list", SEE_POSTINGS, group="money"),
    module="ledger",
    order=190,
)

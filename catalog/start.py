"""The price list's step of the first start."""

from django.utils.translation import gettext_lazy as _

from catalog.models import Service
from clinic.slots import StartLink, StartStep


def is_done() -> bool:
    return Service.objects.live().exists()


def step() -> StartStep:
    links = (
        StartLink(
            _("Import"),
            "catalog:prices-import",
            "file-import",
            _("Your own file, or the list of Order 804n to begin with."),
        ),
        StartLink(
            _("Enter services by hand"), "catalog:prices-list", "pencil", _("A few are enough to book the first visit.")
        ),
    )
    return StartStep(
        "prices", _("Price list"), _("What the clinic does and for how much."), is_done, "list-details", links
    )

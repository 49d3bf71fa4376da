"""Navigation, directories, the trash."""

from django.utils.translation import gettext_lazy as _

from core.directory import SHELVES, Shelf
from core.navigation import SECTIONS, Item
from core.trash import OBSTACLES
from insurance.permissions import SEE_APPROVALS, SEE_INSURERS, SEE_REGISTERS
from insurance.services.insurers import in_use

for place, item in enumerate(
    (
        Item("approvals", _("Approvals"), "shield-check", "insurance:approvals-list", SEE_APPROVALS, group="money"),
        Item("registers", _("Registers"), "table-export", "insurance:registers-list", SEE_REGISTERS, group="money"),
        Item("insurers", _("Insurers"), "shield-half", "insurance:insurers-list", SEE_INSURERS, group="clinic"),
    )
):
    SECTIONS.register(item, module="insurance", order=120 + place)
SHELVES.register(
    Shelf(
        _("Insurers"),
        "insurance:insurers-list",
        SEE_INSURERS,
        _("General"),
        "shield-half",
        _("Companies, prices, programmes"),
    ),
    module="insurance",
)
OBSTACLES.register(in_use, module="insurance")

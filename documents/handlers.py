"""What papers give to the frame: their shelf of templates, places from the clinic, starter templates."""

from django.utils.translation import gettext_lazy as _

from core.directory import SHELVES, Shelf
from core.reference import LOADERS
from documents import permissions, places, reference

NAME = "documents"


def register() -> None:
    places.register()
    SHELVES.register(
        Shelf(
            _("Templates of documents"), "documents:document-templates-list", permissions.EDIT_TEMPLATES, _("Documents"),
            "template", _("Contracts, consents, acts"),
        ), module=NAME,
    )  # fmt: skip
    LOADERS.register(reference.load, module=NAME, order=45)

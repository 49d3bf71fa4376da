"""Organisations that exchange with the clinic."""

from django.utils.translation import gettext_lazy as _

from barter.models import Organisation
from barter.permissions import EDIT_CONTRACTS, SEE_BARTER
from core.directory import Directory

ORGANISATIONS = Directory(
    slug="organisations", app="barter", model=Organisation, title=_("Organisations of barter"),
    new_label=_("New organisation"), see=SEE_BARTER, edit=EDIT_CONTRACTS,
    fields=("name", "inn", "contact", "phone", "email", "note"), search=("name", "inn", "contact"), archive="is_active",
    section=_("Money"), icon="building", hint=_("Who exchanges services with the clinic and pays what is over the limits"),
)  # fmt: skip

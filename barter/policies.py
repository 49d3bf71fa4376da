"""How this clinic does barter."""

from django.utils.translation import gettext_lazy as _

from core.policies import Policy

SECTION = _("Barter")

SCAN_REQUIRED = Policy(
    "barter.scan_required", bool, False, _("A barter contract comes into force only with the scan of the regulation"),
    _("Off: the day on which it was signed is enough."), SECTION,
)  # fmt: skip
FIRST_VISIT_MINUTES = Policy(
    "barter.first_visit_minutes", int, 60, _("First visit of a public person, minutes at least"),
    _("A shorter one is not booked."), SECTION, minimum=5, maximum=480,
)  # fmt: skip
VISIT_NOTE = Policy(
    "barter.visit_note", str, "", _("Note on visits by barter"),
    _("Empty: the usual words. {limit}, {left}, {organisation}, {contract} stand for the entry's own."), SECTION,
)  # fmt: skip
NEAR_LIMIT = Policy(
    "barter.near_limit", int, 20, _("Warn when so much of a barter limit is left, percent"),
    _("The senior administrator and the marketer see it among what to do now."), SECTION, minimum=0, maximum=100,
)  # fmt: skip

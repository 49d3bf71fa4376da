"""Colours that a clinic gives to its own words: statuses, groups, kinds of visits."""

from django.utils.translation import gettext_lazy as _

TONES = (
    ("blue", _("Blue")), ("green", _("Green")), ("amber", _("Amber")), ("red", _("Red")), ("violet", _("Violet")),
    ("teal", _("Teal")), ("grey", _("Grey")),
)  # fmt: skip

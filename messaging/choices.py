"""Languages, kinds and channels: words that rows, gateways and purposes share."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Language(models.TextChoices):
    RU = "ru", "Русский"
    EN = "en", "English"
    RO = "ro", "Română"


class Kind(models.TextChoices):
    """What a person must have allowed before he may get it (MSG-06)."""

    SERVICE = "service", _("About visits")
    MARKETING = "marketing", _("Marketing")


class Channel(models.TextChoices):
    SMS = "sms", "SMS"
    TELEGRAM = "telegram", "Telegram"
    WHATSAPP = "whatsapp", "WhatsApp"

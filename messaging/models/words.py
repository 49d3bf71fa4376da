"""The clinic's own words for a purpose."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.choices import Language
from messaging.purposes import title_of


class Template(models.Model):
    """The clinic's words for a purpose in a language; places are written {{fio}}."""

    purpose = models.CharField(_("reason"), max_length=40)
    language = models.CharField(_("language"), max_length=5, choices=Language)
    text = models.TextField(_("text"), max_length=1000)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("message template")
        ordering = ("purpose", "language")
        constraints = [models.UniqueConstraint(fields=["purpose", "language"], name="template_one_per_language")]

    def __str__(self) -> str:
        return f"{self.purpose_title} ({self.get_language_display()})"

    @property
    def purpose_title(self) -> Any:
        return title_of(self.purpose)

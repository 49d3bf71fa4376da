"""Cards cannot be switched off: everything else speaks of patients."""

from django.utils.translation import gettext_lazy as _

from core.modules import Module

MODULE = Module("patients", _("Patients"), optional=False)

"""What a clinic decides about itself."""

from django.utils.translation import gettext_lazy as _

from core.policies import Policy

SECURITY = _("Security")

INVITATION_DAYS = Policy(
    "clinic.invitation_days", int, 7, _("An invitation is good for, days"),
    _("Then the link no longer works and a new one has to be sent."), SECURITY, minimum=1, maximum=60,
)  # fmt: skip

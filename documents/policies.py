"""What a clinic decides about its papers."""

from django.utils.translation import gettext_lazy as _

from core.policies import Policy

SECTION = _("Documents")

PAID_SERVICES_ACT = Policy(
    "documents.paid_services_act", str,
    "Правила предоставления медицинскими организациями платных медицинских услуг, утверждённые Постановлением "
    "Правительства РФ от 11.05.2023 № 736",
    _("Act on paid medical services"), _("How contracts name it: {{paid_services_act}}."), SECTION,
)  # fmt: skip
LINK_HOURS = Policy(
    "documents.link_hours", int, 24, _("A link for signing works, hours"), _("Then a new one is made."), SECTION,
    minimum=1, maximum=720,
)  # fmt: skip

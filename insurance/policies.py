"""How this clinic works with insurers."""

from django.utils.translation import gettext_lazy as _

from core.policies import Policy

SECTION = _("Insurance (DMS)")

WARN_DAYS = Policy(
    "insurance.warn_days", int, 14, _("Warn of a policy that ends in, days"),
    _("The card, the calendar and the queue say so."), SECTION, minimum=0, maximum=365,
)  # fmt: skip
ANSWER_DAYS = Policy(
    "insurance.answer_days", int, 3, _("An insurer answers within, days"),
    _("An approval that waits longer stands in the queue. An insurer may have days of his own."), SECTION,
    minimum=1, maximum=90,
)  # fmt: skip

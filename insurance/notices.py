"""What insurance tells people."""

from django.utils.translation import gettext_lazy as _

from work.notices import Notice

ANSWERED = Notice(
    "insurance.approval_answered", _("Answer of an insurer"), _("%(insurer)s: %(patient)s, %(answer)s"), "shield-check",
    "teal", ("coordinator", "administrator"),
)  # fmt: skip
ASKED = Notice(
    "insurance.approval_query", _("An insurer asks"), _("%(insurer)s: %(patient)s — %(comment)s"), "help-circle", "amber",
    ("coordinator",),
)  # fmt: skip
EXPIRED = Notice(
    "insurance.approval_expired", _("An approval has expired"), _("%(insurer)s: %(patient)s, approval № %(number)s"),
    "clock-off", "amber", ("coordinator",),
)  # fmt: skip

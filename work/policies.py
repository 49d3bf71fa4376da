"""The clinic's own rules of tasks and the queue."""

from django.utils.translation import gettext_lazy as _

from core.policies import Policy

CLAIM_MINUTES = Policy(
    "work.claim_minutes", int, 60, _("Minutes for which an item of the queue is taken"),
    _("Who takes an item has it for so long; then the others are shown it again."), _("Tasks"), minimum=5, maximum=600,
)  # fmt: skip

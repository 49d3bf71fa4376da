"""Tasks that barter gives by itself."""

from django.utils.translation import gettext_lazy as _

from work.kinds import TaskKind

STEP = TaskKind("barter.step", _("Barter: next step"), "arrows-exchange")
EXHAUSTED = TaskKind("barter.exhausted", _("Barter: the sum is spent"), "arrows-exchange")

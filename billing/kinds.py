"""Tasks that money gives by itself (TSK-05)."""

from django.utils.translation import gettext_lazy as _

from work.kinds import TaskKind

INSTALMENT_OVERDUE = TaskKind("billing.instalment_overdue", _("Instalment overdue"), "clock-dollar")
CALL_AFTER_INVOICE = TaskKind("billing.call_after_invoice", _("Call after an invoice"), "phone-outgoing")

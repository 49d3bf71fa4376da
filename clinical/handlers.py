"""What treatment gives to the apps below: visits, the trash, the palette, navigation."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.models import Diagnosis, Service
from clinical import cards, papers  # noqa: F401  the patient's card and his papers
from clinical.models import PlanLine, ToothDiagnosis
from clinical.permissions import SEE_PLANS
from clinical.visits import CLOSE_STEP, visit_actions
from core.navigation import SECTIONS, Item
from core.trash import OBSTACLES
from scheduling.slots import ACTIONS, CLOSE_STEPS


def in_treatment(row: Any) -> list[Any]:
    """Services of plans and diagnoses of teeth are archived, not deleted."""
    if isinstance(row, Service) and PlanLine.objects.filter(service=row).exists():
        return [_("Treatment plans have this service.")]
    if isinstance(row, Diagnosis) and ToothDiagnosis.objects.filter(diagnosis=row).exists():
        return [_("Patients have this diagnosis.")]
    return []


OBSTACLES.register(in_treatment, module="clinical")
ACTIONS.register(visit_actions, module="clinical", order=10)
CLOSE_STEPS.register(CLOSE_STEP, module="clinical", order=10)
SECTIONS.register(
    Item("treatment-plans", _("Treatment plans"), "clipboard-list", "clinical:treatment-plans-list", SEE_PLANS),
    module="clinical",
    order=40,
)

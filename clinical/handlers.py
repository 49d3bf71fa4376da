"""What treatment hears of the apps below."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.models import Diagnosis, Service
from clinical.models import PlanLine, PlanStatus, ToothDiagnosis, TreatmentPlan
from clinical.permissions import SEE_CHART, SEE_PLANS
from clinical.selectors import own_patients, patients_of_branches
from clinical.visits import CLOSE_STEP, visit_actions
from core.trash import OBSTACLES
from patients.slots import OWN_SCOPE, TABS, Scope, Tab
from scheduling.slots import ACTIONS, CLOSE_STEPS


def in_treatment(row: Any) -> list[Any]:
    """Services of plans and diagnoses of teeth are archived, not deleted."""
    if isinstance(row, Service) and PlanLine.objects.filter(service=row).exists():
        return [_("Treatment plans have this service.")]
    if isinstance(row, Diagnosis) and ToothDiagnosis.objects.filter(diagnosis=row).exists():
        return [_("Patients have this diagnosis.")]
    return []


def plans_count(patient: Any, user: Any) -> int:
    return TreatmentPlan.objects.filter(patient=patient).exclude(status=PlanStatus.DECLINED).count()


OBSTACLES.register(in_treatment, module="clinical")
OWN_SCOPE.register(Scope(own_patients, patients_of_branches), module="clinical", order=20)
TABS.register(Tab("diagnostics", _("Diagnostics"), 20, SEE_CHART, "clinical:diagnostics"), module="clinical", order=20)
TABS.register(
    Tab("plans", _("Treatment plans"), 30, SEE_PLANS, "clinical:plans", count=plans_count), module="clinical", order=30
)
ACTIONS.register(visit_actions, module="clinical", order=10)
CLOSE_STEPS.register(CLOSE_STEP, module="clinical", order=10)

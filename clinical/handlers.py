"""What treatment hears of the apps below."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.models import Diagnosis, Service
from clinical.models import PlanLine, ToothDiagnosis
from core.trash import OBSTACLES


def in_treatment(row: Any) -> list[Any]:
    """Services of plans and diagnoses of teeth are archived, not deleted."""
    if isinstance(row, Service) and PlanLine.objects.filter(service=row).exists():
        return [_("Treatment plans have this service.")]
    if isinstance(row, Diagnosis) and ToothDiagnosis.objects.filter(diagnosis=row).exists():
        return [_("Patients have this diagnosis.")]
    return []


OBSTACLES.register(in_treatment, module="clinical")

"""Treatment on the patient's card: tabs, blocks of the overview, history, what is handed over, why a card is kept."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinical.models import PlanStatus, ToothDiagnosis, ToothMark, TreatmentPlan
from clinical.permissions import SEE_CHART, SEE_PLAN_SUMS, SEE_PLANS
from clinical.selectors import chart_of, marks_of, open_by_tooth, own_patients, patients_of_branches, plans_of_patient
from clinical.services import plans_renumber
from clinical.statuses import status
from core.access import is_allowed
from patients.slots import (
    BLOCKS,
    ERASURE_OBSTACLES,
    EXPORTS,
    HISTORY,
    MERGE_PREPARE,
    OWN_SCOPE,
    TABS,
    Block,
    Scope,
    Section,
    Tab,
)

NAME = "clinical"
ALIVE = (PlanStatus.DRAFT, PlanStatus.APPROVED, PlanStatus.IN_WORK)


def plans_count(patient: Any, user: Any) -> int:
    return TreatmentPlan.objects.filter(patient=patient).exclude(status=PlanStatus.DECLINED).count()


def plans_now(patient: Any, user: Any) -> dict[str, Any] | None:
    """Plans that are thought over or go on."""
    plans = [plan for plan in plans_of_patient(patient.pk, timezone.localdate()) if plan.status in ALIVE]
    return {"plans": plans[:4], "may_see_sums": is_allowed(user, SEE_PLAN_SUMS)} if plans else None


def diagnoses_now(patient: Any, user: Any) -> dict[str, Any] | None:
    """The main diagnoses: open ones by tooth."""
    groups = open_by_tooth(chart_of(patient.pk))
    return {"groups": groups, "patient": patient} if groups else None


def plans_ever(patient: Any, user: Any) -> dict[str, Any] | None:
    plans = plans_of_patient(patient.pk, timezone.localdate())
    return {"plans": plans, "may_see_sums": is_allowed(user, SEE_PLAN_SUMS)} if plans else None


def diagnoses_ever(patient: Any, user: Any) -> dict[str, Any] | None:
    rows = chart_of(patient.pk)
    return {"diagnoses": rows} if rows else None


def export_treatment(patient_id: int, user: Any) -> list[Section]:
    """What is handed over of a patient's treatment, within the rights of the one who hands it over."""
    found = []
    if is_allowed(user, SEE_CHART):
        diagnoses = [
            {
                "tooth": row.tooth, "surfaces": row.surfaces, "code": row.diagnosis.code, "name": row.diagnosis.title,
                "noted_on": str(row.noted_on), "closed_on": str(row.closed_on or ""), "note": row.note,
                "doctor": row.doctor.full_name if row.doctor else "",
            }
            for row in chart_of(patient_id)
        ]  # fmt: skip
        marks = [
            {"tooth": row.tooth, "surfaces": row.surfaces, "mark": status(row.kind).name, "noted_on": str(row.noted_on),
             "closed_on": str(row.closed_on or "")}
            for row in marks_of(patient_id)
        ]  # fmt: skip
        found += [Section("diagnoses", _("Diagnoses"), diagnoses), Section("marks", _("Dental formula"), marks)]
    if is_allowed(user, SEE_PLANS):
        found.append(Section("plans", _("Treatment plans"), plan_rows(patient_id, is_allowed(user, SEE_PLAN_SUMS))))
    return found


def plan_rows(patient_id: int, with_sums: bool) -> list[dict[str, Any]]:
    """A line of a plan a row."""
    plans = TreatmentPlan.objects.filter(patient=patient_id).order_by("number").prefetch_related("lines__service")
    rows = []
    for plan in plans:
        for line in plan.lines.all():
            sums = {"price": str(line.price), "sum": str(line.sum)} if with_sums else {}
            rows.append({
                "plan": plan.number, "status": plan.status, "service": str(line.service), "code": line.service.code,
                "teeth": line.teeth, "quantity": line.quantity, "state": line.state, "done_on": str(line.done_on or ""),
                **sums,
            })  # fmt: skip
    return rows


def treatment_keeps_the_card(patient_id: int) -> list[Any]:
    """Medical records are kept by law: a card with them is not erased."""
    records = (ToothDiagnosis, ToothMark, TreatmentPlan)
    has_records = any(model.objects.filter(patient=patient_id).exists() for model in records)
    return [_("There are medical records, which the law obliges to keep")] if has_records else []


TABS.register(Tab("diagnostics", _("Diagnostics"), 20, SEE_CHART, "clinical:diagnostics"), module=NAME, order=20)
TABS.register(Tab("plans", _("Treatment plans"), 30, SEE_PLANS, "clinical:plans", plans_count), module=NAME, order=30)
BLOCKS.register(Block("plans", 5, SEE_PLANS, "clinical/_block_plans.html", plans_now), module=NAME, order=5)
BLOCKS.register(Block("teeth", 8, SEE_CHART, "clinical/_block_diagnoses.html", diagnoses_now), module=NAME, order=8)
HISTORY.register(Block("plans", 10, SEE_PLANS, "clinical/_history_plans.html", plans_ever), module=NAME)
HISTORY.register(Block("diagnoses", 20, SEE_CHART, "clinical/_history_diagnoses.html", diagnoses_ever), module=NAME)
EXPORTS.register(export_treatment, module=NAME, order=30)
ERASURE_OBSTACLES.register(treatment_keeps_the_card, module=NAME)
OWN_SCOPE.register(Scope(own_patients, patients_of_branches), module=NAME, order=20)
MERGE_PREPARE.register(plans_renumber, module=NAME, order=10)

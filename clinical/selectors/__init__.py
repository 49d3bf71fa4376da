"""Reads of treatment, each within what its user may see."""

from clinical.selectors.chart import (
    chart_data,
    chart_of,
    diagnoses_to_pick,
    formula_of,
    kinds_now,
    marks_of,
    open_by_tooth,
    own_patients,
    patients_of_branches,
)
from clinical.selectors.plans import (
    PhaseView,
    PlanView,
    doctors_to_choose,
    lines_for_visit,
    lines_of,
    plan_get,
    plan_view,
    plans_of_patient,
    plans_visible_to,
    services_to_pick,
    shares_of,
)

__all__ = [
    "PhaseView",
    "PlanView",
    "chart_data",
    "chart_of",
    "diagnoses_to_pick",
    "doctors_to_choose",
    "formula_of",
    "kinds_now",
    "lines_for_visit",
    "lines_of",
    "marks_of",
    "open_by_tooth",
    "own_patients",
    "patients_of_branches",
    "plan_get",
    "plan_view",
    "plans_of_patient",
    "plans_visible_to",
    "services_to_pick",
    "shares_of",
]

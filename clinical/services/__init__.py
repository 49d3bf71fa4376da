"""Writes of treatment: diagnoses of teeth, treatment plans, services done."""

from clinical.services.chains import PlaceIn, plan_book
from clinical.services.chart import (
    diagnoses_close,
    diagnoses_reopen,
    diagnosis_close,
    diagnosis_note,
    diagnosis_reopen,
    favourite_toggle,
)
from clinical.services.marks import marks_close, marks_set
from clinical.services.plans import (
    LineIn,
    plan_approve,
    plan_change,
    plan_create,
    plan_decline,
    plan_reopen,
    plan_restore,
    plans_renumber,
)
from clinical.services.work import lines_render, lines_unrender

__all__ = [
    "LineIn",
    "PlaceIn",
    "diagnoses_close",
    "diagnoses_reopen",
    "diagnosis_close",
    "diagnosis_note",
    "diagnosis_reopen",
    "favourite_toggle",
    "lines_render",
    "lines_unrender",
    "marks_close",
    "marks_set",
    "plan_approve",
    "plan_book",
    "plan_change",
    "plan_create",
    "plan_decline",
    "plan_reopen",
    "plan_restore",
    "plans_renumber",
]

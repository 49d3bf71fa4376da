"""Reads of cards, each within what its user may see."""

from patients.selectors.cards import (
    badges_for,
    branch_for_new,
    card_number_next,
    compartments_of,
    is_mine,
    patient_get,
    patients_canonical,
    patients_visible_to,
    pinned_ids,
    pinned_patients,
    readers_of,
    recent_patients,
    statistics_of,
    timeline_of,
)
from patients.selectors.page import blocks_of, card_page, card_template
from patients.selectors.search import patients_found, patients_matching, similar_patients

__all__ = [
    "badges_for",
    "blocks_of",
    "branch_for_new",
    "card_number_next",
    "card_page",
    "card_template",
    "compartments_of",
    "is_mine",
    "patient_get",
    "patients_canonical",
    "patients_found",
    "patients_matching",
    "patients_visible_to",
    "pinned_ids",
    "pinned_patients",
    "readers_of",
    "recent_patients",
    "similar_patients",
    "statistics_of",
    "timeline_of",
]

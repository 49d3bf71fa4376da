"""Reads of the clinic: its places and its people, within the rights of the one who asks."""

from clinic.selectors.people import (
    branch_names_of,
    doctors_of_branch,
    name_folded,
    name_has,
    professions_live,
    professions_of,
    staff_visible_to,
    staff_with_places,
    user_loaded,
    works_in,
)
from clinic.selectors.places import branches_visible_to, chairs_visible_to, opening_hours, opening_hours_of

__all__ = [
    "branch_names_of",
    "branches_visible_to",
    "chairs_visible_to",
    "doctors_of_branch",
    "name_folded",
    "name_has",
    "opening_hours",
    "opening_hours_of",
    "professions_live",
    "professions_of",
    "staff_visible_to",
    "staff_with_places",
    "user_loaded",
    "works_in",
]

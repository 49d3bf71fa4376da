"""Letters of the dental formula: those of form 043/у and what clinics add to them. Plain facts, no database."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

REFERENCE = Path(__file__).parent / "reference"
HEALTHY = "healthy"
# What the chart draws for a mark; a mark that is not here is a dot.
DRAWN = {
    "absent": "missing", "planned_extraction": "missing", "root": "root", "filled": "filling", "sealed": "filling",
    "temporary_filling": "filling", "inlay": "filling", "veneer": "veneer", "crown": "crown", "artificial": "crown",
    "implant": "implant", "unerupted": "unerupted", "impacted": "impacted", "endo_treated": "endo", "caries": "caries",
    "pulpitis": "pulpitis", "periodontitis_apical": "periodontitis",
}  # fmt: skip
FINDINGS = frozenset({"caries", "pulpitis", "periodontitis_apical", "periodontosis", "wedge_defect", "calculus"})
# A tooth that is not there has none of these.
NEEDS_CROWN = frozenset({
    "filled", "sealed", "temporary_filling", "inlay", "veneer", "caries", "pulpitis", "wedge_defect", "attrition",
    "hypoplasia", "fluorosis", "endo_treated", "mobility_1", "mobility_2", "mobility_3", "mobility_4", "root",
    "periodontitis_apical", "calculus", "braces", "planned_extraction", "unerupted", "impacted",
})  # fmt: skip
ENDS = {
    "absent": NEEDS_CROWN | {"crown"},
    "root": frozenset({"filled", "sealed", "temporary_filling", "inlay", "veneer", "crown", "caries", "absent"}),
    "implant": NEEDS_CROWN | {"absent"},
    "artificial": frozenset({"crown"}),
    "crown": frozenset({"filled", "sealed", "temporary_filling", "inlay", "veneer", "caries"}),
    "filled": frozenset({"temporary_filling", "caries"}),
}


@dataclass(frozen=True, slots=True)
class Status:
    key: str
    code: str
    name_ru: str
    name_en: str
    is_official: bool

    @property
    def name(self) -> str:
        return self.name_ru if get_language() == "ru" else self.name_en

    @property
    def drawn(self) -> str:
        return DRAWN.get(self.key, "other")

    @property
    def how(self) -> str:
        """The colour: what is wrong, what is to be done, what is there already."""
        if self.key == "planned_extraction":
            return "planned"
        return "finding" if self.key in FINDINGS else "existing"


@cache
def statuses() -> dict[str, Status]:
    """Every mark by its key, in the order of the form."""
    with open(REFERENCE / "tooth_status_codes.csv", encoding="utf-8", newline="") as lines:
        return {
            row["key"]: Status(
                row["key"], row["code_ru"], row["name_ru"], row["name_en"], row["in_paper_legend"] == "yes"
            )
            for row in csv.DictReader(lines)
        }


def status(key: str) -> Status:
    """A mark by its key; a key that a later version has dropped still has a name."""
    return statuses().get(key) or Status(key, key[:2], key, key, False)

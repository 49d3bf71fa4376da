"""Teeth by FDI (ISO 3950): numbers, rows of the chart, surfaces. Plain facts, no database.

«Right» is the patient's right; the chart is drawn as the doctor sees it: 18…11 | 21…28 above 48…41 | 31…38.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

REFERENCE = Path(__file__).parent / "reference"

UPPER = (*range(18, 10, -1), *range(21, 29))
LOWER = (*range(48, 40, -1), *range(31, 39))
UPPER_PRIMARY = (*range(55, 50, -1), *range(61, 66))
LOWER_PRIMARY = (*range(85, 80, -1), *range(71, 76))
PERMANENT = (*UPPER, *LOWER)
PRIMARY = (*UPPER_PRIMARY, *LOWER_PRIMARY)
TEETH = frozenset((*PERMANENT, *PRIMARY))
CHART_ORDER = {number: place for place, number in enumerate((*UPPER, *UPPER_PRIMARY, *LOWER_PRIMARY, *LOWER))}
SURFACES = "MODVPLI"  # mesial, occlusal, distal, vestibular, palatal, lingual, incisal


@dataclass(frozen=True, slots=True)
class Tooth:
    number: int
    name_ru: str
    name_en: str
    surfaces: str
    is_primary: bool
    is_upper: bool

    @property
    def name(self) -> str:
        return self.name_ru if get_language() == "ru" else self.name_en


@cache
def teeth() -> dict[int, Tooth]:
    """Every tooth by number."""
    with open(REFERENCE / "fdi_teeth.csv", encoding="utf-8", newline="") as lines:
        return {
            int(row["fdi"]): Tooth(
                int(row["fdi"]),
                row["name_ru"],
                row["name_en"],
                row["surfaces"].replace(",", ""),
                row["dentition"] == "primary",
                row["jaw"] == "upper",
            )
            for row in csv.DictReader(lines)
        }


def in_order(numbers: Iterable[int]) -> list[int]:
    """Each number once, as the chart shows them."""
    return sorted(set(numbers), key=CHART_ORDER.__getitem__)


def unknown(numbers: Iterable[int]) -> list[int]:
    """Numbers that no tooth has."""
    return [number for number in numbers if number not in TEETH]


def surfaces_of(number: int, given: str) -> str:
    """The given surfaces that this tooth has, in one fixed order; V of the doctor's B, L of P below and back."""
    own = teeth()[number].surfaces
    oral, bite = ("L" if "L" in own else "P"), ("I" if "I" in own else "O")
    twins = {"B": "V", "P": oral, "L": oral, "O": bite, "I": bite}
    wanted = {twins.get(letter, letter) for letter in given.upper()}
    return "".join(letter for letter in SURFACES if letter in wanted and letter in own)


def words(numbers: Iterable[int]) -> str:
    """«36, 46»; a whole row in one word is left to the template."""
    return ", ".join(map(str, numbers))

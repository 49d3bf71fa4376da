"""What a new clinic finds in the directory of diagnoses, and the list of Order 804n that it may load by a click.

Diagnoses are reference data: ICD-10 of the mouth and its neighbours. A name that the clinic has changed and a row
that it has deleted stay as they are. Prices are not reference data: each clinic has its own.
"""

import csv
from pathlib import Path

from catalog.models import Diagnosis, DiagnosisGroup
from core.command import command

FOLDER = Path(__file__).parent / "reference"

MOUTH = (
    "K00-K14",
    "Болезни полости рта, слюнных желёз и челюстей",
    "Diseases of oral cavity, salivary glands and jaws",
)
CHAPTERS = {
    "A": ("A00-B99", "Инфекционные болезни", "Infectious diseases"),
    "B": ("A00-B99", "Инфекционные болезни", "Infectious diseases"),
    "C": ("C00-D48", "Новообразования", "Neoplasms"),
    "D": ("C00-D48", "Новообразования", "Neoplasms"),
    "E": ("E00-E90", "Эндокринные болезни", "Endocrine diseases"),
    "F": ("F00-F99", "Психические расстройства", "Mental disorders"),
    "G": ("G00-G99", "Болезни нервной системы", "Diseases of the nervous system"),
    "I": ("I00-I99", "Болезни системы кровообращения", "Diseases of the circulatory system"),
    "J": ("J00-J99", "Болезни органов дыхания", "Diseases of the respiratory system"),
    "L": ("L00-L99", "Болезни кожи и слизистых", "Diseases of the skin"),
    "M": ("M00-M99", "Болезни соединительной ткани", "Diseases of connective tissue"),
    "Q": ("Q00-Q99", "Врождённые аномалии", "Congenital malformations"),
    "R": ("R00-R99", "Симптомы и признаки", "Symptoms and signs"),
    "S": ("S00-T98", "Травмы и осложнения", "Injuries and complications"),
    "T": ("S00-T98", "Травмы и осложнения", "Injuries and complications"),
    "Y": ("V01-Y98", "Внешние причины", "External causes"),
    "Z": ("Z00-Z99", "Осмотры, протезы, состояния после лечения", "Examinations, prostheses, states after treatment"),
}


def rows_of(file: str) -> list[dict[str, str]]:
    with open(FOLDER / file, encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@command
def load_diagnoses() -> None:
    """Add what is missing, by code; never change or bring back what is there."""
    mouth, neighbours = rows_of("icd10_dental.csv"), rows_of("icd10_dental_extra.csv")
    known = set(Diagnosis.objects.values_list("code", flat=True))
    if not {row["code"] for row in (*mouth, *neighbours)} - known:
        return
    groups = {group.code: group for group in DiagnosisGroup.objects.exclude(code="")}

    def group(code: str, name: str, name_en: str, parent: DiagnosisGroup | None = None) -> DiagnosisGroup:
        if code not in groups:
            groups[code] = DiagnosisGroup.objects.create(code=code, name=name, name_en=name_en, parent=parent)
        return groups[code]

    top = group(*MOUTH)
    fresh = []
    for row in mouth:
        if "." not in row["code"]:
            group(row["code"], row["name_ru"], row["name_en"], top)
        if row["code"] not in known:
            fresh.append(diagnosis(row, groups[row["code"][:3]]))
    fresh += [diagnosis(row, group(*CHAPTERS[row["code"][0]])) for row in neighbours if row["code"] not in known]
    Diagnosis.objects.bulk_create(fresh)


def diagnosis(row: dict[str, str], group: DiagnosisGroup) -> Diagnosis:
    return Diagnosis(group=group, code=row["code"], name=row["name_ru"], name_en=row["name_en"])


# Order 804n: a list to begin with, loaded on request

CATEGORIES = {
    "consultation": ("Приём и консультация", "Consultation"),
    "diagnostics": ("Диагностика", "Diagnostics"),
    "xray": ("Рентген", "X-ray"),
    "anaesthesia": ("Анестезия", "Anaesthesia"),
    "hygiene": ("Гигиена", "Hygiene"),
    "therapy": ("Терапия", "Restorative dentistry"),
    "endodontics": ("Эндодонтия", "Endodontics"),
    "periodontology": ("Пародонтология", "Periodontology"),
    "surgery": ("Хирургия", "Surgery"),
    "implantology": ("Имплантация", "Implantology"),
    "prosthetics": ("Ортопедия", "Prosthetics"),
    "orthodontics": ("Ортодонтия", "Orthodontics"),
    "pediatric": ("Детская стоматология", "Paediatric dentistry"),
}


def list_804n() -> list[dict[str, str]]:
    """Rows of the bundled list: code, name_ru, name_en, category, price_rub, duration_min."""
    return rows_of("services_804n.csv")

"""Reads of the dental chart."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog.models import Diagnosis
from catalog.selectors import diagnoses_matching, diagnoses_offered
from clinical import rules
from clinical.models import (
    FavouriteDiagnosis,
    LineState,
    PlanLine,
    PlanStatus,
    ToothDiagnosis,
    ToothMark,
    TreatmentPlan,
)
from clinical.statuses import Status, status
from clinical.teeth import CHART_ORDER

RECENT = 300  # how many of a doctor's newest diagnoses say what he sets often
PICKS = 40


def chart_of(patient_id: int) -> list[ToothDiagnosis]:
    """Every diagnosis of a patient's teeth, closed ones too, newest first."""
    return list(
        ToothDiagnosis.objects.filter(patient=patient_id)
        .select_related("diagnosis", "doctor")
        .order_by("-noted_on", "-pk")
    )


def open_by_tooth(rows: Iterable[ToothDiagnosis]) -> list[tuple[int | None, list[ToothDiagnosis]]]:
    """The main diagnoses: open ones by tooth as the chart shows them, the whole mouth first (CLN-06)."""
    found: dict[int | None, list[ToothDiagnosis]] = {}
    for row in rows:
        if row.closed_on is None:
            found.setdefault(row.tooth, []).append(row)
    return sorted(found.items(), key=lambda pair: CHART_ORDER.get(pair[0] or 0, -1))


def marks_of(patient_id: int) -> list[ToothMark]:
    """Every mark of the formula, closed ones too."""
    return list(ToothMark.objects.filter(patient=patient_id).order_by("noted_on", "pk"))


def formula_of(marks: Iterable[ToothMark]) -> list[tuple[int, list[tuple[ToothMark, Status]]]]:
    """Open marks by tooth as the chart shows them."""
    found: dict[int, list[tuple[ToothMark, Status]]] = {}
    for mark in marks:
        if mark.closed_on is None:
            found.setdefault(mark.tooth, []).append((mark, status(mark.kind)))
    return sorted(found.items(), key=lambda pair: CHART_ORDER[pair[0]])


def kinds_now(rows: Iterable[ToothDiagnosis], marks: Iterable[ToothMark]) -> dict[int, set[str]]:
    """What stands on each tooth today, for the index of decay."""
    found: dict[int, set[str]] = {}
    for row in rows:
        if row.tooth and row.closed_on is None:
            found.setdefault(row.tooth, set()).add(rules.kind_of(row.diagnosis.code))
    for mark in marks:
        if mark.closed_on is None and mark.kind != "planned_extraction":
            found.setdefault(mark.tooth, set()).add(status(mark.kind).drawn)
    return found


def chart_data(
    rows: Iterable[ToothDiagnosis], marks: Iterable[ToothMark], patient_id: int, age: int | None
) -> dict[str, Any]:
    """What the picture is drawn from: marks with the days between which they stood, and work planned or done."""
    formula = [
        {
            "tooth": mark.tooth, "surfaces": mark.surfaces, "kind": status(mark.kind).drawn, "how": status(mark.kind).how,
            "from": mark.noted_on.isoformat(), "to": mark.closed_on.isoformat() if mark.closed_on else "",
            "title": status(mark.kind).name, "code": status(mark.kind).code,
        }
        for mark in marks
    ]  # fmt: skip
    noted = [
        {
            "tooth": row.tooth, "surfaces": row.surfaces, "kind": rules.kind_of(row.diagnosis.code), "how": "finding",
            "from": row.noted_on.isoformat(), "to": row.closed_on.isoformat() if row.closed_on else "",
            "title": f"{row.diagnosis.code} {row.diagnosis.title}",
        }
        for row in rows
        if row.tooth
    ]  # fmt: skip
    return {"marks": [*formula, *noted, *work_of(patient_id)], "dentition": rules.dentition(age)}


def work_of(patient_id: int) -> list[dict[str, Any]]:
    """Services of the patient's plans by tooth: planned from the plan's day, done from the day of the work."""
    lines = (
        PlanLine.objects.filter(plan__patient=patient_id)
        .exclude(plan__status=PlanStatus.DECLINED)
        .exclude(teeth=[])
        .select_related("plan", "service")
    )
    return [
        {
            "tooth": tooth, "surfaces": "", "kind": "work", "how": "done" if line.state == LineState.DONE else "planned",
            "from": (line.done_on or line.plan.created_at.date()).isoformat(), "to": "", "title": str(line.service),
        }
        for line in lines
        for tooth in line.teeth
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pick:
    """A diagnosis to choose, with whether it is among the user's own."""

    diagnosis: Diagnosis
    is_favourite: bool
    is_frequent: bool = False


def diagnoses_to_pick(user: Any, text: str = "") -> list[Pick]:
    """By code or words; without a text the user's own and those that he sets often (CLN-05)."""
    own = set(FavouriteDiagnosis.objects.filter(user=user).values_list("diagnosis_id", flat=True))
    if text.strip():
        found = diagnoses_matching(diagnoses_offered(), text.strip())[:PICKS]
        picks = [Pick(row, row.pk in own) for row in found]
        return sorted(picks, key=lambda pick: not pick.is_favourite)
    often = frequent_of(user)
    rows = {row.pk: row for row in diagnoses_offered().filter(pk__in=own | set(often))}
    favourites = sorted((row for pk, row in rows.items() if pk in own), key=lambda row: row.code)
    others = [rows[pk] for pk in often if pk in rows and pk not in own]
    return [Pick(row, True) for row in favourites] + [Pick(row, False, True) for row in others[:12]]


def frequent_of(user: Any) -> list[int]:
    """Ids of the diagnoses that the doctor has set most often lately; the clinic's when he has set none."""
    rows = ToothDiagnosis.objects.order_by("-pk")
    own = rows.filter(Q(created_by=user) | Q(doctor=user.staff_id)) if user.staff_id else rows.filter(created_by=user)
    recent = list(own.values_list("diagnosis_id", flat=True)[:RECENT])
    recent = recent or list(rows.values_list("diagnosis_id", flat=True)[:RECENT])
    return sorted(set(recent), key=lambda pk: (-recent.count(pk), pk))


def own_patients(user: Any) -> QuerySet[Any]:
    """Ids of the patients for whom a doctor has made a plan."""
    return TreatmentPlan.objects.filter(doctor=user.staff_id).order_by().values("patient")


def patients_of_branches(branch_ids: list[int]) -> Exists:
    return Exists(TreatmentPlan.objects.filter(patient=OuterRef("pk"), branch__in=branch_ids))

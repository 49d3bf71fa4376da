"""What cards themselves put on the overview: warnings, family, representatives, consents."""

from typing import Any

from core.access import is_allowed
from documents.permissions import MAKE_PAPERS, SEE_PAPERS
from documents.selectors import papers_of, templates_offered
from patients import permissions, selectors
from patients.models import Patient
from patients.selectors.cards import merged_ids
from patients.selectors.records import TONES
from patients.slots import BLOCKS, DOCUMENTS, Block

NAME = "patients"


def alerts(patient: Patient, user: Any) -> dict[str, Any] | None:
    """Warnings that hold, and those put away, within the reader's compartment."""
    rows = selectors.alerts_for([patient.pk], user).get(patient.pk, [])
    for row in rows:
        row.tone = TONES[row.severity]  # type: ignore[index]
        row.may_edit = may_edit(row.kind, user)
    may_add = may_edit("note", user) or may_edit("allergy", user)
    closed = selectors.alerts_visible_to(user).filter(patient=patient, closed_at__isnull=False)[:20]
    return {"alerts": rows, "may_add": may_add, "closed": list(closed)} if rows or may_add or closed else None


def may_edit(kind: str, user: Any) -> bool:
    return is_allowed(user, permissions.EDIT if kind == "note" else permissions.EDIT_ALERTS)


def family(patient: Patient, user: Any) -> dict[str, Any] | None:
    may = is_allowed(user, permissions.EDIT)
    if patient.family_id is None and not may:
        return None
    return {"family": patient.family, "members": selectors.family_members(patient, user), "may_edit_family": may}


def representatives(patient: Patient, user: Any) -> dict[str, Any] | None:
    people = list(patient.representatives.select_related("card"))
    may = is_allowed(user, permissions.EDIT)
    return {"people": people, "may_edit_people": may} if people or may else None


def consents(patient: Patient, user: Any) -> dict[str, Any] | None:
    lines = selectors.consent_register(patient)
    may = is_allowed(user, permissions.EDIT_CONSENTS)
    return {"lines": lines, "may_sign": may} if lines else None


def missing(patient: Patient, user: Any) -> dict[str, Any] | None:
    """What the reception should ask for, to those who may write it down (PAT-27)."""
    if not is_allowed(user, permissions.EDIT):
        return None
    rows = selectors.missing_on_arrival(patient)
    return {"missing": [words for _code, words in rows]} if rows else None


def pictures(patient: Patient, user: Any) -> dict[str, Any] | None:
    """Photographs and copies of documents, where there are any (PAT-36)."""
    rows = selectors.pictures_for(patient.pk, user)
    return {"pictures": rows} if rows else None


def papers(patient: Patient, user: Any) -> dict[str, Any] | None:
    """The last papers and what may be made (PAT-16)."""
    lines = papers_of({patient.pk, *merged_ids(patient.pk)}, user)[:4]
    offered = templates_offered(user, patient.language or "ru") if is_allowed(user, MAKE_PAPERS) else []
    return {"papers": lines, "templates": offered} if lines or offered else None


def register() -> None:
    DOCUMENTS.register(Block("papers", 10, SEE_PAPERS, "patients/_block_papers.html", papers), module=NAME, order=10)
    for block in (
        Block("alerts", 10, permissions.SEE, "patients/_alerts.html", alerts, "main"),
        Block("missing", 20, permissions.SEE, "patients/_missing.html", missing, "main"),
        Block("family", 30, permissions.SEE, "patients/_family.html", family, "half"),
        Block("representatives", 40, permissions.SEE, "patients/_representatives.html", representatives, "half"),
        Block("consents", 50, permissions.SEE_CONSENTS, "patients/_consents.html", consents, "half"),
        Block("pictures", 60, permissions.SEE, "patients/_block_pictures.html", pictures, "half"),
    ):
        BLOCKS.register(block, module=NAME, order=block.order)

"""What barter gives to papers: the entry whose regulation the patient signs (DOC-08)."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from barter import permissions
from barter.selectors.entries import entries_visible_to
from core.templatetags.ui import money
from documents.slots import PLACES, Choice, Group, Subject


def entries(subject: Subject) -> Sequence[tuple[int, str]]:
    rows = entries_visible_to(subject.user).filter(patient=subject.patient_id).exclude(state="closed")
    return [(row.pk, f"№ {row.number} · {row.contract.organisation}") for row in rows]


def of_entry(subject: Subject) -> dict[str, Any]:
    rows = entries_visible_to(subject.user).filter(pk=subject.chosen.get("barter", 0), patient=subject.patient_id)
    row = rows.first()
    if row is None:
        return {}
    return {
        "barter_company": str(row.contract.organisation), "barter_contract": row.contract.number, "barter_entry": row.number,
        "barter_limit": money(row.limit.granted if row.limit else row.announced),
    }  # fmt: skip


PLACES.register(
    Group("barter", _("Barter"), {
        "barter_company": _("Organisation"), "barter_contract": _("Number of the contract"), "barter_entry": _("Entry"),
        "barter_limit": _("Limit"),
    }, of_entry, permissions.SEE_BARTER, Choice("barter", _("Barter entry"), entries)), module="barter", order=80,
)  # fmt: skip

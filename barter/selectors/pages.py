"""Pages of barter as data: both sides of a contract, an entry with its steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from barter import rules
from barter.models import Beneficiary, Contract, SignOff, State
from barter.models.entries import PAYING
from barter.selectors.entries import entries_visible_to
from barter.selectors.money import both_sides, owed_by, shares_owed_by, usage_of
from core.access import REGISTRY, is_allowed
from core.money import ZERO

STEP_WORDS: Mapping[str, Any] = {
    "verified": _("The entry is checked"),
    "assigned": _("Pass to the call-centre"),
    "contact_given": _("Contacts are given"),
    "booked": _("Booked"),
    "met": _("Met"),
    "in_chair": _("Into the room"),
    "plan_proposed": _("Propose the plan"),
    "treating": _("Agree on the plan"),
    "active": _("Bring into force"),
    "closed": _("Close without treatment"),
}


@dataclass(frozen=True, slots=True)
class StepButton:
    to: str
    label: Any
    is_main: bool


def steps_open(entry: Beneficiary, user: Any) -> list[StepButton]:
    """Steps that this person may take now; ends by sign-off stand apart."""
    found = []
    for (source, to), right in rules.entry_steps(entry.contract.kind).items():
        if source != entry.state or to == State.FINISHED or not is_allowed(user, REGISTRY[right]):
            continue
        if to in PAYING and (entry.patient_id is None or entry.contract.status != "active"):
            continue
        if to == State.CLOSED and entry.limit_id is not None:
            continue
        found.append(StepButton(to, STEP_WORDS[to], to != State.CLOSED))
    return found


@dataclass(frozen=True, slots=True)
class Signature:
    part: str
    label: Any
    by: Any
    at: Any
    note: str
    is_next: bool


RIGHTS = {
    "marketer": "barter.agree_plan",
    "sales": "barter.agree",
    "senior": "barter.announce_end",
    "finance": "barter.write_off",
}


def signatures(entry: Beneficiary, user: Any) -> list[Signature]:
    """The four, with who may sign now."""
    signed = {row.part: row for row in entry.sign_offs.select_related("actor")}
    begins = rules.right_for(entry.contract.kind, entry.state, State.FINISHED) is not None
    rows = []
    for part, label in SignOff.Part.choices:
        row = signed.get(part)
        may = (begins if part == "marketer" else entry.state == State.FINISHED) and not rules.missing_before(
            part, set(signed)
        )
        may = may and row is None and is_allowed(user, REGISTRY[RIGHTS[part]])
        rows.append(Signature(part, label, row and row.actor, row and row.at, row.note if row else "", bool(may)))
    return rows


def contract_page(contract: Contract, user: Any) -> dict[str, Any]:
    entries = list(entries_visible_to(user).filter(contract=contract).order_by("number"))
    organisation = contract.organisation
    return {
        "contract": contract, "entries": entries, "sides": both_sides(contract), "receipts": list(contract.receipts.all()),
        "services": list(contract.allowed_services.all()), "title": str(contract), "active": "barter",
        "owed": owed_by(organisation, user) if organisation else ZERO,
        "owed_rows": list(shares_owed_by(organisation, user).order_by("invoice__issued_on", "pk")[:100]) if organisation else [],
        "may": {name: is_allowed(user, REGISTRY[f"barter.{name}"]) for name in ("edit_contracts", "agree", "write_off")},
    }  # fmt: skip


def entry_page(entry: Beneficiary, user: Any) -> dict[str, Any]:
    path = [state for state in State if state in path_of(entry.contract.kind)]
    return {
        "entry": entry, "contract": entry.contract, "grants": list(entry.grants.select_related("actor")),
        "usage": usage_of(entry), "extras": list(entry.extras.select_related("service", "asked_by", "decided_by")),
        "steps": steps_open(entry, user), "signatures": signatures(entry, user), "path": path,
        "place": path.index(State(entry.state)) if entry.state in path else 0, "title": entry.who, "active": "barter",
        "is_closing": entry.state in (State.FINISHED, State.CLOSED) or entry.sign_offs.exists(),
        "may": {
            name: is_allowed(user, REGISTRY[f"barter.{name}"]) for name in ("grant", "call", "agree", "ask_extra")
        },
    }  # fmt: skip


def path_of(kind: str) -> set[str]:
    return {rules.FIRST[kind], *(to for _source, to in rules.entry_steps(kind))}

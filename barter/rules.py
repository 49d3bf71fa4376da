"""Steps of a contract and of an entry as tables: both algorithms of the regulation (section 8 of the rules)."""

from collections.abc import Mapping

# Which state follows which, and the right that the step needs; «BAR-06» and so on name the row of the list of features.
CONTRACT_STEPS: Mapping[tuple[str, str], str] = {
    ("proposed", "terms_sent"): "barter.agree",
    ("proposed", "signed"): "barter.agree",
    ("terms_sent", "signed"): "barter.agree",
    ("proposed", "active"): "barter.agree",
    ("terms_sent", "active"): "barter.agree",
    ("signed", "active"): "barter.agree",
    ("active", "closed"): "barter.agree",
    ("proposed", "closed"): "barter.agree",
    ("terms_sent", "closed"): "barter.agree",
    ("signed", "closed"): "barter.agree",
}

ORGANISATION_STEPS: Mapping[tuple[str, str], str] = {
    ("announced", "verified"): "barter.verify",  # BAR-07
    ("verified", "assigned"): "barter.verify",
    ("assigned", "active"): "barter.call",  # BAR-08, BAR-11
    ("announced", "active"): "barter.call",
    ("verified", "active"): "barter.call",
    ("active", "finished"): "barter.agree_plan",  # BAR-28
    ("announced", "closed"): "barter.edit_contracts",
    ("verified", "closed"): "barter.edit_contracts",
    ("assigned", "closed"): "barter.edit_contracts",
    ("finished", "closed"): "barter.write_off",
}

PERSON_STEPS: Mapping[tuple[str, str], str] = {
    ("invited", "contact_given"): "barter.edit_contracts",  # BAR-22
    ("contact_given", "booked"): "barter.call",  # BAR-23
    ("invited", "booked"): "barter.call",
    ("booked", "met"): "barter.meet",  # BAR-24
    ("met", "in_chair"): "barter.meet",
    ("in_chair", "plan_proposed"): "barter.ask_extra",  # BAR-26
    ("plan_proposed", "treating"): "barter.agree_plan",
    ("treating", "finished"): "barter.agree_plan",  # BAR-28
    ("booked", "finished"): "barter.agree_plan",
    ("met", "finished"): "barter.agree_plan",
    ("in_chair", "finished"): "barter.agree_plan",
    ("plan_proposed", "finished"): "barter.agree_plan",
    ("invited", "closed"): "barter.edit_contracts",
    ("contact_given", "closed"): "barter.edit_contracts",
    ("finished", "closed"): "barter.write_off",
}

FIRST = {"organisation": "announced", "public_person": "invited"}
PAYS_FROM = {"organisation": "active", "public_person": "booked"}


def entry_steps(kind: str) -> Mapping[tuple[str, str], str]:
    return PERSON_STEPS if kind == "public_person" else ORGANISATION_STEPS


def right_for(kind: str, source: str, to: str) -> str | None:
    """The right that a step of an entry needs; None where there is no such step."""
    return entry_steps(kind).get((source, to))


def over_limit_default(kind: str, is_signed: bool) -> str:
    """Who pays the excess where nobody said: the organisation that signed for it, else the patient; a public person
    pays nothing, so nothing is sold (C13, BAR-25)."""
    if kind == "public_person":
        return "block"
    return "organisation" if is_signed else "patient"


SIGN_OFFS = ("marketer", "sales", "senior", "finance")


def missing_before(part: str, signed: set[str]) -> list[str]:
    """Who has to sign before this one: the marketer begins, the finance manager ends, the others in any order."""
    if part == "marketer":
        return []
    before = SIGN_OFFS[:3] if part == "finance" else SIGN_OFFS[:1]
    return [each for each in before if each not in signed]

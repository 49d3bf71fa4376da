"""The clinic itself.

A legal entity owns branches; a branch has a zone, opening hours and chairs. A person on the staff may be a doctor
and an employee at once and works in the branches listed, or in any when none is (SCH-36). A user is an account:
it belongs to the clinic or to one partner, never to both. Rights come from roles that the clinic edits, plus a
person's own additions, minus his own refusals; a refusal always wins.
"""

from clinic.models.accounts import BUILT_IN_ROLES, Invitation, Role, User
from clinic.models.people import Profession, Sex, Staff, age_on
from clinic.models.places import Branch, BranchDay, BranchHours, Chair, LegalEntity, LockDate, NumberSequence

__all__ = [
    "BUILT_IN_ROLES",
    "Branch",
    "BranchDay",
    "BranchHours",
    "Chair",
    "Invitation",
    "LegalEntity",
    "LockDate",
    "NumberSequence",
    "Profession",
    "Role",
    "Sex",
    "Staff",
    "User",
    "age_on",
]

"""Barter: services given for something else than money (seed 000, section 8 of the rules).

An **organisation** (or a public person without one) has a numbered **contract**: which services, what happens over the
limit, from when till when, the signed regulation. Its **beneficiaries** have entries numbered through the clinic; the
sum of an entry is a limit of `billing`, which grows by grants. A public person's entry goes through more steps; work
outside of his plan is an **extra** that the head of sales agrees to. An entry ends by **sign-offs** of four people, of
whom the finance manager writes the debt off. What the clinic got in exchange are **receipts** with their acts.

The pink mark and the note on the next visit follow from these rows and are stored nowhere.
"""

from barter.models.contracts import Contract, ContractStatus, Kind, Organisation, OverLimit, Receipt
from barter.models.entries import Beneficiary, Extra, Grant, SignOff, State

__all__ = [
    "Beneficiary", "Contract", "ContractStatus", "Extra", "Grant", "Kind", "Organisation", "OverLimit", "Receipt",
    "SignOff", "State",
]  # fmt: skip

"""Insurance, as tables.

An **insurer** works by the clinic's price list or by his own dated one. A **programme** says what he covers and what
needs his approval. A **policy** is a patient's: what may run out (its limit, those of categories, a letter's sum) is a
limit of billing's, its `purse`. An **approval** is the insurer's answer to a plan, line by line. A **covered line** is
a share of an invoice that a policy pays. A **register** lists covered lines for the insurer and is frozen once sent;
his **payment** settles them, what he refuses is disputed, written off, or passed on to a patient who signed for it.
"""

from insurance.models.approvals import Approval, ApprovalLine, ApprovalStep
from insurance.models.insurers import Cover, Insurer, InsurerPrice, Programme
from insurance.models.policies import CategoryLimit, GuaranteeLetter, Policy
from insurance.models.registers import (
    Allocation,
    CoveredLine,
    FranchiseUse,
    InsurerPayment,
    Register,
    RegisterLine,
    RegisterTemplate,
)

__all__ = [
    "Allocation",
    "Approval",
    "ApprovalLine",
    "ApprovalStep",
    "CategoryLimit",
    "Cover",
    "CoveredLine",
    "FranchiseUse",
    "GuaranteeLetter",
    "Insurer",
    "InsurerPayment",
    "InsurerPrice",
    "Policy",
    "Programme",
    "Register",
    "RegisterLine",
    "RegisterTemplate",
]

"""Verbs of barter: contracts, entries with their steps and grants, closing."""

from barter.services.closing import debt_write_off, entry_sign
from barter.services.contracts import (
    contract_activate,
    contract_change,
    contract_close,
    contract_create,
    contract_step,
    organisation_ensure,
    payment_of_organisation,
    receipt_save,
)
from barter.services.entries import entry_add, entry_grant, entry_step, patient_link
from barter.services.extras import extra_ask, extra_decide

__all__ = [
    "contract_activate", "contract_change", "contract_close", "contract_create", "contract_step", "debt_write_off",
    "entry_add", "entry_grant", "entry_sign", "entry_step", "extra_ask", "extra_decide", "organisation_ensure",
    "patient_link", "payment_of_organisation", "receipt_save",
]  # fmt: skip

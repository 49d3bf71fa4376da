"""Writes of insurance: insurers and programmes, policies, approvals, registers, payments."""

from insurance.services.approvals import (
    approval_cancel,
    approval_decide,
    approval_query,
    approval_reopen,
    approval_request,
    approval_send,
    approvals_expire,
)
from insurance.services.insurers import (
    cover_remove,
    cover_set,
    insurer_archive,
    insurer_save,
    insurer_trash,
    insurers_combine,
    programme_archive,
    programme_save,
    programme_trash,
)
from insurance.services.policies import letter_add, policy_save, policy_verify
from insurance.services.prices import price_remove, price_set, prices_copy, prices_import
from insurance.services.registers import (
    register_drop,
    register_leave_out,
    register_make,
    register_send,
    template_save,
    template_trash,
)
from insurance.services.settling import payment_enter, share_dispute, share_rebill, share_refuse, share_write_off

__all__ = [
    "approval_cancel",
    "approval_decide",
    "approval_query",
    "approval_reopen",
    "approval_request",
    "approval_send",
    "approvals_expire",
    "cover_remove",
    "cover_set",
    "insurer_archive",
    "insurer_save",
    "insurer_trash",
    "insurers_combine",
    "letter_add",
    "payment_enter",
    "policy_save",
    "policy_verify",
    "price_remove",
    "price_set",
    "prices_copy",
    "prices_import",
    "programme_archive",
    "programme_save",
    "programme_trash",
    "register_drop",
    "register_leave_out",
    "register_make",
    "register_send",
    "share_dispute",
    "share_rebill",
    "share_refuse",
    "share_write_off",
    "template_save",
    "template_trash",
]

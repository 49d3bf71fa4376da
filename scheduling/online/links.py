"""What a patient carries: the secret link of his booking, and the time that he has chosen while he types his name.

A link is the booking's number and a signature over its `nonce`: nothing of it stands in a table, a new nonce ends it.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36

from scheduling.models import OnlineBooking
from scheduling.offers.links import public_address

SALT = "scheduling.online"
SLOT_LASTS = 4 * 3600  # seconds in which a form may be sent; the booking itself looks whether the time is free
PROOF_LASTS = 3600
LENGTH = 32  # characters: 128 bits


def code_of(booking: OnlineBooking) -> str:
    return f"{int_to_base36(booking.pk)}-{signature(booking)}"


def number_of(code: str) -> int | None:
    """The number that a code claims; `is_genuine` says whether it may."""
    try:
        pk = base36_to_int(code.partition("-")[0])
    except ValueError:
        return None
    return pk if 0 < pk < 2**63 else None


def is_genuine(code: str, booking: OnlineBooking) -> bool:
    return constant_time_compare(code.partition("-")[2], signature(booking))


def signature(booking: OnlineBooking) -> str:
    return salted_hmac(SALT, f"{booking.pk}:{booking.nonce}", algorithm="sha256").hexdigest()[:LENGTH]


def link_of(booking: OnlineBooking) -> str:
    return public_address() + reverse("scheduling:book-visit", args=[code_of(booking)])


def nonce_made() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A chosen time, with all that the form's page needs; `key` makes two sendings of one form one booking."""

    branch: int
    service: int  # 0: the examination
    doctor: int
    chair: int
    start: datetime
    key: str
    hold: int = 0
    is_any_doctor: bool = False

    def signed(self) -> str:
        return signing.dumps(
            [self.branch, self.service, self.doctor, self.chair, self.start.isoformat(), self.key, self.hold,
             self.is_any_doctor],
            salt=f"{SALT}.slot",
        )  # fmt: skip


def slot_of(text: str) -> Slot | None:
    """The chosen time behind its signature; None for a foreign or an old one."""
    try:
        branch, service, doctor, chair, start, key, hold, is_any = signing.loads(
            text, salt=f"{SALT}.slot", max_age=SLOT_LASTS
        )
    except signing.BadSignature:
        return None
    return Slot(
        branch=branch, service=service, doctor=doctor, chair=chair, start=datetime.fromisoformat(start), key=key, hold=hold,
        is_any_doctor=is_any,
    )  # fmt: skip


def proof_of(phone: str) -> str:
    """Says to the next sending of the same form that the phone has been proven by its code."""
    return signing.dumps(phone, salt=f"{SALT}.phone")


def is_proof(text: str, phone: str) -> bool:
    try:
        known: Any = signing.loads(text, salt=f"{SALT}.phone", max_age=PROOF_LASTS)
    except signing.BadSignature:
        return False
    return bool(known == phone)

"""What a signer carries: the link's number and a signature over its `nonce`; nothing of it stands in a table."""

import secrets

from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36

from documents.models import SignLink

SALT = "documents.sign"
LENGTH = 32  # characters: 128 bits


def nonce_made() -> str:
    return secrets.token_hex(16)


def code_of(link: SignLink) -> str:
    return f"{int_to_base36(link.pk)}-{mark_of(link)}"


def number_of(code: str) -> int | None:
    """The number that a code claims; `is_genuine` says whether it may."""
    try:
        pk = base36_to_int(code.partition("-")[0])
    except ValueError:
        return None
    return pk if 0 < pk < 2**63 else None


def is_genuine(code: str, link: SignLink) -> bool:
    return constant_time_compare(code.partition("-")[2], mark_of(link))


def mark_of(link: SignLink) -> str:
    return salted_hmac(SALT, f"{link.pk}:{link.nonce}", algorithm="sha256").hexdigest()[:LENGTH]

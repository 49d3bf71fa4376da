"""The link of an offer: its number and a signature; nothing to store, nothing to guess."""

import base64

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36

from scheduling.offers.words import PUBLIC_ADDRESS

SALT = "scheduling.offer"
LENGTH = 16  # characters of base64: 96 bits


def code_of(offer_id: int) -> str:
    return f"{int_to_base36(offer_id)}-{_signature(offer_id)}"


def offer_of(code: str) -> int | None:
    """The number behind a code, or None for a wrong one."""
    number, _dash, given = code.partition("-")
    try:
        pk = base36_to_int(number)
    except ValueError:
        return None
    return pk if 0 < pk < 2**63 and constant_time_compare(given, _signature(pk)) else None


def link_of(offer_id: int) -> str:
    return public_address() + reverse("scheduling:offer", args=[code_of(offer_id)])


def public_address() -> str:
    """Where patients reach this program: the clinic's own word, else the first host that it answers to."""
    if given := PUBLIC_ADDRESS.get().strip().rstrip("/"):
        return given if "://" in given else f"https://{given}"
    hosts = [host for host in settings.ALLOWED_HOSTS if host.strip(".*") and "*" not in host]
    host = next((host.lstrip(".") for host in hosts if host not in ("localhost", "127.0.0.1", "[::1]")), "")
    return f"https://{host}" if host else "http://127.0.0.1:8000"


def _signature(pk: int) -> str:
    digest = salted_hmac(SALT, str(pk), algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode()[:LENGTH].replace("-", "A").replace("_", "B")

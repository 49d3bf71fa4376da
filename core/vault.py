"""Secrets of outer services: closed with a key that stands in no database, opened only to be sent."""

import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class VaultClosed(Exception):
    """The key is another one than that with which the secrets were closed: they must be entered again."""


def keys() -> MultiFernet:
    return MultiFernet([Fernet(key.strip()) for key in settings.VAULT_KEYS])


def seal(secrets: dict[str, str]) -> str:
    return keys().encrypt(json.dumps(secrets).encode()).decode("ascii") if secrets else ""


def unseal(token: str) -> dict[str, str]:
    if not token:
        return {}
    try:
        opened = keys().decrypt(token.encode("ascii"))
    except InvalidToken as error:
        raise VaultClosed from error
    return dict(json.loads(opened))

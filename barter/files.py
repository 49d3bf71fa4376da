"""Signed regulations: who may keep and read them."""

from typing import Any

from barter.permissions import SEE_BARTER
from core.access import is_allowed
from core.files import DOCUMENTS, Purpose
from core.models import StoredFile


def may_read(user: Any, row: StoredFile) -> bool:
    return is_allowed(user, SEE_BARTER)


REGULATION = Purpose("barter_regulation", DOCUMENTS, may_read)

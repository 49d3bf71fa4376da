"""A command with a key happens once: the key's row is inserted first, in the command's own transaction."""

import hashlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.command import command
from core.errors import DomainError
from core.models import IdempotencyKey


class KeyRequired(DomainError):
    code = "idempotency_key_required"
    status = 400
    message = _("This command needs an Idempotency-Key.")


class KeyMismatch(DomainError):
    """The same key came with another body."""

    code = "idempotency_mismatch"
    message = _("This key was used for another request.")


def body_hash(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


@command
def once(*, user: Any, method: str, path: str, key: UUID, body: Any, work: Callable[[], Any]) -> tuple[Any, bool]:
    """Do `work` once for this key. Returns (its JSON-able answer, was it a replay?).

    A second request with the same key waits for the first on the unique index. A refused command rolls the
    key back with everything else, so only a success keeps it.
    """
    digest = body_hash(body)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_idempotencykey (user_id, method, path, key, body_hash, created_at) "
            "VALUES (%s, %s, %s, %s, %s, now()) ON CONFLICT DO NOTHING RETURNING id",
            [user.pk, method, path[:300], key, digest],
        )
        mine = cursor.fetchone()
    if mine is None:
        row = IdempotencyKey.objects.get(user=user, method=method, path=path[:300], key=key)
        if row.body_hash != digest:
            raise KeyMismatch
        return row.answer, True
    answer = work()
    IdempotencyKey.objects.filter(pk=mine[0]).update(answer=answer)
    return answer, False

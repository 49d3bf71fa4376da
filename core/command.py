"""The door of every writing service: atomic, and repeated when the database asks for it."""

import functools
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction

from core import policies
from core.errors import Busy, Stale, from_integrity_error

P = ParamSpec("P")
R = TypeVar("R")

DEADLOCK, SERIALIZATION, LOCK_TIMEOUT = "40P01", "40001", "55P03"
RETRIED = {DEADLOCK, SERIALIZATION, LOCK_TIMEOUT}
ATTEMPTS = 3


def sqlstate(error: Exception) -> str:
    return getattr(error.__cause__, "pgcode", None) or ""


def command(service: Callable[P, R]) -> Callable[P, R]:
    """Run a service in a transaction; outermost, retry lost races and name broken constraints.

    Only the outermost command retries: an inner one shares a transaction that the database has already doomed.
    """

    @functools.wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with policies.read_once():
            return _run(*args, **kwargs)

    def _run(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            with transaction.atomic():
                return service(*args, **kwargs)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with transaction.atomic():
                    return service(*args, **kwargs)
            except OperationalError as error:
                if sqlstate(error) not in RETRIED:
                    raise
                if attempt == ATTEMPTS:
                    raise Busy from error
                time.sleep(0.02 * attempt)
            except IntegrityError as error:
                raise from_integrity_error(error) from error
        raise AssertionError("unreachable")

    return run


def lock(*keys: tuple[str, int]) -> None:
    """Take transaction-long advisory locks on named resources in one fixed order.

    Every caller sorts alike, so two bookings that need the same chair and doctor queue up instead of deadlocking.
    """
    ordered = sorted(set(keys))
    if not ordered:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext(kind), (id %% 2147483647)::int) "
            "FROM unnest(%s::text[], %s::bigint[]) AS keys(kind, id)",
            [[kind for kind, _ in ordered], [number for _, number in ordered]],
        )


def check_version(expected: int | None, actual: int) -> None:
    """Called under the lock by services that take `expected_version`."""
    if expected is not None and expected != actual:
        raise Stale(version=actual)

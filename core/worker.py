"""Calling the workers by name; a lost broker loses nothing, since rows are the truth and sweeps find them."""

import logging
from typing import Any

from celery import current_app
from django.db import connection

log = logging.getLogger(__name__)


def wake_up(task: str, *args: Any) -> None:
    try:
        current_app.tasks[task].apply_async(args=args, retry=False)
    except Exception as error:
        log.warning("broker away, %s is left to the sweep: %s", task, error)


def alone(name: str) -> bool:
    """True for one worker at a time; call inside a transaction, whose end frees the lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('beat'), hashtext(%s))", [name])
        return bool(cursor.fetchone()[0])

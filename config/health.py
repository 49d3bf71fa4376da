"""/healthz: is this process able to serve? Asked by the supervisor, the proxy and the balancer."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from redis import Redis
from redis.exceptions import RedisError

_migrated = False  # once true it stays true for this process, whose code does not change


def healthz(request):
    """200 {"status": "ok"}, or 503 with the name of the part that fails."""
    for part, works in (("database", _database), ("migrations", _migrations), ("data", _loaded), ("broker", _broker)):
        if not works():
            return JsonResponse({"status": "failing", "part": part}, status=503)
    return JsonResponse({"status": "ok"})


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
        return True
    except DatabaseError:
        return False


def _migrations() -> bool:
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def _loaded() -> bool:
    """Reference data are in: config.first_start writes this mark as its last act."""
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass('start_marks')")
        if cursor.fetchone()[0] is None:
            return False
        cursor.execute("select exists(select from start_marks where name = 'loaded')")
        return cursor.fetchone()[0]


def _broker() -> bool:
    try:
        return Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2).ping()
    except RedisError:
        return False

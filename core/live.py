"""Live updates: after a commit a tiny {kind, id, version, branch} goes to every open page that may know of it."""

import json
import logging
import queue
import threading
import time
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import redis
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse

from core.access import SIGNED_IN, requires

log = logging.getLogger(__name__)
CHANNEL = "kabinet.live"
STREAM = "kabinet.live.log"
KEPT = 1000
MAX_STREAMS = 120
PING_SECONDS = 15


def client() -> redis.Redis:
    return redis.Redis.from_url(settings.LIVE_URL, socket_timeout=30, health_check_interval=10)


def announce(kind: str, number: int, *, branch_id: int | None = None, version: int = 0) -> None:
    """Say after the commit that an object changed. Nothing but its number travels: the page asks by its usual URL."""
    message = {"kind": kind, "id": number, "branch": branch_id, "version": version}
    transaction.on_commit(lambda: _send(message))


def _send(message: dict[str, Any]) -> None:
    try:
        connection_ = client()
        body = json.dumps(message)
        number = connection_.xadd(STREAM, {"m": body}, maxlen=KEPT, approximate=True)
        connection_.publish(CHANNEL, json.dumps({**message, "at": number.decode()}))
    except redis.RedisError as error:
        log.warning("live update not sent: %s", error)


class Hub:
    """One subscriber thread a process; every open stream has a short queue of its own."""

    def __init__(self) -> None:
        self.streams: set[tuple[frozenset[int], queue.Queue[bytes]]] = set()
        self.lock = threading.Lock()
        self.is_listening = False

    def join(self, branches: frozenset[int]) -> queue.Queue[bytes] | None:
        with self.lock:
            if len(self.streams) >= MAX_STREAMS:
                self.streams = {(who, line) for who, line in self.streams if not line.full()}
            if len(self.streams) >= MAX_STREAMS:
                return None
            if not self.is_listening:
                self.is_listening = True
                threading.Thread(target=self.listen, daemon=True).start()
            line: queue.Queue[bytes] = queue.Queue(100)
            self.streams.add((branches, line))
            return line

    def leave(self, branches: frozenset[int], line: queue.Queue[bytes]) -> None:
        with self.lock:
            self.streams.discard((branches, line))

    def listen(self) -> None:
        while True:
            try:
                subscription = client().pubsub()
                subscription.subscribe(CHANNEL)
                while True:
                    message = subscription.get_message(ignore_subscribe_messages=True, timeout=10)
                    if message:
                        self.pass_on(message["data"])
            except redis.RedisError:
                time.sleep(0.5)

    def pass_on(self, body: bytes) -> None:
        branch = json.loads(body)["branch"]
        with self.lock:
            for branches, line in self.streams:
                if branch is None or branch in branches:
                    try:
                        line.put_nowait(body)
                    except queue.Full:
                        continue


hub = Hub()


def branches_of(request: HttpRequest) -> frozenset[int]:
    return frozenset(request.user.branch_ids)  # type: ignore[union-attr]


@requires(SIGNED_IN)
def stream(request: HttpRequest) -> HttpResponse:
    """Server-sent events for as long as the session lives; the cap answers 503 and the page polls instead."""
    branches = branches_of(request)
    session_key = request.session.session_key
    line = hub.join(branches)
    if line is None:
        return HttpResponse(status=503, headers={"Retry-After": "5"})

    def lines() -> Iterator[bytes]:
        connection.close()  # a stream must not hold a database connection
        checked = time.monotonic()
        try:
            yield b": hello\n\n"
            while True:
                try:
                    body = line.get(timeout=PING_SECONDS)
                    yield b"id: " + json.loads(body)["at"].encode() + b"\ndata: " + body + b"\n\n"
                except queue.Empty:
                    yield b": ping\n\n"
                if time.monotonic() - checked > 45:
                    checked = time.monotonic()
                    if not is_session_alive(session_key):
                        return
        finally:
            hub.leave(branches, line)

    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(lines(), content_type="text/event-stream", headers=headers)


def is_session_alive(session_key: str | None) -> bool:
    """A revoked session's stream is cut within a minute."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    alive = bool(session_key) and store().exists(session_key)
    connection.close()
    return alive


@requires(SIGNED_IN)
def poll(request: HttpRequest) -> JsonResponse:
    """What was announced since the last version seen, for pages whose stream is down."""
    since = request.GET.get("since") or "0"
    branches = branches_of(request)
    try:
        rows = client().xrange(STREAM, min=f"({since}" if since != "0" else "-", count=KEPT)
    except redis.RedisError:
        return JsonResponse({"messages": [], "last": since})
    seen = [{**json.loads(fields[b"m"]), "at": number.decode()} for number, fields in rows]
    mine = [message for message in seen if message["branch"] is None or message["branch"] in branches]
    last = rows[-1][0].decode() if rows else since
    return JsonResponse({"messages": mine if since != "0" else [], "last": last})

"""Live updates: after a commit a tiny {kind, id, version, branch} goes to every open page that may know of it."""

import itertools
import json
import logging
import queue
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import redis
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse

from core.access import SIGNED_IN, requires

log = logging.getLogger(__name__)
CHANNEL = "kabinet.live"
STREAM = "kabinet.live.log"
KEPT = 1000
MAX_STREAMS = 120
PING_SECONDS = 5  # a page that hears nothing for twice as long takes the stream for dead
CHECK_SECONDS = 45
RESET = {"kind": "reset"}  # something may have been missed: pages ask for everything again
Message = dict[str, Any]
_asking = threading.local()
_announced = itertools.count()
_here = next(_announced)  # changes that this process knows of, committed or not


def client() -> redis.Redis:
    return redis.Redis.from_url(settings.LIVE_URL, socket_timeout=30, health_check_interval=10)


def last_said() -> tuple[str, int] | None:
    """A mark that changes whenever anything is announced; None while the broker is away."""
    try:
        if not hasattr(_asking, "line"):
            _asking.line = client()
        found = _asking.line.xrevrange(STREAM, count=1)
    except redis.RedisError:
        return None
    return (found[0][0].decode() if found else "", _here)


def announce(
    kind: str,
    number: int,
    *,
    branch_id: int | None = None,
    user_id: int | None = None,
    user_ids: Iterable[int] | None = None,
    version: int = 0,
) -> None:
    """Say after the commit that an object changed. Nothing but its number travels: the page asks by its usual URL.

    Only those who see the branch hear it, or only one user, or those of `user_ids`; what concerns the whole clinic names
    none of these.
    """
    global _here
    _here = next(_announced)
    message = {"kind": kind, "id": number, "branch": branch_id, "version": version}
    if user_id is not None:
        message["user"] = user_id
    if user_ids is not None:
        message["users"] = sorted(set(user_ids))
    transaction.on_commit(lambda: _send(message))


def _send(message: Message) -> None:
    try:
        connection_ = client()
        body = json.dumps(message)
        number = connection_.xadd(STREAM, {"m": body}, maxlen=KEPT, approximate=True)
        connection_.publish(CHANNEL, json.dumps({**message, "at": number.decode()}))
    except redis.RedisError as error:
        log.warning("live update not sent: %s", error)


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears: a message of a branch goes to those who see it, a personal one to its user."""

    user_id: int
    branches: frozenset[int]

    def is_told(self, message: Message) -> bool:
        branch = message.get("branch")
        if self.user_id not in message.get("users", (self.user_id,)):
            return False
        return message.get("user", self.user_id) == self.user_id and (branch is None or branch in self.branches)


class Hub:
    """One subscriber thread a process; every open stream has a short queue of its own."""

    def __init__(self) -> None:
        self.streams: set[tuple[Listener, queue.Queue[Message]]] = set()
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None
        self.is_subscribed = threading.Event()

    def join(self, listener: Listener) -> queue.Queue[Message] | None:
        with self.lock:
            if len(self.streams) >= MAX_STREAMS:
                self.streams = {(who, line) for who, line in self.streams if not line.full()}
            if len(self.streams) >= MAX_STREAMS:
                return None
            if self.thread is None:
                self.thread = threading.Thread(target=self.listen, daemon=True)
                self.thread.start()
            line: queue.Queue[Message] = queue.Queue(100)
            self.streams.add((listener, line))
        self.is_subscribed.wait(2)  # else what is said between «what was missed» and the subscription is lost
        return line

    def leave(self, listener: Listener, line: queue.Queue[Message]) -> None:
        with self.lock:
            self.streams.discard((listener, line))

    def listen(self) -> None:
        while True:
            try:
                subscription = client().pubsub()
                subscription.subscribe(CHANNEL)
                while True:
                    message = subscription.get_message(timeout=10)
                    if message and message["type"] == "message":
                        self.pass_on(json.loads(message["data"]))
                    elif message and self.is_subscribed.is_set():
                        self.pass_on(RESET)  # what was said while nobody listened is lost
                    elif message:
                        self.is_subscribed.set()
            except redis.RedisError:
                time.sleep(0.5)

    def pass_on(self, message: Message) -> None:
        with self.lock:
            for listener, line in self.streams:
                if listener.is_told(message):
                    try:
                        line.put_nowait(message)
                    except queue.Full:
                        continue


hub = Hub()


def mark() -> str:
    """Now, as an entry of the log: a page that was begun now knows all that was said before."""
    return f"{int(time.time() * 1000)}-0"


def listener_of(user: Any) -> Listener:
    return Listener(user.pk, frozenset(user.branch_ids))


@requires(SIGNED_IN)
def stream(request: HttpRequest) -> HttpResponse:
    """Server-sent events for as long as the session lives; the cap answers 503 and the page polls instead.

    `?since=` is the last that the page knows of: what was said after it comes first.
    """
    listener = listener_of(request.user)
    line = hub.join(listener)
    if line is None:
        return HttpResponse(status=503, headers={"Retry-After": "5"})
    lines = heard_by(listener, line, request.GET.get("since", ""), request.session.session_key)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(lines, content_type="text/event-stream", headers=headers)


def heard_by(listener: Listener, line: queue.Queue[Message], since: str, session_key: str | None) -> Iterator[bytes]:
    """The bytes of one stream: a greeting, what was missed, then what is said, and a sign of life every few seconds."""
    connection.close()  # a stream must not hold a database connection
    checked = time.monotonic()
    told = ""
    try:
        yield b"data: {}\n\n"
        for message in missed_or_reset(listener, since)[0] if since else []:
            told = message.get("at", told)
            yield event(message)
        while True:
            try:
                message = line.get(timeout=PING_SECONDS)
                if not is_before(message.get("at", ""), told):
                    yield event(message)
            except queue.Empty:
                yield b"data: {}\n\n"
            if time.monotonic() - checked > CHECK_SECONDS:
                checked = time.monotonic()
                if not is_still(listener, session_key):
                    return
    finally:
        hub.leave(listener, line)


def event(message: Message) -> bytes:
    return b"data: " + json.dumps(message).encode() + b"\n\n"


def is_before(at: str, told: str) -> bool:
    """Was it said already among what was missed?"""
    return bool(at and told) and number_of(at) <= number_of(told)


def number_of(at: str) -> tuple[int, int]:
    """A stream's entry, «1764000000000-0», as numbers in their order; what is no such thing is before everything."""
    moment, _dash, turn = at.partition("-")
    try:
        return int(moment), int(turn or 0)
    except ValueError:
        return 0, 0


def missed(listener: Listener, since: str) -> tuple[list[Message], str]:
    """What the listener was to hear after `since`, and the last that was said to anybody."""
    after = "{}-{}".format(*number_of(since))
    line = client()
    rows = line.xrange(STREAM, min=f"({after}", count=KEPT * 2)
    said = [{**json.loads(fields[b"m"]), "at": number.decode()} for number, fields in rows]
    found = [message for message in said if listener.is_told(message)]
    first = line.xrange(STREAM, count=1)
    if len(rows) >= KEPT and first and first[0][0] == rows[0][0]:
        found = [RESET]  # the oldest were thrown away, nobody knows what stood between
    return found, rows[-1][0].decode() if rows else after


def missed_or_reset(listener: Listener, since: str) -> tuple[list[Message], str]:
    """With the broker away nobody knows."""
    try:
        return missed(listener, since)
    except redis.RedisError:
        return [RESET], since


def is_still(listener: Listener, session_key: str | None) -> bool:
    """A revoked session's stream is cut within a minute, and one whose user sees other branches now."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    user = get_user_model().objects.filter(pk=listener.user_id, is_active=True).first()
    alive = bool(session_key and user) and store().exists(session_key) and listener_of(user) == listener
    connection.close()
    return alive


@requires(SIGNED_IN)
def poll(request: HttpRequest) -> JsonResponse:
    """What was announced since the last that the page knows of, for pages whose stream is down."""
    since = request.GET.get("since", "")
    messages, last = missed_or_reset(listener_of(request.user), since)
    return JsonResponse({"messages": messages if since else [], "last": last})

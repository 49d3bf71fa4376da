"""Thirty people with the calendar and the flow board open: how soon a change stands on all their pages, and what a page costs.

Each page is a stream of a real web worker and the question that the browser asks when it hears of a change.
"""

import http.client
import json
import queue
import re
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from benchmarks.bench import ZONE, Bench
from benchmarks.data.size import CHAIRS
from benchmarks.measure import Line
from benchmarks.paths.memory import Web, bare_path

PEOPLE, MOVES, VISITS = 30, 6, 48
PAUSE = 0.1  # what the calendar waits for more of the same (static/js/schedule/page.js)
CALENDAR, FLOW = "calendar", "flow"
ARRIVED = re.compile(rb'flow-col".*?class="n">(\d+)<', re.S)


def measure(bench: Bench) -> Iterator[Line]:
    visits = today_made(bench)
    ours, bare = Web(bench, "config.wsgi"), Web(bench, "benchmarks.bare_wsgi:application")
    try:
        yield from measured(bench, ours, bare, visits)
    finally:
        bench.servers.stop(ours.name, bare.name)


def measured(bench: Bench, ours: Web, bare: Web, visits: list[int]) -> Iterator[Line]:
    cookies = [f"sessionid={signed_in(bench)}" for _n in range(PEOPLE)]
    for cookie in cookies[:2]:  # templates, rights and settings are read before anything is weighed
        for path in ("/schedule/", "/flow/", f"/schedule/changed/?ids={visits[0]}"):
            get(ours.port, path, {"Cookie": cookie})
    get(bare.port, bare_path(bench.days(1)[0]), {})
    empty = {"ours": ours.pss(), "bare": bare.pss()}

    pages = [Page(ours.port, cookie, kind) for cookie in cookies for kind in (CALENDAR, FLOW)]
    bare_pages = [Page(bare.port, "", "bare") for _page in pages]
    for page in (*pages, *bare_pages):
        page.ready.wait(20)
    took = [moved(bench, pages, visit, place) for place, visit in enumerate(visits[:MOVES], 1)]
    path = bare_path(bench.days(1)[0])
    limit = [at_once(len(pages), lambda: get(bare.port, path, {})) for _n in range(MOVES)]
    grown = {"ours": ours.pss() - empty["ours"], "bare": bare.pss() - empty["bare"]}
    for page in (*pages, *bare_pages):
        page.close()

    slowest = max(took)
    said = f"{len(pages)} pages of {PEOPLE} people; the slowest page of {MOVES} changes {slowest:.0f} ms, aim 1,000"
    yield Line(
        "a change stands on all open pages", f"the bare worker answers {len(pages)} at once", statistics.median(limit),
        statistics.median(took), peer=1000, peer_aim=1, note=said,
    )  # fmt: skip
    yield Line(
        "memory of an open page (PSS)", "a bare stream and its question", grown["bare"] * 1024 / len(pages),
        grown["ours"] * 1024 / len(pages), aim=3, unit="KiB", note=f"the worker without pages {empty['ours']:.0f} MiB",
    )  # fmt: skip


def today_made(bench: Bench) -> list[int]:
    """A full day of branch 1, whatever the weekday: booked visits of half an hour in every chair."""
    start = datetime.now(ZONE).replace(hour=9, minute=0, second=0, microsecond=0)
    owner = bench.owner()
    with owner.cursor() as cursor:
        cursor.execute("DELETE FROM scheduling_occupancy o USING scheduling_appointment a WHERE o.appointment_id = a.id AND"
                       " a.comment = 'bench.live'")  # fmt: skip
        cursor.execute("DELETE FROM scheduling_appointment WHERE comment = 'bench.live'")
        found = []
        for number in range(VISITS):
            chair, at = number % CHAIRS + 1, start + timedelta(minutes=30 * (number // CHAIRS))
            cursor.execute(VISIT, [number + 1, chair, chair, at, at + timedelta(minutes=30)])
            found.append(cursor.fetchone()[0])
    owner.close()
    return found


VISIT = """
INSERT INTO scheduling_appointment (patient_id, doctor_id, chair_id, branch_id, starts_at, ends_at, state, comment,
    source_kind, is_overbooked, overbook_reason, cancel_reason, cancel_then, is_mistake, moves, version, state_since)
VALUES (%s, %s, %s, 1, %s, %s, 'booked', 'bench.live', 'staff', false, '', '', '', false, 0, 1, now()) RETURNING id
"""


def signed_in(bench: Bench) -> str:
    from django.test import Client

    client = Client()
    client.force_login(bench.reception.user, backend="clinic.auth.Backend")
    return client.cookies["sessionid"].value


def get(port: int, path: str, headers: dict[str, str]) -> bytes:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        line.request("GET", path, headers=headers)
        answer = line.getresponse()
        text = answer.read()
    finally:
        line.close()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status} {text[:300]!r}")
    return text


def moved(bench: Bench, pages: list["Page"], visit: int, place: int) -> float:
    """A patient comes in at the desk; milliseconds until the last of all pages shows it."""
    from scheduling.services import appointment_step

    row = appointment_step(appointment_id=visit, state="arrived", actor=bench.reception.user, is_walking=True)
    began = time.perf_counter()
    for page in pages:
        page.wants(visit, row.version, place)
    last = max(page.shown.get(timeout=30) for page in pages)
    time.sleep(0.5)
    return (last - began) * 1000


def at_once(count: int, ask: Callable[[], Any]) -> float:
    threads = [threading.Thread(target=ask) for _n in range(count)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (time.perf_counter() - began) * 1000


class Page:
    """One open page: it hears the stream, asks as its script does, and tells when the change stands on it."""

    def __init__(self, port: int, cookie: str, kind: str) -> None:
        self.port, self.kind, self.headers = port, kind, {"Cookie": cookie, "HX-Request": "true", "HX-Target": "flow"}
        self.ready, self.shown = threading.Event(), queue.Queue[float]()
        self.wanted: tuple[int, int, int] = (0, 0, 0)
        self.line = socket.create_connection(("127.0.0.1", port), timeout=60)
        path = "/stream" if kind == "bare" else "/live/"
        self.line.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
        threading.Thread(target=self.listen, daemon=True).start()

    def wants(self, visit: int, version: int, place: int) -> None:
        self.wanted = (visit, version, place)

    def listen(self) -> None:
        try:
            with self.line.makefile("rb") as lines:
                for text in lines:
                    if not text.startswith(b"data: "):
                        continue
                    self.ready.set()
                    message = json.loads(text[6:])
                    if message.get("kind") == "appointment":
                        self.ask(message["id"], message["version"])
        except (OSError, ValueError):
            return  # closed at the end

    def ask(self, visit: int, version: int) -> None:
        if self.kind == CALENDAR:
            time.sleep(PAUSE)
            told = json.loads(get(self.port, f"/schedule/changed/?ids={visit}", self.headers))
            is_shown = any(each["id"] == visit and each["version"] >= version for each in told["visits"])
        else:
            counts = ARRIVED.findall(get(self.port, "/flow/", self.headers))
            is_shown = int(counts[1]) >= self.wanted[2]
        if is_shown:
            self.shown.put(time.perf_counter())

    def close(self) -> None:
        self.line.shutdown(socket.SHUT_RDWR)
        self.line.close()

"""A real web worker beside the smallest one: memory after some work, and answers a second with eight clients."""

import http.client
import json
import os
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.bench import Bench, bounds
from benchmarks.measure import Line
from benchmarks.paths.booking import Slots

CLIENTS = 8
SECONDS = 4.0


def measure(bench: Bench) -> Iterator[Line]:
    ours, bare = Web(bench, "config.wsgi"), Web(bench, "benchmarks.bare_wsgi:application")
    try:
        days = bench.days(30)
        token = {"Authorization": f"Token {bench.reception.token}"}
        paths = {
            "ours": [f"/api/v1/appointments/?branch=1&from={d}&to={d}&page_size=100" for d in days],
            "bare": [bare_path(d) for d in days],
        }
        for _ in range(2):  # alike warm
            rate(ours, paths["ours"], token, 1)
            rate(bare, paths["bare"], {}, 1)
        yield Line(
            "memory of a web worker (PSS)", "bare Django under the same gunicorn", bare.pss(), ours.pss(), aim=3, unit="MiB",
            peer=167, peer_aim=0.75, note="after the same requests by eight clients",
        )  # fmt: skip
        rounds = [(rate(bare, paths["bare"], {}), rate(ours, paths["ours"], token)) for _ in range(3)]
        yield throughput("calendar day as JSON, 8 clients: time of an answer", rounds, 2, peer=250)
        yield booked(bench, ours, token)
    finally:
        bench.servers.stop(ours.name, bare.name)


def throughput(name: str, rounds: list[tuple[float, float]], aim: float | None, peer: float) -> Line:
    limit, ours = (statistics.median(column) for column in zip(*rounds, strict=True))
    return Line(
        name, "the bare worker", 1000 / limit, 1000 / ours, aim=aim, peer=peer,
        note=f"{ours:.0f} a second, the bare worker {limit:.0f}",
    )  # fmt: skip


def booked(bench: Bench, web: "Web", token: dict[str, str]) -> Line:
    """Eight clients, each with slots of his own."""
    slots, lock = Slots(bench, 120), threading.Lock()

    def body() -> str:
        with lock:
            patient, doctor, chair, start, end = slots.take()
        times = {"start": start.isoformat(), "end": end.isoformat()}
        return json.dumps({"patient": patient, "doctor": doctor, "chair": chair, **times})

    speed = rate(web, ["/api/v1/appointments/"], {**token, "Content-Type": "application/json"}, body=body, status=201)
    return Line(
        "book, 8 clients: time of an answer", "the peer only", None, 1000 / speed, peer=1000 / 84, peer_aim=0.4,
        note=f"{speed:.0f} a second",
    )  # fmt: skip


def bare_path(day) -> str:  # type: ignore[no-untyped-def]
    first, last = bounds(day)
    return f"/day.json?branch=1&from={first:%Y-%m-%dT%H:%M:%S}%2B03:00&to={last:%Y-%m-%dT%H:%M:%S}%2B03:00"


class Web:
    """One gunicorn with the program's own configuration."""

    def __init__(self, bench: Bench, application: str) -> None:
        from config import addresses, embedded, state

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.name = application.partition(".")[0]
        command = [
            "-m",
            "gunicorn",
            "-c",
            "python:config.gunicorn",
            "-w",
            "1",
            "-b",
            f"127.0.0.1:{self.port}",
            application,
        ]
        database = addresses.local_database(state.SOCKETS, "clinic_app", embedded.DATABASE)
        self.process = bench.servers.run(
            self.name, [sys.executable, *command], env={**os.environ, "BENCH_DATABASE": database}
        )
        self.wait()

    def wait(self) -> None:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{self.name} does not answer")

    def pss(self) -> float:
        """Of the worker, without the master."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return sum(pss_of(pid) for pid in children)


def pss_of(pid: str) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def rate(
    web: Web, paths: list[str], headers: dict[str, str], seconds: float = SECONDS, *,
    body: Callable[[], str] | None = None, status: int = 200,
) -> float:  # fmt: skip
    """Answers a second of eight clients that keep their connections; a wrong answer ends it."""
    done, wrong = [0] * CLIENTS, []
    end = time.monotonic() + seconds

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", web.port)
        while time.monotonic() < end and not wrong:
            path = paths[(number * 7 + done[number]) % len(paths)]
            connection.request("POST" if body else "GET", path, body() if body else None, headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != status:
                wrong.append(f"{path}: {answer.status} {text[:300]!r}")
                return
            done[number] += 1
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(wrong[0])
    return sum(done) / (time.monotonic() - began)

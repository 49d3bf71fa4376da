"""A gateway that needs no account: every message is a line of JSON in a file of the day, beside the data."""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core import clock
from messaging.gateways import Answer, Envelope, Fate, Gateway, Outcome, Report

LOOK_BACK_DAYS = 3


class FileGateway(Gateway):
    code = "file"
    title = _("File")
    batch = 1000

    def folder(self) -> Path:
        path = settings.STATE / "messages"
        path.mkdir(exist_ok=True)
        return path

    def send(self, envelope: Envelope) -> Answer:
        return self.send_many([envelope])[0]

    def send_many(self, envelopes: Sequence[Envelope]) -> list[Answer]:
        at = clock.now()
        lines = [line_of(envelope, at) for envelope in envelopes]
        with locked(self.folder() / f"{at:%Y-%m-%d}.jsonl") as handle:
            os.write(handle, ("\n".join(lines) + "\n").encode())
        return [Answer(Outcome.SENT)] * len(lines)

    def ask(self, envelope: Envelope) -> Report:
        return self.ask_many([envelope])[0]

    def ask_many(self, envelopes: Sequence[Envelope]) -> list[Report]:
        """Read the days that a lost message may stand in; a line that a killed process left half written is no line."""
        wanted, found = {str(envelope.key) for envelope in envelopes}, set()
        today = clock.now()
        for offset in range(LOOK_BACK_DAYS):
            path = self.folder() / f"{today - timedelta(days=offset):%Y-%m-%d}.jsonl"
            if path.exists():
                with locked(path), open(path, encoding="utf8") as file:
                    found |= wanted.intersection(line[8:44] for line in file)
        return [Report(Fate.SENT if str(each.key) in found else Fate.MISSING) for each in envelopes]


def line_of(envelope: Envelope, at: datetime) -> str:
    """The id comes first: `ask_many` cuts it out by its place."""
    told = {"id": str(envelope.key), "at": at.isoformat(), "phone": envelope.phone, "text": envelope.text}
    return json.dumps(told, ensure_ascii=False)


@contextmanager
def locked(path: Path) -> Iterator[int]:
    """The file open for appending, alone, and ending with a whole line."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        drop_torn_line(handle)
        yield handle
    finally:
        os.close(handle)


def drop_torn_line(handle: int) -> None:
    """Cut what a killed process wrote after the last line's end."""
    size = end = os.fstat(handle).st_size
    while end:
        start = max(0, end - 4096)
        cut = os.pread(handle, end - start, start).rfind(b"\n")
        if cut >= 0:
            end = start + cut + 1
            break
        end = start
    if end < size:
        os.ftruncate(handle, end)

"""Closing windows of Chromium, which now and then never answers that one is closed."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

OURS = f"--of-tests={os.getpid()}"  # by which the browser of this process is known


@contextmanager
def closing_in_time(seconds: float = 30) -> Iterator[None]:
    """What is not closed by then is ended together with the browser; the next test starts another one."""
    from playwright.sync_api import Error

    is_late = threading.Event()

    def end() -> None:
        is_late.set()
        end_chromium()

    watch = threading.Timer(seconds, end)
    watch.start()
    try:
        yield
    except Error:
        if not is_late.is_set():
            raise
    finally:
        watch.cancel()


def end_chromium() -> None:
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if OURS.encode() in line.read_bytes().split(b"\0"):
                os.kill(int(line.parent.name), signal.SIGKILL)

"""The table, for a terminal and for a document."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.measure import Line

HEAD = ("operation", "limit", "limit is", "ours", "ratio", "of CPU", "aim", "SQL", "aim", "peer*", "met")


def cells(line: Line) -> list[str]:
    if line.ours is None:
        return [line.name, "", line.limit_is, line.note or "not there yet", *[""] * 7]
    return [
        line.name,
        figure(line.limit, line.unit),
        line.limit_is,
        figure(line.ours, line.unit),
        f"{line.ratio:.2f}" if line.ratio else "",
        f"{line.cpu_ratio:.2f}" if line.cpu_ratio else "",
        f"{line.aim:g}" if line.aim else "",
        str(line.statements if line.statements is not None else ""),
        str(line.budget or ""),
        figure(line.peer, line.unit) if line.peer else "",
        "no" if line.missed else "yes" if line.aim or line.budget or line.peer_aim else "",
    ]


def figure(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "ms" and value >= 1000:
        return f"{value / 1000:.2f} s"
    return f"{value:.2f} {unit}" if value < 10 else f"{value:.0f} {unit}"


def text(lines: Sequence[Line]) -> str:
    rows = [HEAD, *(cells(line) for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([shown[0], "-" * len(shown[0]), *shown[1:], "", *notes(lines)])


def notes(lines: Iterable[Line]) -> list[str]:
    found = ["* measured elsewhere: care, 200,000 patients and 1,000,000 bookings, 2 shared cores"]
    for line in lines:
        if line.ours is not None and line.note:
            found.append(f"{line.name}: {line.note}")
        found += [f"{line.name}: MISSED, {words}" for words in line.missed]
    return found


def markdown(lines: Sequence[Line]) -> str:
    def row(found: Sequence[str]) -> str:
        return "| " + " | ".join(found) + " |"

    rows = [row(HEAD), "|" + " --- |" * len(HEAD), *(row(cells(line)) for line in lines)]
    return "\n".join([*rows, "", *(f"* {note}" for note in notes(lines))])


def both(small: Sequence[Line], large: Sequence[Line]) -> str:
    """How each figure grows when there are ten times the patients."""
    others = {line.name: line for line in large}
    rows = [("operation", "100,000", "1,000,000", "grows", "limit grows")]
    for line in small:
        other = others.get(line.name)
        if other is None or line.ours is None or other.ours is None:
            continue
        grows = f"{other.ours / line.ours:.1f}" if line.ours else ""
        limit = f"{other.limit / line.limit:.1f}" if line.limit and other.limit else ""
        rows.append((line.name, figure(line.ours, line.unit), figure(other.ours, other.unit), grows, limit))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def shape() -> str:
    """What the machine is, in a line."""
    model = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )  # fmt: skip
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024 / 1024
    load = os.getloadavg()[0]
    return f"{date.today()}, {os.cpu_count()} x {model}, {memory:.0f} GiB, load {load:.1f}"


def dump(lines: Iterable[Line]) -> str:
    return json.dumps([asdict(line) for line in lines])


def load(text: str) -> list[Line]:
    found: list[dict[str, Any]] = json.loads(text)
    return [Line(**each) for each in found]

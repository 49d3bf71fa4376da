"""`python -m benchmarks`: make the clinic where it is not made yet, measure each hot path beside its limit."""

import argparse
import subprocess
import sys
import time
import traceback
from pathlib import Path

from benchmarks.data.size import Size
from benchmarks.servers import Servers, data_ready

SIZES = (100_000, 1_000_000)


def main() -> int:
    asked = arguments()
    if asked.both:
        return measure_both(asked)
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {line}", file=sys.stderr, flush=True)

    servers = Servers(asked.patients)
    try:
        data_ready(servers, Size(asked.patients), say)
        if asked.make_only:
            return 0
        show(asked, measure(asked, servers, say))
    finally:
        servers.stop()
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--patients", type=int, default=SIZES[0], help="100000 (the default) or 1000000")
    parser.add_argument("--both", action="store_true", help="both sizes, and how each figure grows")
    parser.add_argument("--only", default="", help="one path: search, calendar, booking, money, dashboard, ...")
    parser.add_argument("--make-only", action="store_true", help="make the data and stop")
    parser.add_argument("--markdown", action="store_true", help="the table as a document has it")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    return parser.parse_args()


def measure(asked: argparse.Namespace, servers: Servers, say) -> list:  # type: ignore[no-untyped-def, type-arg]
    from benchmarks.bench import Bench, Missing
    from benchmarks.measure import Line
    from benchmarks.paths import every

    bench = Bench(servers, Size(asked.patients))
    lines: list[Line] = []
    for name, path in every().items():
        if asked.only and asked.only not in name:
            continue
        say(f"measuring {name}")
        try:
            lines += path(bench)
        except Missing as error:
            lines.append(Line(name, "", note=str(error)))
        except Exception:
            traceback.print_exc()
            lines.append(Line(name, "", note="broke down; see above"))
    return lines


def show(asked: argparse.Namespace, lines: list) -> None:  # type: ignore[type-arg]
    from benchmarks import table

    if asked.json:
        asked.json.write_text(table.dump(lines), "utf8")
    print(f"\n{asked.patients:,} patients; {table.shape()}\n")
    print(table.markdown(lines) if asked.markdown else table.text(lines))


def measure_both(asked: argparse.Namespace) -> int:
    """A process a size: Django stands on one database."""
    from benchmarks import table
    from config import state

    found = []
    for patients in SIZES:
        file = state.state_folder("bench") / f"{patients}.json"
        command = [sys.executable, "-m", "benchmarks", "--patients", str(patients), "--json", str(file)]
        command += ["--only", asked.only] if asked.only else []
        command += ["--markdown"] if asked.markdown else []
        if code := subprocess.run(command).returncode:
            return code
        found.append(table.load(file.read_text("utf8")))
    print("\n" + table.both(*found))
    return 0


if __name__ == "__main__":
    sys.exit(main())

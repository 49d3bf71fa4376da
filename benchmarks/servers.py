"""PostgreSQL and Valkey of a size, in a folder of their own that is kept for the next run."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config import state

OUTSIDE = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_REPLICA_URL", "REDIS_URL", "TESTING", "DEBUG", "HTTPS")


class Servers:
    """Started with the options of `make run`; while the data are made, without the promises that disks make slow."""

    def __init__(self, patients: int) -> None:
        for name in OUTSIDE:
            os.environ.pop(name, None)
        os.environ["DEMO"] = "0"
        state.STATE = state.state_folder(f"bench-{patients}")
        state.SOCKETS = state.socket_folder(state.STATE)
        os.environ["STATE_DIR"] = str(state.STATE)
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        self.mark: Path = state.STATE / "made.json"
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.lock: Any = None

    def start(self, *, durable: bool) -> None:
        from config import embedded

        if self.lock is None:
            self.lock = embedded.lock_state()
            embedded.stop_leftovers()
        command = embedded.pg_command(durable=durable)
        if not durable:
            command += ["-c", "max_wal_size=8GB", "-c", "autovacuum=off", "-c", "max_parallel_maintenance_workers=2"]
        self.run("postgres", command)
        embedded.connect(process=self.running["postgres"]).close()
        if "valkey" not in self.running:
            self.run("valkey", embedded.valkey_command())

    def run(self, name: str, command: list[str], **options: Any) -> "subprocess.Popen[bytes]":
        """A child that dies with us; what it says goes to a file."""
        from config import embedded

        logs = state.STATE / "logs"
        logs.mkdir(exist_ok=True)
        options = {"cwd": "/", **embedded.ACCOUNT} if name in ("postgres", "valkey") else {"cwd": state.ROOT, **options}
        with open(logs / f"{name}.log", "wb") as log:
            self.running[name] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=embedded.die_with_parent,
                process_group=0, **options,
            )  # fmt: skip
        return self.running[name]

    def stop(self, *names: str) -> None:
        """Fast shutdown, the last started first."""
        for name in names or list(reversed(self.running)):
            process = self.running.pop(name, None)
            if process is None:
                continue
            process.send_signal(signal.SIGINT if name == "postgres" else signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def words_of(self, name: str) -> str:
        return (state.STATE / f"logs/{name}.log").read_text("utf8", "replace")[-3000:]


def migrate() -> None:
    """Schema and reference data as every start brings them, in a process of its own."""
    from config import embedded, messages

    messages.compile_stale()
    embedded.prepare()
    done = subprocess.run([sys.executable, "-m", "config.first_start"], cwd=state.ROOT)
    if done.returncode:
        sys.exit("The schema could not be migrated; what went wrong stands above.")


def data_ready(servers: Servers, size: Any, say: Callable[[str], Any]) -> None:
    """Servers up, schema current, data made; nothing is done twice."""
    import django

    from benchmarks.data import make
    from config import database, embedded

    if not make.is_made(servers.mark, size):
        servers.mark.unlink(missing_ok=True)
        say(f"making a clinic of {size.patients:,} patients in {state.STATE}")
        servers.start(durable=False)
        server = embedded.connect()
        database.database_drop(server, embedded.DATABASE)
        server.close()
        migrate()
        django.setup()
        make.make(servers.mark, size, say)
        close_all()
        servers.stop("postgres")
        os.sync()
    servers.start(durable=True)
    migrate()
    assets_ready()
    django.setup()


def assets_ready() -> None:
    """Pages name their files by digest, so these must be collected as for every start."""
    from config import assets

    if assets.stale():
        subprocess.run([sys.executable, "-m", "config.assets"], cwd=state.ROOT, check=True)
    if assets.collected_stale():
        command = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
        subprocess.run(command, cwd=state.ROOT, check=True)
        assets.collected_mark()


def close_all() -> None:
    from django.db import connections

    connections.close_all()

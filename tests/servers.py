"""Throw-away PostgreSQL and Valkey for one test run: one migrated template, a cheap copy for each xdist worker.

Loaded by `-p tests.servers`, that is before Django reads its settings. Fixtures stand in conftest.py: here
pytest-django's own would shadow them.
"""

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
DATABASE = f"test_{WORKER or 'main'}"
# What decides how the template looks: change any of it and the template is made again.
TEMPLATE_SOURCES = (
    "*/migrations/*.py", "*/permissions.py", "*/policies.py", "*/module.py", "*/management/commands/load_*.py",
    "*/reference.py", "*/reference/**/*", "config/database.py", "config/first_start.py", "tests/seed.sql",
    "requirements.txt",
)  # fmt: skip

if not WORKER:  # workers inherit the controller's environment
    os.environ.pop("DATABASE_URL", None)
    from config.state import free_folder

    folder, LOCK = free_folder("test")
    os.environ["STATE_DIR"] = str(folder)
os.environ["TESTING"] = "1"
os.environ["DEBUG"] = "0"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's sync API leaves a running loop in the thread

from config import addresses, messages, state  # noqa: E402 - only now is the folder known

if not WORKER:
    messages.compile_stale()  # before Django starts, which reads each catalogue once

state.STATE = state.state_folder()
state.SOCKETS = state.socket_folder(state.STATE)


def use_database(name: str) -> None:
    """For this process and for the real web and worker processes that a fixture starts."""
    os.environ["DATABASE_URL"] = addresses.local_database(state.SOCKETS, "clinic_app", name)
    os.environ["DATABASE_OWNER_URL"] = addresses.local_database(state.SOCKETS, "clinic_owner", name)


# A Valkey for each process: its pub/sub knows no database numbers, so one would hear another's live updates.
VALKEY = f"valkey-{WORKER or 'main'}"
os.environ["REDIS_URL"] = f"unix://{state.SOCKETS}/{VALKEY}?db=0"
use_database(DATABASE)


def template_name() -> str:
    """Keyed by the content of everything that makes the template."""
    sources = [path for pattern in TEMPLATE_SOURCES for path in ROOT.glob(pattern) if path.is_file()]
    digest = hashlib.sha1()
    for path in sorted(sources):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return "template_" + digest.hexdigest()[:12]


def pytest_configure(config):
    """PostgreSQL and the template once, in the controller; a Valkey in each process."""
    try:
        start_servers(config)
    except SystemExit as stopped:
        pytest.exit(str(stopped), returncode=1)


def start_servers(config):
    """Sentences of config.embedded end the run."""
    from config import embedded

    config.kabinet_servers = []
    if not WORKER:
        embedded.stop_leftovers()
        postgres = start(config, "postgres", embedded.pg_command(durable=False))
        embedded.connect(process=postgres).close()
    start(config, VALKEY, embedded.valkey_command(VALKEY, durable=False))
    if not WORKER:
        os.environ["TEST_TEMPLATE"] = template_name()
        make_template(os.environ["TEST_TEMPLATE"])
        use_database(DATABASE)


def start(config, name: str, command: list[str]) -> subprocess.Popen:
    """One server that dies with this process; what it says goes to a file."""
    from config import embedded

    logs = state.STATE / "logs"
    logs.mkdir(exist_ok=True)
    with open(logs / f"{name}.log", "wb") as log:
        server = subprocess.Popen(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            preexec_fn=embedded.die_with_parent, process_group=0, **embedded.ACCOUNT,
        )  # fmt: skip
    config.kabinet_servers.append(server)
    return server


def make_template(name: str) -> None:
    """Migrated and with reference data; renamed only when it is whole. Older ones go."""
    from config import database, embedded

    server = embedded.connect()
    with server.cursor() as cursor:
        cursor.execute("select datname from pg_database where datname like 'template\\_%' or datname like 'test\\_%'")
        names = [row[0] for row in cursor.fetchall()]
    if name not in names:
        for old in names:
            database.database_drop(server, old)
        part = f"{name}_part"
        embedded.prepare(part)
        use_database(part)
        command = [sys.executable, "-m", "config.first_start"]
        if subprocess.run(command, cwd=ROOT, env={**os.environ, "DEMO": "0"}).returncode:
            sys.exit("The test database could not be migrated; see above.")
        inside = embedded.connect(part)
        with inside.cursor() as cursor:
            cursor.execute((ROOT / "tests/seed.sql").read_text("utf8"))
        inside.close()
        with server.cursor() as cursor:
            cursor.execute(f'alter database "{part}" rename to "{name}"')
    server.close()


def pytest_unconfigure(config):
    """Fast shutdown; a killed run is cleaned by the kernel (die_with_parent) and by the next start."""
    for server in reversed(getattr(config, "kabinet_servers", [])):
        server.send_signal(signal.SIGINT)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()

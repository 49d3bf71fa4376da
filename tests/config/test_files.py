"""What is committed must work on any machine: no host in lock files, layers that hold, every app in its list."""

import json
import re
import subprocess
import sys
import tomllib

import pytest
from django.conf import settings

from tests.servers import ROOT

HOST = re.compile(r"https?://|--index-url|--extra-index-url|--find-links|@ file:")


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.txt")), ids=lambda path: path.name)
def test_python_lock_files_have_hashes_and_no_hosts(path):
    text = path.read_text("utf8")
    assert not HOST.search(text)
    packages = len(re.findall(r"^[\w.\[\]-]+==", text, re.M))
    assert packages and text.count("--hash=sha256:") >= packages


def test_the_npm_lock_file_names_no_registry():
    lock = json.loads((ROOT / "package-lock.json").read_text("utf8"))
    packages = [package for name, package in lock["packages"].items() if name]
    assert packages and all("resolved" not in package and package["integrity"] for package in packages)


def test_no_lock_of_uv_is_committed():
    tracked = subprocess.run(["git", "ls-files", "uv.lock"], cwd=ROOT, capture_output=True, text=True)
    assert tracked.stdout == ""


def test_the_development_list_holds_the_whole_list_to_run():
    def pinned(name: str) -> set[str]:
        return set(re.findall(r"^([\w.\[\]-]+==\S+)", (ROOT / name).read_text("utf8"), re.M))

    assert pinned("requirements.txt") <= pinned("requirements-dev.txt")


def test_every_app_has_its_place_in_the_layers():
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["tool"]["importlinter"]
    layered = {name.strip() for layer in contract["contracts"][0]["layers"] for name in layer.split("|")}
    with_apps = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert layered == set(contract["root_packages"]) == {"config", *settings.OUR_APPS}
    assert with_apps <= layered


@pytest.mark.slow
def test_no_app_imports_upwards():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout

"""A backup comes back with equal checksums, and never over a clinic that is there."""

import subprocess
import sys

import pytest

from config import addresses, database, embedded
from tests.factories import UserFactory
from tests.servers import DATABASE, ROOT, state

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
TARGET = "restored_here"


def backup(verb: str, file, name: str, media):
    """As make does it, on the test server."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "STATE_DIR": str(state.STATE),
        "MEDIA_DIR": str(media),
        "DATABASE_URL": addresses.local_database(state.SOCKETS, "clinic_app", name),
        "DATABASE_ADMIN_URL": addresses.local_database(state.SOCKETS, "postgres", "postgres"),
    }
    command = [sys.executable, "-m", "config.backup", verb, str(file)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.fixture
def empty_place():
    server = embedded.connect()
    database.database_drop(server, TARGET)
    yield
    database.database_drop(server, TARGET)
    server.close()


def test_a_restored_clinic_has_every_row_and_file(tmp_path, empty_place):
    UserFactory(username="Ёлкина")
    (tmp_path / "media").mkdir()
    (tmp_path / "media/снимок.txt").write_text("x", "utf8")
    made = backup("backup", tmp_path / "b.tar", DATABASE, tmp_path / "media")
    assert made.returncode == 0, made.stderr
    come_back = backup("restore", tmp_path / "b.tar", TARGET, tmp_path / "new media")
    assert come_back.returncode == 0, come_back.stderr
    assert "every table has the rows that it had" in come_back.stdout
    assert (tmp_path / "new media/снимок.txt").read_text("utf8") == "x"

    again = backup("restore", tmp_path / "b.tar", TARGET, tmp_path / "third")
    assert again.returncode == 1
    assert "There is a clinic here already" in again.stderr


def test_a_missing_file_is_told(tmp_path):
    told = backup("restore", tmp_path / "no.tar", TARGET, tmp_path / "media")
    assert (told.returncode, told.stderr.strip()) == (1, f"There is no file {tmp_path / 'no.tar'}.")

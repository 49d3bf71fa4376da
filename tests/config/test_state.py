"""Folders, locks and the secret key."""

import os
import stat

import pytest

from config import assets, run, state


def test_the_secret_key_is_made_once_and_nobody_else_reads_it(tmp_path):
    key = state.secret_key(tmp_path)
    assert len(key) > 50 and state.secret_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_an_empty_key_is_told_not_used(tmp_path):
    (tmp_path / "secret-key").touch()
    with pytest.raises(SystemExit, match="is empty"):
        state.secret_key(tmp_path)


def test_a_long_path_gets_short_sockets(tmp_path):
    far = tmp_path / ("длинное имя " * 6)
    sockets = state.socket_folder(far)
    assert len(os.fsencode(sockets / ".s.PGSQL.5432.lock")) < 107
    assert sockets != state.socket_folder(far / "other")


def test_two_do_not_hold_one_folder(tmp_path):
    with open(tmp_path / "lock", "a+") as first, open(tmp_path / "lock", "a+") as second:
        assert state.held(first)
        assert not state.held(second)
    with open(tmp_path / "lock", "a+") as third:
        assert state.held(third)


def test_a_taken_port_is_told_with_a_way_out(unused_port_taken):
    with pytest.raises(SystemExit, match="PORT=8001 make run"):
        run.check_port("127.0.0.1", unused_port_taken, patience=0)


@pytest.fixture
def unused_port_taken():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_an_address_of_another_machine_is_told():
    with pytest.raises(SystemExit, match="not an address of this machine"):
        run.check_port("no.such.host.invalid", 8000, patience=0)


def test_vendor_folders_are_named_after_their_packages():
    assert assets.package_of("@tabler/core/dist/css/tabler.min.css") == "tabler-core"
    assert assets.package_of("htmx.org/dist/htmx.min.js") == "htmx.org"


def test_a_missing_pango_is_told_and_stops_nothing(monkeypatch, capsys):
    monkeypatch.setattr(run, "PANGO", ("libno-such-thing.so.0",))
    run.check_pango()
    assert "apt install libpango-1.0-0" in capsys.readouterr().out

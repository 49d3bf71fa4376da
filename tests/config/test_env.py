"""Typed reading of the environment."""

import pytest

from config import addresses, env


@pytest.mark.parametrize(
    ("word", "value"), [("1", True), ("Yes", True), ("on", True), ("0", False), ("OFF", False), ("", None)]
)
def test_a_flag_reads_its_words(monkeypatch, word, value):
    monkeypatch.setenv("FLAG", word)
    assert env.flag("FLAG", default=False) == bool(value)
    assert env.flag("FLAG", default=True) == (value is None or value)


@pytest.mark.parametrize(
    "read", [env.flag, lambda name: env.integer(name, 1), lambda name: env.choice(name, "a", ("a", "b"))]
)
def test_a_wrong_word_stops_with_the_name_of_the_setting(monkeypatch, read):
    monkeypatch.setenv("THING", "maybe")
    with pytest.raises(env.WrongSetting, match="THING"):
        read("THING")


def test_a_number_out_of_range_is_refused(monkeypatch):
    monkeypatch.setenv("PORT", "70000")
    with pytest.raises(env.WrongSetting, match="from 1 to 65535"):
        env.integer("PORT", 8000, low=1, high=65535)


def test_a_secret_may_come_from_a_file(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("hush\n")
    monkeypatch.setenv("KEY_FILE", str(tmp_path / "key"))
    assert env.secret("KEY") == "hush"
    monkeypatch.setenv("KEY", "other")
    with pytest.raises(env.WrongSetting, match="not both"):
        env.secret("KEY")


def test_a_missing_secret_file_is_named(monkeypatch):
    monkeypatch.setenv("KEY_FILE", "/nowhere/key")
    with pytest.raises(env.WrongSetting, match="/nowhere/key"):
        env.secret("KEY")


def test_a_database_address_is_taken_apart():
    found = addresses.database("postgresql://clinic_app:p%40ss@db:5433/kabinet?sslmode=require")
    assert found["PASSWORD"] == "p@ss"
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db", "5433", "kabinet")
    assert found["OPTIONS"] == {"sslmode": "require"}


def test_a_socket_folder_with_a_space_and_cyrillic_survives():
    address = addresses.local_database("/tmp/Проба папка/s", "clinic_app", "kabinet")
    assert addresses.database(address)["HOST"] == "/tmp/Проба папка/s"


@pytest.mark.parametrize("address", ["mysql://a/b", "postgresql://host"])
def test_another_kind_of_database_is_refused(address):
    with pytest.raises(env.WrongSetting):
        addresses.database(address)


def test_redis_numbers_are_counted_from_the_one_named():
    assert addresses.redis("redis://:pw@r:6379/4", 2) == "redis://:pw@r:6379/6"
    assert addresses.redis("unix:///s/valkey?db=1", 2) == "unix:///s/valkey?db=3"
    assert addresses.broker("unix:///s/valkey?db=1", 0) == "redis+socket:///s/valkey?virtual_host=1"

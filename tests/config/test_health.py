"""/healthz names the part that fails; the start refuses a database in which Cyrillic cannot be searched."""

import pytest
from django.db import connection

from config import database, embedded, first_start, health


def test_a_healthy_clinic_answers_ok(client, db):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_clinic_without_its_reference_data_is_not_healthy(client, db):
    with connection.cursor() as cursor:
        cursor.execute("delete from start_marks where name = 'loaded'")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["part"]) == (503, "data")


def test_a_missing_migration_is_named(client, db, monkeypatch):
    monkeypatch.setattr(health, "_migrated", False)
    with connection.cursor() as cursor:
        cursor.execute("delete from django_migrations where app = 'sessions'")
    assert client.get("/healthz").json()["part"] == "migrations"


def test_a_lost_broker_is_named(client, db, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert client.get("/healthz").json()["part"] == "broker"


def test_a_lost_database_is_named(client, db, monkeypatch):
    monkeypatch.setattr(health, "_database", lambda: False)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["part"]) == (503, "database")


@pytest.fixture
def database_in_locale_c():
    name = "locale_c"
    server = embedded.connect()
    database.database_drop(server, name)
    with server.cursor() as cursor:
        cursor.execute(f"create database {name} template template0 locale_provider libc locale 'C'")
    inside = embedded.connect(name)
    yield inside
    inside.close()
    database.database_drop(server, name)
    server.close()


def test_a_database_blind_to_cyrillic_is_refused_with_a_sentence(database_in_locale_c):
    with pytest.raises(SystemExit, match="Cyrillic has no trigrams"):
        database.rights_prepare(database_in_locale_c)


def test_our_own_database_sees_cyrillic(db):
    with connection.cursor() as cursor:
        database.check_trigrams(cursor)
        cursor.execute("select similarity('Ёлкина Анна', 'ёлкина анна')")
        assert cursor.fetchone()[0] == 1


@pytest.mark.parametrize(("marks", "half"), [([], False), (["demo begun"], True), (["demo begun", "demo"], False)])
def test_a_demo_that_was_begun_and_not_ended_is_seen(db, marks, half):
    for name in marks:
        first_start.mark(name)
    assert first_start.demo_is_half_loaded(connection) is half

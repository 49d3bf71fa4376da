"""Schema, reference data, and once a demo clinic; safe to run at every start.

Marks in the table start_marks tell what is done. A demo that was begun and not ended is thrown away with its
database (nobody has worked in it yet: the web server starts only after it).
"""

import os
import sys

from config.state import STATE

BEGUN, ENDED, LOADED = "demo begun", "demo", "loaded"
EMPTY = STATE / "nobody-yet"  # stands while the clinic has no account


def demo_is_half_loaded(connection) -> bool:
    """Asked before the migrations, so the table itself may be missing."""
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass('public.start_marks')")
        if cursor.fetchone()[0] is None:
            return False
        cursor.execute("select array_agg(name) from start_marks")
        marks = cursor.fetchone()[0] or []
    return BEGUN in marks and ENDED not in marks


def mark(name: str) -> None:
    """Write down that something is done."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("insert into start_marks (name) values (%s) on conflict (name) do update set at = now()", [name])


def logins() -> list[str]:
    """What load_demo printed about signing in, kept beside the data for the next start."""
    try:
        return (STATE / "demo-logins.txt").read_text("utf8").splitlines()
    except OSError:
        return []


def remember_whether_somebody_is_here(anybody: bool) -> None:
    """For config.run, which says where an empty clinic begins."""
    if anybody:
        EMPTY.unlink(missing_ok=True)
    else:
        EMPTY.touch()


def main() -> None:
    """Everything that an installed clinic needs before its first page; one process, for a quick start."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["DATABASE_AS"] = "owner"
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command, get_commands
    from django.db import connection

    from config import env

    check_database()
    call_command("migrate", verbosity=0, interactive=False)
    go_on_as_the_program()
    commands = get_commands()
    if "load_reference" in commands:
        call_command("load_reference")
    if demo_is_half_loaded(connection):  # on our own server config.run has thrown it away before
        sys.exit(
            "A demo clinic was begun here and not loaded to its end. Drop this database, make setup-db, start again."
        )
    if env.flag("DEMO", True) and "load_demo" in commands and not get_user_model().objects.exists():
        mark(BEGUN)
        call_command("load_demo")
        mark(ENDED)
    remember_whether_somebody_is_here(get_user_model().objects.exists())
    mark(LOADED)


def check_database() -> None:
    """A server that is away, not set up or blind to Cyrillic is told in a sentence."""
    from django.db import OperationalError, connection

    from config import database

    try:
        with connection.cursor() as cursor:
            cursor.execute("select to_regclass('start_marks') is not null and to_regproc('show_trgm') is not null")
            if not cursor.fetchone()[0]:
                sys.exit("This database was not set up yet: make setup-db")
            database.check_trigrams(cursor)
    except OperationalError as error:
        sys.exit(f"The database does not let us in: {str(error).strip()}")


def go_on_as_the_program() -> None:
    """Rows are written with the rights that web and worker have, which proves that these are enough."""
    from django.conf import settings
    from django.db import connection

    from config import addresses

    connection.close()
    connection.settings_dict.update(addresses.database(settings.DATABASE_APP_URL))


if __name__ == "__main__":
    from config.env import WrongSetting

    try:
        main()
    except WrongSetting as error:
        sys.exit(str(error))

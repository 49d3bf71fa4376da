"""`make setup-db`: roles, database, extensions and rights on a PostgreSQL server that is not ours.

DATABASE_ADMIN_URL is somebody who may create roles and databases; the names and passwords of the program's own
accounts come from DATABASE_URL and DATABASE_OWNER_URL.
"""

import sys

import psycopg2

from config import addresses, database, env


def main() -> None:
    """Safe to run again: it creates what is missing, and sets the passwords."""
    admin = parts("DATABASE_ADMIN_URL")
    app, owner = parts("DATABASE_URL"), parts("DATABASE_OWNER_URL")
    if (app["USER"], owner["USER"]) != ("clinic_app", "clinic_owner"):
        raise env.WrongSetting("DATABASE_URL must use the account clinic_app, DATABASE_OWNER_URL clinic_owner")
    if app["NAME"] != owner["NAME"]:
        raise env.WrongSetting("DATABASE_URL and DATABASE_OWNER_URL must name the same database")
    server = connect(admin)
    database.roles_prepare(server, {"clinic_app": app["PASSWORD"], "clinic_owner": owner["PASSWORD"]})
    database.database_create(server, app["NAME"])
    server.close()
    inside = connect({**admin, "NAME": app["NAME"]})
    database.rights_prepare(inside)
    inside.close()
    print(f"The database {app['NAME']} is ready for clinic_owner and clinic_app.")


def parts(name: str) -> dict:
    """One of the addresses, taken apart."""
    return addresses.database(env.secret(name), name)


def connect(where: dict):
    """As psycopg2 wants it."""
    return database.connect(
        host=where["HOST"], port=where["PORT"] or 5432, user=where["USER"], password=where["PASSWORD"],
        dbname=where["NAME"], **where["OPTIONS"],
    )  # fmt: skip


if __name__ == "__main__":
    try:
        main()
    except env.WrongSetting as error:
        sys.exit(str(error))
    except psycopg2.Error as error:
        sys.exit(f"The server refused: {str(error).strip()}")

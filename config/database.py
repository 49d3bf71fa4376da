"""The roles, rights and extensions of one database; for the embedded server and for a foreign one alike.

clinic_owner owns the tables and migrates; clinic_app is what web, worker and tests connect as; clinic_portal
cannot sign in at all: a partner's request turns into it by SET LOCAL ROLE, and row security holds there.
"""

import sys

import psycopg2
from psycopg2 import sql

EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent")
LOGIN_ROLES = ("clinic_owner", "clinic_app")
BLIND_TRIGRAMS = (
    "The database {name} was made with a locale (LC_CTYPE {ctype}) in which Cyrillic has no trigrams: every search "
    "would read whole tables. This cannot be altered afterwards. Make the database anew with "
    "LC_CTYPE 'C.UTF-8' (or another UTF-8 locale) and load the data from a dump."
)


def roles_prepare(server, passwords: dict[str, str] | None = None) -> None:
    """Create what is missing; on a server that is not ours set the passwords too."""
    with server.cursor() as cursor:
        for role in LOGIN_ROLES:
            _role(cursor, role, "LOGIN")
            if password := (passwords or {}).get(role):
                cursor.execute(sql.SQL("alter role {} password %s").format(sql.Identifier(role)), [password])
        _role(cursor, "clinic_portal", "NOLOGIN")
        # SET only: clinic_app may turn into the portal, but never silently has its rights.
        cursor.execute("grant clinic_portal to clinic_app with inherit false, set true")


def _role(cursor, name: str, kind: str) -> None:
    cursor.execute("select 1 from pg_roles where rolname = %s", [name])
    if not cursor.fetchone():
        cursor.execute(
            sql.SQL("create role {} {} nosuperuser nocreatedb nocreaterole nobypassrls").format(
                sql.Identifier(name), sql.SQL(kind)
            )
        )


def database_create(server, name: str) -> None:
    """An empty database in UTF-8, owned by clinic_owner, unless it is there already."""
    with server.cursor() as cursor:
        cursor.execute("select 1 from pg_database where datname = %s", [name])
        if cursor.fetchone():
            return
        cursor.execute("select current_user, rolsuper from pg_roles where rolname = current_user")
        user, is_superuser = cursor.fetchone()
        if not is_superuser:  # a hosted server: one must belong to a role to give it something
            cursor.execute(sql.SQL("grant clinic_owner to {}").format(sql.Identifier(user)))
        cursor.execute(
            sql.SQL(
                "create database {} owner clinic_owner template template0 encoding 'UTF8' "
                "lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8'"
            ).format(sql.Identifier(name))
        )


def database_drop(server, name: str) -> None:
    """With everybody still connected to it."""
    with server.cursor() as cursor:
        cursor.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def rights_prepare(connection) -> None:
    """Inside the database: extensions, the locale check, who may do what with tables that are yet to come."""
    with connection.cursor() as cursor:
        for extension in EXTENSIONS:
            cursor.execute(sql.SQL("create extension if not exists {} schema public").format(sql.Identifier(extension)))
        check_trigrams(cursor)
        for line in RIGHTS:
            cursor.execute(line)


# An append-only table takes UPDATE and DELETE back in its own migration.
RIGHTS = (
    "alter schema public owner to clinic_owner",
    "revoke create on schema public from public",
    "grant usage on schema public to clinic_app, clinic_portal",
    "alter default privileges for role clinic_owner in schema public"
    " grant select, insert, update, delete on tables to clinic_app",
    "alter default privileges for role clinic_owner in schema public grant usage, select on sequences to clinic_app",
    # What was done at the start of this installation; read by /healthz, written by config.first_start.
    "create table if not exists start_marks (name text primary key, at timestamptz not null default now())",
    "alter table start_marks owner to clinic_owner",
    "grant select, insert, update, delete on start_marks to clinic_app",
)


def check_trigrams(cursor) -> None:
    """pg_trgm takes its letters from LC_CTYPE; in locale C there are none beyond ASCII."""
    cursor.execute("select show_trgm('Ёж') <> '{}', current_database(), datctype"
                   " from pg_database where datname = current_database()")  # fmt: skip
    sees_cyrillic, name, ctype = cursor.fetchone()
    if not sees_cyrillic:
        sys.exit(BLIND_TRIGRAMS.format(name=name, ctype=ctype))


def connect(**where):
    """A connection outside of transactions, as CREATE DATABASE wants it."""
    connection = psycopg2.connect(**where)
    connection.autocommit = True
    return connection

"""INSERT ... SELECT that outlives new columns, and tables without their indexes while they are filled."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection as django_connection
from django.db.models import NOT_PROVIDED, Model
from psycopg2 import sql

from config import embedded

# Pseudo-random numbers that depend on nothing but a row's number and a salt.
HELPERS = """
CREATE SCHEMA IF NOT EXISTS bench;
GRANT USAGE ON SCHEMA bench TO public;
CREATE OR REPLACE FUNCTION bench.r(n bigint, salt int) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT (hashint8extended(n, salt) & 9007199254740991)::float8 / 9007199254740992 $$;
CREATE OR REPLACE FUNCTION bench.pick(n bigint, salt int, size bigint) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT floor(bench.r(n, salt) * size)::int $$;
CREATE OR REPLACE FUNCTION bench.entry(at timestamptz, n bigint) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3)
                  || '8' || substr(md5(n::text), 4, 15))::uuid $$;
"""


class Loader:
    """The superuser's connection: triggers and foreign keys do not fire, the rows are right by construction."""

    def __init__(self, say: Any) -> None:
        self.connection = embedded.connect(embedded.DATABASE)
        self.say = say
        self.run("SET session_replication_role = replica")
        self.run("SET maintenance_work_mem = '512MB'")
        self.run("SET work_mem = '256MB'")
        self.run(HELPERS)

    def run(self, statement: Any, params: Any = None) -> Any:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, params)
            return cursor.fetchall() if cursor.description else cursor.rowcount

    def fill(self, model: type[Model], source: str, /, **columns: str) -> int:
        """Insert what `source` (everything from FROM on) gives; columns that nobody named get their defaults."""
        began = time.monotonic()
        table = model._meta.db_table
        named = {
            field.column: sql.SQL(columns[field.attname]) for field in fields_of(model) if field.attname in columns
        }
        if missing := set(columns) - {field.attname for field in fields_of(model)}:
            raise ValueError(f"{table} has no {missing}")
        rest = {field.column: sql.Literal(default_of(field)) for field in fields_of(model) if is_asked(field, columns)}
        every = named | rest
        rows = self.run(
            sql.SQL("INSERT INTO {} ({}) SELECT {} {}").format(
                sql.Identifier(table),
                sql.SQL(", ").join(map(sql.Identifier, every)),
                sql.SQL(", ").join(every.values()),
                sql.SQL(source),
            )
        )
        self.say(f"{time.monotonic() - began:6.1f} s  {rows:>9,} rows of {table}")
        return rows

    @contextmanager
    def bare(self, *models: type[Model]) -> Iterator[None]:
        """Without indexes and unique constraints (keys stay), exclusion asleep; made again and awake at the end."""
        tables = [model._meta.db_table for model in models]
        self.exclusion_set(tables, awake=False)
        constraints = self.run(CONSTRAINTS, [tables])
        for table, name, _definition in constraints:
            self.run(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(name)))
        indexes = self.run(INDEXES, [tables])
        for _table, name, _definition in indexes:
            self.run(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        yield
        for table, name, definition in indexes:
            self.timed(f"{table}: {name}", sql.SQL(definition))
        for table, name, definition in constraints:
            add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}")
            self.timed(f"{table}: {name}", add.format(sql.Identifier(table), sql.Identifier(name), sql.SQL(definition)))
        self.exclusion_set(tables, awake=True)

    def exclusion_set(self, tables: list[str], *, awake: bool) -> None:
        """Rows that are right by construction need no look-up each, which would take most of the time.

        VACUUM FULL builds the index without asking it about every row; `overlaps` of the data proves that none does.
        """
        asleep = self.run(EXCLUSIONS, [tables])
        if not asleep:
            return
        self.run("SET allow_system_table_mods = on")
        for index, _table in asleep:
            self.run(
                "UPDATE pg_index SET indisready = %s, indisvalid = %s WHERE indexrelid = %s", [awake, awake, index]
            )
        self.run("RESET allow_system_table_mods")
        for _index, table in asleep if awake else []:
            self.timed(
                f"{table}: rewritten under its exclusion", sql.SQL("VACUUM FULL {}").format(sql.Identifier(table))
            )

    def timed(self, what: str, statement: Any) -> None:
        began = time.monotonic()
        self.run(statement)
        if (spent := time.monotonic() - began) > 1:
            self.say(f"{spent:6.1f} s  {what}")

    def sequences_catch_up(self) -> None:
        """Rows were given their numbers; the sequences do not know yet."""
        for table, column in self.run(IDENTITIES):
            self.run(
                sql.SQL("SELECT setval(pg_get_serial_sequence(%s, %s), greatest(max({}), 1)) FROM {}").format(
                    sql.Identifier(column), sql.Identifier(table)
                ),
                [f'"{table}"', column],
            )


CONSTRAINTS = """
SELECT class.relname, con.conname, pg_get_constraintdef(con.oid) FROM pg_constraint con
JOIN pg_class class ON class.oid = con.conrelid
WHERE con.contype = 'u' AND class.relname = ANY(%s) ORDER BY 1, 2
"""
EXCLUSIONS = """
SELECT con.conindid, class.relname FROM pg_constraint con JOIN pg_class class ON class.oid = con.conrelid
WHERE con.contype = 'x' AND class.relname = ANY(%s)
"""
INDEXES = """
SELECT tablename, indexname, indexdef FROM pg_indexes
WHERE schemaname = 'public' AND tablename = ANY(%s)
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname) ORDER BY 1, 2
"""
IDENTITIES = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND is_identity = 'YES' AND data_type IN ('bigint', 'integer')
"""


def fields_of(model: type[Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not getattr(field, "generated", False)]


def is_asked(field: Any, columns: dict[str, str]) -> bool:
    """Must we give it? Not what was named, nor what the database or nothing fills."""
    if field.attname in columns or field.db_default is not NOT_PROVIDED:
        return False
    if field.primary_key and field.default is NOT_PROVIDED:
        return False
    return not field.null


def default_of(field: Any) -> Any:
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return "now"
    value = field.get_default() if field.default is not NOT_PROVIDED else ""
    return field.get_db_prep_save(value, django_connection)

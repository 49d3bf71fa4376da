"""Document numbers without gaps and races: the sequence's row is locked until the document is committed."""

from typing import Any

from django.db import connection
from django.db.models.expressions import DatabaseDefault
from psycopg2 import sql


def number_next(kind: str, *, legal_entity_id: int, period: str = "") -> int:
    """The next number of a kind of document; rolled back together with the document that took it.

    Must run inside the document's transaction. `period` restarts the count, for example by year: "2026".
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a document number is taken inside the document's transaction")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clinic_numbersequence (legal_entity_id, kind, period, last) VALUES (%s, %s, %s, 1) "
            "ON CONFLICT ON CONSTRAINT number_sequence_is_one_a_period "
            "DO UPDATE SET last = clinic_numbersequence.last + 1 RETURNING last",
            [legal_entity_id, kind, period],
        )
        return int(cursor.fetchone()[0])


def insert_numbered(row: Any, kind: str, *, legal_entity_id: int, period: str = "") -> None:
    """Insert a document and give it its `number` in one statement; the same promise as number_next.

    Fields with a default of the database keep it; the row gets its key and number.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a document number is taken inside the document's transaction")
    fields = [
        field
        for field in row._meta.concrete_fields
        if not (field.primary_key or field.name == "number" or isinstance(getattr(row, field.attname), DatabaseDefault))
    ]
    names = sql.SQL(", ").join(sql.Identifier(field.column) for field in fields)
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "WITH taken AS (INSERT INTO clinic_numbersequence (legal_entity_id, kind, period, last) "
                "VALUES (%s, %s, %s, 1) ON CONFLICT ON CONSTRAINT number_sequence_is_one_a_period "
                "DO UPDATE SET last = clinic_numbersequence.last + 1 RETURNING last) "
                "INSERT INTO {table} (number, {names}) SELECT taken.last, {values} FROM taken RETURNING id, number"
            ).format(
                table=sql.Identifier(row._meta.db_table),
                names=names,
                values=sql.SQL(", ").join([sql.Placeholder()] * len(fields)),
            ),
            [legal_entity_id, kind, period, *values],
        )
        row.pk, row.number = cursor.fetchone()
    row._state.adding = False
    row._state.db = connection.alias

"""Document numbers without gaps and races: the sequence's row is locked until the document is committed."""

from django.db import connection


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

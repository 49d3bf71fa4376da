"""Which column changed: one generic trigger for every tracked table (decision 0003)."""

from django.db.migrations import RunSQL
from django.db.migrations.operations.base import Operation

FUNCTION = """
CREATE OR REPLACE FUNCTION core_history_record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    before jsonb := to_jsonb(OLD);
    after jsonb := CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(NEW) ELSE '{}'::jsonb END;
    changed jsonb;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(key, jsonb_build_array(before -> key, value)) INTO changed
        FROM jsonb_each(after) WHERE before -> key IS DISTINCT FROM value;
        IF changed IS NULL THEN RETURN NULL; END IF;
    ELSE
        changed := before;
    END IF;
    INSERT INTO core_historyentry (at, transaction_id, table_name, row_id, action, changes)
    VALUES (now(), txid_current(), TG_TABLE_NAME, (before ->> 'id')::bigint, lower(TG_OP), changed);
    RETURN NULL;
END $$;
"""


def track(*tables: str) -> Operation:
    """A migration operation: from here on every UPDATE and DELETE of these tables leaves a history row."""
    return RunSQL(
        "\n".join(
            f"CREATE TRIGGER {table}_history AFTER UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION core_history_record();"
            for table in tables
        ),
        "\n".join(f"DROP TRIGGER IF EXISTS {table}_history ON {table};" for table in tables),
    )


def append_only(*tables: str) -> Operation:
    """A migration operation: the application's roles may add and read rows of these tables, never change them."""
    names = ", ".join(tables)
    return RunSQL(
        f"REVOKE UPDATE, DELETE ON {names} FROM clinic_app;",
        f"GRANT UPDATE, DELETE ON {names} TO clinic_app;",
    )

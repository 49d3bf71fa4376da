"""A card is disputed: keep which column changed. And find a merged card's survivor in plain SQL."""

from django.db import migrations

from core.history import track

CANONICAL = """
CREATE FUNCTION patients_canonical(card bigint) RETURNS bigint LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
 WITH RECURSIVE chain(id, next, depth) AS (
   SELECT id, merged_into_id, 0 FROM patients_patient WHERE id = card
   UNION ALL
   SELECT p.id, p.merged_into_id, depth + 1 FROM patients_patient p JOIN chain ON p.id = chain.next WHERE depth < 100
 )
 SELECT id FROM chain ORDER BY depth DESC LIMIT 1
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0001_initial"), ("core", "0002_history_and_rights")]
    operations = [
        track(
            "patients_patient", "patients_family", "patients_identity", "patients_representative", "patients_alert",
            "patients_consent",
        ),
        migrations.RunSQL(CANONICAL, "DROP FUNCTION patients_canonical(bigint);"),
    ]  # fmt: skip

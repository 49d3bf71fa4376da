"""The guard of closed periods takes the lock that closing takes, and looks at today too: in the east it is tomorrow."""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION ledger_period_is_open() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    closed date;
BEGIN
    IF (SELECT min(effective_on) FROM added) <= current_date THEN
        -- clinic.services.lock_date_set takes it for itself: it waits for entries of its days, and they for it.
        PERFORM pg_advisory_xact_lock_shared(hashtext('clinic.periods'), 0);
        SELECT max(lock.closed_until) INTO closed FROM added JOIN clinic_lockdate lock
            ON lock.role_id IS NULL AND coalesce(lock.branch_id, added.branch_id) = added.branch_id
        WHERE added.effective_on <= lock.closed_until;
        IF closed IS NOT NULL THEN
            RAISE EXCEPTION 'the period is closed until %', closed
                USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_period_is_open', TABLE = 'ledger_posting';
        END IF;
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_totals")]
    operations = [migrations.RunSQL(FUNCTION, migrations.RunSQL.noop)]

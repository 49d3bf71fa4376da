"""Entries balance, balances follow postings, closed periods stay closed, postings are never changed."""

from django.db import migrations

from core.history import append_only, track

FUNCTIONS = """
CREATE FUNCTION ledger_entry_balances() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    -- Debits equal credits on every day that the entry names, so a report as of any day balances too.
    -- Materialized: without statistics (a fresh bulk load) the planner would walk every day to find one entry.
    IF EXISTS (
        WITH legs AS MATERIALIZED (SELECT effective_on, debit, credit FROM ledger_posting WHERE entry = NEW.entry)
        SELECT FROM legs GROUP BY effective_on HAVING sum(debit) <> sum(credit)
    ) THEN
        RAISE EXCEPTION 'entry % does not balance', NEW.entry
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_entry_balances', TABLE = 'ledger_posting';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_balances_follow() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO ledger_balance (account_id, amount, never_negative)
    SELECT DISTINCT account.id, 0, account.never_negative
    FROM added JOIN ledger_account account ON account.id = added.account_id
    WHERE account.keeps_balance AND NOT EXISTS (SELECT FROM ledger_balance WHERE account_id = account.id)
    ORDER BY account.id
    ON CONFLICT (account_id) DO NOTHING;
    -- In one order: two entries that touch the same accounts queue instead of deadlocking.
    PERFORM FROM ledger_balance WHERE account_id IN (SELECT account_id FROM added) ORDER BY account_id FOR UPDATE;
    UPDATE ledger_balance balance SET amount = balance.amount + moved.amount
    FROM (
        SELECT account.id, sum((added.debit - added.credit) * account.side) AS amount
        FROM added JOIN ledger_account account ON account.id = added.account_id
        WHERE account.keeps_balance GROUP BY account.id
    ) AS moved WHERE moved.id = balance.account_id;
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_period_is_open() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    closed date;
BEGIN
    IF (SELECT min(effective_on) FROM added) < current_date THEN
        -- Whoever closes a period takes the same lock for himself, so he waits for entries of its days and they for him.
        PERFORM pg_advisory_xact_lock_shared(hashtext('lock_date'), 0);
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

CREATE CONSTRAINT TRIGGER posting_entry_balances AFTER INSERT ON ledger_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_balances();
CREATE TRIGGER posting_balances_follow AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_balances_follow();
CREATE TRIGGER posting_period_is_open AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_period_is_open();
"""
BACK = """
DROP TRIGGER posting_period_is_open ON ledger_posting;
DROP TRIGGER posting_balances_follow ON ledger_posting;
DROP TRIGGER posting_entry_balances ON ledger_posting;
DROP FUNCTION ledger_period_is_open();
DROP FUNCTION ledger_balances_follow();
DROP FUNCTION ledger_entry_balances();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0001_initial"),
        ("core", "0002_history_and_rights"),
        ("clinic", "0003_accounts_and_lock_dates"),
    ]
    operations = [
        migrations.RunSQL(FUNCTIONS, BACK),
        append_only("ledger_posting"),
        track("ledger_account"),
    ]

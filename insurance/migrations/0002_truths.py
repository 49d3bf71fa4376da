"""A sent register stays as it was sent; steps and allocations are never changed; what changed in a policy is kept."""

from django.db import migrations

from core.history import append_only, track

FUNCTIONS = """
CREATE FUNCTION insurance_register_is_frozen() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.sent_on IS NOT NULL AND (
        TG_OP = 'DELETE' OR to_jsonb(NEW) - 'status' - 'version' <> to_jsonb(OLD) - 'status' - 'version'
    ) THEN
        RAISE EXCEPTION 'register % was sent', OLD.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'register_sent_is_frozen', TABLE = 'insurance_register';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION insurance_register_lines_are_frozen() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    line insurance_registerline := CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END;
BEGIN
    IF EXISTS (SELECT FROM insurance_register WHERE id = line.register_id AND sent_on IS NOT NULL) THEN
        RAISE EXCEPTION 'register % was sent', line.register_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'register_sent_is_frozen', TABLE = 'insurance_registerline';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER register_sent_is_frozen BEFORE UPDATE OR DELETE ON insurance_register
    FOR EACH ROW EXECUTE FUNCTION insurance_register_is_frozen();
CREATE TRIGGER register_lines_are_frozen BEFORE INSERT OR UPDATE OR DELETE ON insurance_registerline
    FOR EACH ROW EXECUTE FUNCTION insurance_register_lines_are_frozen();
"""
BACK = """
DROP TRIGGER register_lines_are_frozen ON insurance_registerline;
DROP TRIGGER register_sent_is_frozen ON insurance_register;
DROP FUNCTION insurance_register_lines_are_frozen();
DROP FUNCTION insurance_register_is_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("insurance", "0001_initial"), ("core", "0002_history_and_rights")]
    operations = [
        migrations.RunSQL(FUNCTIONS, BACK),
        append_only("insurance_approvalstep", "insurance_allocation"),
        track(
            "insurance_insurer",
            "insurance_insurerprice",
            "insurance_programme",
            "insurance_cover",
            "insurance_policy",
            "insurance_categorylimit",
            "insurance_guaranteeletter",
            "insurance_approval",
            "insurance_approvalline",
        ),
    ]

"""SMS parts counted by the database as `messaging.rules.segments` counts them, for texts that it makes itself."""

from django.db import migrations

ONE = r"\u0040\u00a3\u0024\u00a5\u00e8\u00e9\u00f9\u00ec\u00f2\u00c7\n\u00d8\u00f8\r\u00c5\u00e5\u0394_\u03a6\u0393\u039b\u03a9\u03a0\u03a8\u03a3\u0398\u039e\u00c6\u00e6\u00df\u00c9"
ONE += r"\u0020-\u003f\u00a1\u0041-\u005a\u00c4\u00d6\u00d1\u00dc\u00a7\u00bf\u0061-\u007a\u00e4\u00f6\u00f1\u00fc\u00e0\u00a4"
TWO = r"\u005e\u007b\u007d\u005c\u005b\u007e\u005d\u007c\u20ac\f"

FUNCTION = rf"""
CREATE FUNCTION messaging_segments(words text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN size <= one THEN 1 ELSE (size + part - 1) / part END
    FROM (
        SELECT 70 AS one, 67 AS part, length(words) + length(regexp_replace(words, '[^\U00010000-\U0010ffff]+', '', 'g')) AS size
        WHERE words ~ '[\u0400-\u04ff]' OR words !~ '^[{ONE}{TWO}]*$'
        UNION ALL
        SELECT 160, 153, length(words) + length(regexp_replace(words, '[^{TWO}]+', '', 'g'))
        WHERE words !~ '[\u0400-\u04ff]' AND words ~ '^[{ONE}{TWO}]*$'
    ) counted
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial")]
    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION messaging_segments(text);")]

"""The history trigger's function, and the rights that make audit and history append-only."""

from django.db import migrations

from core.history import FUNCTION, append_only


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION core_history_record();"),
        append_only("core_auditentry", "core_historyentry"),
    ]

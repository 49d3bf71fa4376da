"""What was printed stays as it was."""

from django.db import migrations

from core.history import append_only


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial"), ("core", "0002_history_and_rights")]
    operations = [append_only("documents_document")]

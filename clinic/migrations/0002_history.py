"""People, rights and prices are disputed: keep which column changed."""

from django.db import migrations

from core.history import track


class Migration(migrations.Migration):
    dependencies = [("clinic", "0001_initial"), ("core", "0002_history_and_rights")]
    operations = [
        track("clinic_user", "clinic_role", "clinic_staff", "clinic_branch", "clinic_chair", "clinic_legalentity")
    ]

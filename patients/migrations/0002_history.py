"""A card is disputed: keep which column changed."""

from django.db import migrations

from core.history import track


class Migration(migrations.Migration):
    dependencies = [("patients", "0001_initial"), ("core", "0002_history_and_rights")]
    operations = [track("patients_patient", "patients_family")]

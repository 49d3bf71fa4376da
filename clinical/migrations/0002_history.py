"""Which column changed, for what doctors write."""

from django.db import migrations

from core.history import track


class Migration(migrations.Migration):
    dependencies = [("clinical", "0001_initial"), ("core", "0002_history_and_rights")]
    operations = [track("clinical_toothdiagnosis", "clinical_treatmentplan", "clinical_planline")]

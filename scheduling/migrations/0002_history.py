"""Who moved what from where: the calendar's rows keep their history."""

from django.db import migrations

from core.history import track


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0001_initial"), ("core", "0002_history_and_rights")]
    operations = [track("scheduling_appointment", "scheduling_shift")]

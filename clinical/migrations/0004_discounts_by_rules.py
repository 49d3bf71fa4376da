"""A line's discount is a person's own, or what apps above give by themselves; those that stand are persons' own."""

from django.db import migrations, models

OWN = "UPDATE clinical_planline SET has_own_discount = true WHERE discount > 0; SET CONSTRAINTS ALL IMMEDIATE;"


class Migration(migrations.Migration):
    dependencies = [("clinical", "0003_tooth_marks")]
    operations = [
        migrations.AddField(
            "planline",
            "discount_parts",
            models.JSONField(
                blank=True, default=list, db_default=[], help_text="what apps above gave and why: [{why, ...}, ...]"
            ),
        ),
        migrations.AddField(
            "planline",
            "has_own_discount",
            models.BooleanField(
                default=False, db_default=False, help_text="given by a person; else apps above may give one"
            ),
        ),
        migrations.RunSQL(OWN, migrations.RunSQL.noop),
    ]

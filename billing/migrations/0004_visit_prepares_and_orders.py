"""A finished visit prepares one invoice; cash receipt and expense orders have their own numbers in a legal entity."""

import django.db.models.deletion
from django.db import migrations, models

# Orders had one sequence: those that are there keep their numbers, both sequences go on after the last of them.
OWN_NUMBERS = """
UPDATE billing_cashmovement movement SET legal_entity_id = branch.legal_entity_id
FROM clinic_branch branch WHERE branch.id = movement.branch_id;
INSERT INTO clinic_numbersequence (legal_entity_id, kind, period, last)
SELECT legal_entity_id, kinds.kind, period, last
FROM clinic_numbersequence, unnest(ARRAY['cash_receipt', 'cash_expense']) AS kinds(kind)
WHERE clinic_numbersequence.kind = 'cash_order';
SET CONSTRAINTS ALL IMMEDIATE;
"""


def numbers_unique(way: str, lookup: str) -> migrations.AddConstraint:
    return migrations.AddConstraint(
        "cashmovement",
        models.UniqueConstraint(
            condition=models.Q((lookup, 0)),
            fields=("legal_entity", "number"),
            name=f"cash_{way}_number_is_unique_in_entity",
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_truths"), ("clinic", "0004_professions_archived")]
    operations = [
        migrations.AddField(
            "cashmovement",
            "legal_entity",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.legalentity"
            ),
        ),
        migrations.AddField(
            "cashmovement",
            "person",
            models.CharField(blank=True, default="", max_length=200, verbose_name="from whom, to whom"),
            preserve_default=False,
        ),
        migrations.AddField(
            "invoice",
            "is_prepared",
            models.BooleanField(default=False, help_text="made by the end of its visit, gone when that is put back"),
        ),
        migrations.RunSQL(OWN_NUMBERS, migrations.RunSQL.noop),
        migrations.AlterField(
            "cashmovement",
            "legal_entity",
            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.legalentity"),
        ),
        numbers_unique("receipt", "amount__gt"),
        numbers_unique("expense", "amount__lt"),
        migrations.AddConstraint(
            "invoice",
            models.UniqueConstraint(
                condition=models.Q(("is_prepared", True), ("status", "draft")),
                fields=("appointment",),
                name="visit_prepares_one_invoice",
            ),
        ),
    ]

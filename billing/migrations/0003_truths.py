"""Payments and cash orders are never changed; of a payment only the card may be another one, after a merge."""

from django.db import migrations

from core.history import append_only, track


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_initial"), ("core", "0002_history_and_rights")]
    operations = [
        append_only("billing_payment", "billing_paymentpart", "billing_cashmovement"),
        migrations.RunSQL(
            "GRANT UPDATE (patient_id) ON billing_payment TO clinic_app;",
            "REVOKE UPDATE (patient_id) ON billing_payment FROM clinic_app;",
        ),
        track(
            "billing_invoice",
            "billing_invoiceline",
            "billing_share",
            "billing_payment",
            "billing_cashshift",
            "billing_cashdesk",
            "billing_article",
        ),
    ]

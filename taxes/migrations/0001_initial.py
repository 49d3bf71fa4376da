"""Certificates, what they are made of, registers; what was said is never changed."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import core.money
from core.history import append_only, track


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("billing", "0006_discounts"),
        ("clinic", "0004_professions_archived"),
        ("core", "0004_undo"),
        ("patients", "0005_patient_flow"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CertificateNumber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("payer_key", models.CharField(max_length=40)),
                ("correction", models.PositiveSmallIntegerField(default=0, verbose_name="correction")),
                ("is_cancelled", models.BooleanField(default=False)),
                (
                    "legal_entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.legalentity",
                        verbose_name="legal entity",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tax_numbers",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Certificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("correction", models.PositiveSmallIntegerField(default=0, verbose_name="correction")),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("self", "The patient"),
                            ("spouse", "Spouse"),
                            ("parent", "Parent"),
                            ("child", "Son or daughter"),
                            ("guardian", "Guardian"),
                        ],
                        max_length=10,
                        verbose_name="who pays",
                    ),
                ),
                ("payer_name", models.CharField(max_length=250, verbose_name="taxpayer")),
                ("payer", models.JSONField(help_text="rules.Person as it stands in the certificate")),
                ("subject", models.JSONField(help_text="the patient, likewise")),
                ("code1", core.money.MoneyField(decimal_places=2, max_digits=14, verbose_name="code 1")),
                ("code2", core.money.MoneyField(decimal_places=2, max_digits=14, verbose_name="code 2")),
                ("signer", models.CharField(max_length=200, verbose_name="signer")),
                ("authority", models.CharField(blank=True, max_length=200, verbose_name="on what ground")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                ("issued_on", models.DateField(verbose_name="issued")),
                ("issued_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.branch",
                        verbose_name="branch",
                    ),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="issued by",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tax_certificates",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                (
                    "number",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="certificates",
                        to="taxes.certificatenumber",
                    ),
                ),
            ],
            options={
                "verbose_name": "tax certificate",
                "ordering": ("-pk",),
            },
        ),
        migrations.CreateModel(
            name="CertificatePayment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("paid_on", models.DateField(verbose_name="paid")),
                ("code1", core.money.MoneyField(decimal_places=2, max_digits=14, verbose_name="code 1")),
                ("code2", core.money.MoneyField(decimal_places=2, max_digits=14, verbose_name="code 2")),
                (
                    "certificate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="payments", to="taxes.certificate"
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.payment",
                        verbose_name="payment",
                    ),
                ),
            ],
            options={
                "ordering": ("paid_on", "payment"),
            },
        ),
        migrations.CreateModel(
            name="CertifiedPayment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="certified",
                        to="taxes.certificatenumber",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.patient"
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="billing.payment"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TaxRegister",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("count", models.PositiveIntegerField(verbose_name="certificates")),
                ("code1", core.money.MoneyField(decimal_places=2, max_digits=14, verbose_name="code 1")),
                ("code2", core.money.MoneyField(decimal_places=2, max_digits=14, verbose_name="code 2")),
                ("made_on", models.DateField(verbose_name="day")),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile"
                    ),
                ),
                (
                    "legal_entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.legalentity",
                        verbose_name="legal entity",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "register of certificates",
                "ordering": ("-pk",),
            },
        ),
        migrations.CreateModel(
            name="TaxRegisterEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "certificate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sent", to="taxes.certificate"
                    ),
                ),
                (
                    "register",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="taxes.taxregister"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="certificatenumber",
            constraint=models.UniqueConstraint(
                fields=("legal_entity", "year", "number"), name="certificate_number_is_unique_in_entity_and_year"
            ),
        ),
        migrations.AddConstraint(
            model_name="certificatenumber",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_cancelled", False)),
                fields=("legal_entity", "year", "patient", "payer_key"),
                name="certificate_is_one_a_payer_patient_and_year",
            ),
        ),
        migrations.AddIndex(
            model_name="certificate",
            index=models.Index(fields=["patient", "-id"], name="certificate_of_a_patient"),
        ),
        migrations.AddIndex(
            model_name="certificate",
            index=models.Index(fields=["branch", "-issued_on"], name="certificate_of_a_day"),
        ),
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.UniqueConstraint(fields=("number", "correction"), name="certificate_correction_is_one"),
        ),
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("code1__gte", 0),
                    ("code2__gte", 0),
                    models.Q(
                        models.Q(("code1", 0), ("code2", 0), ("correction", 999)),
                        models.Q(("correction__lt", 999), models.Q(("code1", 0), ("code2", 0), _negated=True)),
                        _connector="OR",
                    ),
                ),
                name="certificate_speaks_of_money_unless_it_cancels",
            ),
        ),
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.CheckConstraint(
                condition=models.Q(("correction", 0), ("reason__gt", ""), _connector="OR"),
                name="certificate_is_corrected_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="certificatepayment",
            constraint=models.UniqueConstraint(
                fields=("certificate", "payment"), name="certificate_names_a_payment_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="certificatepayment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("code1__gte", 0), ("code2__gte", 0), models.Q(("code1", 0), ("code2", 0), _negated=True)
                ),
                name="certificate_payment_is_money",
            ),
        ),
        migrations.AddConstraint(
            model_name="certifiedpayment",
            constraint=models.UniqueConstraint(fields=("payment", "patient"), name="payment_is_certified_once"),
        ),
        migrations.AddConstraint(
            model_name="taxregister",
            constraint=models.CheckConstraint(condition=models.Q(("count__gte", 1)), name="tax_register_is_not_empty"),
        ),
        migrations.AddConstraint(
            model_name="taxregisterentry",
            constraint=models.UniqueConstraint(fields=("certificate",), name="certificate_is_sent_once"),
        ),
        # A merge of cards moves certificates to the card that stays; nothing else in them ever changes.
        append_only("taxes_certificate", "taxes_certificatepayment", "taxes_taxregister", "taxes_taxregisterentry"),
        migrations.RunSQL(
            "GRANT UPDATE (patient_id) ON taxes_certificate TO clinic_app;",
            "REVOKE UPDATE (patient_id) ON taxes_certificate FROM clinic_app;",
        ),
        track("taxes_certificatenumber"),
    ]

"""Templates with their versions, papers made of them, links for signing, signatures."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from core.history import append_only, track


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0004_professions_archived"),
        ("core", "0004_undo"),
        ("documents", "0002_truths"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Paper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("contract", "Contract"),
                            ("personal_data", "Consent to processing of personal data"),
                            ("intervention", "Consent to medical intervention"),
                            ("marketing", "Consent to advertising"),
                            ("photo", "Consent to photography"),
                            ("informed", "Informed consent by service"),
                            ("plan", "Treatment plan"),
                            ("act", "Act of services rendered"),
                            ("barter", "Barter regulation"),
                            ("guarantee", "Guarantee letter"),
                            ("memo", "Memo for the patient"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("number", models.PositiveBigIntegerField(null=True)),
                ("patient_id", models.BigIntegerField(db_index=True)),
                ("patient_name", models.CharField(max_length=260)),
                ("signer_name", models.CharField(max_length=260)),
                ("representative_id", models.BigIntegerField(null=True)),
                ("language", models.CharField(max_length=5)),
                ("day", models.DateField()),
                ("body", models.TextField()),
                (
                    "rights",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), default=list, size=None
                    ),
                ),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.branch"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "paper",
                "ordering": ("-made_at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="SignLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("nonce", models.CharField(max_length=32)),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("expires_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "paper",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="links", to="documents.paper"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Signature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(choices=[("paper", "On paper"), ("link", "By link, with a finger")], max_length=6),
                ),
                ("signer_name", models.CharField(max_length=260)),
                ("initials", models.CharField(blank=True, max_length=12)),
                ("signed_at", models.DateTimeField()),
                ("address", models.GenericIPAddressField(null=True)),
                ("device", models.CharField(blank=True, max_length=300)),
                ("sha256", models.CharField(max_length=64)),
                (
                    "document",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.document",
                    ),
                ),
                (
                    "image",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile"
                    ),
                ),
                (
                    "paper",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="signatures", to="documents.paper"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.signlink",
                    ),
                ),
            ],
            options={
                "verbose_name": "signature",
            },
        ),
        migrations.CreateModel(
            name="Template",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("name", models.CharField(max_length=160, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("contract", "Contract"),
                            ("personal_data", "Consent to processing of personal data"),
                            ("intervention", "Consent to medical intervention"),
                            ("marketing", "Consent to advertising"),
                            ("photo", "Consent to photography"),
                            ("informed", "Informed consent by service"),
                            ("plan", "Treatment plan"),
                            ("act", "Act of services rendered"),
                            ("barter", "Barter regulation"),
                            ("guarantee", "Guarantee letter"),
                            ("memo", "Memo for the patient"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                        verbose_name="type",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("ru", "Русский"), ("en", "English"), ("ro", "Română")],
                        default="ru",
                        max_length=5,
                        verbose_name="language",
                    ),
                ),
                ("consent", models.CharField(blank=True, max_length=40, verbose_name="signing records the consent")),
                ("body", models.TextField(verbose_name="text")),
                ("number", models.PositiveIntegerField(default=1, editable=False, verbose_name="edition")),
                ("is_active", models.BooleanField(default=True, verbose_name="offered")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "verbose_name": "template of a document",
                "ordering": ("kind", "name", "pk"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("deleted_at__isnull", True)),
                        fields=("name", "language"),
                        name="paper_template_name_is_unique",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TemplateVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="edition")),
                ("body", models.TextField()),
                ("is_renewed", models.BooleanField(default=False, verbose_name="signed anew")),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="documents.template"
                    ),
                ),
            ],
            options={
                "ordering": ("-number",),
            },
        ),
        migrations.AddField(
            model_name="paper",
            name="template",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="papers", to="documents.templateversion"
            ),
        ),
        migrations.AddConstraint(
            model_name="signlink",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_at__isnull", True)),
                fields=("paper",),
                name="paper_has_one_link_for_signing",
            ),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.UniqueConstraint(fields=("paper",), name="paper_is_signed_once"),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("channel", "paper"),
                    models.Q(("document__isnull", False), ("image__isnull", False)),
                    _connector="OR",
                ),
                name="paper_signed_by_link_shows_the_signature",
            ),
        ),
        migrations.AddConstraint(
            model_name="templateversion",
            constraint=models.UniqueConstraint(
                fields=("template", "number"), name="paper_template_version_is_one_a_number"
            ),
        ),
        append_only("documents_templateversion", "documents_paper", "documents_signature"),
        track("documents_template", "documents_signlink"),
    ]

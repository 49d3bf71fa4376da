"""Contracts, entries, grants, extras, sign-offs, what was received."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import core.money
from core.history import append_only, track


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("billing", "0005_limits"),
        ("catalog", "0003_price_changes"),
        ("clinic", "0004_professions_archived"),
        ("clinical", "0003_tooth_marks"),
        ("core", "0004_undo"),
        ("ledger", "0004_closing_waits"),
        ("patients", "0005_patient_flow"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Contract",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveBigIntegerField(verbose_name="number")),
                (
                    "kind",
                    models.CharField(
                        choices=[("organisation", "Organisation"), ("public_person", "Public person")],
                        max_length=13,
                        verbose_name="kind",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("terms_sent", "Regulation sent"),
                            ("signed", "Signed"),
                            ("active", "In force"),
                            ("closed", "Closed"),
                        ],
                        default="proposed",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "over_limit",
                    models.CharField(
                        choices=[
                            ("block", "Nothing may be sold"),
                            ("patient", "The patient pays"),
                            ("organisation", "The organisation pays by invoice"),
                        ],
                        max_length=12,
                        verbose_name="over the limit",
                    ),
                ),
                ("starts_on", models.DateField(blank=True, null=True, verbose_name="from")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="till")),
                ("signed_on", models.DateField(blank=True, null=True, verbose_name="signed on")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("closed_at", models.DateTimeField(editable=False, null=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "allowed_services",
                    models.ManyToManyField(
                        blank=True, related_name="+", to="catalog.service", verbose_name="allowed services"
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "regulation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.storedfile",
                        verbose_name="signed regulation",
                    ),
                ),
            ],
            options={
                "verbose_name": "barter contract",
                "ordering": ("-number",),
            },
        ),
        migrations.CreateModel(
            name="Beneficiary",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveBigIntegerField(verbose_name="entry")),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="phone")),
                (
                    "announced",
                    core.money.MoneyField(
                        decimal_places=2,
                        default=Decimal("0"),
                        max_digits=14,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.00"))],
                        verbose_name="limit",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("announced", "Announced"),
                            ("verified", "Checked"),
                            ("assigned", "To be called"),
                            ("invited", "Chosen"),
                            ("contact_given", "To be called"),
                            ("booked", "Booked"),
                            ("met", "Met"),
                            ("in_chair", "Consultation"),
                            ("plan_proposed", "Plan to agree"),
                            ("treating", "In treatment"),
                            ("active", "In force"),
                            ("finished", "Being closed"),
                            ("closed", "Closed"),
                        ],
                        max_length=13,
                        verbose_name="state",
                    ),
                ),
                ("photo_consent_on", models.DateField(blank=True, null=True, verbose_name="consent to photographs")),
                ("closed_at", models.DateTimeField(editable=False, null=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="calls him",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "doctor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.staff",
                        verbose_name="chosen doctor",
                    ),
                ),
                (
                    "limit",
                    models.OneToOneField(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="barter_entry",
                        to="billing.limit",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="barter_entries",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                (
                    "payer",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.payer",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinical.treatmentplan",
                        verbose_name="agreed plan",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="beneficiaries",
                        to="barter.contract",
                        verbose_name="contract",
                    ),
                ),
            ],
            options={
                "verbose_name": "barter entry",
                "ordering": ("-number",),
            },
        ),
        migrations.CreateModel(
            name="Extra",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=300, verbose_name="why")),
                (
                    "status",
                    models.CharField(
                        choices=[("asked", "Asked for"), ("agreed", "Agreed"), ("refused", "Refused")],
                        default="asked",
                        max_length=7,
                        verbose_name="status",
                    ),
                ),
                ("asked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "beneficiary",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="extras", to="barter.beneficiary"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.service",
                        verbose_name="service",
                    ),
                ),
            ],
            options={
                "verbose_name": "extra work",
                "ordering": ("pk",),
            },
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", core.money.MoneyField(decimal_places=2, max_digits=14, verbose_name="sum")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="time")),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "beneficiary",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="grants", to="barter.beneficiary"
                    ),
                ),
            ],
            options={
                "verbose_name": "grant",
                "ordering": ("pk",),
            },
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("inn", models.CharField(blank=True, max_length=12, verbose_name="INN")),
                ("contact", models.CharField(blank=True, max_length=200, verbose_name="contact person")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                (
                    "payer",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.payer",
                    ),
                ),
            ],
            options={
                "verbose_name": "organisation",
                "ordering": ("name", "pk"),
            },
        ),
        migrations.AddField(
            model_name="contract",
            name="organisation",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contracts",
                to="barter.organisation",
                verbose_name="organisation",
            ),
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200, verbose_name="what")),
                (
                    "planned",
                    core.money.MoneyField(
                        decimal_places=2,
                        default=Decimal("0"),
                        max_digits=14,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.00"))],
                        verbose_name="planned, at its price",
                    ),
                ),
                ("planned_on", models.DateField(blank=True, null=True, verbose_name="planned for")),
                (
                    "received",
                    core.money.MoneyField(
                        blank=True,
                        decimal_places=2,
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.00"))],
                        verbose_name="received, at its price",
                    ),
                ),
                ("received_on", models.DateField(blank=True, null=True, verbose_name="received on")),
                ("act_number", models.CharField(blank=True, max_length=40, verbose_name="act")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="barter.contract"
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "received in exchange",
                "ordering": ("planned_on", "pk"),
            },
        ),
        migrations.CreateModel(
            name="SignOff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("marketer", "Marketer: the treatment is finished"),
                            ("sales", "Head of sales: knows of it"),
                            ("senior", "Senior administrator: announced it"),
                            ("finance", "Finance manager: the debt is written off"),
                        ],
                        max_length=8,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="comment")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "beneficiary",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sign_offs", to="barter.beneficiary"
                    ),
                ),
            ],
            options={
                "verbose_name": "sign-off",
                "ordering": ("pk",),
            },
        ),
        migrations.AddIndex(
            model_name="beneficiary",
            index=models.Index(fields=["patient", "state"], name="barter_entry_of_a_patient"),
        ),
        migrations.AddConstraint(
            model_name="beneficiary",
            constraint=models.UniqueConstraint(fields=("number",), name="barter_entry_number_is_unique"),
        ),
        migrations.AddConstraint(
            model_name="beneficiary",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("state", "closed"), _negated=True), ("patient__isnull", False)),
                fields=("contract", "patient"),
                name="patient_has_one_entry_of_a_barter_contract",
            ),
        ),
        migrations.AddConstraint(
            model_name="beneficiary",
            constraint=models.CheckConstraint(
                condition=models.Q(("announced__gte", 0)), name="barter_limit_never_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="beneficiary",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state__in", ("booked", "met", "in_chair", "plan_proposed", "treating", "active")),
                        _negated=True,
                    ),
                    ("patient__isnull", False),
                    _connector="OR",
                ),
                name="barter_entry_that_pays_has_a_card",
            ),
        ),
        migrations.AddConstraint(
            model_name="extra",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "asked")),
                fields=("beneficiary", "service"),
                name="extra_work_is_asked_for_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="extra",
            constraint=models.CheckConstraint(
                condition=models.Q(("status", "asked"), ("decided_at__isnull", False), _connector="OR"),
                name="extra_work_decided_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount", 0), _negated=True), name="barter_grant_moves_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.UniqueConstraint(fields=("name",), name="barter_organisation_is_one_of_its_name"),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.UniqueConstraint(
                fields=("legal_entity", "number"), name="barter_contract_number_is_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "public_person"), ("organisation__isnull", False), _connector="OR"),
                name="barter_contract_of_an_organisation_names_it",
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("over_limit", "organisation"), _negated=True),
                    ("organisation__isnull", False),
                    _connector="OR",
                ),
                name="barter_excess_is_billed_to_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("starts_on__isnull", True),
                    ("ends_on__isnull", True),
                    ("ends_on__gte", models.F("starts_on")),
                    _connector="OR",
                ),
                name="barter_contract_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ("signed", "active")), _negated=True),
                    ("signed_on__isnull", False),
                    _connector="OR",
                ),
                name="barter_contract_in_force_was_signed",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("planned__gte", 0), models.Q(("received__isnull", True), ("received__gte", 0), _connector="OR")
                ),
                name="barter_receipt_never_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("received__isnull", True), ("received_on__isnull", True)),
                    models.Q(("received__isnull", False), ("received_on__isnull", False)),
                    _connector="OR",
                ),
                name="barter_receipt_has_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="signoff",
            constraint=models.UniqueConstraint(
                fields=("beneficiary", "part"), name="barter_entry_is_signed_once_a_part"
            ),
        ),
        append_only("barter_grant", "barter_signoff"),
        track("barter_organisation", "barter_contract", "barter_beneficiary", "barter_extra", "barter_receipt"),
    ]

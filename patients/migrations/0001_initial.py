"""Cards, their directories and records; dictionary order without ICU; card numbers."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

# Dictionary order in any UTF-8 cluster: ё is е, Romanian letters stand after their base, hyphens and apostrophes
# count for nothing, a blank comes before every letter, so that «Иванов Яков» stands before «Иванова Анна».
SORT_KEY = """
CREATE FUNCTION sort_key(s text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
 SELECT regexp_replace(regexp_replace(replace(replace(replace(replace(replace(replace(replace(replace(lower(btrim(s)),
 'ё','е'),'ă','a~'),'â','a~~'),'î','i~'),'ș','s~'),'ş','s~'),'ț','t~'),'ţ','t~'), '[''’-]', '', 'g'), ' +', chr(1), 'g')
$$;
"""
# Not gapless, unlike numbers of documents: a counter row would make all receptions wait for a running import.
CARD_NUMBERS = """
CREATE SEQUENCE patients_card_number;
GRANT USAGE, SELECT, UPDATE ON SEQUENCE patients_card_number TO clinic_app;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("clinic", "0002_history"),
        ("core", "0002_history_and_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(SORT_KEY, "DROP FUNCTION sort_key(text);"),
        migrations.RunSQL(CARD_NUMBERS, "DROP SEQUENCE patients_card_number;"),
        migrations.CreateModel(
            name="Family",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="family name")),
                ("card_number", models.CharField(blank=True, max_length=40, verbose_name="family card")),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
            ],
            options={
                "verbose_name": "family",
            },
        ),
        migrations.CreateModel(
            name="ImportMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("headings_hash", models.CharField(max_length=64, unique=True)),
                ("columns", models.JSONField(default=dict)),
                ("used_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name="ConsentKind",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("code", models.SlugField(max_length=40, verbose_name="code")),
                ("name", models.CharField(max_length=160, verbose_name="name")),
                ("name_en", models.CharField(blank=True, max_length=160, verbose_name="name in English")),
                ("version", models.PositiveSmallIntegerField(default=1, verbose_name="edition")),
                ("is_renewed", models.BooleanField(default=True, verbose_name="a new edition is signed anew")),
                ("is_asked", models.BooleanField(default=False, verbose_name="asked of everybody")),
                (
                    "months",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Empty: until it is revoked.", null=True, verbose_name="valid for, months"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
            ],
            options={
                "verbose_name": "kind of consent",
                "ordering": ("position", "pk"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("deleted_at__isnull", True)),
                        fields=("code",),
                        name="consent_kind_code_is_unique",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomField",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("entity", models.CharField(default="patient", editable=False, max_length=40)),
                ("code", models.SlugField(editable=False, max_length=40)),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("text", "Text"),
                            ("long", "Long text"),
                            ("number", "Number"),
                            ("date", "Date"),
                            ("choice", "One of a list"),
                            ("yes", "Yes or no"),
                        ],
                        default="text",
                        max_length=6,
                        verbose_name="type",
                    ),
                ),
                ("options", models.JSONField(blank=True, default=list, verbose_name="choices")),
                ("help_text", models.CharField(blank=True, max_length=200, verbose_name="hint")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
                (
                    "needed",
                    models.CharField(
                        choices=[
                            ("never", "Never required"),
                            ("creation", "When the card is made"),
                            ("arrival", "On arrival"),
                            ("contract", "For the contract"),
                        ],
                        default="never",
                        max_length=8,
                        verbose_name="required",
                    ),
                ),
                (
                    "audience",
                    models.CharField(
                        choices=[
                            ("base", "Everybody who sees the card"),
                            ("identity", "Those who see documents of identity"),
                            ("medical", "Medics"),
                            ("financial", "Those who see money"),
                        ],
                        default="base",
                        max_length=9,
                        verbose_name="seen by",
                    ),
                ),
            ],
            options={
                "verbose_name": "custom field",
                "ordering": ("position", "pk"),
                "constraints": [
                    models.UniqueConstraint(fields=("entity", "code"), name="custom_field_code_is_never_used_twice"),
                    models.UniqueConstraint(
                        condition=models.Q(("deleted_at__isnull", True)),
                        fields=("entity", "name"),
                        name="custom_field_name_is_unique",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DocumentKind",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "mask",
                    models.CharField(
                        blank=True,
                        help_text="A regular expression; empty is anything.",
                        max_length=120,
                        verbose_name="form of the number",
                    ),
                ),
                ("example", models.CharField(blank=True, max_length=60, verbose_name="example")),
                ("tax_code", models.CharField(blank=True, max_length=2, verbose_name="code for tax certificates")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
            ],
            options={
                "verbose_name": "kind of document",
                "ordering": ("position", "name"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("deleted_at__isnull", True)),
                        fields=("name",),
                        name="document_kind_name_is_unique",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("name", models.CharField(max_length=120, verbose_name="name")),
            ],
            options={
                "verbose_name": "CLV group",
                "ordering": ("name",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("deleted_at__isnull", True)), fields=("name",), name="group_name_is_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("columns", models.JSONField(default=dict, help_text="field name: column number")),
                ("options", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "Not imported yet"),
                            ("running", "Being imported"),
                            ("done", "Imported"),
                            ("failed", "Failed"),
                            ("undone", "Rolled back"),
                        ],
                        default="new",
                        max_length=8,
                    ),
                ),
                ("report", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "check_job",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="core.job"
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile"
                    ),
                ),
                (
                    "run_job",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="core.job"
                    ),
                ),
                (
                    "undo_job",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="core.job"
                    ),
                ),
            ],
            options={
                "verbose_name": "import of patients",
                "ordering": ("-pk",),
            },
        ),
        migrations.CreateModel(
            name="Patient",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("card_number", models.CharField(max_length=20, verbose_name="card number")),
                ("last_name", models.CharField(max_length=80, verbose_name="last name")),
                ("first_name", models.CharField(max_length=80, verbose_name="first name")),
                ("middle_name", models.CharField(blank=True, max_length=80, verbose_name="patronymic")),
                (
                    "sex",
                    models.CharField(
                        blank=True, choices=[("m", "Male"), ("f", "Female")], max_length=1, verbose_name="sex"
                    ),
                ),
                ("birth_date", models.DateField(blank=True, null=True, verbose_name="birth date")),
                (
                    "phone",
                    models.CharField(blank=True, help_text="as +79001234567", max_length=20, verbose_name="phone"),
                ),
                ("home_phone", models.CharField(blank=True, max_length=20, verbose_name="home phone")),
                (
                    "more_phones",
                    models.CharField(
                        blank=True,
                        db_default="",
                        help_text="Separated by blanks.",
                        max_length=200,
                        verbose_name="other phones",
                    ),
                ),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("comment", models.TextField(blank=True, max_length=4000, verbose_name="comment")),
                (
                    "source_note",
                    models.CharField(blank=True, db_default="", max_length=200, verbose_name="note to the channel"),
                ),
                (
                    "family_role",
                    models.CharField(blank=True, db_default="", max_length=40, verbose_name="in the family"),
                ),
                ("mailing_allowed", models.BooleanField(default=False, verbose_name="marketing messages allowed")),
                ("reminders_allowed", models.BooleanField(default=True, verbose_name="visit reminders allowed")),
                ("language", models.CharField(blank=True, max_length=5, verbose_name="language of messages")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "kind",
                    models.CharField(
                        choices=[("primary", "Primary"), ("secondary", "Secondary")],
                        default="primary",
                        max_length=10,
                        verbose_name="type",
                    ),
                ),
                ("kind_why", models.JSONField(db_default={}, default=dict, editable=False)),
                (
                    "treatment_status",
                    models.CharField(
                        choices=[
                            ("none", "No treatment yet"),
                            ("thinking", "Thinking"),
                            ("in_treatment", "In treatment"),
                            ("sanated", "Sanated"),
                        ],
                        default="none",
                        max_length=12,
                        verbose_name="treatment",
                    ),
                ),
                ("status_since", models.DateField(editable=False, null=True)),
                ("status_why", models.JSONField(db_default=[], default=list, editable=False)),
                ("next_call_on", models.DateField(blank=True, null=True, verbose_name="next call")),
                (
                    "paper_card_place",
                    models.CharField(blank=True, db_default="", max_length=80, verbose_name="where the paper card is"),
                ),
                ("custom", models.JSONField(blank=True, db_default={}, default=dict, editable=False)),
                ("erased_at", models.DateTimeField(editable=False, null=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "search_name",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            django.db.models.functions.text.Lower(
                                django.db.models.functions.text.Concat(
                                    models.Value(" "),
                                    models.F("last_name"),
                                    models.Value(" "),
                                    models.F("first_name"),
                                    models.Value(" "),
                                    models.F("middle_name"),
                                    models.Value(" "),
                                )
                            ),
                            models.Value("ёăâîșşțţ"),
                            models.Value("еaaisstt"),
                            function="translate",
                        ),
                        output_field=models.CharField(max_length=260),
                    ),
                ),
                (
                    "search_digits",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            django.db.models.functions.text.Concat(
                                models.Value(" "),
                                models.F("card_number"),
                                models.Value(" "),
                                models.F("phone"),
                                models.Value(" "),
                                models.F("home_phone"),
                                models.Value(" "),
                                models.F("more_phones"),
                                models.Value(" "),
                            ),
                            models.Value("[^0-9 ]"),
                            models.Value(""),
                            models.Value("g"),
                            function="regexp_replace",
                        ),
                        output_field=models.CharField(max_length=300),
                    ),
                ),
                (
                    "sort_key",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            django.db.models.functions.text.Concat(
                                models.Value(" "),
                                models.F("last_name"),
                                models.Value(" "),
                                models.F("first_name"),
                                models.Value(" "),
                                models.F("middle_name"),
                                models.Value(" "),
                            ),
                            function="sort_key",
                        ),
                        output_field=models.CharField(db_collation="C", max_length=300),
                    ),
                ),
                (
                    "branch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="patients",
                        to="clinic.branch",
                        verbose_name="branch",
                    ),
                ),
                (
                    "coordinator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coordinated",
                        to="clinic.staff",
                        verbose_name="coordinator",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
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
                        related_name="treated",
                        to="clinic.staff",
                        verbose_name="treating doctor",
                    ),
                ),
                (
                    "family",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="members",
                        to="patients.family",
                        verbose_name="family",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="patients",
                        to="patients.group",
                        verbose_name="CLV group",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged_cards",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "patient",
            },
        ),
        migrations.CreateModel(
            name="Identity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("passport_series", models.CharField(blank=True, max_length=4, verbose_name="passport series")),
                ("passport_number", models.CharField(blank=True, max_length=6, verbose_name="passport number")),
                ("issued_by", models.CharField(blank=True, max_length=300, verbose_name="issued by")),
                ("issued_on", models.DateField(blank=True, null=True, verbose_name="issued on")),
                ("issuer_code", models.CharField(blank=True, max_length=7, verbose_name="code of the issuer")),
                ("is_foreign", models.BooleanField(default=False, verbose_name="other document (foreign citizen)")),
                ("document_number", models.CharField(blank=True, max_length=60, verbose_name="series and number")),
                ("citizenship", models.CharField(blank=True, max_length=80, verbose_name="citizenship")),
                ("snils", models.CharField(blank=True, max_length=11, verbose_name="SNILS")),
                ("inn", models.CharField(blank=True, max_length=12, verbose_name="INN")),
                ("policy_number", models.CharField(blank=True, max_length=40, verbose_name="policy")),
                ("insurance_company", models.CharField(blank=True, max_length=160, verbose_name="insurance company")),
                ("registered_address", models.CharField(blank=True, max_length=400, verbose_name="registered at")),
                ("is_same_address", models.BooleanField(default=True, verbose_name="lives at the same address")),
                ("actual_address", models.CharField(blank=True, max_length=400, verbose_name="lives at")),
                (
                    "document_kind",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.documentkind",
                        verbose_name="document",
                    ),
                ),
                (
                    "patient",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="identity", to="patients.patient"
                    ),
                ),
            ],
            options={
                "verbose_name": "documents and addresses",
            },
        ),
        migrations.AddField(
            model_name="family",
            name="guarantor",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="patients.patient",
                verbose_name="who pays",
            ),
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("allergy", "Allergy"), ("medical", "Medical alert"), ("note", "Note for everybody")],
                        default="allergy",
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        choices=[
                            ("info", "For information"),
                            ("warning", "Attention"),
                            ("blocking", "Danger: must be acknowledged"),
                        ],
                        default="warning",
                        max_length=8,
                        verbose_name="severity",
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        help_text="For example: lidocaine, pacemaker, call before the visit.",
                        max_length=120,
                        verbose_name="what",
                    ),
                ),
                ("text", models.TextField(blank=True, max_length=1000, verbose_name="details")),
                ("until", models.DateField(blank=True, null=True, verbose_name="valid until")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("closed_at", models.DateTimeField(null=True)),
                ("close_reason", models.CharField(blank=True, max_length=200)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="alerts", to="patients.patient"
                    ),
                ),
            ],
            options={
                "verbose_name": "alert",
                "ordering": ("-pk",),
            },
        ),
        migrations.CreateModel(
            name="PinnedPatient",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pinned_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="patients.patient"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RecentPatient",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opened_at", models.DateTimeField()),
                ("audited_at", models.DateTimeField()),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="patients.patient"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Representative",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("full_name", models.CharField(max_length=240, verbose_name="full name")),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("mother", "Mother"),
                            ("father", "Father"),
                            ("guardian", "Guardian"),
                            ("spouse", "Spouse"),
                            ("child", "Son or daughter"),
                            ("relative", "Relative"),
                            ("other", "Other"),
                        ],
                        default="mother",
                        max_length=10,
                        verbose_name="who it is",
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("birth_date", models.DateField(blank=True, null=True, verbose_name="birth date")),
                ("document", models.CharField(blank=True, max_length=300, verbose_name="document")),
                ("inn", models.CharField(blank=True, max_length=12, verbose_name="INN")),
                ("authority", models.CharField(blank=True, max_length=200, verbose_name="on what ground")),
                ("is_responsible", models.BooleanField(default=False, verbose_name="responsible under the contract")),
                ("pays", models.BooleanField(default=False, verbose_name="pays")),
                ("signs", models.BooleanField(default=False, verbose_name="signs documents")),
                ("may_know", models.BooleanField(default=False, verbose_name="may be told about health")),
                (
                    "card",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="represents",
                        to="patients.patient",
                        verbose_name="own card",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="representatives",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "representative",
                "ordering": ("-is_responsible", "pk"),
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveSmallIntegerField(verbose_name="edition")),
                ("signed_on", models.DateField(verbose_name="signed on")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="valid until")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("paper", "On paper"),
                            ("tablet", "On a tablet"),
                            ("sms", "By a code in SMS"),
                            ("online", "Online"),
                        ],
                        default="paper",
                        max_length=6,
                        verbose_name="how",
                    ),
                ),
                ("signer_name", models.CharField(blank=True, max_length=240)),
                ("number", models.CharField(blank=True, max_length=40, verbose_name="number")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "document_id",
                    models.BigIntegerField(editable=False, help_text="the signed copy in documents", null=True),
                ),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("revoked_on", models.DateField(null=True)),
                ("revoke_reason", models.CharField(blank=True, max_length=200)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "kind",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to="patients.consentkind",
                        verbose_name="document",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="patients.patient"
                    ),
                ),
                (
                    "representative",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to="patients.representative",
                        verbose_name="signed by the representative",
                    ),
                ),
            ],
            options={
                "verbose_name": "consent",
                "ordering": ("-signed_on", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("name", models.CharField(max_length=120, verbose_name="name")),
            ],
            options={
                "verbose_name": "marketing channel",
                "ordering": ("name",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("deleted_at__isnull", True)), fields=("name",), name="source_name_is_unique"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="patient",
            name="acquisition",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="acquired",
                to="patients.source",
                verbose_name="measured channel",
            ),
        ),
        migrations.AddField(
            model_name="patient",
            name="source",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="patients",
                to="patients.source",
                verbose_name="marketing channel",
            ),
        ),
        migrations.CreateModel(
            name="Stage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "tone",
                    models.CharField(
                        choices=[
                            ("blue", "Blue"),
                            ("green", "Green"),
                            ("amber", "Amber"),
                            ("red", "Red"),
                            ("violet", "Violet"),
                            ("teal", "Teal"),
                            ("grey", "Grey"),
                        ],
                        default="blue",
                        max_length=10,
                        verbose_name="colour",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
            ],
            options={
                "verbose_name": "stage",
                "ordering": ("position", "pk"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("deleted_at__isnull", True)), fields=("name",), name="stage_name_is_unique"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="patient",
            name="stage",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="patients",
                to="patients.stage",
                verbose_name="stage",
            ),
        ),
        migrations.CreateModel(
            name="Status",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "tone",
                    models.CharField(
                        choices=[
                            ("blue", "Blue"),
                            ("green", "Green"),
                            ("amber", "Amber"),
                            ("red", "Red"),
                            ("violet", "Violet"),
                            ("teal", "Teal"),
                            ("grey", "Grey"),
                        ],
                        default="grey",
                        max_length=10,
                        verbose_name="colour",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
                ("is_active", models.BooleanField(default=True, verbose_name="assigned automatically")),
                ("conditions", models.JSONField(blank=True, default=list, verbose_name="conditions")),
            ],
            options={
                "verbose_name": "patient status",
                "ordering": ("position", "pk"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("deleted_at__isnull", True)),
                        fields=("name",),
                        name="patient_status_name_is_unique",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="patient",
            name="status",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="patients",
                to="patients.status",
                verbose_name="status",
            ),
        ),
        migrations.CreateModel(
            name="AlertSeen",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                ("seen_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="seen", to="patients.alert"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("alert", "user", "version"), name="alert_seen_once_a_version")
                ],
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                ("moved", models.JSONField(default=list)),
                ("kept", models.JSONField(default=list)),
                ("filled", models.JSONField(default=dict)),
                ("snapshot", models.JSONField(default=dict)),
                ("merged_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "merged_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "retired",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="retirements", to="patients.patient"
                    ),
                ),
                (
                    "survivor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="merges", to="patients.patient"
                    ),
                ),
            ],
            options={
                "verbose_name": "merge",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True)),
                        fields=("retired",),
                        name="merge_retires_a_card_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("survivor", models.F("retired")), _negated=True),
                        name="merge_of_two_different_cards",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportedRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                (
                    "fate",
                    models.CharField(
                        choices=[
                            ("created", "Added"),
                            ("updated", "Completed"),
                            ("same", "Already there"),
                            ("wrong", "Error"),
                            ("undone", "Rolled back"),
                            ("kept", "Kept at roll-back"),
                        ],
                        max_length=7,
                    ),
                ),
                ("version", models.PositiveIntegerField(null=True)),
                ("before", models.JSONField(default=dict)),
                ("errors", models.JSONField(default=dict)),
                ("note", models.CharField(blank=True, max_length=300)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="patients.importbatch"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="patients.patient"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["batch", "fate"], name="imported_rows_by_fate")],
                "constraints": [models.UniqueConstraint(fields=("batch", "number"), name="imported_row_once_a_batch")],
            },
        ),
        migrations.AddConstraint(
            model_name="family",
            constraint=models.UniqueConstraint(
                condition=models.Q(("card_number", ""), _negated=True),
                fields=("card_number",),
                name="family_card_number_is_unique",
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)), fields=["patient"], name="alert_open_of_a_patient"
            ),
        ),
        migrations.AddConstraint(
            model_name="pinnedpatient",
            constraint=models.UniqueConstraint(fields=("user", "patient"), name="pinned_patient_once_a_user"),
        ),
        migrations.AddIndex(
            model_name="recentpatient",
            index=models.Index(fields=["user", "-opened_at"], name="recent_patients_of_a_user"),
        ),
        migrations.AddConstraint(
            model_name="recentpatient",
            constraint=models.UniqueConstraint(fields=("user", "patient"), name="recent_patient_once_a_user"),
        ),
        migrations.AddConstraint(
            model_name="representative",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_responsible", True)),
                fields=("patient",),
                name="representative_one_responsible_a_patient",
            ),
        ),
        migrations.AddConstraint(
            model_name="representative",
            constraint=models.CheckConstraint(
                condition=models.Q(("card", models.F("patient")), _negated=True),
                name="representative_is_not_the_patient",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_on__isnull", True)),
                fields=("patient", "kind", "version"),
                name="consent_in_force_once_an_edition",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("revoked_on__isnull", True), ("revoked_on__gte", models.F("signed_on")), _connector="OR"
                ),
                name="consent_revoked_after_signed",
            ),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("search_name", "gin_trgm_ops"), name="patient_search_name"
            ),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("search_digits", "gin_trgm_ops"), name="patient_search_digits"
            ),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("merged_into__isnull", True)),
                fields=["sort_key", "id"],
                name="patient_dictionary_order",
            ),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(
                condition=models.Q(("next_call_on__isnull", False)), fields=["next_call_on"], name="patient_next_call"
            ),
        ),
        migrations.AddConstraint(
            model_name="patient",
            constraint=models.UniqueConstraint(fields=("card_number",), name="patient_card_number_is_unique"),
        ),
        migrations.AddConstraint(
            model_name="patient",
            constraint=models.CheckConstraint(
                condition=models.Q(("merged_into", models.F("id")), _negated=True),
                name="patient_never_merged_into_itself",
            ),
        ),
        migrations.AddConstraint(
            model_name="patient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("last_name", ""), _negated=True), models.Q(("first_name", ""), _negated=True)
                ),
                name="patient_has_a_name",
            ),
        ),
    ]

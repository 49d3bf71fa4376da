"""Cash registers, agents, receipts with positions and what happened to them."""

import uuid

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import core.money
from core.history import append_only, track


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("billing", "0006_discounts"),
        ("catalog", "0004_healing"),
        ("clinic", "0004_professions_archived"),
        ("patients", "0005_patient_flow"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Agency",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("supplier", models.CharField(max_length=200, verbose_name="supplier")),
                ("inn", models.CharField(max_length=12, verbose_name="INN")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="phone")),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "direction",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.category",
                        verbose_name="direction",
                    ),
                ),
            ],
            options={
                "verbose_name": "agent's service",
                "ordering": ("supplier", "pk"),
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("external_id", models.CharField(max_length=60, unique=True, verbose_name="our id")),
                (
                    "issue",
                    models.PositiveSmallIntegerField(
                        default=1, help_text="how often it was begun anew after a refusal"
                    ),
                ),
                (
                    "operation",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Receipt"), (2, "Refund receipt")], verbose_name="sign of settlement"
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("payment", "Payment"),
                            ("rendered", "Service done, prepayment set off"),
                            ("unrendered", "Service not done after all"),
                        ],
                        default="payment",
                        max_length=10,
                        verbose_name="cause",
                    ),
                ),
                ("buyer", models.CharField(blank=True, max_length=260, verbose_name="buyer")),
                ("contact", models.CharField(blank=True, max_length=254, verbose_name="buyer's phone or e-mail")),
                ("cashier", models.CharField(blank=True, max_length=120, verbose_name="cashier")),
                ("vat", models.CharField(default="none", max_length=8, verbose_name="VAT")),
                ("total", core.money.MoneyField(decimal_places=2, max_digits=14, verbose_name="total")),
                ("cash", core.money.MoneyField(decimal_places=2, default=0, max_digits=14, verbose_name="cash")),
                (
                    "electronic",
                    core.money.MoneyField(decimal_places=2, default=0, max_digits=14, verbose_name="cashless"),
                ),
                (
                    "advance",
                    core.money.MoneyField(
                        decimal_places=2, default=0, max_digits=14, verbose_name="set-off of an advance"
                    ),
                ),
                ("credit", core.money.MoneyField(decimal_places=2, default=0, max_digits=14, verbose_name="on credit")),
                (
                    "other",
                    core.money.MoneyField(decimal_places=2, default=0, max_digits=14, verbose_name="other provision"),
                ),
                ("made_on", models.DateField(verbose_name="day")),
                ("made_at", models.DateTimeField(verbose_name="time")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waits"),
                            ("claimed", "Being sent"),
                            ("sent", "With the register"),
                            ("unknown", "No answer, being asked"),
                            ("done", "Issued"),
                            ("failed", "Not issued"),
                        ],
                        default="waiting",
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                (
                    "send_after",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="not before"
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("claim", models.UUIDField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("ask_at", models.DateTimeField(null=True)),
                ("asks", models.PositiveSmallIntegerField(default=0)),
                ("provider_id", models.CharField(blank=True, max_length=100, verbose_name="the service's id")),
                ("error", models.CharField(blank=True, max_length=300, verbose_name="why not issued")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="taken by the register")),
                ("done_at", models.DateTimeField(null=True, verbose_name="issued")),
                (
                    "facts",
                    models.JSONField(
                        default=dict, help_text="what the register printed: fn, fd, fp, shift, number, at, url"
                    ),
                ),
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
                    "desk",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.cashdesk",
                        verbose_name="cash desk",
                    ),
                ),
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
                    "patient",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fiscal_receipts",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                (
                    "payment",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fiscal_receipt",
                        to="billing.payment",
                        verbose_name="payment",
                    ),
                ),
                (
                    "reverses",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="fiscal.receipt",
                    ),
                ),
            ],
            options={
                "verbose_name": "fiscal receipt",
                "ordering": ("-made_at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="ReceiptStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("taken", "The service took it"),
                            ("later", "Not taken, again later"),
                            ("lost", "No answer"),
                            ("abandoned", "The program stopped while sending"),
                            ("missing", "The service does not know it: sent again"),
                            ("refused", "Refused"),
                            ("done", "Issued"),
                            ("retried", "Sent once more by a person"),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=300)),
                (
                    "receipt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="fiscal.receipt"
                    ),
                ),
            ],
            options={
                "ordering": ("at", "pk"),
            },
        ),
        migrations.CreateModel(
            name="Register",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("device", models.CharField(max_length=40, verbose_name="service")),
                (
                    "group",
                    models.CharField(
                        blank=True,
                        help_text="ATOL and Evotor: the group's code.",
                        max_length=60,
                        verbose_name="group of registers",
                    ),
                ),
                (
                    "account",
                    models.CharField(
                        blank=True,
                        help_text="Empty: as the service is connected.",
                        max_length=120,
                        verbose_name="own login or app id",
                    ),
                ),
                ("sealed", models.TextField(blank=True, editable=False)),
                (
                    "tax_system",
                    models.CharField(
                        choices=[
                            ("osn", "general (OSN)"),
                            ("usn_income", "simplified, income (USN)"),
                            ("usn_income_outcome", "simplified, income minus expenses (USN)"),
                            ("esn", "agricultural (ESHN)"),
                            ("patent", "patent"),
                        ],
                        default="usn_income",
                        max_length=20,
                        verbose_name="tax system",
                    ),
                ),
                (
                    "address",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the branch's address.",
                        max_length=200,
                        verbose_name="place of settlement",
                    ),
                ),
                (
                    "email",
                    models.EmailField(
                        help_text="Receipts of people without a phone and an e-mail go there.",
                        max_length=254,
                        verbose_name="e-mail of the clinic",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="registers",
                        to="clinic.branch",
                        verbose_name="branch",
                    ),
                ),
                (
                    "desk",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: all desks of the branch that have no register of their own.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="registers",
                        to="billing.cashdesk",
                        verbose_name="cash desk",
                    ),
                ),
            ],
            options={
                "verbose_name": "cash register",
                "ordering": ("branch__position", "branch_id", "pk"),
            },
        ),
        migrations.AddField(
            model_name="receipt",
            name="register",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="receipts",
                to="fiscal.register",
                verbose_name="cash register",
            ),
        ),
        migrations.CreateModel(
            name="ReceiptItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=128, verbose_name="name")),
                ("price", core.money.MoneyField(decimal_places=2, max_digits=14, verbose_name="price")),
                ("quantity", models.PositiveSmallIntegerField(default=1, verbose_name="quantity")),
                ("sum", core.money.MoneyField(decimal_places=2, max_digits=14, verbose_name="sum")),
                (
                    "method",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "full prepayment"),
                            (2, "prepayment"),
                            (3, "advance"),
                            (4, "full settlement"),
                            (5, "partial settlement and credit"),
                            (6, "on credit"),
                            (7, "payment of a credit"),
                        ],
                        verbose_name="settlement method",
                    ),
                ),
                (
                    "subject",
                    models.PositiveSmallIntegerField(choices=[(4, "service"), (10, "payment")], verbose_name="subject"),
                ),
                ("credit", core.money.MoneyField(decimal_places=2, default=0, max_digits=14)),
                ("prepaid", core.money.MoneyField(decimal_places=2, default=0, max_digits=14)),
                (
                    "agency",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="fiscal.agency"
                    ),
                ),
                (
                    "receipt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="fiscal.receipt"
                    ),
                ),
                (
                    "share",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipt_items",
                        to="billing.share",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "sum",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("price"), "*", models.F("quantity")
                                ),
                            ),
                            ("sum__gt", 0),
                        ),
                        name="receipt_item_sum_is_price_by_quantity",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="register",
            constraint=models.UniqueConstraint(fields=("name",), name="register_is_one_of_its_name"),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["send_after", "id"], name="receipt_due"
            ),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(condition=models.Q(("state", "claimed")), fields=["lease_until"], name="receipt_lease"),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(condition=models.Q(("ask_at__isnull", False)), fields=["ask_at"], name="receipt_to_ask"),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(fields=["branch", "-made_at"], name="receipt_of_a_branch"),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                condition=models.Q(("provider_id", ""), _negated=True),
                fields=["provider_id"],
                name="receipt_of_provider",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "total",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("cash"), "+", models.F("electronic")
                                    ),
                                    "+",
                                    models.F("advance"),
                                ),
                                "+",
                                models.F("credit"),
                            ),
                            "+",
                            models.F("other"),
                        ),
                    )
                ),
                name="receipt_forms_make_its_total",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(condition=models.Q(("total__gt", 0)), name="receipt_is_for_something"),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cause", "payment"), ("payment__isnull", False)),
                    models.Q(models.Q(("cause", "payment"), _negated=True), ("payment__isnull", True)),
                    _connector="OR",
                ),
                name="receipt_of_a_payment_names_it",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "claimed"), _negated=True),
                    models.Q(("claim__isnull", False), ("lease_until__isnull", False)),
                    _connector="OR",
                ),
                name="receipt_claimed_by_somebody_for_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "done"), _negated=True),
                    models.Q(("done_at__isnull", False), ("register__isnull", False)),
                    _connector="OR",
                ),
                name="receipt_done_at_a_time_by_a_register",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cause", "payment")), fields=("reverses",), name="receipt_is_reversed_once"
            ),
        ),
        append_only("fiscal_receiptitem", "fiscal_receiptstep"),
        track("fiscal_register", "fiscal_agency", "fiscal_receipt"),
    ]

"""Limits of payers with their movements; who was chosen to pay for lines, and what the payer engine decided."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import core.money
from core.history import append_only, track


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0004_visit_prepares_and_orders"),
        ("clinical", "0003_tooth_marks"),
        ("ledger", "0004_closing_waits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="invoiceline",
            name="asked_payer",
            field=models.CharField(blank=True, help_text="a kind or a payer's key; empty: as usual", max_length=20),
        ),
        migrations.AddField(
            model_name="invoiceline",
            name="reasons",
            field=models.JSONField(default=list, help_text="what the payer engine decided: [[about, sentence], ...]"),
        ),
        migrations.CreateModel(
            name="Limit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                ("granted", core.money.MoneyField(decimal_places=2, default=0, max_digits=14, verbose_name="granted")),
                ("used", core.money.MoneyField(decimal_places=2, default=0, max_digits=14, verbose_name="used")),
                (
                    "reserved",
                    core.money.MoneyField(decimal_places=2, default=0, max_digits=14, verbose_name="reserved"),
                ),
                ("is_open", models.BooleanField(default=True)),
                (
                    "payer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="limits",
                        to="ledger.payer",
                        verbose_name="payer",
                    ),
                ),
            ],
            options={
                "verbose_name": "limit",
            },
        ),
        migrations.CreateModel(
            name="LimitMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("grant", "Granted"),
                            ("reserve", "Reserved by a plan"),
                            ("release", "Reservation released"),
                            ("take", "Used by an invoice"),
                            ("give_back", "Returned by a roll-back"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("granted", core.money.MoneyField(decimal_places=2, default=0, max_digits=14, verbose_name="granted")),
                ("used", core.money.MoneyField(decimal_places=2, default=0, max_digits=14, verbose_name="used")),
                (
                    "reserved",
                    core.money.MoneyField(decimal_places=2, default=0, max_digits=14, verbose_name="reserved"),
                ),
                (
                    "plan_line_id",
                    models.BigIntegerField(help_text="of clinical.PlanLine, which may be gone since", null=True),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
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
                    "invoice",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="limit_moves",
                        to="billing.invoice",
                        verbose_name="invoice",
                    ),
                ),
                (
                    "limit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="billing.limit",
                        verbose_name="limit",
                    ),
                ),
            ],
            options={
                "verbose_name": "movement of a limit",
            },
        ),
        migrations.CreateModel(
            name="PlanPayer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked", models.CharField(help_text="a kind or a payer's key", max_length=20)),
                (
                    "plan_line",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="payer_asked", to="clinical.planline"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="limit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "granted__gte",
                        django.db.models.expressions.CombinedExpression(models.F("used"), "+", models.F("reserved")),
                    ),
                    ("reserved__gte", 0),
                    ("used__gte", 0),
                ),
                name="limit_never_exceeded",
            ),
        ),
        migrations.AddIndex(
            model_name="limitmove",
            index=models.Index(fields=["limit", "-id"], name="limit_moves_newest"),
        ),
        migrations.AddIndex(
            model_name="limitmove",
            index=models.Index(
                condition=models.Q(("reserved", 0), _negated=True), fields=["plan_line_id"], name="limit_held_by_a_line"
            ),
        ),
        migrations.AddConstraint(
            model_name="limitmove",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("granted", 0), _negated=True),
                    models.Q(("used", 0), _negated=True),
                    models.Q(("reserved", 0), _negated=True),
                    _connector="OR",
                ),
                name="limit_move_moves_something",
            ),
        ),
        append_only("billing_limitmove"),
        track("billing_limit", "billing_planpayer"),
    ]

"""Money, as a book of double entry.

A **payer** is whoever may owe: a patient, an insurer's policy, a barter beneficiary, an organisation, a partner, a
stay, a family. The ledger knows him by kind and key only; apps above create the rows.

An **account** is a place where money is or is owed, named by a readable code: `receivable/patient/17`,
`deposit/patient/17`, `cash/3`, `acquirer/1`, `income/1/4`. Its `side` says what makes it grow: 1 for debits (what we
have or are owed), -1 for credits (what we earned or owe). New kinds of payers and accounts need no new tables.

A **posting** is one debit or credit. Postings with the same `entry` are one movement and balance on every day that
they name: a deferred trigger checks it at commit. Postings are append-only by the database's rights; a correction is
a mirrored posting that says what it `reverses`, once. Each has two times: `effective_on`, the day it counts for, and
`posted_at`, when it became known, so that any figure can be asked "as it was known then".

A **balance** is kept only for accounts that can run out (deposits, debts); a trigger moves it with the postings, in
their transaction, and a check recomputes it. Income, cash and acquirer have none: one row for everybody would make
the whole clinic queue.

**Totals of days** make sums over years quick. They hold the sums of all postings up to a mark; what was posted since
is added when somebody asks (DaySum). They are made of postings alone and can be thrown away and made again.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, Staff
from core.money import MoneyField


class Payer(models.Model):
    """Who may owe money; `subject_id` is the key of the patient, policy, contract and so on."""

    kind = models.CharField(_("kind"), max_length=20)
    subject_id = models.BigIntegerField()
    label = models.CharField(_("name"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("payer")
        constraints = [models.UniqueConstraint(fields=["kind", "subject_id"], name="payer_is_one_a_subject")]

    def __str__(self) -> str:
        return self.label or f"{self.kind} {self.subject_id}"


class Account(models.Model):
    """A place where money is or is owed."""

    code = models.CharField(_("code"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=20)
    side = models.SmallIntegerField(help_text="1 grows by debits, -1 by credits")
    keeps_balance = models.BooleanField(default=False)
    never_negative = models.BooleanField(default=False)
    payer = models.ForeignKey(Payer, models.PROTECT, null=True, related_name="accounts", verbose_name=_("payer"))
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+", verbose_name=_("branch"))
    subject_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("account")
        constraints = [
            models.CheckConstraint(condition=Q(side__in=(1, -1)), name="account_grows_by_debit_or_credit"),
            models.CheckConstraint(
                condition=Q(never_negative=False) | Q(keeps_balance=True), name="account_guarded_only_with_a_balance"
            ),
        ]
        indexes = [models.Index(fields=["kind", "payer"], name="account_of_a_payer")]

    def __str__(self) -> str:
        return self.code


class Balance(models.Model):
    """What is left on an account that can run out; written by the postings' trigger alone."""

    account = models.OneToOneField(Account, models.PROTECT, primary_key=True, related_name="balance")
    amount = MoneyField(default=0)
    never_negative = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(never_negative=False) | Q(amount__gte=0), name="balance_never_below_zero"
            )
        ]


class Posting(models.Model):
    """One debit or credit. Append-only."""

    entry = models.UUIDField(_("entry"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="postings", verbose_name=_("account"))
    debit = MoneyField(_("debit"), default=0)
    credit = MoneyField(_("credit"), default=0)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    patient_id = models.BigIntegerField(null=True)
    doctor = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", verbose_name=_("doctor"))
    direction_id = models.BigIntegerField(null=True)
    document_kind = models.CharField(max_length=20)
    document_id = models.BigIntegerField()
    line_id = models.BigIntegerField(null=True)
    effective_on = models.DateField(_("day"))
    posted_at = models.DateTimeField(_("posted"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="mirrors", verbose_name=_("reverses"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("posting")
        indexes = [
            models.Index(fields=["entry"], name="posting_of_an_entry"),
            models.Index(fields=["account", "effective_on"], name="posting_of_an_account"),
            models.Index(fields=["document_kind", "document_id"], name="posting_of_a_document"),
            models.Index(fields=["effective_on", "branch"], name="posting_of_a_day"),
            models.Index(fields=["patient_id"], condition=Q(patient_id__isnull=False), name="posting_of_a_patient"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(debit__gt=0, credit=0) | Q(debit=0, credit__gt=0), name="posting_is_a_debit_or_a_credit"
            ),
            models.UniqueConstraint(fields=["reverses"], name="posting_is_mirrored_once"),
            models.CheckConstraint(condition=~Q(reverses=F("id")), name="posting_never_mirrors_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.debit or -self.credit}"

    @property
    def document(self) -> str:
        """«invoice/12»: what the posting was made by."""
        return f"{self.document_kind}/{self.document_id}"


class DayTotal(models.Model):
    """What the postings up to the mark come to, by day, branch, kinds and direction. Written by totals_roll_up alone."""

    effective_on = models.DateField()
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    account_kind = models.CharField(max_length=20)
    payer_kind = models.CharField(max_length=20, blank=True, help_text="empty: an account of the clinic itself")
    document_kind = models.CharField(max_length=20)
    direction_id = models.BigIntegerField(null=True)
    debit = MoneyField()
    credit = MoneyField()
    postings = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account_kind", "effective_on", "branch", "payer_kind", "document_kind", "direction_id"],
                nulls_distinct=False,
                name="day_total_is_one_a_day",
            )
        ]


class TotalsMark(models.Model):
    """One row: the last posting that the totals hold."""

    posting_id = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="totals_mark_is_one")]


class DaySum(models.Model):
    """A view: the totals, and each posting that they do not hold yet. Its sums are those of the postings themselves.

    Columns are called as in Posting, so that a sum of either is written alike.
    """

    effective_on = models.DateField(primary_key=True)  # a fiction: its rows are only ever summed
    branch = models.ForeignKey(Branch, models.DO_NOTHING, related_name="+")
    account_kind = models.CharField(max_length=20)
    payer_kind = models.CharField(max_length=20)
    document_kind = models.CharField(max_length=20)
    direction_id = models.BigIntegerField(null=True)
    debit = MoneyField()
    credit = MoneyField()
    postings = models.PositiveIntegerField()

    class Meta:
        managed = False
        db_table = "ledger_daysum"

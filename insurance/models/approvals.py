"""Approvals: what an insurer was asked for, what he answered line by line, and every step between."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Service
from clinic.models import Branch
from clinical.models import PlanLine, TreatmentPlan
from core.models import StoredFile
from core.money import Money, MoneyField
from insurance.models.policies import GuaranteeLetter, Policy
from patients.models import Patient


class ApprovalStatus(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("approval", "Draft")
    SENT = "sent", pgettext_lazy("approval", "Sent")
    QUERY = "query", pgettext_lazy("approval", "Insurer asks")
    ACCEPTED_FULL = "accepted_full", pgettext_lazy("approval", "Accepted fully")
    ACCEPTED_PARTIAL = "accepted_partial", pgettext_lazy("approval", "Accepted in part")
    REFUSED = "refused", pgettext_lazy("approval", "Refused")
    EXPIRED = "expired", pgettext_lazy("approval", "Expired")
    CANCELLED = "cancelled", pgettext_lazy("approval", "Cancelled")


TONES = {
    "draft": "grey", "sent": "blue", "query": "amber", "accepted_full": "green", "accepted_partial": "teal",
    "refused": "red", "expired": "grey", "cancelled": "grey",
}  # fmt: skip
OPEN = (ApprovalStatus.DRAFT, ApprovalStatus.SENT, ApprovalStatus.QUERY)
WAITING = (ApprovalStatus.SENT, ApprovalStatus.QUERY)
ACCEPTED = (ApprovalStatus.ACCEPTED_FULL, ApprovalStatus.ACCEPTED_PARTIAL)


class Approval(models.Model):
    """`due_on` is when the answer should be here; `valid_to` the last day on which what was approved may be rendered."""

    Status = ApprovalStatus

    number = models.PositiveBigIntegerField(_("number"))
    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="approvals", verbose_name=_("treatment plan"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="approvals", verbose_name=_("patient"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="approvals", verbose_name=_("policy"))
    letter = models.ForeignKey(
        GuaranteeLetter,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="approvals",
        verbose_name=_("guarantee letter"),
    )
    status = models.CharField(_("status"), max_length=16, choices=ApprovalStatus, default=ApprovalStatus.DRAFT)
    sent_at = models.DateTimeField(_("sent"), null=True)
    due_on = models.DateField(_("answer by"), null=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    reference = models.CharField(_("the insurer's number"), max_length=60, blank=True)
    note = models.TextField(_("note"), max_length=2000, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("approval")
        ordering = ("-created_at", "-pk")
        indexes = [models.Index(fields=["status", "due_on"], name="approval_that_waits")]
        constraints = [
            models.UniqueConstraint(
                fields=["plan"],
                condition=Q(status__in=("draft", "sent", "query")),
                name="plan_is_approved_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("draft", "cancelled")) | Q(sent_at__isnull=False),
                name="approval_is_answered_after_it_was_sent",
            ),
        ]

    def __str__(self) -> str:
        return f"№ {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("insurance:approval", args=[self.pk])

    @property
    def tone(self) -> str:
        return TONES[self.status]

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_accepted(self) -> bool:
        return self.status in ACCEPTED


class ApprovalLine(models.Model):
    """A service that the insurer was asked for. What he approved of it, or why not."""

    class Decision(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("decision", "Waits")
        ACCEPTED = "accepted", pgettext_lazy("decision", "Accepted")
        REFUSED = "refused", pgettext_lazy("decision", "Refused")

    approval = models.ForeignKey(Approval, models.CASCADE, related_name="lines")
    plan_line = models.ForeignKey(PlanLine, models.SET_NULL, null=True, related_name="approval_lines")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+", verbose_name=_("service"))
    teeth = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name=_("teeth"))
    quantity = models.PositiveSmallIntegerField(_("quantity"), default=1)
    price: Money = MoneyField(_("price"))
    decision = models.CharField(_("decision"), max_length=8, choices=Decision, default=Decision.WAITING)
    approved_quantity = models.PositiveSmallIntegerField(_("approved"), default=0)
    approved_price: Money = MoneyField(_("approved price"), default=0)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("line of an approval")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["approval", "plan_line"], name="plan_line_once_in_an_approval"),
            models.CheckConstraint(
                condition=Q(decision="accepted", approved_quantity__gte=1, approved_quantity__lte=F("quantity"))
                | (~Q(decision="accepted") & Q(approved_quantity=0, approved_price=0)),
                name="approved_never_more_than_asked",
            ),
            models.CheckConstraint(
                condition=Q(approved_price__gte=0, approved_price__lte=F("price")),
                name="approved_price_never_above_the_asked",
            ),
        ]

    @property
    def sum(self) -> Money:
        return self.price * self.quantity

    @property
    def approved(self) -> Money:
        return self.approved_price * self.approved_quantity

    @property
    def teeth_text(self) -> str:
        return ", ".join(map(str, self.teeth))


class ApprovalStep(models.Model):
    """Who moved an approval, when, with which words and which paper. Append-only."""

    approval = models.ForeignKey(Approval, models.CASCADE, related_name="steps")
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=16, choices=ApprovalStatus)
    comment = models.CharField(_("comment"), max_length=1000, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("-pk",)

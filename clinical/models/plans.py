"""Treatment plans and their lines."""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Service, ServicePrice
from clinic.models import Branch, Staff
from clinical.teeth import TEETH
from core.money import NOT_NEGATIVE, ZERO, Money, MoneyField
from patients.models import Patient


class PlanStatus(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("treatment plan", "Not approved")
    APPROVED = "approved", pgettext_lazy("treatment plan", "Approved")
    IN_WORK = "in_work", pgettext_lazy("treatment plan", "In work")
    DONE = "done", pgettext_lazy("treatment plan", "Done")
    DECLINED = "declined", pgettext_lazy("treatment plan", "Declined")


class LineState(models.TextChoices):
    PLANNED = "planned", pgettext_lazy("line of a plan", "Planned")
    IN_WORK = "in_work", pgettext_lazy("line of a plan", "In work")
    DONE = "done", pgettext_lazy("line of a plan", "Done")


def price_of(day: date) -> Case:
    """Of a line: the list's price of a day while its plan is a draft, else what was frozen or set by a person."""
    newest = ServicePrice.objects.filter(service=OuterRef("service"), starts_on__lte=day).order_by("-starts_on")
    is_listed = Q(has_own_price=False, plan__status=PlanStatus.DRAFT)
    return Case(
        When(is_listed, then=Subquery(newest.values("amount")[:1])), default=F("price"), output_field=MoneyField()
    )


class PlanQuerySet(models.QuerySet["TreatmentPlan"]):
    def with_total(self, day: date) -> "PlanQuerySet":
        """Adds `total`; a draft's is by the prices of `day`, since those are what approval would freeze."""
        lines = PlanLine.objects.filter(plan=OuterRef("pk")).order_by()
        priced = lines.annotate(price_now=Coalesce(price_of(day), ZERO, output_field=MoneyField())).values("plan")
        total = priced.values(total=Sum(F("price_now") * F("quantity") - F("discount"), output_field=MoneyField()))
        return self.annotate(total=Coalesce(Subquery(total[:1]), ZERO, output_field=MoneyField()))


class TreatmentPlan(models.Model):
    """`number` counts a patient's plans from 1. `priced_on` is the day whose prices were frozen."""

    number = models.PositiveIntegerField(_("number"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="plans", verbose_name=_("patient"))
    doctor = models.ForeignKey(Staff, models.PROTECT, related_name="plans", verbose_name=_("doctor"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="plans", verbose_name=_("branch"))
    status = models.CharField(_("status"), max_length=10, choices=PlanStatus, default=PlanStatus.DRAFT)
    name = models.CharField(_("name"), max_length=120, blank=True)
    note = models.TextField(_("note"), max_length=4000, blank=True)
    phases = ArrayField(models.CharField(max_length=120, blank=True), default=list, blank=True)
    phase_gaps = models.JSONField(default=list, blank=True)  # [days, at most or null] after each phase
    priced_on = models.DateField(_("prices of"), null=True, blank=True)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    declined_at = models.DateTimeField(_("declined"), null=True, blank=True)
    decline_reason = models.CharField(_("why declined"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("treatment plan")
        ordering = ("-created_at", "-pk")
        indexes = [models.Index(fields=["-created_at"], name="treatment_plan_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "number"],
                name="treatment_plan_number_is_unique",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(status__in=("draft", "declined")) | Q(approved_at__isnull=False, priced_on__isnull=False),
                name="treatment_plan_beyond_draft_was_approved",
            ),
        ]

    def __str__(self) -> str:
        number = str(_("Treatment plan No. %(number)s")) % {"number": self.number}
        return f"{number} «{self.name}»" if self.name else number

    def get_absolute_url(self) -> str:
        return reverse("clinical:plan", args=[self.pk])

    @property
    def is_draft(self) -> bool:
        return self.status == PlanStatus.DRAFT

    @property
    def is_payable(self) -> bool:
        """Whether it may be invoiced (CLN-16)."""
        return self.status in (PlanStatus.APPROVED, PlanStatus.IN_WORK, PlanStatus.DONE)

    def phase_gap(self, phase: int) -> tuple[int, int | None]:
        """Days of rest after a phase: at least, and perhaps at most (MOON-02)."""
        least, most = self.phase_gaps[phase - 1] if phase <= len(self.phase_gaps) else (0, None)
        return least or 0, most

    def phase_title(self, phase: int) -> str:
        own = self.phases[phase - 1] if phase <= len(self.phases) else ""
        return own or str(_("Phase %(number)s")) % {"number": phase}


class PlanLineQuerySet(models.QuerySet["PlanLine"]):
    def with_price_of(self, day: date) -> "PlanLineQuerySet":
        """Adds `price_then`, None where a draft's service has no price yet."""
        return self.annotate(price_then=price_of(day))


class PlanLine(models.Model):
    """A service for some teeth, or for none. `discount` is money off the whole line."""

    plan = models.ForeignKey(TreatmentPlan, models.CASCADE, related_name="lines")
    service = models.ForeignKey(Service, models.PROTECT, related_name="plan_lines", verbose_name=_("service"))
    teeth = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name=_("teeth"))
    quantity = models.PositiveSmallIntegerField(_("quantity"), default=1)
    price: Money = MoneyField(_("price"), default=Decimal(0), validators=[NOT_NEGATIVE])
    has_own_price = models.BooleanField(default=False)
    discount: Money = MoneyField(_("discount"), default=Decimal(0), validators=[NOT_NEGATIVE])
    has_own_discount = models.BooleanField(
        default=False, db_default=False, help_text="given by a person; else apps above may give one"
    )
    discount_parts = models.JSONField(
        default=list, db_default=[], blank=True, help_text="what apps above gave and why: [{why, ...}, ...]"
    )
    phase = models.PositiveSmallIntegerField(_("phase"), default=1)
    position = models.PositiveSmallIntegerField(default=0)
    note = models.CharField(_("note"), max_length=300, blank=True)
    doctor = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who does it")
    )
    healing_days = models.PositiveSmallIntegerField(_("healing after it, days"), null=True, blank=True)
    healing_most = models.PositiveSmallIntegerField(_("but not more than, days"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=LineState, default=LineState.PLANNED)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    done_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("done by")
    )
    appointment = models.ForeignKey(
        "scheduling.Appointment",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="plan_lines",
        verbose_name=_("visit"),
    )

    objects = PlanLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of a plan")
        ordering = ("plan", "phase", "position", "pk")
        constraints = [
            models.CheckConstraint(condition=Q(teeth__contained_by=sorted(TEETH)), name="plan_line_teeth_are_real"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="plan_line_quantity_is_positive"),
            models.CheckConstraint(condition=Q(phase__gte=1), name="plan_line_phase_counts_from_one"),
            models.CheckConstraint(
                condition=Q(discount__gte=0, discount__lte=F("price") * F("quantity")),
                name="plan_line_discount_never_exceeds_sum",
            ),
            models.CheckConstraint(
                condition=Q(state="done", done_on__isnull=False) | (~Q(state="done") & Q(done_on__isnull=True)),
                name="plan_line_done_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(healing_most__isnull=True)
                | Q(healing_days__isnull=False, healing_most__gte=F("healing_days")),
                name="plan_line_heals_from_least_to_most",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service.code} {self.service}"

    @property
    def sum(self) -> Money:
        return self.price * self.quantity - self.discount

    @property
    def discount_why(self) -> str:
        return " ".join(str(part["why"]) for part in self.discount_parts)

    @property
    def healing(self) -> tuple[int, int | None]:
        """Days before the next visit: the line's own, else those of its service (MOON-02)."""
        if self.healing_days is not None:
            return self.healing_days, self.healing_most
        return self.service.healing_days, self.service.healing_most

    @property
    def teeth_text(self) -> str:
        return ", ".join(map(str, self.teeth))

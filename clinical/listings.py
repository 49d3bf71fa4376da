"""The list of treatment plans of the clinic."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.selectors import branches_visible_to, staff_visible_to
from clinical.models import PlanStatus, TreatmentPlan
from clinical.permissions import SEE_PLAN_SUMS, SEE_PLANS
from clinical.selectors import plans_visible_to
from core.listing import Column, Listing, scoped
from core.text import fold

TONES = {"draft": "amber", "approved": "blue", "in_work": "violet", "done": "green", "declined": "grey"}


def status_badge(plan: TreatmentPlan) -> tuple[Any, str]:
    return plan.get_status_display(), TONES[plan.status]


class PlanFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_patient", label=_("Search"))
    status = django_filters.MultipleChoiceFilter(choices=PlanStatus.choices, label=_("Status"))
    doctor = django_filters.ModelChoiceFilter(queryset=scoped(staff_visible_to), label=_("Doctor"))
    branch = django_filters.ModelChoiceFilter(queryset=scoped(branches_visible_to), label=_("Branch"))
    patient = django_filters.NumberFilter(field_name="patient_id", label=_("Patient"))
    created = django_filters.DateFromToRangeFilter(field_name="created_at", label=_("Made"))

    class Meta:
        model = TreatmentPlan
        fields: tuple[str, ...] = ()

    def by_patient(self, rows: QuerySet[TreatmentPlan], name: str, value: str) -> QuerySet[TreatmentPlan]:
        wanted = Q()
        for word in fold(value).split():
            wanted &= Q(patient__search_name__contains=word) | Q(patient__card_number=word) | Q(name__icontains=word)
        return rows.filter(wanted)


class PlanListing(Listing):
    """Plans, newest first: what is thought over, what goes on."""

    slug = "treatment-plans"
    title = _("Treatment plans")
    permission = SEE_PLANS
    filterset = PlanFilter
    order = "-created_at"
    columns = (
        Column("patient", _("Patient"), lambda row: row.patient.full_name, "patient__search_name", kind="link"),
        Column("number", _("No."), sort="number", kind="number"),
        Column("name", _("Name"), sort="name"),
        Column("status", _("Status"), status_badge, "status", kind="badge"),
        Column("doctor", _("Doctor"), lambda row: row.doctor.short_name, "doctor__last_name"),
        Column("total", _("Sum"), sort="total", kind="money", permission=SEE_PLAN_SUMS),
        Column("created_at", _("Made"), sort="created_at", kind="date"),
        Column("approved_at", _("Approved"), sort="approved_at", kind="date", shown=False),
        Column("branch", _("Branch"), lambda row: str(row.branch), "branch__position", shown=False),
        Column("decline_reason", _("Why declined"), shown=False),
    )
    search_placeholder = _("Patient or name of the plan")
    empty_title = _("No treatment plans yet")
    empty_text = _("A doctor makes a plan from the patient's card, tab “Treatment plans”.")
    active = "treatment-plans"

    def queryset(self) -> QuerySet[TreatmentPlan]:
        return plans_visible_to(self.user).with_total(timezone.localdate())

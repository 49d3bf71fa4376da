"""Services under voluntary medical insurance (INS-12, REP-10; the columns by resolution C1)."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from billing.models import Share, Status
from clinic.models import Staff
from core import clock
from core.listing import Column, Total
from insurance.models import Approval, Insurer
from insurance.permissions import SEE_REGISTERS
from insurance.selectors.registers import diagnoses_for, dms_rows, sees_diagnoses
from reports import permissions
from reports.money import summed
from reports.periods import Period
from reports.report import Figure, Group, OrNone, Report, filters_of, names_of

POLICIES = (("active", _("active")), ("inactive", _("inactive")))
STATES = {"active": _("in force"), "future": _("not yet"), "ended": _("ended"), "off": _("switched off")}


def by_policy(rows: QuerySet[Any], _name: str, state: str) -> QuerySet[Any]:
    """Whether the policy is in force today; without the filter any (INS-12)."""
    day = clock.now().date()
    in_force = Q(policy__is_active=True, policy__valid_from__lte=day, policy__valid_to__gte=day)
    return rows.filter(in_force) if state == "active" else rows.exclude(in_force)


def by_approval(rows: QuerySet[Any], _name: str, status: str) -> QuerySet[Any]:
    if status == "none":
        return rows.filter(approval_line__isnull=True)
    return rows.filter(approval_line__approval__status=status)


def approval_of(row: Any) -> Any:
    return row.approval_line.approval.get_status_display() if row.approval_line else ""


def line(row: Any) -> Any:
    return row.share.line


class DmsReport(Report):
    """What insurers owe by the day of the service, with what they have paid and what is still owed."""

    slug = "dms"
    title = _("DMS")
    formula = _("Shares of insurers in standing invoices, by the day of the service")
    permission = SEE_REGISTERS
    export_permission = permissions.EXPORT
    order = ("-share__line__service_on", "-pk")
    figure = Figure(
        "value", _("Insurers' share"), summed("share__amount"), permission=SEE_REGISTERS, measure="share__amount"
    )
    figures = (Total("paid", _("Paid"), summed("share__paid"), permission=SEE_REGISTERS),)
    day_path = "share__line__service_on"
    columns = (
        Column("day", _("Date"), "share__line__service_on", "share__line__service_on", "date"),
        Column("patient", _("Patient"), lambda row: row.policy.patient.full_name, "policy__patient__sort_key"),
        Column("insurer", _("Insurer"), "policy__insurer__name", "policy__insurer__name"),
        Column("programme", _("Programme"), lambda row: str(row.policy.programme or ""), "policy__programme__name"),
        Column("policy", _("Policy No."), "policy__number", "policy__number"),
        Column("policy_state", _("Policy"), lambda row: STATES[row.policy.state_on(clock.now().date())]),
        Column("service", _("Service"), lambda row: line(row).name),
        Column("icd", _("ICD code"), lambda row: getattr(row, "icd", "")),
        Column("tooth", _("Tooth"), lambda row: ", ".join(map(str, line(row).teeth))),
        Column("doctor", _("Doctor"), lambda row: line(row).doctor.short_name if line(row).doctor else ""),
        Column("price", _("Price"), "share__line__price", "share__line__price", "money"),
        Column("approval", _("Approval"), approval_of, "approval_line__approval__status"),
        Column(
            "invoice",
            _("Invoice"),
            lambda row: (str(row.share.invoice), row.share.invoice.get_absolute_url()),
            kind="link",
        ),
        Column("value", _("Insurer's share"), "share__amount", "share__amount", "money"),
        Column("paid", _("Paid"), "share__paid", "share__paid", "money"),
        Column("debt", _("Debt"), lambda row: row.share.left or None, kind="money"),
        Column(
            "age", _("Age"), lambda row: row.policy.patient.age_on(line(row).service_on), kind="number", shown=False
        ),
        Column("card", _("Card number"), "policy__patient__card_number", "policy__patient__card_number", shown=False),
        Column("quantity", _("Quantity"), "share__line__quantity", "share__line__quantity", "number", shown=False),
        Column("code", _("Code"), "share__line__code", "share__line__code", shown=False),
        Column("outcome", _("Outcome"), "get_outcome_display", shown=False),
    )
    filterset = filters_of(
        policy=django_filters.ChoiceFilter(label=_("Policy"), choices=POLICIES, method=by_policy),
        insurer=django_filters.ModelChoiceFilter(
            label=_("Insurer"), queryset=lambda request: Insurer.objects.live(), field_name="policy__insurer"
        ),
        approval=django_filters.ChoiceFilter(
            label=_("Approval"), method=by_approval, choices=[*Approval.Status.choices, ("none", _("without approval"))]
        ),
        invoice=django_filters.ChoiceFilter(
            label=_("Invoice"),
            field_name="share__invoice__status",
            choices=[each for each in Status.choices if each[0] != "draft"],
        ),
        doctor=OrNone(
            queryset=Staff.objects.filter(is_doctor=True), field_name="share__line__doctor", label=_("Doctor")
        ),
    )
    groups = (Group("insurer", _("Insurer"), "policy__insurer_id", "insurer", names_of(Insurer)),)
    chart = "insurer"

    def source(self, period: Period, branch_ids: list[int]) -> QuerySet[Any]:
        return dms_rows(self.user, period.first, period.last, branch_ids)

    def decorate(self, rows: list[Any]) -> list[Any]:
        """ICD codes of the day, for those who may see the chart."""
        codes = diagnoses_for(rows) if sees_diagnoses(self.user) else {}
        for row in rows:
            row.icd = codes.get(row.pk, "")
        return rows

    def row_url(self, row: Any) -> str:
        share: Share = row.share
        return share.invoice.get_absolute_url()

"""List screens of insurance: insurers, policies, approvals, registers, payments of insurers."""

from datetime import timedelta
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from catalog.services.prices import today
from clinic.selectors import branches_visible_to
from core.access import is_allowed
from core.listing import Column, Create, Listing, Total, scoped
from core.text import fold
from insurance import permissions
from insurance.models import Approval, Insurer, InsurerPayment, Policy, Register
from insurance.models.approvals import OPEN
from insurance.selectors.approvals import approvals_listed
from insurance.selectors.insurers import insurers_listed, insurers_live
from insurance.selectors.policies import policies_visible_to
from insurance.selectors.registers import payments_visible_to, registers_visible_to

STATES = (("active", _("active")), ("inactive", _("inactive")))
POLICY_TONES = {"active": "green", "future": "blue", "ended": "grey", "off": "grey"}
POLICY_STATES = {"active": _("in force"), "future": _("not yet"), "ended": _("ended"), "off": _("switched off")}


def of_patient(rows: QuerySet[Any], text: str, *more: str) -> QuerySet[Any]:
    """Rows of patients found by any part of the name, the card's number, or a column of the row's own."""
    wanted = Q()
    for word in fold(text).split():
        here = Q(patient__search_name__contains=word) | Q(patient__card_number=word)
        for name in more:
            here |= Q(**{f"{name}__icontains": word})
        wanted &= here
    return rows.filter(wanted)


def insurer_filter(**options: Any) -> Any:
    return django_filters.ModelChoiceFilter(label=_("Insurer"), queryset=lambda request: insurers_live(), **options)


# Insurers


class InsurerFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_text", label=_("Search"))
    is_active = django_filters.BooleanFilter(label=_("Works with us"))

    def by_text(self, rows: QuerySet[Insurer], name: str, text: str) -> QuerySet[Insurer]:
        return rows.filter(Q(name__icontains=text) | Q(full_name__icontains=text) | Q(inn__startswith=text))


class InsurerListing(Listing):
    """Companies whose policies the clinic takes (INS-01, INS-13)."""

    slug = "insurers"
    title = _("Insurers")
    permission = permissions.SEE_INSURERS
    filterset = InsurerFilter
    order = ("name", "pk")
    columns: ClassVar[tuple[Column, ...]] = (
        Column("name", _("Name"), kind="link", value="name", sort="name"),
        Column("contract_number", _("Contract"), sort="contract_number"),
        Column("contract_to", _("Contract to"), kind="date", sort="contract_to"),
        Column("prices", _("Pays by"), "get_prices_display"),
        Column("policies", _("Policies in force"), "policies_now", "policies_now", kind="number"),
        Column("contact", _("Contact person"), shown=False),
        Column("phone", _("Phone"), shown=False),
        Column("inn", _("INN"), sort="inn", shown=False),
        Column(
            "state", _("State"), lambda row: (_("Works with us"), "green") if row.is_active else (_("Archived"), "grey"),
            "is_active", kind="badge",
        ),
    )  # fmt: skip
    creates = Create(_("New insurer"), "insurance:insurer-new", permissions.EDIT_INSURERS)
    search_placeholder = _("Name or INN")
    empty_title = _("No insurers yet")
    empty_text = _("Add the companies whose policies you take: their prices, programmes and registers stand with them.")

    def queryset(self) -> QuerySet[Insurer]:
        return insurers_listed(today())

    def row_actions(self, row: Insurer) -> list[dict[str, Any]]:
        if not is_allowed(self.user, permissions.EDIT_INSURERS):
            return []
        word = _("To archive") if row.is_active else _("Use again")
        return [
            {"label": _("Change"), "icon": "pencil", "url": reverse("insurance:insurer-edit", args=[row.pk]), "panel": True},
            {"label": word, "icon": "archive", "url": reverse("insurance:insurer-archive", args=[row.pk]), "method": "post"},
            {
                "label": _("To trash"), "icon": "trash", "url": reverse("insurance:insurer-trash", args=[row.pk]),
                "method": "post", "tone": "danger",
                "confirm": _("“%(name)s” goes to the trash and can be restored from there.") % {"name": row},
            },
        ]  # fmt: skip


# Policies


class PolicyFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_text", label=_("Patient or number"))
    insurer = insurer_filter()
    state = django_filters.ChoiceFilter(label=_("State"), choices=STATES, method="by_state")
    ends = django_filters.ChoiceFilter(
        label=_("Ends within"), method="by_end",
        choices=(("7", _("a week")), ("14", _("two weeks")), ("30", _("a month")), ("90", _("three months"))),
    )  # fmt: skip
    verified = django_filters.BooleanFilter(
        label=_("Verified"), field_name="verified_on", lookup_expr="isnull", exclude=True
    )
    patient = django_filters.NumberFilter(label=_("Patient's key"), widget=forms.HiddenInput)

    def by_text(self, rows: QuerySet[Policy], name: str, text: str) -> QuerySet[Policy]:
        return of_patient(rows, text, "number")

    def by_state(self, rows: QuerySet[Policy], name: str, state: str) -> QuerySet[Policy]:
        in_force = Q(is_active=True, valid_from__lte=today(), valid_to__gte=today())
        return rows.filter(in_force) if state == "active" else rows.exclude(in_force)

    def by_end(self, rows: QuerySet[Policy], name: str, days: str) -> QuerySet[Policy]:
        last = today() + timedelta(days=int(days))
        return rows.filter(is_active=True, valid_to__gte=today(), valid_to__lte=last)


def patient_cell(row: Any) -> dict[str, Any]:
    return {"name": row.patient.full_name, "sub": [f"№ {row.patient.card_number}"]}


def state_badge(row: Policy) -> tuple[Any, str]:
    state = row.state_on(today())
    return POLICY_STATES[state], POLICY_TONES[state]


class PolicyListing(Listing):
    """Policies of all patients (INS-07, INS-21)."""

    slug = "policies"
    title = _("Policies")
    permission = permissions.SEE_POLICIES
    filterset = PolicyFilter
    order = ("-valid_to", "-pk")
    columns: ClassVar[tuple[Column, ...]] = (
        Column("patient", _("Patient"), kind="person", value=patient_cell, sort="patient__sort_key"),
        Column("insurer", _("Insurer"), "insurer__name", "insurer__name"),
        Column("number", _("Number of the policy"), sort="number"),
        Column("programme", _("Programme"), lambda row: str(row.programme or ""), "programme__name"),
        Column("valid_to", _("Valid to"), sort="valid_to", kind="date"),
        Column("limit", _("Limit"), kind="money", sort="limit", permission=permissions.SEE_LIMITS),
        Column("left", _("Left"), "left", kind="money", permission=permissions.SEE_LIMITS),
        Column("verified_on", _("Verified"), sort="verified_on", kind="date"),
        Column("state", _("State"), state_badge, kind="badge"),
        Column("holder", _("Policy holder"), sort="holder", shown=False),
        Column("valid_from", _("Valid from"), sort="valid_from", kind="date", shown=False),
    )
    search_placeholder = _("Patient or number of the policy")
    empty_title = _("No policies yet")
    empty_text = _("A policy is added on the patient's card, section DMS.")
    active = "insurers"
    live_kinds = "policy"

    def queryset(self) -> QuerySet[Policy]:
        return policies_visible_to(self.user)


# Approvals


class ApprovalFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_text", label=_("Patient or number"))
    status = django_filters.MultipleChoiceFilter(label=_("Status"), choices=Approval.Status.choices)
    insurer = insurer_filter(field_name="policy__insurer")
    branch = django_filters.ModelChoiceFilter(label=_("Branch"), queryset=scoped(branches_visible_to))
    locals()["from"] = django_filters.DateFilter(field_name="created_at__date", lookup_expr="gte", label=_("From"))
    to = django_filters.DateFilter(field_name="created_at__date", lookup_expr="lte", label=_("To"))
    late = django_filters.BooleanFilter(label=_("Answer is late"), method="by_late")
    patient = django_filters.NumberFilter(label=_("Patient's key"), widget=forms.HiddenInput)
    plan = django_filters.NumberFilter(label=_("Plan's key"), widget=forms.HiddenInput)

    def by_text(self, rows: QuerySet[Approval], name: str, text: str) -> QuerySet[Approval]:
        if text.strip().isdigit():
            return rows.filter(Q(number=int(text.strip()[:15])) | Q(reference=text.strip()))
        return of_patient(rows, text, "reference")

    def by_late(self, rows: QuerySet[Approval], name: str, value: bool) -> QuerySet[Approval]:
        late = Q(status__in=("sent", "query"), due_on__lt=today())
        return rows.filter(late) if value else rows.exclude(late)


def waits_badge(row: Approval) -> tuple[str, str] | None:
    """How long an open approval waits; red when its answer is overdue."""
    if not row.is_open:
        return None
    days = (today() - (row.sent_at or row.created_at).date()).days
    text = ngettext("%(n)s day", "%(n)s days", days) % {"n": max(0, days)}
    late = row.due_on is not None and row.due_on < today()
    return text, "red" if late else "grey"


class ApprovalListing(Listing):
    """What insurers were asked for, the oldest waiting first (INS-10)."""

    slug = "approvals"
    title = _("Approvals")
    permission = permissions.SEE_APPROVALS
    filterset = ApprovalFilter
    order = ("-created_at", "-pk")
    columns: ClassVar[tuple[Column, ...]] = (
        Column("number", _("Approval"), kind="link", value=str, sort="number"),
        Column("patient", _("Patient"), kind="person", value=patient_cell, sort="patient__sort_key"),
        Column("insurer", _("Insurer"), "policy__insurer__name", "policy__insurer__name"),
        Column("plan", _("Treatment plan"), lambda row: f"№ {row.plan.number}"),
        Column("doctor", _("Doctor"), lambda row: row.plan.doctor.short_name, shown=False),
        Column("asked", _("Asked for"), "asked_sum", "asked_sum", kind="money", permission=permissions.SEE_LIMITS),
        Column("accepted", _("Accepted"), "accepted_sum", "accepted_sum", kind="money", permission=permissions.SEE_LIMITS),
        Column(
            "status", _("Status"), lambda row: (row.get_status_display(), row.tone), "status", kind="badge"
        ),
        Column("waits", _("Waits"), waits_badge, "sent_at", kind="badge"),
        Column("due_on", _("Answer by"), kind="date", sort="due_on"),
        Column("valid_to", _("Valid to"), kind="date", sort="valid_to", shown=False),
        Column("created_at", _("Made"), kind="datetime", sort="created_at", shown=False),
        Column("branch", _("Branch"), "branch__name", shown=False),
        Column("reference", _("The insurer's number"), sort="reference", shown=False),
    )  # fmt: skip
    search_placeholder = _("Patient or number")
    empty_title = _("No approvals yet")
    empty_text = _("Open a treatment plan of a patient with a policy and press “DMS”.")
    live_kinds = "approval"

    def queryset(self) -> QuerySet[Any]:
        return approvals_listed(self.user)

    @property
    def views(self) -> list[Any]:
        """«Waiting» and «Answered» as tabs: what is to be done stands first."""
        asked = set(self.params.getlist("status"))
        tabs = (
            (_("All"), ()),
            (_("Waiting"), OPEN),
            (_("Accepted"), ("accepted_full", "accepted_partial")),
            (_("Refused"), ("refused",)),
        )
        return [
            Tab(title, self.url + "?" * bool(codes) + "&".join(f"status={c}" for c in codes), set(codes) == asked)
            for title, codes in tabs
        ]


class Tab:
    """A tab above a list."""

    def __init__(self, title: Any, url: str, active: bool) -> None:
        self.title, self.url, self.active, self.count = title, url, active, ""


# Registers and payments


class RegisterFilter(django_filters.FilterSet):
    insurer = insurer_filter()
    status = django_filters.MultipleChoiceFilter(label=_("Status"), choices=Register.Status.choices)
    locals()["from"] = django_filters.DateFilter(field_name="date_to", lookup_expr="gte", label=_("From"))
    to = django_filters.DateFilter(field_name="date_from", lookup_expr="lte", label=_("To"))


REGISTER_TONES = {"draft": "grey", "sent": "blue", "settled": "green"}


class RegisterListing(Listing):
    """Registers by insurers: what was sent, paid, refused, what is still owed (INS-22)."""

    slug = "registers"
    title = _("Registers")
    permission = permissions.SEE_REGISTERS
    filterset = RegisterFilter
    order = ("-created_at", "-pk")
    columns: ClassVar[tuple[Column, ...]] = (
        Column("number", _("Register"), kind="link", value=str, sort="number"),
        Column("insurer", _("Insurer"), "insurer__name", "insurer__name"),
        Column("date_from", _("From"), kind="date", sort="date_from"),
        Column("date_to", _("To"), kind="date", sort="date_to"),
        Column("count", _("Services"), kind="number", sort="count"),
        Column("total", _("Sum"), kind="money", sort="total"),
        Column("paid", _("Paid"), "paid_sum", "paid_sum", kind="money"),
        Column("refused", _("Refused"), "refused_sum", "refused_sum", kind="money"),
        Column(
            "status",
            _("Status"),
            lambda row: (row.get_status_display(), REGISTER_TONES[row.status]),
            "status",
            kind="badge",
        ),
        Column("sent_on", _("Sent"), kind="date", sort="sent_on"),
    )
    totals = (Total("total", _("Sum"), Sum("total")),)
    creates = Create(_("New register"), "insurance:register-new", permissions.EDIT_REGISTERS, panel=False)
    empty_title = _("No registers yet")
    empty_text = _("A register lists what an insurer has to pay for a period: choose him and the days.")
    live_kinds = "register"

    def queryset(self) -> QuerySet[Any]:
        return registers_visible_to(self.user)

    @property
    def head_actions(self) -> list[dict[str, Any]]:
        return [
            {
                "label": _("Payments of insurers"),
                "icon": "building-bank",
                "url": reverse("insurance:insurer-payments-list"),
            }
        ]


class PaymentFilter(django_filters.FilterSet):
    insurer = insurer_filter()
    locals()["from"] = django_filters.DateFilter(field_name="paid_on", lookup_expr="gte", label=_("From"))
    to = django_filters.DateFilter(field_name="paid_on", lookup_expr="lte", label=_("To"))


class InsurerPaymentListing(Listing):
    """Money of insurers and what they refused (BIL-31)."""

    slug = "insurer-payments"
    title = _("Payments of insurers")
    permission = permissions.SEE_REGISTERS
    filterset = PaymentFilter
    order = ("-paid_on", "-pk")
    columns: ClassVar[tuple[Column, ...]] = (
        Column("number", _("Order"), kind="link", value=str, sort="number"),
        Column("insurer", _("Insurer"), "insurer__name", "insurer__name"),
        Column("paid_on", _("Day"), kind="date", sort="paid_on"),
        Column("register", _("Register"), lambda row: str(row.register)),
        Column("amount", _("Paid"), kind="money", sort="amount"),
        Column("refused", _("Refused"), kind="money", sort="refused"),
        Column("note", _("Note"), shown=False),
    )
    totals = (Total("amount", _("Paid"), Sum("amount")), Total("refused", _("Refused"), Sum("refused")))
    empty_title = _("No payments yet")
    empty_text = _("A payment is entered from the register that the insurer has paid.")
    active = "registers"

    def queryset(self) -> QuerySet[InsurerPayment]:
        return payments_visible_to(self.user)

    def row_url(self, row: InsurerPayment) -> str:
        return reverse("insurance:register", args=[row.register_id])

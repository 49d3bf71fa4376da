"""Lists of promotions and of discounts given (BIL-20; the report of seed 004)."""

from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Exists, F, OuterRef, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.listings import doctors
from billing.models import Discount, DiscountTerms, Method, PaymentPart
from billing.permissions import EDIT_DISCOUNTS, SEE_DISCOUNTS, SEE_MONEY
from billing.selectors.discounts import (
    discounts_live,
    given_visible_to,
    now_of,
    period_of,
    recipient_of,
    state_of,
    value_of,
)
from billing.selectors.invoices import patient_named
from clinic.selectors import branches_visible_to
from core import clock
from core.access import is_allowed
from core.listing import Column, Create, Listing, Total, scoped
from patients.models import Patient


class DiscountFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label=_("Name"))
    is_active = django_filters.BooleanFilter(label=_("In use"))
    recipients = django_filters.ChoiceFilter(
        label=_("Recipient"), choices=DiscountTerms.Recipients.choices, method="by_current"
    )
    source = django_filters.ChoiceFilter(
        label=_("Applies to"), choices=DiscountTerms.Source.choices, method="by_current"
    )

    def by_current(self, rows: QuerySet[Discount], name: str, value: str) -> QuerySet[Discount]:
        return rows.filter(
            Exists(DiscountTerms.objects.filter(discount=OuterRef("pk"), is_current=True, **{name: value}))
        )


def uses_text(row: Any) -> str:
    return f"{row.uses} / {row.uses_most}" if row.uses_most is not None else str(row.uses)


class DiscountListing(Listing):
    slug = "discounts"
    title = _("Promotions")
    permission = SEE_DISCOUNTS
    filterset = DiscountFilter
    order = ("name", "pk")
    creates = Create(_("New promotion"), "billing:discount-new", EDIT_DISCOUNTS)
    search_placeholder = _("Name of the promotion")
    empty_title = _("No promotions yet")
    empty_text = _("Make one: it is then given by itself in plans and invoices, with the reason on every line.")
    live_kinds = "discount invoice"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("name", _("Promotion"), kind="link", value=str, sort="name"),
        Column("value", _("Discount"), value=lambda row: value_of(now_of(row))),
        Column("source", _("Applies to"), value=lambda row: now_of(row).get_source_display()),
        Column("recipients", _("Recipient"), value=lambda row: recipient_of(now_of(row))),
        Column("period", _("Period"), value=lambda row: period_of(now_of(row))),
        Column("uses", _("Used"), value=uses_text, sort="uses", permission=SEE_MONEY),
        Column("given", _("Given"), kind="money", sort="given", permission=SEE_MONEY),
        Column("budget", _("Budget"), kind="money", shown=False, permission=SEE_MONEY),
        Column("state", _("Status"), kind="badge", value=lambda row: state_of(row, clock.now().date())),
    )

    def queryset(self) -> QuerySet[Any]:
        return discounts_live()

    @property
    def head_actions(self) -> list[dict[str, Any]]:
        found = [{"label": _("Try it"), "icon": "wand", "url": reverse("billing:discounts-try")}]
        if is_allowed(self.user, SEE_MONEY):
            url = reverse("billing:discounts-given-list")
            found.append({"label": _("Discounts given"), "icon": "report-money", "url": url})
        return found

    def row_actions(self, row: Any) -> list[dict[str, Any]]:
        if not is_allowed(self.user, EDIT_DISCOUNTS):
            return []
        word, icon = (_("Pause"), "player-pause") if row.is_active else (_("Resume"), "player-play")
        return [
            {
                "label": _("Change"), "icon": "pencil", "url": reverse("billing:discount-change", args=[row.pk]),
                "panel": True,
            },
            {"label": word, "icon": icon, "url": reverse("billing:discount-switch", args=[row.pk]), "method": "post"},
            {
                "label": _("To trash"), "icon": "trash", "url": reverse("billing:discount-trash", args=[row.pk]),
                "method": "post", "tone": "danger", "confirm": _("Move the promotion to the trash? What it gave stays."),
            },
        ]  # fmt: skip


class GivenFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_patient", label=_("Patient"))
    discount = django_filters.ModelChoiceFilter(label=_("Promotion"), queryset=Discount.objects.all())
    by_hand = django_filters.BooleanFilter(field_name="discount", lookup_expr="isnull", label=_("By hand"))
    doctor = django_filters.ModelChoiceFilter(label=_("Doctor"), field_name="line__doctor", queryset=scoped(doctors))
    method = django_filters.ChoiceFilter(label=_("Paid by"), choices=Method.choices, method="by_method")
    kind = django_filters.ChoiceFilter(
        label=_("Patients"), field_name="line__invoice__patient__kind", choices=Patient.Kind.choices
    )
    branch = django_filters.ModelChoiceFilter(
        label=_("Branch"), field_name="line__invoice__branch", queryset=scoped(branches_visible_to)
    )
    invoice = django_filters.NumberFilter(
        field_name="line__invoice", label=_("Invoice's key"), widget=forms.HiddenInput
    )
    locals()["from"] = django_filters.DateFilter(
        field_name="line__invoice__issued_on", lookup_expr="gte", label=_("From")
    )
    to = django_filters.DateFilter(field_name="line__invoice__issued_on", lookup_expr="lte", label=_("To"))

    def by_patient(self, rows: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        found = Patient.objects.filter(patient_named(text))
        return rows.filter(line__invoice__patient__in=found)

    def by_method(self, rows: QuerySet[Any], name: str, method: str) -> QuerySet[Any]:
        paid = PaymentPart.objects.filter(share__line=OuterRef("line"), method=method).values("share__line")
        left = paid.annotate(left=Sum("amount")).filter(left__gt=0)
        return rows.filter(Exists(left))


class GivenListing(Listing):
    """Every discount on an issued invoice: which promotion, whose, how much, how the rest was paid (seed 004)."""

    slug = "discounts-given"
    title = _("Discounts given")
    permission = SEE_MONEY
    filterset = GivenFilter
    order = ("-line__invoice__issued_at", "-pk")
    active = "discounts"
    search_placeholder = _("Patient")
    empty_title = _("No discounts were given")
    empty_text = _("Discounts of issued invoices stand here, by promotions and by hand.")
    live_kinds = "invoice"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("issued_on", _("Day"), kind="date", value="line__invoice__issued_on", sort="line__invoice__issued_on"),
        Column("discount", _("Promotion"), value="title", sort="discount__name", file=F("discount__name")),
        Column(
            "invoice", _("Invoice"), kind="link", value=lambda row: str(row.line.invoice), sort="line__invoice__number"
        ),
        Column("patient", _("Patient"), value="line__invoice__patient__full_name"),
        Column("service", _("Service"), value="line__name", shown=False),
        Column("doctor", _("Doctor"), value=lambda row: row.line.doctor.short_name if row.line.doctor else ""),
        Column("income", _("Income"), kind="money", value="line__sum", sort="line__sum"),
        Column("amount", _("Discount"), kind="money", sort="amount"),
        Column("methods", _("Paid by"), value=lambda row: ", ".join(getattr(row, "methods", ()))),
        Column("why", _("Why")),
        Column("branch", _("Branch"), value="line__invoice__branch__name", shown=False),
    )
    totals = (Total("amount", _("Discount"), Sum("amount")),)

    def queryset(self) -> QuerySet[Any]:
        return given_visible_to(self.user).select_related(
            "discount", "line__doctor", "line__invoice__patient", "line__invoice__branch"
        )

    def row_url(self, row: Any) -> str:
        return row.line.invoice.get_absolute_url()

    def decorate(self, rows: list[Any]) -> list[Any]:
        """How the lines of a page were paid, asked once."""
        parts = PaymentPart.objects.filter(share__line__in=[row.line_id for row in rows])
        sums = parts.values_list("share__line", "method").annotate(left=Sum("amount")).order_by("share__line", "method")
        found: dict[int, list[str]] = {}
        for line, method, left in sums:
            if left > 0:
                found.setdefault(line, []).append(str(Method(method).label))
        for row in rows:
            row.methods = found.get(row.line_id, [])
        return rows

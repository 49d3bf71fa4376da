"""The list of fiscal receipts: what is not issued yet, and why (BIL-19)."""

from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.selectors import branches_visible_to
from core.access import is_allowed
from core.errors import DomainError
from core.listing import Action, Column, Listing, Total, scoped
from fiscal import services
from fiscal.models import Receipt
from fiscal.permissions import RETRY, SEE_RECEIPTS
from fiscal.selectors import OPEN, receipts_visible_to, tone_of, why_of


class ReceiptFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="find", label=_("Patient or number of the document"))
    state = django_filters.MultipleChoiceFilter(choices=Receipt.State.choices, label=_("Status"))
    operation = django_filters.ChoiceFilter(choices=Receipt.Operation.choices, label=_("Sign of settlement"))
    branch = django_filters.ModelChoiceFilter(label=_("Branch"), queryset=scoped(branches_visible_to))
    is_open = django_filters.BooleanFilter(method="not_issued", label=_("Not issued"))
    payment = django_filters.NumberFilter(label=_("Payment's key"), widget=forms.HiddenInput)
    locals()["from"] = django_filters.DateFilter(field_name="made_on", lookup_expr="gte", label=_("From"))
    to = django_filters.DateFilter(field_name="made_on", lookup_expr="lte", label=_("To"))

    def find(self, rows: QuerySet[Receipt], name: str, value: str) -> QuerySet[Receipt]:
        return rows.filter(Q(buyer__icontains=value) | Q(facts__fd=value) | Q(external_id=value))

    def not_issued(self, rows: QuerySet[Receipt], name: str, wanted: bool) -> QuerySet[Receipt]:
        return rows.filter(state__in=OPEN) if wanted else rows.exclude(state__in=OPEN)


def retry_many(ids: list[int], actor: Any, data: Any) -> str:
    done = 0
    for pk in ids:
        try:
            services.receipt_retry(receipt_id=pk, actor=actor)
            done += 1
        except DomainError:  # on its way or issued meanwhile: nothing to do about it
            continue
    return str(_("Sent once more: %(count)s") % {"count": done})


class ReceiptListing(Listing):
    slug = "fiscal-receipts"
    title = _("Fiscal receipts")
    permission = SEE_RECEIPTS
    filterset = ReceiptFilter
    order = ("-made_at", "-pk")
    active = "fiscal"
    search_placeholder = _("Patient or number of the document")
    empty_title = _("No fiscal receipts yet")
    empty_text = _(
        "Connect ATOL Online, Evotor or Business.ru in the settings and add a cash register of a branch: then every "
        "payment makes its receipt by itself."
    )
    live_kinds = "fiscal_receipt"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("number", _("Receipt"), kind="link", value=str, sort="pk"),
        Column("made_at", _("Made"), kind="datetime", sort="made_at"),
        Column("operation", _("Sign of settlement"), value="get_operation_display", sort="operation"),
        Column("patient", _("Patient"), value="buyer", sort="buyer"),
        Column("total", _("Total"), kind="money", sort="total"),
        Column("state", _("Status"), lambda row: (row.get_state_display(), tone_of(row)), kind="badge", sort="state"),
        Column("why", _("Why not issued"), why_of, file="error"),
        Column("register", _("Cash register"), value=lambda row: str(row.register or "—"), file="register__name"),
        Column("document", _("Document (FD)"), value=lambda row: str(row.facts.get("fd", "")), file="facts__fd"),
        Column("branch", _("Branch"), value="branch__name", sort="branch__name", shown=False),
    )
    totals = (Total("total", _("Total"), Sum("total")),)
    bulk = (Action("retry", _("Send once more"), RETRY, retry_many, icon="refresh"),)

    def queryset(self) -> QuerySet[Receipt]:
        return receipts_visible_to(self.user)

    @property
    def views(self) -> list[dict[str, Any]]:
        """What is not issued yet stands one click away."""
        known = [("", _("All"), ""), ("?is_open=true", _("Not issued"), "true")]
        now = self.params.get("is_open", "")
        return [{"title": title, "url": self.url + tail, "active": now == value} for tail, title, value in known]

    @property
    def head_actions(self) -> list[dict[str, Any]]:
        if not is_allowed(self.user, SEE_RECEIPTS):
            return []
        return [{"label": _("Cash registers"), "icon": "device-desktop", "url": reverse("fiscal:cash-registers-list")}]

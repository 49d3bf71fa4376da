"""List screens of barter: contracts and the register of entries (BAR-06, BAR-12)."""

from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Case, F, QuerySet, Sum, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from barter import permissions
from barter.models import Beneficiary, ContractStatus, Kind, State
from barter.selectors.entries import contracts_with_sums, entries_matching, entries_visible_to
from core.listing import Column, Create, Listing, Total


class ContractFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(
        field_name="organisation__name", lookup_expr="icontains", label=_("Organisation")
    )
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Kind.choices)
    status = django_filters.MultipleChoiceFilter(label=_("Status"), choices=ContractStatus.choices)


class ContractListing(Listing):
    slug = "barter-contracts"
    title = _("Barter")
    permission = permissions.SEE_BARTER
    filterset = ContractFilter
    order = ("-number",)
    creates = Create(_("New contract"), "barter:contract-new", permissions.EDIT_CONTRACTS, panel=False)
    search_placeholder = _("Organisation")
    empty_title = _("No barter contracts yet")
    empty_text = _("Register who exchanges with the clinic, whom they send and up to which sum.")
    live_kinds = "barter_contract barter_entry"
    active = "barter"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("number", _("Contract"), kind="link", value=lambda row: f"№ {row.number}", sort="number"),
        Column(
            "organisation", _("Organisation"), value="partner", sort="organisation__name", file="organisation__name"
        ),
        Column("kind", _("Kind"), value="get_kind_display", sort="kind", shown=False),
        Column(
            "status", _("Status"), kind="badge", value=lambda row: (row.get_status_display(), row.tone), sort="status"
        ),
        Column("people", _("People"), kind="number"),
        Column("granted", _("Limits"), kind="money"),
        Column("used", _("Used"), kind="money"),
        Column("left", _("Left"), kind="money"),
        Column("over_limit", _("Over the limit"), value="get_over_limit_display", sort="over_limit"),
        Column("ends_on", _("Till"), kind="date", sort="ends_on"),
    )

    def queryset(self) -> QuerySet[Any]:
        return contracts_with_sums(self.user)

    @property
    def head_actions(self) -> list[dict[str, Any]]:
        return [{"label": _("Register"), "icon": "list-numbers", "url": reverse("barter:barter-beneficiaries-list")}]


class EntryFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_text", label=_("Name, organisation or number"))
    state = django_filters.MultipleChoiceFilter(label=_("State"), choices=State.choices)
    contract = django_filters.NumberFilter(label=_("Contract's key"), widget=forms.HiddenInput)
    patient = django_filters.NumberFilter(label=_("Patient's key"), widget=forms.HiddenInput)
    is_spent = django_filters.BooleanFilter(label=_("The sum is spent"), method="by_spent")

    def by_text(self, rows: QuerySet[Beneficiary], name: str, text: str) -> QuerySet[Beneficiary]:
        return entries_matching(rows, text)

    def by_spent(self, rows: QuerySet[Beneficiary], name: str, wanted: bool) -> QuerySet[Beneficiary]:
        spent = {"limit__isnull": False, "limit__used__gte": F("limit__granted")}
        return rows.filter(**spent) if wanted else rows.exclude(**spent)


def person(row: Beneficiary) -> Any:
    marks = [(_("Barter"), "pink")] if row.mark == "pink" else []
    sub = [f"№ {row.patient.card_number}"] if row.patient else [row.phone] if row.phone else []
    return {"name": row.who, "sub": sub, "marks": marks, "url": row.get_absolute_url()}


class EntryListing(Listing):
    """The register: the entry's number is what the old register called the policy's."""

    slug = "barter-beneficiaries"
    title = _("Register of barter")
    permission = permissions.SEE_BARTER
    filterset = EntryFilter
    order = ("-number",)
    search_placeholder = _("Name, organisation or number")
    empty_title = _("Nobody is treated by barter yet")
    empty_text = _("People are added on the page of their contract.")
    live_kinds = "barter_entry"
    active = "barter"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("number", _("Entry"), kind="number", sort="number"),
        Column("person", _("Patient"), kind="person", value=person, sort="patient__sort_key", file=Coalesce("patient__full_name", "name")),
        Column("organisation", _("Organisation"), value="contract.partner", sort="contract__organisation__name",
               file="contract__organisation__name"),
        Column("contract", _("Contract"), value="contract.number", sort="contract__number", kind="number", shown=False),
        Column("state", _("State"), kind="badge", value=lambda row: (state_words(row), row.tone), sort="state"),
        Column("limit", _("Limit"), value="granted", kind="money", sort="announced", file="announced"),
        Column("used", _("Used"), kind="money", sort="limit__used", file="limit__used"),
        Column("reserved", _("Reserved"), kind="money", file="limit__reserved"),
        Column("left", _("Left"), kind="money",
               file=Case(When(limit__isnull=True, then=F("announced")), default=F("limit__granted") - F("limit__used"))),
    )  # fmt: skip
    totals = (
        Total("limit", _("Limit"), Sum("announced")),
        Total("used", _("Used"), Sum("limit__used")),
        Total("reserved", _("Reserved"), Sum("limit__reserved")),
    )

    def queryset(self) -> QuerySet[Any]:
        return entries_visible_to(self.user)

    def row_name(self, row: Any) -> str:
        return str(row.who)


def state_words(row: Beneficiary) -> Any:
    return _("Spent") if row.is_exhausted else row.get_state_display()

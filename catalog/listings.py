"""List screens of the catalog: the price list and the directory of diagnoses."""

from datetime import date
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.forms import HiddenInput
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import Diagnosis, DiagnosisGroup, Service
from catalog.permissions import EDIT_DIAGNOSES, EDIT_PRICES, SEE_DIAGNOSES, SEE_PRICES
from catalog.selectors import (
    categories_of_list,
    diagnoses_in_directory,
    diagnoses_matching,
    services_in_list,
    services_matching,
)
from catalog.services.prices import today
from core.access import is_allowed
from core.listing import Column, Create, Listing
from core.tables import date_of


def day_of(params: Any) -> date:
    """The day that prices are asked for: `?on=`, else today."""
    try:
        return date_of(params.get("on") or "")
    except ValueError:
        return today()


class ServiceFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_search", label=_("Search"))
    category = django_filters.ModelChoiceFilter(queryset=lambda request: categories_of_list(), label=_("Category"))
    is_active = django_filters.BooleanFilter(label=_("Offered"))
    has_price = django_filters.BooleanFilter(
        field_name="price", lookup_expr="isnull", exclude=True, label=_("Has a price")
    )
    code = django_filters.CharFilter(lookup_expr="iexact", label=_("Code"), widget=HiddenInput)
    diagnosis = django_filters.NumberFilter(field_name="diagnoses", label=_("Diagnosis"), widget=HiddenInput)
    on = django_filters.DateFilter(method="as_of", label=_("Prices of"))

    class Meta:
        model = Service
        fields: tuple[str, ...] = ()

    def by_search(self, rows: QuerySet[Service], name: str, value: str) -> QuerySet[Service]:
        return services_matching(rows, value)

    def as_of(self, rows: QuerySet[Service], name: str, value: date) -> QuerySet[Service]:
        return rows  # the listing has asked for prices of this day already


class PriceListing(Listing):
    """The price list as of a day."""

    slug = "prices"
    title = _("Price list")
    permission = SEE_PRICES
    filterset = ServiceFilter
    order = ("category__position", "category_id", "code", "pk")
    columns = (
        Column("code", _("Code"), sort="code"),
        Column("name", _("Service"), str, "name"),
        Column("category", _("Category"), lambda row: str(row.category), "category__position"),
        Column("price", _("Price"), sort="price", kind="money"),
        Column("next_price", _("Next price"), lambda row: row.next_price, kind="next_price"),
        Column("duration_min", _("Minutes"), sort="duration_min", kind="number"),
        Column("code_804n", _("Code of Order 804n"), sort="code_804n", shown=False),
        Column("tax_code", _("Tax deduction code"), "get_tax_code_display", shown=False),
        Column(
            "state", _("State"), lambda row: (_("Offered"), "green") if row.is_active else (_("Archived"), "grey"),
            "is_active", kind="badge", shown=False,
        ),
    )  # fmt: skip
    creates = Create(_("New service"), "catalog:service-new", EDIT_PRICES)
    row_panel = True
    search_placeholder = _("Code or words")
    empty_title = _("The price list is empty")
    empty_text = _("Load the list of Order 804n by one click, bring your own table, or add services one by one.")
    active = "prices"

    def queryset(self) -> QuerySet[Service]:
        return services_in_list(day_of(self.params))

    @property
    def subtitle(self) -> Any:
        day = day_of(self.params)
        return "" if day == today() else _("Prices of %(day)s") % {"day": f"{day:%d.%m.%Y}"}

    def row_url(self, row: Service) -> str:
        return reverse("catalog:service", args=[row.pk])

    @property
    def head_actions(self) -> list[dict[str, Any]]:
        if not is_allowed(self.user, EDIT_PRICES):
            return []
        return [
            {"label": _("Categories"), "icon": "category", "url": reverse("catalog:categories-list")},
            {"label": _("Change prices"), "icon": "percentage", "url": reverse("catalog:prices-change")},
            {"label": _("Import"), "icon": "file-import", "url": reverse("catalog:prices-import")},
        ]

    @property
    def empty(self) -> dict[str, Any]:
        """An empty list leads to the import, where a list stands ready."""
        said = super().empty
        if self.search_value or self.filter_chips or not is_allowed(self.user, EDIT_PRICES):
            return said
        return {**said, "action_label": _("Load a price list"), "action_url": reverse("catalog:prices-import")}

    def row_actions(self, row: Service) -> list[dict[str, Any]]:
        if not is_allowed(self.user, EDIT_PRICES):
            return []
        return entry_actions("service", row)


class DiagnosisFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_search", label=_("Search"))
    group = django_filters.ModelChoiceFilter(queryset=lambda request: DiagnosisGroup.objects.live(), label=_("Group"))
    is_active = django_filters.BooleanFilter(label=_("Offered"))
    code = django_filters.CharFilter(lookup_expr="iexact", label=_("Code"), widget=HiddenInput)

    class Meta:
        model = Diagnosis
        fields: tuple[str, ...] = ()

    def by_search(self, rows: QuerySet[Diagnosis], name: str, value: str) -> QuerySet[Diagnosis]:
        return diagnoses_matching(rows, value)


class DiagnosisListing(Listing):
    """Diagnoses by code, with the names that the clinic uses."""

    slug = "diagnoses"
    title = _("Diagnoses")
    permission = SEE_DIAGNOSES
    filterset = DiagnosisFilter
    order = ("code", "pk")
    columns = (
        Column("code", _("Code"), sort="code"),
        Column("name", _("Diagnosis"), "title", "name"),
        Column("group", _("Group"), lambda row: str(row.group), "group__code"),
        Column(
            "state", _("State"), lambda row: (_("Offered"), "green") if row.is_active else (_("Archived"), "grey"),
            "is_active", kind="badge",
        ),
    )  # fmt: skip
    creates = Create(_("New diagnosis"), "catalog:diagnosis-new", EDIT_DIAGNOSES)
    row_panel = True
    search_placeholder = _("Code or words")
    empty_title = _("No diagnoses yet")
    empty_text = _("Import the directory from a file or add diagnoses one by one.")
    active = "diagnoses"

    def queryset(self) -> QuerySet[Diagnosis]:
        return diagnoses_in_directory()

    def row_url(self, row: Diagnosis) -> str:
        return reverse("catalog:diagnosis", args=[row.pk]) if is_allowed(self.user, EDIT_DIAGNOSES) else ""

    @property
    def head_actions(self) -> list[dict[str, Any]]:
        if not is_allowed(self.user, EDIT_DIAGNOSES):
            return []
        return [
            {"label": _("Groups"), "icon": "category", "url": reverse("catalog:diagnosis-groups-list")},
            {"label": _("Import"), "icon": "file-import", "url": reverse("catalog:diagnoses-import")},
        ]

    def row_actions(self, row: Diagnosis) -> list[dict[str, Any]]:
        if not is_allowed(self.user, EDIT_DIAGNOSES):
            return []
        return entry_actions("diagnosis", row)


def entry_actions(noun: str, row: Any) -> list[dict[str, Any]]:
    """Change, archive or use again, to trash: what can be done with a row of either directory."""
    word = _("To archive") if row.is_active else _("Use again")
    return [
        {"label": _("Change"), "icon": "pencil", "url": reverse(f"catalog:{noun}", args=[row.pk]), "panel": True},
        {"label": word, "icon": "archive", "url": reverse(f"catalog:{noun}-archive", args=[row.pk]), "method": "post"},
        {
            "label": _("To trash"), "icon": "trash", "url": reverse(f"catalog:{noun}-trash", args=[row.pk]),
            "method": "post", "tone": "danger",
            "confirm": _("“%(name)s” goes to the trash and can be restored from there.") % {"name": row},
        },
    ]  # fmt: skip

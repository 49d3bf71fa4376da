"""The journal of certificates and the registers made of them (domain 3.2)."""

from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.access import is_allowed
from core.listing import Column, Create, Listing, Total
from taxes import permissions
from taxes.models import CANCELS, Certificate, Relation, TaxRegister
from taxes.selectors import certificates_visible_to, registers_visible_to, standing_sum

STATES = (
    ("valid", pgettext_lazy("tax certificate", "Valid")), ("corrected", pgettext_lazy("tax certificate", "Corrected")),
    ("cancelled", pgettext_lazy("tax certificate", "Cancelled")),
    ("cancellation", pgettext_lazy("tax certificate", "Cancellation")),
)  # fmt: skip
IN_STATE = {
    "valid": Q(number__is_cancelled=False, correction=F("number__correction")),
    "corrected": Q(number__is_cancelled=False, correction__lt=F("number__correction")),
    "cancelled": Q(number__is_cancelled=True, correction__lt=CANCELS),
    "cancellation": Q(correction=CANCELS),
}


class CertificateFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_text", label=_("Payer, patient or number"))
    year = django_filters.NumberFilter(field_name="number__year", label=_("Year"), min_value=2000, max_value=2200)
    state = django_filters.ChoiceFilter(method="by_state", label=_("State"), choices=STATES)
    relation = django_filters.MultipleChoiceFilter(label=_("Who pays"), choices=Relation.choices)
    patient = django_filters.NumberFilter(
        label=_("Patient's key"), min_value=1, max_value=2**62, widget=forms.HiddenInput
    )

    def by_text(self, rows: QuerySet[Certificate], name: str, text: str) -> QuerySet[Certificate]:
        wanted = Q(payer_name__icontains=text.strip()) | Q(patient__last_name__icontains=text.strip())
        number = text.strip().lstrip("№ ")
        if number.isascii() and number.isdigit() and 2 < len(number) < 9:
            wanted |= Q(number__year=2000 + int(number[:2]), number__number=int(number[2:]))
        return rows.filter(wanted)

    def by_state(self, rows: QuerySet[Certificate], name: str, state: str) -> QuerySet[Certificate]:
        return rows.filter(IN_STATE[state])


class CertificateListing(Listing):
    slug = "tax-certificates"
    title = _("Tax certificates")
    permission = permissions.SEE
    filterset = CertificateFilter
    order = ("-issued_on", "-id")
    search_placeholder = _("Payer, patient or number")
    empty_title = _("No tax certificates yet")
    empty_text = _("They are issued from a patient's card: “Tax certificate”.")
    live_kinds = "tax_certificate"
    active = "tax-certificates"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("number", _("Number"), kind="link", value=str, sort=("number__year", "number__number", "correction"),
               file="number__number"),
        Column("year", _("Year"), value="number.year", kind="text", sort="number__year", file="number__year"),
        Column("payer", _("Taxpayer"), value="payer_name", sort="payer_name"),
        Column("patient", _("Patient"), value="patient.full_name", sort="patient__sort_key", file="patient__sort_key"),
        Column("relation", _("Who pays"), value="get_relation_display", sort="relation", shown=False),
        Column("code1", _("Code 1"), kind="money", sort="code1"),
        Column("code2", _("Code 2"), kind="money", sort="code2"),
        Column("state", _("State"), kind="badge", value=lambda row: row.state[1:], file="correction"),
        Column("sent", _("In a register"), kind="bool", value=lambda row: bool(row.sent.all()), file="sent__register"),
        Column("issued_on", pgettext_lazy("tax certificate", "Issued"), kind="date", sort="issued_on"),
        Column("issued_by", _("Issued by"), kind="user", shown=False, file="issued_by__username"),
    )  # fmt: skip
    totals = (
        Total("code1", _("Code 1"), standing_sum("code1")),
        Total("code2", _("Code 2"), standing_sum("code2")),
    )

    def queryset(self) -> QuerySet[Any]:
        return certificates_visible_to(self.user)

    @property
    def head_actions(self) -> list[dict[str, Any]]:
        if not is_allowed(self.user, permissions.REGISTER):
            return []
        return [{"label": _("Registers"), "icon": "table-export", "url": reverse("taxes:tax-registers-list")}]


class RegisterFilter(django_filters.FilterSet):
    year = django_filters.NumberFilter(label=_("Year"), min_value=2000, max_value=2200)


class RegisterListing(Listing):
    slug = "tax-registers"
    title = _("Registers for the tax office")
    permission = permissions.REGISTER
    filterset = RegisterFilter
    order = ("-id",)
    creates = Create(_("New register"), "taxes:register-new", permissions.REGISTER)
    empty_title = _("No registers yet")
    empty_text = _("A register is the file with which the clinic gives certificates to the tax office by itself.")
    active = "tax-certificates"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("made_on", _("Day"), kind="date", sort="made_on"),
        Column("legal_entity", _("Legal entity"), value="legal_entity.short_name", sort="legal_entity__short_name",
               file="legal_entity__short_name"),
        Column("year", _("Year"), kind="text", sort="year"),
        Column("count", _("Certificates"), kind="number", sort="count"),
        Column("code1", _("Code 1"), kind="money", sort="code1"),
        Column("code2", _("Code 2"), kind="money", sort="code2"),
        Column("file", _("File"), kind="link", file="file__name",
               value=lambda row: (row.file.name, reverse("taxes:register-xml", args=[row.pk]))),
        Column("made_by", _("Made by"), kind="user", shown=False, file="made_by__username"),
    )  # fmt: skip

    def queryset(self) -> QuerySet[TaxRegister]:
        return registers_visible_to(self.user)

"""The postings journal."""

from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from clinic.selectors import branches_visible_to
from core.listing import Column, Listing, Total, scoped
from ledger import permissions
from ledger.models import Posting
from ledger.selectors import postings_visible_to
from ledger.words import ACCOUNT_KINDS, DOCUMENTS, account_label


class PostingFilter(django_filters.FilterSet):
    account = django_filters.CharFilter(field_name="account__code", lookup_expr="startswith", label=_("Account"))
    kind = django_filters.ChoiceFilter(field_name="account__kind", label=_("Kind of account"), choices=ACCOUNT_KINDS)
    branch = django_filters.ModelChoiceFilter(label=_("Branch"), queryset=scoped(branches_visible_to))
    patient = django_filters.NumberFilter(field_name="patient_id", label=_("Patient's key"), widget=forms.HiddenInput)
    document = django_filters.CharFilter(method="by_document", label=_("Document"))
    locals()["from"] = django_filters.DateFilter(field_name="effective_on", lookup_expr="gte", label=_("From"))
    to = django_filters.DateFilter(field_name="effective_on", lookup_expr="lte", label=_("To"))

    def by_document(self, rows: QuerySet[Posting], name: str, text: str) -> QuerySet[Posting]:
        """«invoice/12», as the column says it."""
        kind, _slash, number = text.partition("/")
        return (
            rows.filter(document_kind=kind, document_id=int(number))
            if number.isdigit() and len(number) < 18
            else rows.none()
        )


class PostingListing(Listing):
    slug = "ledger"
    title = _("Postings")
    permission = permissions.SEE_POSTINGS
    filterset = PostingFilter
    order = ("-posted_at", "-pk")
    empty_title = _("Nothing has been posted yet")
    empty_text = _("Invoices, payments and cash orders write here by themselves.")
    columns: ClassVar[tuple[Column, ...]] = (
        Column("effective_on", _("Day"), kind="date", sort="effective_on"),
        Column("posted_at", _("Posted"), kind="datetime", sort="posted_at"),
        Column("account", _("Account"), value=lambda row: account_label(row.account), sort="account__code"),
        Column("debit", _("Debit"), kind="money", value=lambda row: row.debit or None, sort="debit"),
        Column("credit", _("Credit"), kind="money", value=lambda row: row.credit or None, sort="credit"),
        Column(
            "document",
            _("Document"),
            value=lambda row: f"{DOCUMENTS.get(row.document_kind, row.document_kind)} {row.document_id}",
        ),
        Column("actor", _("By"), value=lambda row: str(row.actor or "")),
        Column("reverses", _("Reverses"), value="reverses_id", kind="number"),
        Column("note", _("Note")),
        Column("branch", _("Branch"), value="branch__name", shown=False),
        Column("doctor", _("Doctor"), value=lambda row: str(row.doctor or ""), shown=False),
        Column("code", _("Code"), value="account__code", shown=False),
    )
    totals = (Total("debit", _("Debit"), Sum("debit")), Total("credit", _("Credit"), Sum("credit")))

    def queryset(self) -> QuerySet[Any]:
        return postings_visible_to(self.user).select_related("account__payer", "actor", "branch", "doctor")

    def row_url(self, row: Posting) -> str:
        return ""

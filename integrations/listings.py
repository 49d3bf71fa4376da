"""The raw log of every service."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.listing import Column, Listing
from integrations.adapters import ADAPTERS
from integrations.models import Exchange
from integrations.permissions import MANAGE
from integrations.selectors import exchanges_all


def names() -> list[tuple[str, Any]]:
    return [(adapter.code, adapter.title) for adapter in ADAPTERS]


class ExchangeFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="find", label=_("Search"))
    code = django_filters.ChoiceFilter(choices=names, label=_("Service"))
    way = django_filters.ChoiceFilter(choices=Exchange.Way, label=_("Direction"))
    at = django_filters.DateFromToRangeFilter(label=_("When"))

    def find(self, rows: QuerySet[Exchange], name: str, value: str) -> QuerySet[Exchange]:
        return rows.filter(
            Q(asked__icontains=value)
            | Q(answered__icontains=value)
            | Q(url__icontains=value)
            | Q(error__icontains=value)
        )


def answer(row: Exchange) -> tuple[Any, str]:
    if row.error:
        return row.error[:60], "red"
    return str(row.status or ""), "green" if row.status and row.status < 400 else "red"


class ExchangeListing(Listing):
    slug = "integration-log"
    title = _("Log of integrations")
    permission = MANAGE
    filterset = ExchangeFilter
    order = "-pk"
    active = "settings"
    search_placeholder = _("Phone, number, words of the answer")
    empty_title = _("There was no exchange yet")
    empty_text = _("Every request to a connected service and its answer stand here for a month, without passwords.")
    columns = (
        Column("at", _("When"), kind="datetime"),
        Column("code", _("Service"), value=lambda row: dict(names()).get(row.code, row.code), file="code"),
        Column("way", _("Direction"), "get_way_display"),
        Column("url", _("Address"), kind="excerpt"),
        Column("asked", _("Request"), kind="excerpt"),
        Column("answer", _("Answer"), answer, kind="badge", file="status"),
        Column("answered", _("Text of the answer"), kind="excerpt"),
        Column("ms", _("Milliseconds"), kind="number", shown=False),
    )

    def queryset(self) -> QuerySet[Exchange]:
        return exchanges_all()

"""The list of templates (DOC-01)."""

from typing import Any, ClassVar

import django_filters
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.listing import Column, Create, Listing
from documents import permissions
from documents.models import Kind
from documents.selectors import templates_all


class TemplateFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label=_("Name"))
    kind = django_filters.MultipleChoiceFilter(label=_("Type"), choices=Kind.choices)
    language = django_filters.ChoiceFilter(label=_("Language"), choices=settings.LANGUAGES)
    is_active = django_filters.BooleanFilter(label=_("Offered"))


class TemplateListing(Listing):
    slug = "document-templates"
    title = _("Templates of documents")
    permission = permissions.EDIT_TEMPLATES
    filterset = TemplateFilter
    order = ("kind", "name", "pk")
    creates = Create(_("New template"), "documents:template-new", permissions.EDIT_TEMPLATES, panel=False)
    search_placeholder = _("Name of a template")
    empty_title = _("No templates yet")
    empty_text = _("Write a contract or a consent once: it is filled in for every patient by itself.")
    columns: ClassVar[tuple[Column, ...]] = (
        Column("name", _("Name"), kind="link", sort="name"),
        Column("kind", _("Type"), value="get_kind_display", sort="kind", file="kind"),
        Column("language", _("Language"), value="get_language_display", sort="language", file="language"),
        Column("number", _("Edition"), kind="number", sort="number"),
        Column("papers_count", _("Documents made"), kind="number", sort="papers_count"),
        Column("edited_at", _("Changed"), kind="datetime", sort="edited_at"),
        Column("is_active", _("Offered"), kind="bool", sort="is_active"),
    )

    def queryset(self) -> QuerySet[Any]:
        return templates_all()

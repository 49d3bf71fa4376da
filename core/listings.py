"""List screens of the frame: the audit and the trash."""

from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import permissions, records
from core.access import is_allowed
from core.listing import Action, Column, Listing
from core.models import AuditEntry, TrashEntry
from core.trash import trash_restore_many


class AuditFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_text", label=_("What or who"))
    at = django_filters.DateFromToRangeFilter(label=_("When"))
    app = django_filters.ChoiceFilter(method="by_app", label=_("Part"), choices=records.codes_by_app)
    actor = django_filters.ChoiceFilter(field_name="actor_id", label=_("Who"), choices=records.people)
    # Of links from cards and of programs: «who looked at this patient».
    patient_id = django_filters.NumberFilter(label=_("Patient"), widget=forms.HiddenInput)
    object_kind = django_filters.CharFilter(label=_("Kind"), widget=forms.HiddenInput)
    object_id = django_filters.NumberFilter(label=_("Number"), widget=forms.HiddenInput)

    def by_text(self, rows: QuerySet[AuditEntry], name: str, text: str) -> QuerySet[AuditEntry]:
        return rows.filter(Q(actor_name__icontains=text) | Q(object_label__icontains=text) | Q(code__icontains=text))

    def by_app(self, rows: QuerySet[AuditEntry], name: str, app: str) -> QuerySet[AuditEntry]:
        return rows.filter(code__startswith=f"{app}.")


class AuditListing(Listing):
    """Who did, looked at, or was refused what (SET-18)."""

    slug = "audit"
    title = _("Audit")
    permission = permissions.SEE_AUDIT
    filterset = AuditFilter
    order = ("-at", "-pk")
    row_panel = True
    active = "settings"
    search_placeholder = _("Person, object or code")
    empty_title = _("Nothing has been done yet")
    columns: ClassVar[tuple[Column, ...]] = (
        Column("at", _("When"), kind="datetime"),
        Column("actor", _("Who"), value=lambda row: row.actor_name or records.NOBODY, kind="user"),
        Column("sentence", _("What"), value="sentence"),
        Column("object_label", _("Object"), shown=False),
        Column("address", _("Address"), shown=True),
        Column("code", _("Code"), shown=False),
        Column("patient_id", _("Patient, number"), shown=False, kind="number"),
    )

    def queryset(self) -> QuerySet[Any]:
        return records.entries_visible_to(self.user)

    def row_url(self, row: Any) -> str:
        return reverse("core:audit-entry", args=[row.pk])

    def decorate(self, rows: list[Any]) -> list[Any]:
        return records.described(rows)


def kinds() -> list[tuple[str, str]]:
    return [(kind, records.kind_title(kind)) for kind in records.kinds_in_trash()]


class TrashFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(field_name="label", lookup_expr="icontains", label=_("Name"))
    kind = django_filters.ChoiceFilter(label=_("What"), choices=kinds)
    deleted_at = django_filters.DateFromToRangeFilter(label=_("When"))


def restore(ids: list[int], actor: Any, data: Any) -> str:
    back, blocked = trash_restore_many(ids, actor=actor)
    if blocked:
        return str(_("Restored: %(n)s. Something has taken the place of: %(names)s.")) % {
            "n": back,
            "names": ", ".join(blocked),
        }
    return str(_("Restored: %(n)s.")) % {"n": back}


class TrashListing(Listing):
    """Everything deleted, by sections, with a way back (SET-04)."""

    slug = "trash"
    title = _("Trash")
    permission = permissions.SEE_TRASH
    filterset = TrashFilter
    order = ("-deleted_at", "-pk")
    subtitle = _("Kept until restored. Documents with money and medical records are never deleted, only rolled back.")
    search_placeholder = _("Name")
    empty_title = _("The trash is empty")
    empty_text = _("What is deleted lies here and can be restored.")
    bulk = (Action("restore", _("Restore"), permissions.RESTORE_TRASH, restore, "arrow-back-up"),)
    columns: ClassVar[tuple[Column, ...]] = (
        Column(
            "label",
            _("What"),
            value=lambda row: {"name": row.label, "sub": [row.kind_title]},
            kind="person",
            sort="label",
        ),
        Column("kind", _("Kind"), value="kind_title", sort="kind", shown=False),
        Column("deleted_by_name", _("Deleted by"), kind="user", sort="deleted_by_name"),
        Column("deleted_at", _("When"), kind="datetime", sort="deleted_at"),
        Column("reason", _("Why")),
        Column("restore", " ", value="restore_url", kind="restore", permission=permissions.RESTORE_TRASH),
    )

    def queryset(self) -> QuerySet[TrashEntry]:
        return records.trash_visible_to(self.user)

    @property
    def views(self) -> list[dict[str, Any]]:
        """Sections of the trash as tabs."""
        chosen = self.params.get("kind", "")
        tabs = [{"title": _("All"), "url": self.with_params(kind=None, page=None), "active": not chosen, "count": ""}]
        for kind, title in kinds():
            tabs.append(
                {"title": title, "url": self.with_params(kind=kind, page=None), "active": kind == chosen, "count": ""}
            )
        return tabs

    def decorate(self, rows: list[Any]) -> list[Any]:
        may = is_allowed(self.user, permissions.RESTORE_TRASH)
        for row in rows:
            row.kind_title = records.kind_title(row.kind)
            row.restore_url = reverse("core:trash-restore", args=[row.pk]) if may else ""
        return rows

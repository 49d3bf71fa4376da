"""The catalog's simple directories: categories of services and groups of diagnoses."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.models import Category, DiagnosisGroup
from catalog.permissions import EDIT_DIAGNOSES, EDIT_PRICES, SEE_DIAGNOSES, SEE_PRICES
from core.directory import Directory, EntryForm
from core.listing import Column


class GroupForm(EntryForm):
    """A group of diagnoses; its parent is any group that does not stand below it."""

    class Meta:
        model = DiagnosisGroup
        fields = ("name", "name_en", "code", "parent")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        below = {self.instance.pk} if self.instance.pk else set()
        groups = list(DiagnosisGroup.objects.live())
        while True:
            more = {group.pk for group in groups if group.parent_id in below} - below
            if not more:
                break
            below |= more
        self.fields["parent"].queryset = DiagnosisGroup.objects.live().exclude(pk__in=below)  # type: ignore[attr-defined]


CATEGORIES = Directory(
    slug="categories", app="catalog", model=Category, title=_("Categories of services"), new_label=_("New category"),
    see=SEE_PRICES, edit=EDIT_PRICES, fields=("name", "name_en"), search=("name", "name_en"),
    section=_("Price list and diagnoses"), icon="category", hint=_("Sections of the price list and directions of income"),
)  # fmt: skip
GROUPS = Directory(
    slug="diagnosis-groups", app="catalog", model=DiagnosisGroup, title=_("Groups of diagnoses"),
    new_label=_("New group"), see=SEE_DIAGNOSES, edit=EDIT_DIAGNOSES, form=GroupForm, search=("name", "name_en", "code"),
    columns=(
        Column("code", _("Code"), sort="code"),
        Column("name", _("Name"), str, "name"),
        Column("parent", _("Parent group"), lambda row: str(row.parent) if row.parent else ""),
    ),
    rows=lambda user: DiagnosisGroup.objects.select_related("parent"), order=("code", "name", "pk"),
    section=_("Price list and diagnoses"), icon="stethoscope", hint=_("Chapters of ICD-10 and the clinic's own groups"),
)  # fmt: skip

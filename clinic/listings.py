"""List screens of the clinic: branches, chairs, legal entities, professions, staff."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clinic import permissions
from clinic.models import Profession, Staff
from clinic.selectors import (
    branch_names_of,
    branches_visible_to,
    chairs_visible_to,
    name_has,
    professions_live,
    professions_of,
    staff_with_places,
    works_in,
)
from core.access import SIGNED_IN
from core.listing import Column, Listing, scoped


def holds(field: str) -> Any:
    """A filter that finds a part of a text, whatever the case."""
    return django_filters.CharFilter(field_name=field, lookup_expr="icontains", label=_("Name"))


class BranchFilter(django_filters.FilterSet):
    search = holds("name")
    name = holds("name")
    timezone = django_filters.CharFilter(label=_("Time zone"))


class BranchListing(Listing):
    slug = "branches"
    title = _("Branches")
    permission = SIGNED_IN
    filterset = BranchFilter
    order = ("position", "pk")
    columns = (
        Column("name", _("Branch"), kind="link", value=lambda branch: branch, sort="name"),
        Column("address", _("Address")),
        Column("phone", _("Phone"), kind="phone"),
        Column("timezone", _("Time zone")),
        Column("entity", _("Legal entity"), value="legal_entity__short_name", shown=False),
    )

    def queryset(self) -> QuerySet[Any]:
        return branches_visible_to(self.user).select_related("legal_entity")


class ChairFilter(django_filters.FilterSet):
    search = holds("name")
    name = holds("name")
    branch = django_filters.ModelChoiceFilter(label=_("Branch"), queryset=scoped(branches_visible_to))


class ChairListing(Listing):
    slug = "chairs"
    title = _("Chairs")
    permission = SIGNED_IN
    filterset = ChairFilter
    order = ("branch__position", "branch_id", "position", "pk")
    columns = (
        Column("name", _("Chair"), kind="link", sort="name"),
        Column("branch", _("Branch"), value="branch__name", sort="branch__position"),
        Column("purpose", _("Purpose")),
        Column("buffer_minutes", _("Clean-up, min"), kind="number"),
    )

    def queryset(self) -> QuerySet[Any]:
        return chairs_visible_to(self.user)


class ProfessionFilter(django_filters.FilterSet):
    search = holds("name")
    name = holds("name")
    kind = django_filters.ChoiceFilter(label=_("Of whom"), choices=Profession.Kind.choices)


class ProfessionListing(Listing):
    slug = "professions"
    title = _("Professions")
    permission = SIGNED_IN
    filterset = ProfessionFilter
    order = ("kind", "name", "pk")
    columns = (
        Column("name", _("Profession"), kind="link", sort="name"),
        Column("kind", _("Of whom"), value=lambda row: row.get_kind_display(), sort="kind"),
        Column("code", _("Code"), shown=False),
    )

    def queryset(self) -> QuerySet[Any]:
        return professions_live()


class StaffFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_name", label=_("Name"))
    name = django_filters.CharFilter(method="by_name", label=_("Name"))
    is_doctor = django_filters.BooleanFilter(label=_("Doctors"))
    professions = django_filters.ModelChoiceFilter(
        label=_("Profession"), queryset=scoped(lambda user: professions_live()), method="by_profession"
    )
    branches = django_filters.ModelChoiceFilter(
        label=_("Branch"), queryset=scoped(branches_visible_to), method="by_branch"
    )

    def by_name(self, rows: QuerySet[Staff], name: str, text: str) -> QuerySet[Staff]:
        return rows.filter(name_has(text))

    def by_profession(self, rows: QuerySet[Staff], name: str, profession: Profession) -> QuerySet[Staff]:
        return rows.filter(pk__in=profession.staff.values("pk"))

    def by_branch(self, rows: QuerySet[Staff], name: str, branch: Any) -> QuerySet[Staff]:
        return rows.filter(works_in(branch.pk))


class StaffListing(Listing):
    slug = "staff"
    title = _("Staff")
    permission = permissions.SEE_STAFF
    filterset = StaffFilter
    order = ("last_name", "first_name", "pk")
    search_placeholder = _("Name")
    columns: ClassVar[tuple[Column, ...]] = (
        Column("name", _("Name"), kind="person", value=lambda person: person.face, sort="last_name"),
        Column("professions", _("Professions"), value=lambda person: ", ".join(person.profession_names)),
        Column("branches", _("Branches"), value=lambda person: ", ".join(person.branch_names) or _("all")),
        Column("phone", _("Phone"), kind="phone"),
    )

    def queryset(self) -> QuerySet[Any]:
        return staff_with_places(self.user)

    def decorate(self, rows: list[Any]) -> list[Any]:
        ids = [person.pk for person in rows]
        professions, branches = professions_of(ids), branch_names_of(ids)
        for person in rows:
            person.profession_names = professions.get(person.pk, [])
            person.branch_names = branches.get(person.pk, [])
            person.face = {"name": person.full_name}
        return rows

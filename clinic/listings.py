"""List screens of the clinic: branches, chairs, legal entities, professions, staff."""

from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic import permissions
from clinic.models import Profession, Staff, User
from clinic.selectors import (
    branch_names_of,
    branch_names_of_entities,
    branches_visible_to,
    chairs_visible_to,
    entities_live,
    name_has,
    professions_live,
    professions_of,
    roles_all,
    second_factor_of,
    staff_with_places,
    users_of_clinic,
    works_in,
)
from core.access import SIGNED_IN, is_allowed
from core.listing import Column, Create, Listing, scoped
from core.templatetags.ui import day_short
from core.zones import zone_name

PERSON = pgettext_lazy("person", "Name")


def holds(field: str, **options: Any) -> Any:
    """A filter that finds a part of a text, whatever the case."""
    return django_filters.CharFilter(field_name=field, lookup_expr="icontains", label=_("Name"), **options)


def hidden(field: str) -> Any:
    """The same for programs: people have the search for it."""
    return holds(field, widget=forms.HiddenInput)


class BranchFilter(django_filters.FilterSet):
    search = holds("name")
    name = hidden("name")
    timezone = django_filters.CharFilter(label=_("Time zone"), widget=forms.HiddenInput)


class BranchListing(Listing):
    slug = "branches"
    title = _("Branches")
    permission = SIGNED_IN
    filterset = BranchFilter
    order = ("position", "pk")
    creates = Create(_("Branch"), "clinic:branch-new", permissions.EDIT_BRANCHES, panel=False)
    active = "settings"
    columns = (
        Column("name", _("Branch"), kind="link", value=lambda branch: branch, sort="name"),
        Column("address", _("Address")),
        Column("phone", _("Phone"), kind="phone"),
        Column("timezone", _("Time zone"), value=lambda branch: zone_name(branch.timezone), sort="timezone"),
        Column("entity", _("Legal entity"), value="legal_entity__short_name", shown=False),
    )

    def queryset(self) -> QuerySet[Any]:
        return branches_visible_to(self.user).select_related("legal_entity")


class ChairFilter(django_filters.FilterSet):
    search = holds("name")
    name = hidden("name")
    branch = django_filters.ModelChoiceFilter(label=_("Branch"), queryset=scoped(branches_visible_to))


class ChairListing(Listing):
    slug = "chairs"
    title = _("Chairs")
    permission = SIGNED_IN
    filterset = ChairFilter
    order = ("branch__position", "branch_id", "position", "pk")
    creates = Create(_("Chair"), "clinic:chair-new", permissions.EDIT_BRANCHES)
    active = "settings"
    row_panel = True
    columns = (
        Column("name", _("Chair"), kind="link", sort="name"),
        Column("branch", _("Branch"), value="branch__name", sort="branch__position"),
        Column("purpose", _("Purpose")),
        Column("buffer_minutes", _("Clean-up, min"), kind="number"),
    )

    def queryset(self) -> QuerySet[Any]:
        return chairs_visible_to(self.user)

    def row_url(self, row: Any) -> str:
        return reverse("clinic:chair-edit", args=[row.pk]) if is_allowed(self.user, permissions.EDIT_BRANCHES) else ""


class ProfessionFilter(django_filters.FilterSet):
    search = holds("name")
    name = hidden("name")
    kind = django_filters.ChoiceFilter(label=_("Of whom"), choices=Profession.Kind.choices)


class ProfessionListing(Listing):
    """Of the API only: people use the two directories."""

    slug = "professions"
    title = _("Professions")
    permission = SIGNED_IN
    filterset = ProfessionFilter
    order = ("kind", "name", "pk")
    columns = (
        Column("name", _("Profession"), sort="name"),
        Column("kind", _("Of whom"), value=lambda row: row.get_kind_display(), sort="kind"),
    )

    def queryset(self) -> QuerySet[Any]:
        return professions_live()

    @property
    def url(self) -> str:  # type: ignore[override]
        return reverse("core:directories")


class EntityListing(Listing):
    slug = "entities"
    title = _("Legal entities")
    permission = permissions.EDIT_ENTITIES
    creates = Create(_("Legal entity"), "clinic:entity-new", permissions.EDIT_ENTITIES)
    active = "settings"
    row_panel = True
    columns = (
        Column("short_name", _("Short name"), kind="link", sort="short_name"),
        Column("name", _("Full name"), sort="name"),
        Column("inn", _("INN")),
        Column("licence", _("Licence")),
        Column("director_name", _("Head"), shown=False),
        Column("branches", _("Branches"), value=lambda row: ", ".join(row.branch_names)),
    )

    def queryset(self) -> QuerySet[Any]:
        return entities_live()

    def decorate(self, rows: list[Any]) -> list[Any]:
        found = branch_names_of_entities([row.pk for row in rows])
        for row in rows:
            row.branch_names = found.get(row.pk, [])
        return rows

    def row_actions(self, row: Any) -> list[dict[str, Any]]:
        confirm = _("“%(name)s” goes to the trash and can be restored from there.") % {"name": row}
        url = reverse("clinic:entity-trash", args=[row.pk])
        return [
            {
                "label": _("To trash"),
                "icon": "trash",
                "url": url,
                "method": "post",
                "confirm": confirm,
                "tone": "danger",
            }
        ]


class StaffFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_name", label=PERSON)
    name = django_filters.CharFilter(method="by_name", label=PERSON, widget=forms.HiddenInput)
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
    search_placeholder = PERSON
    creates = Create(_("Person"), "clinic:person-new", permissions.EDIT_STAFF)
    empty_title = _("Nobody is on the staff yet")
    empty_text = _("Enter doctors and employees: they can be put into the schedule at once.")
    columns: ClassVar[tuple[Column, ...]] = (
        Column("name", PERSON, kind="person", value=lambda person: person.face, sort="last_name"),
        Column("trade", _("Works as"), value=lambda person: person.trades, kind="badges"),
        Column("professions", _("Professions"), value=lambda person: ", ".join(person.profession_names)),
        Column("branches", _("Branches"), value=lambda person: ", ".join(person.branch_names) or _("all")),
        Column("phone", _("Phone"), kind="phone"),
        Column("email", _("E-mail"), kind="email", shown=False),
        Column("hired_on", _("Works since"), kind="date", sort="hired_on", shown=False),
        Column("account", _("Account"), value="account", kind="badge", permission=permissions.EDIT_USERS),
    )

    def queryset(self) -> QuerySet[Any]:
        return staff_with_places(self.user)

    def decorate(self, rows: list[Any]) -> list[Any]:
        ids = [person.pk for person in rows]
        professions, branches = professions_of(ids), branch_names_of(ids)
        for person in rows:
            person.profession_names = professions.get(person.pk, [])
            person.branch_names = branches.get(person.pk, [])
            left = [_("left %(day)s") % {"day": day_short(person.dismissed_on)}] if person.dismissed_on else []
            person.face = {"name": person.full_name, "sub": left, "url": person.get_absolute_url()}
            person.trades = trades(person)
            person.account = account_state(person.account_active)
        return rows


def trades(person: Staff) -> list[tuple[Any, str]]:
    found = [(_("Doctor"), "blue")] if person.is_doctor else []
    return [*found, (_("Employee"), "grey")] if person.is_employee else found


def account_state(is_active: bool | None) -> tuple[Any, str]:
    if is_active is None:
        return _("no account"), "grey"
    return (_("signs in"), "green") if is_active else (_("switched off"), "red")


class UserFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_text", label=_("Name or login"))
    is_active = django_filters.BooleanFilter(label=_("May sign in"))
    roles = django_filters.ModelChoiceFilter(
        label=_("Role"), queryset=scoped(lambda user: roles_all()), method="by_role"
    )

    def by_text(self, rows: QuerySet[User], name: str, text: str) -> QuerySet[User]:
        return rows.filter(Q(name__icontains=text) | Q(username__icontains=text) | Q(email__icontains=text))

    def by_role(self, rows: QuerySet[User], name: str, role: Any) -> QuerySet[User]:
        return rows.filter(pk__in=role.users.values("pk"))


class UserListing(Listing):
    slug = "users"
    title = _("Users")
    permission = permissions.EDIT_USERS
    filterset = UserFilter
    order = ("name", "username", "pk")
    search_placeholder = _("Name or login")
    creates = Create(_("Invite"), "clinic:user-invite", permissions.EDIT_USERS)
    active = "settings"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("name", PERSON, kind="person", value=lambda user: user.face, sort="name"),
        Column("roles", _("Roles"), value=lambda user: ", ".join(user.role_names)),
        Column("rights", _("Own rights"), value=lambda user: user.own_rights, kind="badges"),
        Column("second", _("Second factor"), value="has_second_factor", kind="bool"),
        Column("seen", _("Last seen"), value="seen_at", sort="seen_at", kind="datetime"),
        Column("state", _("State"), value=lambda user: account_state(user.is_active), sort="is_active", kind="badge"),
    )

    def queryset(self) -> QuerySet[Any]:
        return users_of_clinic()

    def decorate(self, rows: list[Any]) -> list[Any]:
        protected = second_factor_of([user.pk for user in rows])
        for user in rows:
            user.face = {"name": str(user), "sub": [user.username], "url": user.get_absolute_url()}
            user.has_second_factor = user.pk in protected
            own = [(f"+{len(user.granted)}", "green")] if user.granted else []
            user.own_rights = [*own, (f"−{len(user.refused)}", "red")] if user.refused else own
        return rows

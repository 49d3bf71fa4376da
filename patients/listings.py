"""The list of patients as data; apps above add their columns."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.models import Branch, Staff
from clinic.selectors import full_name_of, short_name_of
from core.access import is_allowed
from core.listing import Action, Column, Create, Listing
from core.templatetags.ui import age
from messaging.permissions import SEND_MAILINGS
from patients import permissions, selectors, services
from patients.models import Duplicate, Group, Patient, Source, Stage, Status
from patients.selectors.search import page_of

STATUS_TONES = {"none": "grey", "thinking": "amber", "in_treatment": "blue", "sanated": "green"}


RELATED = {"doctor", "coordinator", "branch", "source", "group", "status", "stage"}


def person(row: Patient) -> dict[str, Any]:
    """A face, the name, the card number, the age and the marks that slots give (PAT-08, PAT-32)."""
    years = row.age_on(timezone.localdate())
    marks = [(badge.short or badge.label, badge.tone) for badge in getattr(row, "badges", ())]
    return {
        "name": row.full_name,
        "sub": [f"№ {row.card_number}", age(years) if years is not None else ""],
        "marks": marks,
    }


def treatment(row: Patient) -> tuple[Any, str]:
    return row.get_treatment_status_display(), STATUS_TONES[row.treatment_status]


def given_status(row: Patient) -> tuple[Any, str] | None:
    return (row.status.name, row.status.tone) if row.status else None


def live(model: Any, **only: Any) -> Any:
    """Choices of a filter, read when the filter is shown."""
    return lambda request: model.objects.live().filter(**only)


class PatientFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_search", label=_("Search"))
    treatment_status = django_filters.MultipleChoiceFilter(
        choices=Patient.TreatmentStatus.choices, label=_("Treatment")
    )
    status = django_filters.ModelChoiceFilter(queryset=live(Status), label=_("Status"))
    kind = django_filters.ChoiceFilter(choices=Patient.Kind.choices, label=_("Patient type"))
    doctor = django_filters.ModelChoiceFilter(queryset=live(Staff, is_doctor=True), label=_("Doctor"))
    coordinator = django_filters.ModelChoiceFilter(queryset=live(Staff), label=_("Coordinator"))
    branch = django_filters.ModelChoiceFilter(queryset=live(Branch), label=_("Branch"))
    source = django_filters.ModelChoiceFilter(queryset=live(Source), label=_("Channel"))
    group = django_filters.ModelChoiceFilter(queryset=live(Group), label=_("CLV group"))
    stage = django_filters.ModelChoiceFilter(queryset=live(Stage), label=_("Stage"))
    is_active = django_filters.BooleanFilter(label=_("Active"))
    next_call_on = django_filters.DateFromToRangeFilter(label=_("Next call"))
    created_at = django_filters.DateFromToRangeFilter(label=_("Card opened"))

    def by_search(self, rows: QuerySet[Patient], name: str, value: str) -> QuerySet[Patient]:
        return selectors.patients_matching(rows, value, self.request_user)


def deactivate(ids: list[int], actor: Any, data: Any) -> str:
    return _("Accounts switched off: %(count)s") % {"count": services.patients_deactivate(patient_ids=ids, actor=actor)}


def to_trash(ids: list[int], actor: Any, data: Any) -> str:
    return _("Moved to the trash: %(count)s") % {"count": services.patients_trash(patient_ids=ids, actor=actor)}


class PatientListing(Listing):
    slug = "patients"
    title = _("Patients")
    permission = permissions.SEE
    columns = (
        Column("name", _("Patient"), person, sort="sort_key", kind="person", file=full_name_of()),
        Column("phone", _("Phone"), "phone", kind="phone", permission=permissions.SEE_CONTACTS),
        Column("doctor", _("Doctor"), "doctor.short_name", sort="doctor__last_name", file=short_name_of("doctor")),
        Column(
            "treatment_status",
            _("Treatment"),
            treatment,
            sort="treatment_status",
            kind="badge",
            file="get_treatment_status_display",
        ),
        Column(
            "status", _("Status"), given_status, sort="status__position", kind="badge", shown=False, file="status.name"
        ),
        Column("kind", _("Patient type"), "get_kind_display", shown=False),
        Column("birth_date", _("Birth date"), "birth_date", sort="birth_date", kind="date", shown=False),
        Column("email", _("E-mail"), "email", kind="email", shown=False, permission=permissions.SEE_CONTACTS),
        Column(
            "coordinator", _("Coordinator"), "coordinator.short_name", shown=False, file=short_name_of("coordinator")
        ),
        Column("branch", _("Branch"), "branch.name", shown=False),
        Column("source", _("Channel"), "source.name", shown=False),
        Column("group", _("CLV group"), "group.name", shown=False),
        Column("stage", _("Stage"), "stage.name", shown=False),
        Column("next_call_on", _("Next call"), "next_call_on", sort="next_call_on", kind="date", shown=False),
        Column("card_number", _("Card number"), "card_number", sort="card_number", shown=False),
        Column("created_at", _("Card opened"), "created_at", sort="created_at", kind="date", shown=False),
    )
    filterset = PatientFilter
    order = ("sort_key", "pk")
    creates = Create(_("Patient"), "patients:new", permissions.ADD)
    bulk = (
        Action("deactivate", _("Switch off"), permissions.EDIT, deactivate, icon="user-off",
               confirm=_("Switch these accounts off? They will get no messages.")),
        Action("trash", _("To trash"), permissions.DELETE, to_trash, icon="trash", tone="danger",
               confirm=_("Move these cards to the trash? They can be restored.")),
    )  # fmt: skip
    empty_title = _("No patients yet")
    empty_text = _("Add the first one, or import the cards of your former program.")
    search_placeholder = _("Name, phone or card number")
    live_kinds = "patient"

    def queryset(self) -> QuerySet[Patient]:
        rows = self.narrowed(selectors.patients_visible_to(self.user))
        related = [column.name for column in self.chosen if column.name in RELATED]
        return rows.select_related(*related) if related else rows

    def narrowed(self, rows: QuerySet[Patient]) -> QuerySet[Patient]:
        view = self.params.get("view")
        if view == "mine" and self.user.staff_id:
            return rows.filter(selectors.is_mine(self.user.staff_id))
        if view == "pinned":
            return rows.filter(pk__in=selectors.pinned_ids(self.user))
        return rows

    def slice(self, start: int, count: int) -> list[Patient]:
        """A search shows surnames that begin so first; see selectors.search."""
        text = self.search_value
        if not text or self.sort or not self.is_valid:
            return super().slice(start, count)
        return page_of(self.filtered_but("search"), text, self.user, start, count)

    def decorate(self, rows: list[Patient]) -> list[Patient]:
        badges = selectors.badges_for(rows, self.user)
        for row in rows:
            row.badges = badges.get(row.pk, [])
        return rows

    @property
    def views(self) -> list[dict[str, Any]]:
        now = self.params.get("view", "")
        known = [("", _("All patients")), ("pinned", _("At hand"))]
        if self.user.staff_id:
            known.insert(1, ("mine", _("My patients")))
        return [
            {"title": title, "url": f"{self.url}?view={key}" if key else self.url, "active": key == now}
            for key, title in known
        ]

    @property
    def head_actions(self) -> list[dict[str, Any]]:
        known = [
            (permissions.SEE_DUPLICATES, "patients:duplicates-list", "users", _("Duplicates")),
            (permissions.IMPORT, "patients:imports", "file-import", _("Import")),
        ]
        shown = [
            {"url": reverse(name), "icon": icon, "label": label}
            for right, name, icon, label in known
            if is_allowed(self.user, right)
        ]
        if is_allowed(self.user, SEND_MAILINGS):
            url = f"{reverse('messaging:mailing-new')}?listing=patients&{self.params.urlencode()}"
            shown.insert(0, {"url": url, "icon": "speakerphone", "label": _("Make a mailing")})
        return shown


def pair_person(name: str) -> Any:
    def cell(row: Duplicate) -> dict[str, Any]:
        card = getattr(row, name)
        born = f"{card.birth_date:%d.%m.%Y}" if card.birth_date else ""
        return {"name": card.full_name, "sub": [f"№ {card.card_number}", born], "url": card.get_absolute_url()}

    return cell


class DuplicateFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_search", label=_("Search"))
    branch = django_filters.ModelChoiceFilter(queryset=live(Branch), method="by_branch", label=_("Branch"))
    sign = django_filters.ChoiceFilter(choices=Duplicate.Sign.choices, label=pgettext_lazy("duplicates", "Sign"))
    dismissed = django_filters.BooleanFilter(
        field_name="dismissed_at", lookup_expr="isnull", exclude=True, label=_("Dismissed")
    )

    def by_search(self, rows: QuerySet[Duplicate], name: str, value: str) -> QuerySet[Duplicate]:
        found = selectors.patients_matching(Patient.objects.live(), value, self.request_user).values("pk")
        return rows.filter(Q(first__in=found) | Q(second__in=found))

    def by_branch(self, rows: QuerySet[Duplicate], name: str, value: Branch) -> QuerySet[Duplicate]:
        return rows.filter(Q(first__branch=value) | Q(second__branch=value))


class DuplicateListing(Listing):
    """Pairs of cards that may be of one person, exportable by branch (PAT-41)."""

    slug = "duplicates"
    title = _("Possible duplicates")
    template = "patients/duplicates.html"
    permission = permissions.SEE_DUPLICATES
    columns = (
        Column("first", _("Card"), pair_person("first"), kind="person"),
        Column("second", _("Other card"), pair_person("second"), kind="person"),
        Column("sign", pgettext_lazy("duplicates", "Sign"), "get_sign_display", sort="sign"),
        Column("likeness", _("Likeness"), "likeness", sort="likeness", kind="percent"),
        Column("first_phone", _("Phone"), "first.phone", kind="phone", permission=permissions.SEE_CONTACTS),
        Column(
            "second_phone",
            _("Other phone"),
            "second.phone",
            kind="phone",
            permission=permissions.SEE_CONTACTS,
            shown=False,
        ),
        Column("first_branch", _("Branch"), "first.branch.name"),
        Column("second_branch", _("Other branch"), "second.branch.name", shown=False),
        Column("found_at", _("Found"), "found_at", sort="found_at", kind="date", shown=False),
    )
    filterset = DuplicateFilter
    order = ("-likeness", "pk")
    active = "patients"
    empty_title = _("No duplicates found")
    empty_text = _("Cards are compared every night; «Find now» does it at once.")
    search_placeholder = _("Name, phone or card number")

    def queryset(self) -> QuerySet[Duplicate]:
        rows = selectors.duplicates_visible_to(self.user)
        if "dismissed" not in self.params:
            rows = rows.filter(dismissed_at__isnull=True)
        return rows.select_related("first__branch", "second__branch")

    def row_url(self, row: Duplicate) -> str:
        return f"{reverse('patients:merge', args=[row.first_id])}?with={row.second_id}"

    def row_name(self, row: Duplicate) -> str:
        return str(row)

    def row_actions(self, row: Duplicate) -> list[dict[str, Any]]:
        word, icon = (_("Offer again"), "rotate") if row.dismissed_at else (_("Two different people"), "users-minus")
        menu = [
            {"label": word, "icon": icon, "url": reverse("patients:duplicate-dismiss", args=[row.pk]), "method": "post"}
        ]
        if is_allowed(self.user, permissions.MERGE):
            menu.insert(0, {"label": _("Compare and merge"), "icon": "git-merge", "url": self.row_url(row)})
        return menu


class PatientFeed(PatientListing):
    """The same rows for programs: ids without the people and directories behind them."""

    abstract = True
    chosen: tuple[Column, ...] = ()

    def queryset(self) -> QuerySet[Patient]:
        return self.narrowed(selectors.patients_visible_to(self.user))

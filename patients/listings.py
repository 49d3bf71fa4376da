"""The list of patients as data; apps above add their columns."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, Staff
from core.listing import Action, Column, Create, Listing
from core.templatetags.ui import age
from patients import permissions, selectors, services
from patients.models import Group, Patient, Source, Stage, Status
from patients.selectors.search import page_of

STATUS_TONES = {"none": "grey", "thinking": "amber", "in_treatment": "blue", "sanated": "green"}


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


class PatientFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_search", label=_("Search"))
    treatment_status = django_filters.MultipleChoiceFilter(
        choices=Patient.TreatmentStatus.choices, label=_("Treatment")
    )
    status = django_filters.ModelChoiceFilter(queryset=lambda request: Status.objects.live(), label=_("Status"))
    kind = django_filters.ChoiceFilter(choices=Patient.Kind.choices, label=_("Type"))
    doctor = django_filters.ModelChoiceFilter(
        queryset=lambda request: Staff.objects.live().filter(is_doctor=True), label=_("Doctor")
    )
    coordinator = django_filters.ModelChoiceFilter(
        queryset=lambda request: Staff.objects.live(), label=_("Coordinator")
    )
    branch = django_filters.ModelChoiceFilter(queryset=lambda request: Branch.objects.live(), label=_("Branch"))
    source = django_filters.ModelChoiceFilter(queryset=lambda request: Source.objects.live(), label=_("Channel"))
    group = django_filters.ModelChoiceFilter(queryset=lambda request: Group.objects.live(), label=_("CLV group"))
    stage = django_filters.ModelChoiceFilter(queryset=lambda request: Stage.objects.live(), label=_("Stage"))
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
        Column("name", _("Patient"), person, sort="sort_key", kind="person"),
        Column("phone", _("Phone"), "phone", kind="phone", permission=permissions.SEE_CONTACTS),
        Column("doctor", _("Doctor"), "doctor.short_name", sort="doctor__last_name"),
        Column("treatment_status", _("Treatment"), treatment, sort="treatment_status", kind="badge"),
        Column("status", _("Status"), given_status, sort="status__position", kind="badge", shown=False),
        Column("kind", _("Type"), "get_kind_display", shown=False),
        Column("birth_date", _("Birth date"), "birth_date", sort="birth_date", kind="date", shown=False),
        Column("email", _("E-mail"), "email", kind="email", shown=False, permission=permissions.SEE_CONTACTS),
        Column("coordinator", _("Coordinator"), "coordinator.short_name", shown=False),
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
        rows = selectors.patients_visible_to(self.user)
        return self.narrowed(rows).select_related(
            "doctor", "coordinator", "branch", "source", "group", "status", "stage"
        )

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
        params = self.params.copy()
        params.pop("search")
        rest = type(self)(self.user, params)
        return page_of(rest.filtered(), text, self.user, start, count)

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

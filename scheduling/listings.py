"""List screens of the calendar: appointments, shifts, who waits, blocked time."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.permissions import EDIT_DIRECTORIES
from core.listing import Column, Create, Listing, Total
from patients.permissions import SEE_CONTACTS
from scheduling import permissions
from scheduling.badges import label_of, names_of
from scheduling.filters import (
    AppointmentFilter,
    BlockFilter,
    CallFilter,
    PhoneCallFilter,
    PlannedFilter,
    PoolFilter,
    RefillFilter,
    ShiftFilter,
    WaitingFilter,
)
from scheduling.models import Appointment, Block, CallTask, PhoneCall, PlannedVisit, Pool, Refill, Shift, WaitingEntry
from scheduling.selectors.appointments import appointments_visible_to, with_services
from scheduling.selectors.calendar import blocks_visible_to
from scheduling.selectors.calls import calls_count, calls_open_to, decorated, reasons
from scheduling.selectors.phoning import calls_visible_to
from scheduling.selectors.planned import planned_now
from scheduling.selectors.pools import pools_shown
from scheduling.selectors.pools import words_of as pool_words
from scheduling.selectors.refills import refills_visible_to
from scheduling.selectors.shifts import shifts_visible_to
from scheduling.selectors.waiting import waiting_now
from scheduling.slots import badges_of


@dataclass(frozen=True, slots=True)
class View:
    """A tab of a list."""

    title: Any
    url: str
    active: bool
    count: int | None = None


class AppointmentListing(Listing):
    """Every visit of the branches that the user sees; the API's list is the same rows."""

    slug = "appointments"
    title = _("Appointments")
    permission = permissions.SEE
    filterset = AppointmentFilter
    order: ClassVar[tuple[str, ...]] = ("-starts_at", "-pk")
    creates = Create(_("New appointment"), "scheduling:appointment-new", permissions.BOOK)
    search_placeholder = _("Patient's name, phone or card")
    empty_title = _("No appointments")
    empty_text = _("Book the first one in the schedule.")
    row_panel = True
    active = "schedule"
    live_kinds = "appointment"
    totals = (Total("count", _("Appointments"), Count("pk"), kind="number"),)
    columns = (
        Column("start", _("When"), value="wall_start", sort="starts_at", kind="datetime"),
        Column("patient", _("Patient"), value=lambda row: row.patient, sort="patient__search_name", kind="link"),
        Column("phone", _("Phone"), value="patient__phone", kind="phone"),
        Column("doctor", _("Doctor"), value="doctor__short_name", sort="doctor__last_name"),
        Column("chair", _("Chair"), value="chair__name", sort="chair__name"),
        Column("branch", _("Branch"), value="branch__name", sort="branch__name", shown=False),
        Column("minutes", _("Minutes"), kind="number"),
        Column("status", _("Status"), value=lambda row: (row.state, label_of(row)), sort="state", kind="status"),
        Column("visit_type", _("Visit type"), value=lambda row: row.visit_type, sort="visit_type__name"),
        Column("services", _("Services"), value=lambda row: names_of(row.services.all()), shown=False),
        Column("comment", _("Comment")),
        Column("source_kind", _("Booked by"), value="get_source_kind_display", shown=False),
        Column("cancel_reason", _("Reason"), shown=False),
        Column("created_at", pgettext_lazy("appointment", "Created"), sort="created_at", kind="datetime", shown=False),
        Column("badges", _("Marks"), kind="badges", value=lambda row: [(mark.label, mark.tone) for mark in row.badges]),
    )

    def queryset(self) -> QuerySet[Any]:
        rows = appointments_visible_to(self.user).prefetch_related("services")
        return rows.select_related("branch", "chair", "doctor", "patient", "visit_type", "label")

    def decorate(self, rows: list[Any]) -> list[Any]:
        found = badges_of(rows, self.user)
        for row in rows:
            row.badges = found.get(row.pk, [])
        return rows

    def row_name(self, row: Appointment) -> str:
        return f"{row}, {row.patient}"


class AppointmentFeed(AppointmentListing):
    """The same rows for programs: ids without the people and places behind them, counted only when that is asked."""

    abstract = True
    totals = ()
    chosen: tuple[Column, ...] = ()

    def queryset(self) -> QuerySet[Any]:
        return with_services(appointments_visible_to(self.user)).select_related("branch", "visit_type", "label")


class ShiftListing(Listing):
    slug = "shifts"
    title = _("Shifts")
    permission = permissions.SEE
    filterset = ShiftFilter
    order: ClassVar[tuple[str, ...]] = ("-starts_at", "-pk")
    empty_title = _("No shifts")
    empty_text = _("Make a doctor's working time in the schedule, switch “Doctors”.")
    active = "schedule"
    columns = (
        Column("start", _("From"), value="wall_start", sort="starts_at", kind="datetime"),
        Column("end", _("To"), value="wall_end", sort="ends_at", kind="datetime"),
        Column("doctor", _("Doctor"), value="doctor__short_name", sort="doctor__last_name"),
        Column("chair", _("Chair"), value="chair__name", sort="chair__name"),
        Column("branch", _("Branch"), value="chair__branch__name", sort="chair__branch__name"),
    )

    def queryset(self) -> QuerySet[Any]:
        return shifts_visible_to(self.user)

    def row_url(self, row: Shift) -> str:
        return ""


class WaitingListing(Listing):
    """Who waits; the panel beside the calendar shows the same rows."""

    slug = "waiting-list"
    title = _("Waiting list")
    permission = permissions.SEE
    filterset = WaitingFilter
    order: ClassVar[tuple[str, ...]] = ("-is_urgent", "created_at", "pk")
    creates = Create(_("To the waiting list"), "scheduling:waiting-new", permissions.BOOK)
    empty_title = _("Nobody waits")
    empty_text = _("Add a patient who has no exact date yet.")
    active = "schedule"
    row_panel = True
    live_kinds = "waiting"
    columns = (
        Column("patient", _("Patient"), value=lambda row: row.patient, sort="patient__sort_key", kind="link"),
        Column("phone", _("Phone"), value="patient__phone", kind="phone", permission=SEE_CONTACTS),
        Column("services", _("Services"), value=lambda row: names_of(row.services.all())),
        Column("duration_min", _("Minutes"), sort="duration_min", kind="number"),
        Column("doctors", _("Doctors"), value=lambda row: names_of(row.doctors.all())),
        Column("wishes", _("Wishes"), value="wish_words"),
        Column("branch", _("Branch"), value=lambda row: row.branch, shown=False),
        Column("is_urgent", _("Urgent"), sort="is_urgent", kind="bool"),
        Column("comment", _("Comment")),
        Column("created_at", _("Waits since"), sort="created_at", kind="date"),
    )

    def queryset(self) -> QuerySet[Any]:
        return waiting_now(self.user)

    def row_url(self, row: WaitingEntry) -> str:
        return reverse("scheduling:waiting-edit", args=[row.pk])


class PlannedListing(Listing):
    """Visits without a date (SCH-26)."""

    slug = "planned-visits"
    title = _("Planned visits")
    permission = permissions.SEE
    filterset = PlannedFilter
    order: ClassVar[tuple[str, ...]] = ("opens_on", "pk")
    creates = Create(_("Plan a visit"), "scheduling:planned-new", permissions.BOOK)
    empty_title = _("No visits are planned without a date")
    empty_text = _("“Come in about three months”: plan it, and the patient gets onto the list of calls in time.")
    active = "calls"
    row_panel = True
    live_kinds = "planned"
    columns = (
        Column("patient", _("Patient"), value=lambda row: row.patient, sort="patient__sort_key", kind="link"),
        Column("phone", _("Phone"), value="patient__phone", kind="phone", permission=SEE_CONTACTS),
        Column("due_on", _("About"), sort="due_on", kind="date"),
        Column("opens_on", _("Call from"), sort="opens_on", kind="date"),
        Column("doctor", _("Doctor"), value=lambda row: row.doctor.short_name if row.doctor else ""),
        Column("services", _("Services"), value=lambda row: names_of(row.services.all())),
        Column("duration_min", _("Minutes"), sort="duration_min", kind="number"),
        Column("branch", _("Branch"), value=lambda row: row.branch, shown=False),
        Column("comment", _("Comment")),
    )

    def queryset(self) -> QuerySet[Any]:
        return planned_now(self.user)

    def row_url(self, row: PlannedVisit) -> str:
        return reverse("scheduling:planned-edit", args=[row.pk])


CALL_TONES = {"ringing": "blue", "missed": "red", "answered": "green", "ended": "grey"}


class PhoneCallListing(Listing):
    """Incoming calls, as the telephone exchange reports them (SCH-31)."""

    slug = "phone-calls"
    title = _("Telephone")
    permission = permissions.TAKE_CALLS
    filterset = PhoneCallFilter
    order: ClassVar[tuple[str, ...]] = ("-started_at", "-pk")
    empty_title = _("No calls yet")
    empty_text = _(
        "When the telephone exchange is connected, every call is here: who called, who answered, how long he waited."
    )
    active = "phone-calls"
    live_kinds = "phone-call"
    columns = (
        Column("started_at", _("When"), sort="started_at", kind="datetime"),
        Column("phone", _("Phone"), kind="phone", permission=SEE_CONTACTS),
        Column(
            "patient",
            _("Patient"),
            value=lambda row: row.patient.full_name if row.patient else "",
            sort="patient__sort_key",
        ),
        Column(
            "state",
            _("State"),
            value=lambda row: (row.get_state_display(), CALL_TONES[row.state]),
            kind="badge",
            file="state",
        ),
        Column(
            "waited",
            _("Waited, seconds"),
            value=lambda row: int(row.waited.total_seconds()) if row.waited else None,
            kind="number",
        ),
        Column("user", _("Who answers"), value=lambda row: str(row.user or "")),
        Column("line", _("Line")),
        Column("branch", _("Branch"), value=lambda row: row.branch, shown=False),
    )
    totals = (
        Total("calls", _("Calls"), Count("pk"), "number"),
        Total("answered", _("Answered"), Count("answered_at"), "number"),
        Total("missed", _("Missed"), Count("pk", filter=Q(state="missed")), "number"),
    )

    def queryset(self) -> QuerySet[Any]:
        return calls_visible_to(self.user)

    def row_url(self, row: PhoneCall) -> str:
        return row.patient.get_absolute_url() if row.patient else ""


class PoolListing(Listing):
    """Pooled resources (SCH-46)."""

    slug = "pools"
    title = _("Resources")
    permission = permissions.SEE
    filterset = PoolFilter
    order: ClassVar[tuple[str, ...]] = ("name", "pk")
    creates = Create(_("New resource"), "scheduling:pool-new", EDIT_DIRECTORIES)
    empty_title = _("No resources yet")
    empty_text = _(
        "A microscope for two chairs, the CT, assistants: say how many there are, and nobody books one too many."
    )
    active = "directories"
    row_panel = True
    columns = (
        Column("name", _("name"), sort="name", kind="link"),
        Column("counts", _("How many"), value=pool_words),
        Column("services", _("Needed by services"), value=lambda row: names_of(row.services.all())),
        Column("is_active", _("in use"), sort="is_active", kind="bool"),
    )

    def queryset(self) -> QuerySet[Any]:
        return pools_shown()

    def row_url(self, row: Pool) -> str:
        return reverse("scheduling:pool-edit", args=[row.pk])


class CallListing(Listing):
    """One list of all reasons to call (SCH-27); taken calls are shown only to who has them."""

    slug = "call-tasks"
    title = _("Calls")
    permission = permissions.CALL
    filterset = CallFilter
    order: ClassVar[tuple[str, ...]] = ("due_at", "pk")
    empty_title = _("Nobody is to be called")
    empty_text = _("Cancelled and missed visits, planned visits that are due and who waits appear here by themselves.")
    active = "calls"
    row_panel = True
    live_kinds = "call appointment planned waiting"
    template = "scheduling/calls.html"
    columns = (
        Column("reason", _("Why"), value=lambda row: (row.cause.title, row.cause.tone), kind="badge", file="reason"),
        Column("patient", _("Patient"), value=lambda row: row.patient, sort="patient__sort_key", kind="link"),
        Column("phone", _("Phone"), value="patient__phone", kind="phone", permission=SEE_CONTACTS),
        Column("about", _("About what"), value=lambda row: row.why.text),
        Column("due_at", _("Since"), sort="due_at", kind="date"),
        Column("attempts", _("Attempts"), sort="attempts", kind="number"),
        Column("outcome", _("Last time"), value="get_outcome_display"),
        Column("next_at", _("Call again"), sort="next_at", kind="datetime"),
        Column("branch", _("Branch"), value=lambda row: row.branch, shown=False),
    )

    def queryset(self) -> QuerySet[Any]:
        return calls_open_to(self.user)

    def decorate(self, rows: list[Any]) -> list[Any]:
        return decorated(rows, self.user)

    @property
    def views(self) -> list[View]:
        """Tabs by reason, each with its number."""
        counted, chosen = calls_count(self.user), self.params.get("reason", "")
        tabs = [View(_("All"), self.with_params(reason=None, page=None), not chosen, sum(counted.values()))]
        for code, reason in reasons().items():
            url = self.with_params(reason=code, page=None)
            tabs.append(View(reason.title, url, chosen == code, counted.get(code, 0)))
        return tabs

    def row_url(self, row: CallTask) -> str:
        return reverse("scheduling:call", args=[row.pk])


TONES = {"running": "teal", "filled": "green", "exhausted": "amber", "stopped": "grey", "gone": "grey"}


class RefillListing(Listing):
    """Freed times and how far their offering has come (SCH-41); staff watch and may stop it."""

    slug = "refills"
    title = _("Freed times")
    permission = permissions.SEE
    filterset = RefillFilter
    order: ClassVar[tuple[str, ...]] = ("-created_at", "-pk")
    empty_title = _("No time is being offered")
    empty_text = _("When a visit is cancelled and somebody waits whom it fits, its time is offered here by itself.")
    active = "calls"
    row_panel = True
    live_kinds = "refill"
    columns = (
        Column("start", _("When"), value="wall_start", sort="starts_at", kind="datetime"),
        Column("doctor", _("Doctor"), value="doctor__short_name"),
        Column("chair", _("Chair"), value="chair__name"),
        Column("branch", _("Branch"), value="branch__name", shown=False),
        Column(
            "state",
            _("State"),
            value=lambda row: (row.get_state_display(), TONES[row.state]),
            kind="badge",
            file="state",
        ),
        Column("asked", _("Asked"), kind="number"),
        Column("wanted", _("Could come"), kind="number"),
        Column("created_at", _("Freed"), sort="created_at", kind="datetime"),
    )

    def queryset(self) -> QuerySet[Any]:
        return refills_visible_to(self.user)

    def row_url(self, row: Refill) -> str:
        return reverse("scheduling:refill", args=[row.pk])


class BlockListing(Listing):
    slug = "blocks"
    title = _("Blocked time")
    permission = permissions.SEE
    filterset = BlockFilter
    order: ClassVar[tuple[str, ...]] = ("starts_at", "pk")
    active = "schedule"
    columns = (
        Column("start", _("From"), value="wall_start", sort="starts_at", kind="datetime"),
        Column("end", _("To"), value="wall_end", kind="datetime"),
        Column("kind", _("Kind"), value="get_kind_display", sort="kind"),
        Column("chair", _("Chair"), value=lambda row: row.chair),
        Column("doctor", _("Doctor"), value=lambda row: row.doctor),
        Column("note", _("Note")),
    )

    def queryset(self) -> QuerySet[Any]:
        return blocks_visible_to(self.user)

    def row_url(self, row: Block) -> str:
        return ""

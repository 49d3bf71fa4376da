"""What the calendar gives to the frame and to patients' cards: navigation, tabs, columns, scopes, merges."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.slots import START_STEPS
from core.listing import Column
from core.navigation import CREATE, SECTIONS, Item
from core.permissions import SEE_SETTINGS
from core.reference import LOADERS
from core.setting_pages import PAGES
from core.trash import OBSTACLES
from patients import slots as cards
from patients.listings import PatientListing
from patients.models import Patient
from scheduling import call_reasons, merging, next_visit, permissions, start
from scheduling.badges import online_actions, own_badges
from scheduling.call_items import call_items
from scheduling.models import Appointment, State
from scheduling.obstacles import obstacles
from scheduling.reference import load_visit_types
from scheduling.selectors.appointments import patient_statistics, visits_exported, with_visits
from scheduling.selectors.online import online_exported
from scheduling.services.online_desk import online_rules_merge
from scheduling.slots import ACTIONS, BADGES, CLOSE_STEPS
from work.items import ITEMS

NAME = "scheduling"


def patients_of_doctor(user: Any) -> QuerySet[Any]:
    """Whose visits the doctor has or had: they are his patients (SET-15)."""
    rows = Appointment.objects.filter(doctor=user.staff_id or 0).exclude(state=State.CANCELLED)
    return rows.order_by().values("patient_id")


def came_to(branch_ids: list[int]) -> Exists:
    return Exists(Appointment.objects.filter(patient=OuterRef("pk"), branch__in=branch_ids))


def tab_count(patient: Patient, user: Any) -> int:
    return Appointment.objects.filter(patient=patient, branch__in=user.branch_ids, is_mistake=False).count()


def register() -> None:
    register_navigation()
    register_cards()
    call_reasons.register(NAME)
    ITEMS.register(call_items, module=NAME, order=20)
    OBSTACLES.register(obstacles, module=NAME)
    START_STEPS.register(start.step(), module=NAME, order=20)
    LOADERS.register(load_visit_types, module=NAME, order=50)
    BADGES.register(own_badges, module=NAME, order=0)
    ACTIONS.register(online_actions, module=NAME)
    PAGES.register(
        Item("online-links", _("Links of online booking"), "world", "scheduling:online-links", SEE_SETTINGS),
        module=NAME, order=300,
    )  # fmt: skip
    CLOSE_STEPS.register(next_visit.STEP, module=NAME, order=90)
    PatientListing.extend(
        NAME,
        Column("last_visit", _("Last visit"), "last_visit_at", sort="last_visit_at", kind="date"),
        Column("next_visit", _("Next visit"), "next_visit_at", sort="next_visit_at", kind="datetime"),
        annotate=with_visits,
    )


def register_navigation() -> None:
    my_day = Item("my-day", _("My day"), "stethoscope", "scheduling:my-day", permissions.SEE_MY_DAY, tab=True)
    schedule = Item("schedule", _("Schedule"), "calendar-event", "scheduling:schedule", permissions.SEE, tab=True)
    SECTIONS.register(my_day, module=NAME, order=12)
    SECTIONS.register(schedule, module=NAME, order=15)
    roster = Item("roster", _("Staff schedule"), "calendar-user", "scheduling:roster", permissions.SEE, "clinic")
    SECTIONS.register(roster, module=NAME, order=505)
    flow = Item("flow", _("Flow"), "layout-kanban", "scheduling:flow", permissions.SEE)
    SECTIONS.register(flow, module=NAME, order=16)
    calls = Item("calls", _("Calls"), "phone-outgoing", "scheduling:call-tasks-list", permissions.CALL)
    SECTIONS.register(calls, module=NAME, order=18)
    phone = Item("phone-calls", _("Telephone"), "phone", "scheduling:phone-calls-list", permissions.TAKE_CALLS)
    SECTIONS.register(phone, module=NAME, order=19)
    new = pgettext_lazy("menu of new things", "Appointment")
    CREATE.register(
        Item(
            "appointment-new",
            new,
            "calendar-plus",
            "scheduling:appointment-new",
            permissions.BOOK,
            panel=True,
            shortcut="N",
        ),
        module=NAME,
        order=10,
    )
    CREATE.register(
        Item("search", _("Find a time"), "search", "scheduling:search", permissions.BOOK, panel=True, shortcut="F"),
        module=NAME, order=15,
    )  # fmt: skip


def register_cards() -> None:
    cards.OWN_SCOPE.register(cards.Scope(patients_of_doctor, came_to), module=NAME)
    cards.TABS.register(
        cards.Tab("visits", _("Visits"), 20, permissions.SEE, "scheduling:patient-visits", tab_count), module=NAME
    )
    cards.ACTIONS.register(
        cards.CardAction(
            "book",
            _("Book"),
            "calendar-plus",
            permissions.BOOK,
            book_url,
            order=10,
            place="head",
            tone="primary",
            panel=True,
            shortcut="N",
        ),
        module=NAME,
    )
    cards.ACTIONS.register(
        cards.CardAction(
            "find",
            _("Find a time"),
            "search",
            permissions.BOOK,
            search_url,
            order=11,
            panel=True,
            shortcut="F",
        ),
        module=NAME,
    )
    cards.ACTIONS.register(
        cards.CardAction(
            "wait", _("To the waiting list"), "hourglass", permissions.BOOK, wait_url, place="more", panel=True
        ),
        module=NAME,
    )
    cards.ACTIONS.register(
        cards.CardAction(
            "plan", _("Plan without a date"), "calendar-time", permissions.BOOK, plan_url, place="more", panel=True
        ),
        module=NAME,
    )
    cards.ACTIONS.register(
        cards.CardAction(
            "online", _("Online booking"), "world", permissions.BOOK, online_url, order=120, place="more", panel=True
        ),
        module=NAME,
    )
    cards.MERGE_PREPARE.register(online_rules_merge, module=NAME)
    cards.EXPORTS.register(online_exported, module=NAME)
    cards.STATISTICS.register(patient_statistics, module=NAME)
    cards.MERGE_CONFLICTS.register(cards.MergeCheck(merging.overlaps_find, merging.overlap_solve), module=NAME)
    cards.MERGE_LINKS.register(
        cards.Link("scheduling.Occupancy", "resource_id", (("resource_kind", "patient"),)), module=NAME
    )
    cards.EXPORTS.register(visits_exported, module=NAME)


def book_url(patient: Patient) -> str:
    return f"{reverse('scheduling:appointment-new')}?patient={patient.pk}"


def online_url(patient: Patient) -> str:
    return reverse("scheduling:online-rule", args=[patient.pk])


def search_url(patient: Patient) -> str:
    return f"{reverse('scheduling:search')}?patient={patient.pk}"


def plan_url(patient: Patient) -> str:
    return f"{reverse('scheduling:planned-new')}?patient={patient.pk}"


def wait_url(patient: Patient) -> str:
    return f"{reverse('scheduling:waiting-new')}?patient={patient.pk}"

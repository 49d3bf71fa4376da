"""What cards give to the frame: navigation, the palette, feeds of merged cards, the trash."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import audit
from core.access import is_allowed
from core.navigation import CREATE, SECTIONS, Item
from core.reference import LOADERS
from core.search import PROVIDERS, Hit
from documents.permissions import SEE_PAPERS
from messaging.permissions import SEE_MESSAGES, SEND_MESSAGES
from patients import blocks, facts, papers, permissions, reference, selectors
from patients.selectors.cards import merged_ids
from patients.selectors.records import alert_badges
from patients.slots import ACTIONS, BADGES, TABS, CardAction, Tab

NAME = "patients"


def found(user: Any, text: str, limit: int) -> list[Hit]:
    """Patients for Ctrl-K; with nothing typed, those whom the user opened last."""
    if not is_allowed(user, permissions.SEE):
        return []
    rows = selectors.patients_found(user, text, limit) if text else selectors.recent_patients(user, limit)
    with_phone = is_allowed(user, permissions.SEE_CONTACTS)
    return [
        Hit(
            row.full_name,
            row.get_absolute_url(),
            "user",
            row.phone if with_phone else "",
            _("Patients"),
            f"№ {row.card_number}",
        )
        for row in rows
    ]


def readers_url(patient: Any) -> str:
    return reverse("patients:readers", args=[patient.pk])


def message_url(patient: Any) -> str:
    return f"{reverse('messaging:message-new')}?patient={patient.pk}"


def merge_url(patient: Any) -> str:
    return reverse("patients:merge", args=[patient.pk])


def register() -> None:
    SECTIONS.register(
        Item("patients", _("Patients"), "users", "patients:patients-list", permissions.SEE, tab=True),
        module=NAME,
        order=20,
    )
    CREATE.register(
        Item("patient-new", _("Patient"), "user-plus", "patients:new", permissions.ADD, panel=True, shortcut="P"),
        module=NAME, order=20,
    )  # fmt: skip
    TABS.register(Tab("overview", _("Overview"), 0, permissions.SEE, "patients:card"), module=NAME)
    TABS.register(Tab("info", _("Information"), 10, permissions.SEE, "patients:info"), module=NAME)
    TABS.register(Tab("papers", _("Documents"), 75, SEE_PAPERS, "patients:papers"), module=NAME)
    TABS.register(Tab("messages", _("Messages"), 80, SEE_MESSAGES, "patients:messages"), module=NAME)
    ACTIONS.register(
        CardAction("message", _("Message"), "message-2", SEND_MESSAGES, message_url, 40, "more", panel=True),
        module=NAME,
    )
    TABS.register(Tab("history", _("History"), 90, permissions.SEE, "patients:history"), module=NAME)
    ACTIONS.register(
        CardAction(
            "readers", _("Who looked at this card"), "eye", permissions.SEE_READERS, readers_url, 80, "more", panel=True
        ),
        module=NAME,
    )
    ACTIONS.register(
        CardAction("merge", _("Merge with a duplicate"), "git-merge", permissions.MERGE, merge_url, 70, "more"),
        module=NAME,
    )
    BADGES.register(alert_badges, module=NAME, order=10)
    blocks.register()
    facts.register()
    papers.register()
    LOADERS.register(reference.load, module=NAME, order=40)
    PROVIDERS.register(found, module=NAME, order=10)
    audit.MERGED_IDS.register(merged_ids, module=NAME)

"""The card's page as data: for cards' own tabs and for tabs of the apps above.

A tab's view answers `render(request, card_template(request), {**card_page(patient, request.user, "plans"),
"body": "clinical/_plans.html", ...})`.
"""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.access import is_allowed
from core.templatetags.ui import age, day_short, phone
from patients import permissions
from patients.models import Patient, PinnedPatient
from patients.selectors.cards import badges_for
from patients.slots import ACTIONS, TABS, Block, CardAction, Tab

CRUMBS = [(_("Patients"), "patients:patients-list")]


def card_template(request: HttpRequest) -> str:
    """The whole card, or only the body of a tab for HTMX."""
    return "card.html#tab" if request.headers.get("HX-Target") == "tab" else "patients/card.html"


def card_page(patient: Patient, user: Any, active: str) -> dict[str, Any]:
    """Head, badges, tabs and buttons of a card; `active` is the key of the open tab."""
    years = patient.age_on(timezone.localdate())
    facts = [f"{age(years)}, {day_short(patient.birth_date)}" if years is not None else "", f"№ {patient.card_number}"]
    if is_allowed(user, permissions.SEE_CONTACTS) and patient.phone:
        facts.append(phone(patient.phone))
    badges = badges_for([patient], user).get(patient.pk, [])
    return {
        "patient": patient,
        "title": patient.full_name,
        "facts": [fact for fact in facts if fact],
        "badges": [(badge.label, badge.tone, badge.icon) for badge in badges],
        "tabs": tabs_of(patient, user, active),
        "small": active != "overview",
        "head_actions": actions_of(patient, user, "head"),
        "print_actions": actions_of(patient, user, "print"),
        "more_actions": actions_of(patient, user, "more"),
        "is_pinned": PinnedPatient.objects.filter(user=user, patient=patient).exists(),
        "active": "patients",
    }


def tabs_of(patient: Patient, user: Any, active: str) -> list[dict[str, Any]]:
    return [tab_of(tab, patient, user, active) for tab in sorted(TABS, key=lambda tab: tab.order) if shows(tab, user)]


def shows(tab: Tab, user: Any) -> bool:
    if not is_allowed(user, tab.permission):
        return False
    try:
        reverse(tab.url_name, args=[1])
    except NoReverseMatch:
        return False
    return True


def tab_of(tab: Tab, patient: Patient, user: Any, active: str) -> dict[str, Any]:
    return {
        "key": tab.key,
        "title": tab.title,
        "url": reverse(tab.url_name, args=[patient.pk]),
        "count": tab.count(patient, user) if tab.count else "",
        "on": tab.key == active,
    }


def actions_of(patient: Patient, user: Any, place: str) -> list[dict[str, Any]]:
    """Buttons and menu lines of a card that the user may press."""
    wanted = [action for action in ACTIONS if action.place == place and is_allowed(user, action.permission)]
    return [action_of(action, patient) for action in sorted(wanted, key=lambda action: action.order)]


def action_of(action: CardAction, patient: Patient) -> dict[str, Any]:
    return {"key": action.key, "label": action.label, "icon": action.icon, "tone": action.tone, "panel": action.panel,
            "shortcut": action.shortcut,
            "url": action.url(patient)}  # fmt: skip


def blocks_of(slot: Any, patient: Patient, user: Any, place: str = "") -> list[dict[str, Any]]:
    """Templates and contexts of the blocks of a slot, in order; a block with nothing to say is left out."""
    found: list[Block] = [
        block for block in slot if (not place or block.place == place) and is_allowed(user, block.permission)
    ]
    made = [(block, block.context(patient, user)) for block in sorted(found, key=lambda block: block.order)]
    return [{"template": block.template, "key": block.key, **context} for block, context in made if context is not None]

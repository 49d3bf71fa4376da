"""What was said with a person, both ways; what waits for an answer."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.access import is_allowed
from messaging import policies
from messaging.models import Address, Channel, Incoming, Message, Preference
from messaging.permissions import SEE_MESSAGES
from messaging.recipients import visible_to
from messaging.selectors.outbox import TONES

MOST = 200
INCOMING_TONES = {Incoming.State.NEW: "amber", Incoming.State.UNDERSTOOD: "teal", Incoming.State.HANDLED: "grey"}
MEANING_TONES = {"free": "blue", "confirm": "green", "decline": "red", "stop": "grey"}


def incoming_visible_to(user: Any) -> QuerySet[Incoming]:
    """Those of the user's branches, and those of nobody known."""
    rows = Incoming.objects.filter(Q(branch__in=user.branch_ids) | Q(branch__isnull=True))
    return rows.select_related("branch", "handled_by")


def incoming_get(user: Any, pk: int) -> Incoming | None:
    return incoming_visible_to(user).select_related("answers").filter(pk=pk).first()


def waiting_count(user: Any) -> int:
    """For the badge in the menu."""
    return incoming_visible_to(user).order_by().filter(state=Incoming.State.NEW).count()


def thread_of(user: Any, *, patient_id: int | None, phone: str = "") -> list[dict[str, Any]]:
    """Messages of a patient (or of a phone that is no patient's), oldest first. Empty for who may not see them."""
    if not is_allowed(user, SEE_MESSAGES) or (patient_id and not visible_to(user, [patient_id])):
        return []
    whose = Q(patient_id=patient_id) if patient_id else Q(patient_id__isnull=True, phone=phone)
    out = Message.objects.filter(whose).select_related("created_by", "joined_to").order_by("-pk")[:MOST]
    got = Incoming.objects.filter(whose).order_by("-pk")[:MOST]
    lines = [outgoing_line(row) for row in out] + [incoming_line(row) for row in got]
    return sorted(lines, key=lambda line: line["at"])[-MOST:]


def outgoing_line(row: Message) -> dict[str, Any]:
    when: datetime = row.sent_at or row.created_at
    return {
        "kind": "message", "id": row.pk, "status": row.state, "road": row.channel,
        "is_ours": True, "at": when, "text": row.shown_text, "by": str(row.created_by or row.purpose_title),
        "badge": (row.get_state_display(), TONES[row.state]), "channel": row.get_channel_display(), "url": row.get_absolute_url(),
        "note": _("in one SMS with the family") if row.joined_to_id else "",
    }  # fmt: skip


def incoming_line(row: Incoming) -> dict[str, Any]:
    label = row.outcome and _(row.outcome)
    return {
        "kind": "incoming", "id": row.pk, "status": row.state, "road": row.channel,
        "is_ours": False, "at": row.received_at, "text": row.text, "by": row.name or row.phone or row.address,
        "badge": (label or row.get_state_display(), INCOMING_TONES[row.state]), "channel": row.get_channel_display(),
        "url": row.get_absolute_url(), "note": "",
    }  # fmt: skip


def channels_of(patient_id: int) -> dict[str, Any]:
    """The messengers of a patient and his order of channels, or the clinic's."""
    own = Preference.objects.filter(patient_id=patient_id).first()
    order = own.channels if own else policies.CHANNELS.get()
    return {
        "addresses": list(Address.objects.filter(patient_id=patient_id, ended_at__isnull=True).order_by("channel")),
        "order": [Channel(each).label for each in order if each in Channel.values],
        "codes": list(order) if own else [],
        "is_own": own is not None,
        "version": own.version if own else 0,
    }

"""Reads of the outbox."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from core import clock
from core.access import is_allowed
from messaging.models import Attempt, Message, Template
from messaging.permissions import SEE_MESSAGES
from messaging.purposes import REGISTRY

TONES: Mapping[str, str] = {
    Message.State.PROPOSED: "amber",
    Message.State.WAITING: "blue", Message.State.CLAIMED: "violet", Message.State.SENT: "teal", Message.State.DELIVERED: "green",
    Message.State.FAILED: "red", Message.State.WITHDRAWN: "grey", Message.State.UNKNOWN: "amber",
}  # fmt: skip


def messages_visible_to(user: Any) -> QuerySet[Message]:
    """Those of the user's branches, and those of no branch."""
    return Message.objects.filter(Q(branch__in=user.branch_ids) | Q(branch__isnull=True)).select_related(
        "branch", "created_by"
    )


def message_visible_to(user: Any, pk: int) -> Message | None:
    return messages_visible_to(user).filter(pk=pk).first()


def messages_of_patient(patient_id: int, user: Any) -> QuerySet[Message]:
    if not is_allowed(user, SEE_MESSAGES):
        return Message.objects.none()
    return Message.objects.filter(patient_id=patient_id).order_by("-pk")


def messages_about(subject_kind: str, subject_ids: list[int]) -> dict[int, list[Message]]:
    """The messages about many things at once, newest last; one query."""
    found: dict[int, list[Message]] = {}
    for row in Message.objects.filter(subject_kind=subject_kind, subject_id__in=subject_ids).order_by("pk"):
        found.setdefault(row.subject_id or 0, []).append(row)
    return found


def history_of(message: Message) -> list[dict[str, Any]]:
    """What happened to a message, oldest first, for its page."""
    author = str(message.created_by or _("The clinic's clock"))
    lines = [
        {
            "at": message.created_at,
            "icon": "message-plus",
            "tone": "blue",
            "title": _("Put into the queue"),
            "text": author,
        }
    ]
    icons = {
        "refused": ("ban", "red"),
        "later": ("clock", "amber"),
        "lost": ("help-circle", "amber"),
        "abandoned": ("plug-x", "amber"),
        "next": ("arrow-right", "amber"),
    }
    for attempt in message.history.all():
        icon, tone = icons.get(attempt.what, ("question-mark", "blue"))
        answer = str(FATES.get(attempt.answer, attempt.answer)) if attempt.what in ANSWERED else attempt.answer
        lines.append(
            {"at": attempt.at, "icon": icon, "tone": tone, "title": attempt.get_what_display(), "text": answer}
        )
    if message.sent_at:
        lines.append(
            {
                "at": message.sent_at,
                "icon": "send",
                "tone": "teal",
                "title": message.State.SENT.label,
                "text": message.provider_id,
            }
        )
    if message.is_over and message.ended_at:
        reason = message.withdraw_reason if message.state == Message.State.WITHDRAWN else message.error
        lines.append({
            "at": message.ended_at, "icon": "flag", "tone": TONES[message.state], "title": message.get_state_display(),
            "text": _(reason) if reason else "",
        })  # fmt: skip
    return sorted(lines, key=lambda line: line["at"])


ANSWERED = (Attempt.What.ASKED, Attempt.What.REPORTED)
FATES = {
    "sent": _lazy("he has it"), "delivered": _lazy("it has arrived"), "failed": _lazy("it cannot be delivered"),
    "missing": _lazy("he has never seen it"), "silent": _lazy("no answer"),
}  # fmt: skip


def templates_editable() -> list[Template]:
    """Those whose purpose some app still declares, in the order of purposes."""
    order = {code: number for number, code in enumerate(REGISTRY)}
    return sorted(
        Template.objects.filter(purpose__in=order),
        key=lambda row: (order[row.purpose], row.language != "ru", row.language),
    )


def template_get(pk: int) -> Template | None:
    """One whose purpose some app still declares."""
    return Template.objects.filter(pk=pk, purpose__in=REGISTRY).first()


def templates_by_hand(language: str) -> list[Template]:
    """Ready words for a message that a person writes, in the patient's language or the clinic's."""
    codes = [code for code, purpose in REGISTRY.items() if purpose.is_by_hand]
    rows = Template.objects.filter(purpose__in=codes, language__in=[language, settings.LANGUAGE_CODE])
    best = {row.purpose: row for row in sorted(rows, key=lambda row: row.language == language)}
    return [best[code] for code in codes if code in best]


def day_counts(user: Any, since: datetime | None = None) -> dict[str, Any]:
    """Figures for the head of the log: today's messages by state, parts and cost."""
    rows = messages_visible_to(user).filter(created_at__gte=since or clock.now().replace(hour=0, minute=0))
    states = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    return {"states": states, **rows.order_by().aggregate(parts=Sum("segments"), cost=Sum("cost"))}

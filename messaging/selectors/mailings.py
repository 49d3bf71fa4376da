"""Mailings: whom they reach, whom not and why, how far they are."""

from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from core.listing import REGISTRY
from messaging import rules
from messaging.models import Mailing, MailingPerson, Message
from messaging.recipients import recipients_of
from messaging.services import cost_of, hand_facts

TONES = {
    "draft": "grey", "counting": "blue", "ready": "blue", "going": "violet", "paused": "amber", "stopped": "red", "done": "green",
}  # fmt: skip


def mailings_visible_to(user: Any) -> QuerySet[Mailing]:
    rows = Mailing.objects.filter(Q(branch__in=user.branch_ids) | Q(branch__isnull=True))
    return rows.select_related("branch", "created_by")


def mailing_get(user: Any, pk: int) -> Mailing | None:
    return mailings_visible_to(user).filter(pk=pk).first()


def counted(rows: QuerySet[Mailing]) -> QuerySet[Mailing]:
    """With how many get it and how many do not."""
    people = MailingPerson.State
    return rows.annotate(
        wanted=Count("people", filter=~Q(people__state=people.OUT)),
        out=Count("people", filter=Q(people__state=people.OUT)),
    )


def figures_of(row: Mailing) -> dict[str, Any]:
    """Everything that the page of a mailing shows of its people."""
    states = dict(row.people.order_by().values_list("state").annotate(n=Count("pk")))
    whys = dict(row.people.order_by().filter(state="out").values_list("why").annotate(n=Count("pk")))
    sent = dict(Message.objects.filter(mailing=row).order_by().values_list("state").annotate(n=Count("pk")))
    wanted = states.get("in", 0) + states.get("queued", 0) + states.get("dropped", 0)
    left = sum(sent.get(state, 0) for state in ("sent", "delivered", "failed", "unknown"))
    return {
        "all": sum(states.values()), "wanted": wanted, "out": states.get("out", 0), "left": left,
        "whys": [(MailingPerson.Why(why).label, count) for why, count in sorted(whys.items(), key=lambda each: -each[1])],
        "sent": [(Message.State(state).label, count) for state, count in sent.items() if state != "withdrawn"],
        "dropped": states.get("dropped", 0), "minutes": -(-wanted // row.per_minute),
        "spent": Message.objects.filter(mailing=row).aggregate(cost=Sum("cost"))["cost"] or 0, **estimate(row, wanted),
    }  # fmt: skip


def reasons_of(row: Mailing) -> dict[str, int]:
    """How many are left out, by the code of the reason."""
    return dict(row.people.order_by().filter(state="out").values_list("why").annotate(n=Count("pk")))


def people_visible_to(user: Any) -> QuerySet[MailingPerson]:
    """The audiences of the mailings that the user sees."""
    return MailingPerson.objects.filter(mailing__in=mailings_visible_to(user).values("pk")).select_related("mailing")


def estimate(row: Mailing, wanted: int) -> dict[str, Any]:
    """How the first one reads it, its parts, and what all of them will cost about."""
    first = row.people.exclude(state="out").select_related("branch").first()
    to = (recipients_of([first.patient_id]) or {}).get(first.patient_id) if first else None
    sample = rules.render(row.text, hand_facts(to, row.branch or (first.branch if first else None)))
    parts = rules.segments(sample) if sample else 0
    return {"sample": sample, "parts": parts, "cost": cost_of(parts) * wanted}


def listing_title(slug: str) -> Any:
    return REGISTRY[slug].title if slug in REGISTRY else slug

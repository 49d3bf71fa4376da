"""One write feeds the audit (for the owner) and the timeline (for people)."""

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from core import modules
from core.models import AuditEntry
from core.slots import Slot

address: ContextVar[str | None] = ContextVar("address", default=None)
REGISTRY: dict[str, "Sentence"] = {}
# A provider maps retired record ids to their survivor: canonical(patient_id) -> every id whose entries belong to it.
MERGED_IDS: Slot[Callable[[int], Iterable[int]]] = Slot("audit.merged_ids")


@dataclass(frozen=True, slots=True)
class Sentence:
    """How an audit code reads: a translatable text with %(fact)s places, an icon and a tone for the feed."""

    code: str
    text: Any
    icon: str = "point"
    tone: str = "grey"
    compartment: str = "base"
    is_timeline: bool = True
    url: Callable[[AuditEntry], str] | None = None
    words: Callable[[dict[str, Any]], dict[str, Any]] | None = None  # facts as a reader wants them: sums with a sign


def sentence(code: str, text: Any, icon: str = "point", tone: str = "grey", **options: Any) -> Sentence:
    """Declare an audit code `<app>.<noun>.<past verb>`; a second declaration is an error."""
    if code in REGISTRY:
        raise ValueError(f"Audit code {code!r} is declared twice")
    return REGISTRY.setdefault(code, Sentence(code, text, icon, tone, **options))


def plain(value: Any) -> Any:
    """JSON-able form of a fact; models become their label, never their content."""
    if isinstance(value, bool | int | type(None)):
        return value
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return str(value)


def entry(
    actor: Any,
    code: str,
    subject: Model | None = None,
    *,
    patient_id: int | None = None,
    branch_id: int | None = None,
    **facts: Any,
) -> AuditEntry:
    declared = REGISTRY[code]
    return AuditEntry(
        actor_id=getattr(actor, "pk", None),
        actor_name=str(actor or "")[:200],
        code=code,
        object_kind=subject._meta.label_lower if subject else "",
        object_id=subject.pk if subject else None,
        object_label=str(subject)[:300] if subject else "",
        patient_id=patient_id,
        branch_id=branch_id if branch_id is not None else getattr(subject, "branch_id", None),
        compartment=declared.compartment,
        is_timeline=declared.is_timeline,
        facts=plain(facts),
        address=address.get(),
    )


def audit(
    actor: Any,
    code: str,
    subject: Model | None = None,
    *,
    patient_id: int | None = None,
    branch_id: int | None = None,
    **facts: Any,
) -> AuditEntry:
    """Record that `actor` did `code` to `subject`. The actor is a user, or None for the clinic's own clock."""
    row = entry(actor, code, subject, patient_id=patient_id, branch_id=branch_id, **facts)
    row.save(force_insert=True)
    return row


def audit_many(entries: Iterable[AuditEntry]) -> None:
    AuditEntry.objects.bulk_create(list(entries), batch_size=1000)


def text_of(row: AuditEntry) -> str:
    declared = REGISTRY.get(row.code)
    if declared is None:
        return row.code
    try:
        facts = declared.words(row.facts) if declared.words else row.facts
        return str(declared.text) % {"object": row.object_label, **facts}
    except (KeyError, TypeError, ValueError):
        return str(declared.text)


def feed_lines(rows: Iterable[AuditEntry]) -> list[dict[str, Any]]:
    """Entries as parts/timeline.html draws them: sentence, who, when, icon, where it leads."""
    lines = []
    for row in rows:
        declared = REGISTRY.get(row.code)
        url = declared.url(row) if declared and declared.url else ""
        lines.append(
            {
                "icon": declared.icon if declared else "point",
                "tone": declared.tone if declared else "grey",
                "title": text_of(row),
                "by": row.actor_name,
                "at": row.at,
                "text": row.facts.get("reason", ""),
                "url": url,
            }
        )
    return lines


def patient_timeline(patient_id: int, compartments: Iterable[str]) -> QuerySet[AuditEntry]:
    """What happened to a patient, newest first, those of cards merged into his included."""
    ids = {patient_id}.union(*(provider(patient_id) for provider in MERGED_IDS))
    rows = AuditEntry.objects.filter(patient_id__in=ids, is_timeline=True, compartment__in=list(compartments))
    for name in modules.off():  # a module that is off leaves no trace; the owner's audit keeps all
        rows = rows.exclude(code__startswith=f"{name}.")
    return rows.order_by("-at", "-pk")


def record_feed(subject: Model, compartments: Iterable[str]) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(
        object_kind=subject._meta.label_lower, object_id=subject.pk, compartment__in=list(compartments)
    ).order_by("-at", "-pk")

"""Who may still get what: the apps that know people answer for whole batches."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from core.slots import Slot
from messaging.choices import Kind


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person as the outbox sees him."""

    phone: str
    name: str = ""
    patient_id: int | None = None
    language: str = ""
    branch_id: int | None = None
    allows_service: bool = True
    allows_marketing: bool = False
    call_name: str = ""

    def allows(self, kind: str) -> bool:
        return self.allows_marketing if kind == Kind.MARKETING else self.allows_service


# A provider tells of patients by id; one who is gone (merged away, in the trash) is left out of the answer.
RECIPIENTS: Slot[Callable[[Iterable[int]], dict[int, Recipient]]] = Slot("messaging.recipients")


# A provider looks at claimed messages (rows with purpose, subject_kind, subject_id, window, trigger_id) and gives the
# pks of those that tell what is no longer so. What changes withdraws its messages itself; this is the second look.
VOID: Slot[Callable[[Sequence[Any]], Iterable[int]]] = Slot("messaging.void")
# A provider gives those of the patients whose cards the user may open.
VISIBLE: Slot[Callable[[Any, Iterable[int]], set[int]]] = Slot("messaging.visible")
# A provider finds who writes from a phone: patient ids, the likeliest first.
OWNERS: Slot[Callable[[str], list[int]]] = Slot("messaging.owners")
# A provider switches off the marketing of a patient who has asked for it: (patient_id, phone).
UNSUBSCRIBE: Slot[Callable[[int, str], None]] = Slot("messaging.unsubscribe")


@dataclass(frozen=True, slots=True)
class Near:
    """Somebody to whom one may write about a patient (MSG-18): «mother», his phone, whether he may be told of health."""

    name: str
    role: Any
    phone: str
    may_know: bool = False


# A provider gives the near ones of a patient.
NEAR: Slot[Callable[[int], list[Near]]] = Slot("messaging.near")


def void_of(rows: Sequence[Any]) -> set[int]:
    told = [row for row in rows if row.subject_id is not None]
    return {pk for provider in VOID for pk in provider(told)} if told else set()


def near_of(patient_id: int) -> list[Near]:
    return [one for provider in NEAR for one in provider(patient_id)]


def visible_to(user: Any, patient_ids: Iterable[int]) -> set[int]:
    asked = set(patient_ids)
    return {pk for provider in VISIBLE for pk in provider(user, asked)} if asked else set()


def recipients_of(patient_ids: Iterable[int]) -> dict[int, Recipient] | None:
    """The patients as they are now; None when no app knows patients."""
    wanted = {patient_id for patient_id in patient_ids if patient_id is not None}
    providers = list(RECIPIENTS)
    if not providers:
        return None
    found: dict[int, Recipient] = {}
    for provider in providers:
        found |= provider(wanted) if wanted else {}
    return found

"""Who may still get what: the apps that know people answer for whole batches."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.slots import Slot
from messaging.models import Kind


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

    def allows(self, kind: str) -> bool:
        return self.allows_marketing if kind == Kind.MARKETING else self.allows_service


# A provider tells of patients by id; one who is gone (merged away, in the trash) is left out of the answer.
RECIPIENTS: Slot[Callable[[Iterable[int]], dict[int, Recipient]]] = Slot("messaging.recipients")


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

"""What happens with insurers."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDecided(Event):
    """The insurer has answered: the plan opens to the extent approved."""

    approval_id: int
    plan_id: int
    patient_id: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterWasSent(Event):
    register_id: int

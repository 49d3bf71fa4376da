"""What happens in treatment."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisNoted(Event):
    patient_id: int
    diagnosis_id: int
    teeth: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisClosed(Event):
    patient_id: int
    tooth_diagnosis_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCreated(Event):
    plan_id: int
    patient_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanApproved(Event):
    plan_id: int
    patient_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReopened(Event):
    plan_id: int
    patient_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDeclined(Event):
    plan_id: int
    patient_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicesRendered(Event):
    """Lines of one plan are done; whoever invoices, pays and writes off listens to this."""

    plan_id: int
    patient_id: int
    line_ids: tuple[int, ...]
    doctor_id: int
    appointment_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicesUnrendered(Event):
    """Lines marked done by mistake are planned again."""

    plan_id: int
    patient_id: int
    line_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFinished(Event):
    """Every line is done."""

    plan_id: int
    patient_id: int

"""Facts about patients that apps above may hear."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRegistered(Event):
    patient_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientChanged(Event):
    """`fields` are the names of what changed."""

    patient_id: int
    fields: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientActivated(Event):
    """The account became active or inactive (PAT-15)."""

    patient_id: int
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientTrashed(Event):
    patient_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientsMerged(Event):
    """All that pointed to `retired_id` points to `survivor_id` now. Reverse: PatientsUnmerged."""

    merge_id: int
    survivor_id: int
    retired_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientsUnmerged(Event):
    merge_id: int
    survivor_id: int
    retired_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientErased(Event):
    patient_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentStatusChanged(Event):
    """none, thinking, in_treatment, sanated: triggers of messages listen to this (MSG-14..16)."""

    patient_id: int
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientStatusChanged(Event):
    """The status given by rules (PAT-23); ids of Status or None."""

    patient_id: int
    before_id: int | None
    after_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientKindChanged(Event):
    """primary or secondary (PAT-25)."""

    patient_id: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentSigned(Event):
    patient_id: int
    consent_id: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRevoked(Event):
    patient_id: int
    consent_id: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientsImported(Event):
    """A batch is in; cards of a batch raise no PatientRegistered each."""

    batch_id: int
    created: int

"""Patient cards.

A card is one person. Names are searched through folded, stored columns with trigram indexes; every phone's digits
and the card number stand in one column. A card merged into another is retired: it stays, points to its survivor
(`merged_into`) and is never shown as a patient. A family shares a phone and a guarantor; a child's representative
pays and signs. What only a few may read (passport, addresses) stands in a table of its own, Identity.
"""

from patients.models.alerts import Alert, AlertSeen
from patients.models.cards import (
    Family,
    Group,
    Patient,
    PatientQuerySet,
    PinnedPatient,
    RecentPatient,
    Source,
    Stage,
    Status,
)
from patients.models.consents import Consent, ConsentKind
from patients.models.fields import CustomField
from patients.models.identity import DocumentKind, Identity, Representative
from patients.models.importing import ImportBatch, ImportedRow, ImportMapping
from patients.models.merging import Duplicate, Merge

__all__ = [
    "Alert",
    "AlertSeen",
    "Consent",
    "ConsentKind",
    "CustomField",
    "DocumentKind",
    "Duplicate",
    "Family",
    "Group",
    "Identity",
    "ImportBatch",
    "ImportMapping",
    "ImportedRow",
    "Merge",
    "Patient",
    "PatientQuerySet",
    "PinnedPatient",
    "RecentPatient",
    "Representative",
    "Source",
    "Stage",
    "Status",
]

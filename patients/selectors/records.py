"""What hangs on cards: alerts, consents, families, what is still missing."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.access import is_allowed
from core.errors import NotFound
from patients import permissions, policies
from patients.models import (
    Alert,
    AlertSeen,
    Consent,
    ConsentKind,
    CustomField,
    Duplicate,
    Family,
    Identity,
    ImportBatch,
    Merge,
    Patient,
)
from patients.selectors.cards import patients_visible_to
from patients.selectors.pictures import photos_of
from patients.slots import ARRIVAL_ASKS, Badge

TONES = {Alert.Severity.INFO: "blue", Alert.Severity.WARNING: "amber", Alert.Severity.BLOCKING: "red"}
ICONS = {Alert.Kind.ALLERGY: "alert-triangle", Alert.Kind.MEDICAL: "heartbeat", Alert.Kind.NOTE: "note"}


def alerts_visible_to(user: Any) -> QuerySet[Alert]:
    """Notes for everybody who sees the card, medical ones for medics (PAT-29)."""
    rows = Alert.objects.select_related("created_by")
    return rows if is_allowed(user, permissions.SEE_ALERTS) else rows.filter(kind=Alert.Kind.NOTE)


def open_alerts(user: Any) -> QuerySet[Alert]:
    today = timezone.localdate()
    return alerts_visible_to(user).filter(Q(until__isnull=True) | Q(until__gte=today), closed_at__isnull=True)


def alerts_for(patient_ids: Iterable[int], user: Any) -> dict[int, list[Alert]]:
    """Open alerts of a batch of patients that the user may read, the gravest first; `is_seen` by him (PAT-42)."""
    seen = AlertSeen.objects.filter(alert=OuterRef("pk"), user_id=user.pk, version=OuterRef("version"))
    rows = open_alerts(user).filter(patient_id__in=list(patient_ids)).select_related("created_by")
    found: dict[int, list[Alert]] = defaultdict(list)
    for alert in gravest_first(rows.annotate(is_seen=Exists(seen))):
        found[alert.patient_id].append(alert)
    return dict(found)


def alert_badges(patient_ids: list[int], user: Any) -> dict[int, list[Badge]]:
    """«Allergy: lidocaine» on the card, «Allergy» in lists. Nobody asks here who wrote and who has seen it."""
    rows = open_alerts(user).filter(patient_id__in=patient_ids).select_related(None)
    badges: dict[int, list[Badge]] = defaultdict(list)
    for alert in gravest_first(rows.only("patient_id", "kind", "severity", "title")):
        badges[alert.patient_id].append(badge_of(alert))
    return badges


def gravest_first(alerts: Iterable[Alert]) -> list[Alert]:
    order = list(Alert.Severity.values)
    return sorted(alerts, key=lambda alert: (-order.index(alert.severity), -alert.pk))


def badge_of(alert: Alert) -> Badge:
    kind = alert.get_kind_display() if alert.kind != Alert.Kind.NOTE else alert.title
    label = f"{kind}: {alert.title}" if alert.kind != Alert.Kind.NOTE else alert.title
    tone = TONES[Alert.Severity(alert.severity)] if alert.kind != Alert.Kind.ALLERGY else "red"
    return Badge(label, tone, ICONS[Alert.Kind(alert.kind)], kind, alert.kind)


# Consents


def consents_in_force(patient_ids: Iterable[int] | QuerySet[Any]) -> QuerySet[Consent]:
    """Signatures that hold today: not revoked, not run out, under an edition that is still good."""
    today = timezone.localdate()
    rows = Consent.objects.filter(patient_id__in=patient_ids, revoked_on__isnull=True)
    rows = rows.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=today))
    return rows.filter(Q(kind__is_renewed=False) | Q(version__gte=F("kind__version")))


def has_consent(patient_id: int, code: str) -> bool:
    """Has the patient signed the current edition of a document, and not revoked it? (PAT-46)"""
    return consents_in_force([patient_id]).filter(kind__code=code).exists()


def with_consent(patient_ids: Iterable[int], code: str) -> set[int]:
    """Those of a batch who have."""
    rows = consents_in_force(list(patient_ids)).filter(kind__code=code)
    return set(rows.values_list("patient_id", flat=True))


def may_mail(patient_ids: Iterable[int]) -> set[int]:
    """Who may get marketing messages: active, agreed, and with a signed consent where the clinic asks for it (PAT-12)."""
    rows = Patient.objects.live().filter(pk__in=list(patient_ids), mailing_allowed=True, is_active=True)
    allowed = set(rows.values_list("pk", flat=True))
    return allowed & with_consent(allowed, "marketing") if policies.MAILING_NEEDS_CONSENT.get() else allowed


def consent_register(patient: Patient) -> list[dict[str, Any]]:
    """Every kind of document with its state for a patient: signed, run out, revoked, or to be signed."""
    held: dict[int, list[Consent]] = defaultdict(list)
    for consent in patient.consents.select_related("kind", "representative", "recorded_by"):
        held[consent.kind_id].append(consent)
    good = set(consents_in_force([patient.pk]).values_list("pk", flat=True))
    kinds = ConsentKind.objects.filter(Q(deleted_at__isnull=True) | Q(pk__in=list(held)))
    return [register_line(kind, held[kind.pk], good) for kind in kinds]


def register_line(kind: ConsentKind, held: list[Consent], good: set[int]) -> dict[str, Any]:
    current = next((consent for consent in held if consent.pk in good), None)
    last = current or (held[0] if held else None)
    if current is not None:
        state, tone, word = "signed", "green", _("Signed")
    elif last is None:
        state, tone, word = "missing", "amber" if kind.is_asked else "grey", _("Not signed")
    elif last.revoked_on:
        state, tone, word = "revoked", "red", _("Revoked")
    else:
        state, tone, word = "old", "amber", _("To be signed anew")
    former = [consent for consent in held if consent is not last]
    return {"kind": kind, "consent": last, "state": state, "tone": tone, "word": word, "former": former}


# What is still missing


def missing_on_arrival(patient: Patient) -> list[tuple[str, Any]]:
    """What the reception should ask when the patient stands at the desk (PAT-27): [(code, words), ...]."""
    return missing_of([patient])[patient.pk]


def missing_of(patients: Iterable[Patient]) -> dict[int, list[tuple[str, Any]]]:
    """The same of many at once, in three statements."""
    rows = list(patients)
    ids = [row.pk for row in rows]
    identities = {each.patient_id: each for each in Identity.objects.filter(patient__in=ids)}
    signed: dict[int, set[str]] = defaultdict(set)
    for patient_id, code in consents_in_force(ids).values_list("patient_id", "kind__code"):
        signed[patient_id].add(code)
    own = ARRIVAL_ASKS.gather(ids) if ids else {}
    kinds = kinds_asked(own)
    pictured = set(photos_of(ids).values_list("patient_id", flat=True)) if own else set()
    asked = list(CustomField.objects.live().filter(entity="patient", needed__in=("arrival", "creation")))
    wanted, words = set(policies.NEEDED_ON_ARRIVAL.get()), dict(policies.NEEDED_ON_ARRIVAL.choices)
    found = {
        row.pk: _missing(row, identities.get(row.pk) or Identity(), signed[row.pk], wanted, words, asked)
        for row in rows
    }
    for pk, codes in own.items():
        found[pk] += [(code, kinds[code]) for code in codes if code in kinds and code not in signed[pk]]
        if "photo" in codes and pk not in pictured:
            found[pk].append(("picture", _("Photographs")))
    return found


def kinds_asked(own: dict[int, list[str]]) -> dict[str, Any]:
    """Papers by the codes that apps above ask for."""
    codes = {code for asked in own.values() for code in asked}
    rows = ConsentKind.objects.live().filter(code__in=codes) if codes else ()
    return {row.code: row.name for row in rows}


def unsigned_kinds(patient: Patient) -> list[ConsentKind]:
    """Papers to sign at the desk: what is asked of everybody or of him, and the consent to photography (PAT-36)."""
    asked = {code for codes in ARRIVAL_ASKS.gather([patient.pk]).values() for code in codes}
    wanted = {"photo", *asked, *policies.NEEDED_ON_ARRIVAL.get()}
    good = set(consents_in_force([patient.pk]).values_list("kind_id", flat=True))
    rows = ConsentKind.objects.live().filter(Q(is_asked=True) | Q(code__in=wanted))
    return [kind for kind in rows if kind.pk not in good]


def _missing(
    patient: Patient,
    identity: Identity,
    signed: set[str],
    wanted: set[str],
    words: dict[str, Any],
    asked: list[CustomField],
) -> list[tuple[str, Any]]:
    known = {
        "birth_date": patient.birth_date, "email": patient.email, "document": identity.document,
        "address": identity.address, "snils": identity.snils, "inn": identity.inn, "policy": identity.policy_number,
    }  # fmt: skip
    missing = [(code, words[code]) for code in words if code in wanted and code in known and not known[code]]
    missing += [(code, words[code]) for code in ("personal_data", "contract") if code in wanted and code not in signed]
    return missing + [(f"custom.{field.code}", field.name) for field in asked if field.code not in patient.custom]


def family_of(patient: Patient) -> Family:
    """The patient's family; NotFound where he has none."""
    if patient.family is None:
        raise NotFound
    return patient.family


def family_members(patient: Patient, user: Any) -> list[Patient]:
    """The others of the family whom the user may see."""
    if patient.family_id is None:
        return []
    rows = patients_visible_to(user).filter(family_id=patient.family_id).exclude(pk=patient.pk)
    return list(rows.order_by("birth_date", "pk"))


def duplicates_visible_to(user: Any) -> QuerySet[Duplicate]:
    """Pairs both of whose cards are live and visible."""
    visible = patients_visible_to(user).order_by().values("pk")
    return Duplicate.objects.filter(first__in=visible, second__in=visible)


def merges_of(patient: Patient) -> QuerySet[Merge]:
    """Cards that were merged into this one and may be parted again, newest first."""
    return patient.merges.filter(undone_at__isnull=True).select_related("retired", "merged_by").order_by("-pk")


def batches_of(user: Any) -> QuerySet[ImportBatch]:
    """A user's own imported files, newest first."""
    return ImportBatch.objects.filter(created_by=user).select_related("file", "check_job", "run_job", "undo_job")

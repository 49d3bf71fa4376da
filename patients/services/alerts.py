"""Allergies, medical alerts and notes; a dangerous one is acknowledged by everybody who works with it (PAT-42)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import clock, live
from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import IllegalMove, Invalid, NotFound
from patients.models import Alert, AlertSeen
from patients.services.cards import patient_locked, touch

sentence("patients.alert.added", _("%(kind)s: %(title)s"), "alert-triangle", "red", compartment="medical")
sentence("patients.alert.changed", _("Alert changed: %(title)s"), "alert-triangle", "grey", compartment="medical")
sentence("patients.alert.closed", _("No longer valid: %(title)s"), "alert-off", "grey", compartment="medical")
sentence("patients.alert.reopened", _("Valid again: %(title)s"), "alert-triangle", "red", compartment="medical")
sentence("patients.note.added", _("Note: %(title)s"), "note", "amber")
sentence("patients.note.changed", _("Note changed: %(title)s"), "note", "grey")
sentence("patients.note.closed", _("Note put away: %(title)s"), "note-off", "grey")
sentence("patients.note.reopened", _("Note put back: %(title)s"), "note", "amber")
sentence(
    "patients.alert.seen", _("Acknowledged: %(title)s"), "eye-check", "grey", compartment="medical", is_timeline=False
)

FIELDS = ("kind", "severity", "title", "text", "until")


def tell(actor: Any, verb: str, alert: Alert, **facts: Any) -> None:
    """A note is for everybody, an allergy stands in the medical compartment."""
    word = "note" if alert.kind == Alert.Kind.NOTE else "alert"
    facts |= {"title": alert.title, "kind": alert.get_kind_display()}
    audit(actor, f"patients.{word}.{verb}", alert, patient_id=alert.patient_id, **facts)
    live.announce("patient", alert.patient_id, branch_id=alert.patient.branch_id, version=alert.patient.version)


@command
def alert_add(*, patient_id: int, actor: Any, **given: Any) -> Alert:
    """Warn of something. Reverse: alert_close."""
    patient = patient_locked(patient_id)
    alert = Alert(patient=patient, created_by=actor)
    write(alert, given)
    alert.save()
    touch(patient)
    tell(actor, "added", alert)
    return alert


@command
def alert_change(
    *, alert_id: int, changes: Mapping[str, Any], actor: Any, expected_version: int | None = None
) -> Alert:
    """Change an open alert; it must be acknowledged anew. Its own reverse, by the history. Raises Stale."""
    alert = alert_locked(alert_id)
    check_version(expected_version, alert.version)
    if alert.closed_at:
        raise IllegalMove(source="closed", to="changed")
    write(alert, changes)
    alert.version += 1
    alert.save()
    touch(alert.patient)
    tell(actor, "changed", alert)
    return alert


@command
def alert_close(*, alert_id: int, reason: str, actor: Any) -> Alert:
    """The warning holds no longer; the record stays. Reverse: alert_reopen."""
    alert = alert_locked(alert_id)
    if alert.closed_at:
        raise IllegalMove(source="closed", to="closed")
    reason = " ".join(reason.split())[:200]
    if not reason:
        raise Invalid(fields={"reason": _("Say why.")})
    alert.closed_at, alert.closed_by, alert.close_reason = clock.now(), actor, reason
    alert.version += 1
    alert.save()
    touch(alert.patient)
    tell(actor, "closed", alert, reason=reason)
    return alert


@command
def alert_reopen(*, alert_id: int, actor: Any) -> Alert:
    """Reverse of alert_close."""
    alert = alert_locked(alert_id)
    if not alert.closed_at:
        raise IllegalMove(source="open", to="open")
    alert.closed_at, alert.closed_by, alert.close_reason = None, None, ""
    alert.version += 1
    alert.save()
    touch(alert.patient)
    tell(actor, "reopened", alert)
    return alert


@command
def alert_acknowledge(*, alert_id: int, actor: Any) -> None:
    """«I have read it», once a person and version. Nothing takes it back: it is a fact."""
    alert = Alert.objects.filter(pk=alert_id, closed_at__isnull=True).first()
    if alert is None:
        raise NotFound
    _row, is_new = AlertSeen.objects.get_or_create(alert=alert, user=actor, version=alert.version)
    if is_new:
        audit(actor, "patients.alert.seen", alert, patient_id=alert.patient_id, title=alert.title)


def alert_locked(alert_id: int) -> Alert:
    patient_id = Alert.objects.filter(pk=alert_id).values_list("patient_id", flat=True).first()
    if patient_id is None:
        raise NotFound
    patient = patient_locked(patient_id)
    alert = Alert.objects.select_for_update().get(pk=alert_id)
    alert.patient = patient
    return alert


def write(alert: Alert, given: Mapping[str, Any]) -> None:
    unknown = set(given) - set(FIELDS)
    if unknown:
        raise Invalid(fields={name: _("Unknown field.") for name in sorted(unknown)})
    for name, value in given.items():
        setattr(alert, name, value.strip() if isinstance(value, str) else value)
    errors: dict[str, Any] = {}
    if not alert.title:
        errors["title"] = _("This field is required.")
    if alert.kind not in Alert.Kind.values:
        errors["kind"] = _("Choose from the list.")
    if alert.severity not in Alert.Severity.values:
        errors["severity"] = _("Choose from the list.")
    if alert.until is not None and not isinstance(alert.until, date):
        errors["until"] = _("Enter a date.")
    for name, limit in (("title", 120), ("text", 1000)):
        if len(getattr(alert, name)) > limit:
            errors[name] = _("At most %(limit)s characters.") % {"limit": limit}
    if errors:
        raise Invalid(fields=errors)

"""Which field of a card was changed by whom, from what to what; out of the rows that triggers keep."""

from typing import Any

from django.apps import apps
from django.db.models import Model, Q

from core.access import is_allowed
from core.models import AuditEntry, HistoryEntry
from patients import permissions
from patients.models import Alert, Consent, Identity, Patient, Representative

TECHNICAL = {"version", "search_name", "search_digits", "sort_key", "kind_why", "status_why", "patient_id"}
TABLES: dict[type[Model], Any] = {
    Patient: permissions.SEE,
    Identity: permissions.SEE_IDENTITY,
    Representative: permissions.SEE,
    Alert: permissions.SEE_ALERTS,
    Consent: permissions.SEE_CONSENTS,
}
CONTACTS = {"phone", "home_phone", "more_phones", "email"}


def changes_of(patient: Patient, user: Any, *, before: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Changes newest first, each with who made it and its lines (field, from, to), within the reader's rights."""
    places = Q(pk=None)
    for model, right in TABLES.items():
        if is_allowed(user, right):
            ids = [patient.pk] if model is Patient else list(rows_of(model, patient))
            places |= Q(table_name=model._meta.db_table, row_id__in=ids)
    rows = HistoryEntry.objects.filter(places).order_by("-pk")
    found = list((rows.filter(pk__lt=before) if before else rows)[:limit])
    actors = actors_of(found)
    shown = [change_of(row, actors, user) for row in found]
    return [change for change in shown if change["lines"]]


def rows_of(model: type[Model], patient: Patient) -> Any:
    return model._default_manager.filter(patient=patient).values_list("pk", flat=True)


def actors_of(rows: list[HistoryEntry]) -> dict[int, str]:
    """The audit of the same transaction knows who it was."""
    known = AuditEntry.objects.filter(transaction_id__in={row.transaction_id for row in rows})
    return dict(known.order_by("-pk").values_list("transaction_id", "actor_name"))


def change_of(row: HistoryEntry, actors: dict[int, str], user: Any) -> dict[str, Any]:
    model = next(model for model in TABLES if model._meta.db_table == row.table_name)
    hidden = set() if is_allowed(user, permissions.SEE_CONTACTS) else CONTACTS
    lines = []
    if row.action == "update":
        for name, (old, new) in row.changes.items():
            field = next((each for each in model._meta.fields if each.column == name), None)
            if field is not None and name not in TECHNICAL | hidden:
                lines.append((field.verbose_name, value_of(field, old), value_of(field, new)))
    else:
        lines.append((model._meta.verbose_name, row.changes.get("full_name") or row.changes.get("title") or "", None))
    return {"id": row.pk, "at": row.at, "by": actors.get(row.transaction_id, ""), "lines": lines,
            "what": model._meta.verbose_name, "is_deleted": row.action == "delete"}  # fmt: skip


def value_of(field: Any, value: Any) -> Any:
    """A value as people read it: the name behind an id, the words of a choice, a day."""
    if value in (None, ""):
        return ""
    if field.is_relation:
        found = apps.get_model(field.related_model._meta.label)._default_manager.filter(pk=value).first()
        return str(found) if found else value
    if field.choices:
        return dict(field.flatchoices).get(value, value)
    if field.get_internal_type() == "DateField":
        return field.to_python(value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {each}" for key, each in value.items())
    return value

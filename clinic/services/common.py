"""What the clinic's services share: a locked row of the version that was seen, and which of its fields change."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from core.command import check_version
from core.errors import NotFound

M = TypeVar("M", bound=Model)


def locked(rows: QuerySet[M], pk: int, version: int | None = None) -> M:
    """The row under its lock; NotFound, or Stale when somebody changed it meanwhile."""
    row = rows.select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None:
        raise NotFound
    check_version(version, row.version)  # type: ignore[attr-defined]
    return row


def changed(row: Model, values: dict[str, Any]) -> list[str]:
    """Write the values that differ and raise the version; the names of the changed fields."""
    names = [name for name, value in values.items() if getattr(row, name) != value]
    if names:
        for name in names:
            setattr(row, name, values[name])
        row.version += 1  # type: ignore[attr-defined]
        row.save(update_fields=[*names, "version"])
    return names


def bump(row: Model) -> None:
    """Something of the row changed that stands in other tables."""
    row.version += 1  # type: ignore[attr-defined]
    row.save(update_fields=["version"])


def labels(row: Model, names: list[str]) -> str:
    """The changed fields in words, for the audit."""
    return ", ".join(str(row._meta.get_field(name).verbose_name) for name in names)  # type: ignore[union-attr]

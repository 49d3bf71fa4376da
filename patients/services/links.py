"""Every column in the database that holds a patient's id, and moving what it holds from one card to another."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from patients.models import Duplicate, Merge, Patient
from patients.slots import MERGE_LINKS


@dataclass(frozen=True, slots=True)
class Column:
    """`label` is the model's; `where` are fixed conditions on other columns of the same row."""

    label: str
    table: str
    column: str
    key: str
    where: tuple[tuple[str, str], ...] = ()
    is_strict: bool = False  # a row that cannot be moved forbids the merge

    def condition(self) -> tuple[str, list[Any]]:
        parts = [f'"{name}" = %s' for name, _value in self.where]
        return "".join(f" AND {part}" for part in parts), [value for _name, value in self.where]


# What speaks of two cards as two is no record of either.
OWN = {
    (Patient, "merged_into"),
    (Merge, "survivor"),
    (Merge, "retired"),
    (Duplicate, "first"),
    (Duplicate, "second"),
}


def patient_columns() -> list[Column]:
    """Foreign keys to Patient by the model registry, plain `patient_id` columns, and what apps above have named.

    Append-only columns are left out: the program's role may not change them, and their readers ask
    patients_canonical() instead.
    """
    found = {(column.table, column.column): column for column in (*keys_and_namesakes(), *named_links())}
    return [column for column in found.values() if may_update(column)]


def all_patient_columns() -> list[Column]:
    """Append-only ones too: for asking whether anything speaks of a card."""
    return list({(each.table, each.column): each for each in (*keys_and_namesakes(), *named_links())}.values())


def spoken_of(ids: list[int], *, leave_out: set[str]) -> dict[int, str]:
    """Which of these cards something points to, each with the name of one such kind of record."""
    found: dict[int, str] = {}
    for column in all_patient_columns():
        if column.label in leave_out:
            continue
        condition, values = column.condition()
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT DISTINCT "{column.column}" FROM "{column.table}" WHERE "{column.column}" = ANY(%s){condition}',
                [ids, *values],
            )
            name = str(apps.get_model(column.label)._meta.verbose_name)
            found |= {row[0]: found.get(row[0], name) for row in cursor.fetchall()}
    return found


def keys_and_namesakes() -> Iterator[Column]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not model._meta.managed:
            continue
        for field in model._meta.local_concrete_fields:
            is_key = isinstance(field, models.ForeignKey) and field.remote_field.model is Patient
            is_namesake = field.name == "patient_id" and isinstance(field, models.BigIntegerField | models.IntegerField)
            if (is_key and (model, field.name) not in OWN) or is_namesake:
                yield column_of(model, field.column)


def named_links() -> Iterator[Column]:
    for link in MERGE_LINKS:
        yield column_of(apps.get_model(link.model), link.column, link.where, is_strict=True)


def column_of(model: type[models.Model], column: str, where: tuple = (), *, is_strict: bool = False) -> Column:
    meta = model._meta
    return Column(meta.label_lower, meta.db_table, column, meta.pk.column, where, is_strict)


def may_update(column: Column) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_column_privilege(%s, %s, 'UPDATE')", [column.table, column.column])
        return bool(cursor.fetchone()[0])


def move(column: Column, source: int, target: int, only: list[Any] | None = None) -> tuple[list[Any], list[Any]]:
    """Point rows of `source` to `target`; returns the keys moved, and those that a constraint holds where they are.

    All at once where that works, else row by row: two rows that say the same of both cards cannot both be the target's.
    """
    try:
        with transaction.atomic():
            return update(column, source, target, only), []
    except IntegrityError:
        if column.is_strict:
            raise
    moved, held = [], []
    for key in keys_of(column, source, only):
        try:
            with transaction.atomic():
                moved += update(column, source, target, [key])
        except IntegrityError:
            held.append(key)
    return moved, held


def update(column: Column, source: int, target: int, only: list[Any] | None) -> list[Any]:
    condition, values = column.condition()
    if only is not None:
        condition, values = f'{condition} AND "{column.key}" = ANY(%s)', [*values, only]
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{column.table}" SET "{column.column}" = %s WHERE "{column.column}" = %s{condition} '
            f'RETURNING "{column.key}"',
            [target, source, *values],
        )
        return [row[0] for row in cursor.fetchall()]


def keys_of(column: Column, source: int, only: list[Any] | None = None) -> list[Any]:
    condition, values = column.condition()
    if only is not None:
        condition, values = f'{condition} AND "{column.key}" = ANY(%s)', [*values, only]
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT "{column.key}" FROM "{column.table}" WHERE "{column.column}" = %s{condition}', [source, *values]
        )
        return [row[0] for row in cursor.fetchall()]

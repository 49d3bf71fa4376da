"""Many rows at once: COPY with ids taken from the sequence beforehand, so that rows can name each other."""

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import NOT_PROVIDED, Field, JSONField, Model

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Table:
    """Rows of one model that wait to be written. `add` gives the new row's id."""

    def __init__(self, model: type[Model], *columns: str, **constants: Any) -> None:
        self.model = model
        self.columns = columns
        self.rows: list[tuple[Any, ...]] = []
        self.constants = constants
        self._ids: Iterator[int] = iter(())
        self._has_id = "id" in {field.attname for field in model._meta.concrete_fields}

    def add(self, *values: Any) -> int:
        number = self._next_id() if self._has_id else 0
        self.rows.append((number, *values) if self._has_id else values)
        return number

    def _next_id(self) -> int:
        number = next(self._ids, None)
        if number is None:
            self._ids = iter(ids_take(self.model, 2000))
            number = next(self._ids)
        return number

    def __len__(self) -> int:
        return len(self.rows)

    def write(self) -> int:
        """COPY what was added; columns that were not named get the model's defaults."""
        fields = {field.attname: field for field in self.model._meta.concrete_fields}
        named = (["id"] if self._has_id else []) + list(self.columns)
        rest = {name: value for name, value in defaults(fields, named, self.constants).items()}
        columns = [fields[name].column for name in (*named, *rest)]
        tail = "".join(f"\t{text_of(fields[name], value)}" for name, value in rest.items())
        kinds = [fields[name] for name in named]
        buffer = io.StringIO()
        for row in self.rows:
            cells = (text_of(field, value) for field, value in zip(kinds, row, strict=True))
            buffer.write("\t".join(cells) + tail + "\n")
        buffer.seek(0)
        quoted = ", ".join(f'"{name}"' for name in columns)
        with connection.cursor() as cursor:
            cursor.copy_expert(f'COPY "{self.model._meta.db_table}" ({quoted}) FROM STDIN', buffer)
        count = len(self.rows)
        self.rows = []
        return count


def ids_take(model: type[Model], count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [f'"{model._meta.db_table}"', count],
        )
        return [row[0] for row in cursor.fetchall()]


def defaults(fields: dict[str, Field], named: Sequence[str], constants: dict[str, Any]) -> dict[str, Any]:
    """What the columns that nobody named hold: constants, the model's defaults, nothing where nothing is allowed."""
    found = {}
    for name, field in fields.items():
        if name in named or getattr(field, "generated", False):
            continue
        if name in constants:
            found[name] = constants[name]
        elif field.default is not NOT_PROVIDED:
            found[name] = field.get_default()
        elif field.db_default is NOT_PROVIDED and not field.null:
            found[name] = ""
    return found


def text_of(field: Field, value: Any) -> str:
    """A value as COPY reads it."""
    if value is None:
        return r"\N"
    if isinstance(field, JSONField):
        return json.dumps(value, ensure_ascii=False, default=str).translate(_ESCAPES)
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, int | Decimal | UUID):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(field, ArrayField):
        return ("{" + ",".join(json.dumps(str(item), ensure_ascii=False) for item in value) + "}").translate(_ESCAPES)
    if isinstance(value, tuple):
        return f'["{value[0].isoformat()}","{value[1].isoformat()}")'
    return str(value).translate(_ESCAPES)


def links_write(through: type[Model], left: str, right: str, pairs: Iterable[tuple[int, int]]) -> None:
    """Rows of a many-to-many relation."""
    table = Table(through, left, right)
    for pair in pairs:
        table.add(*pair)
    table.write()

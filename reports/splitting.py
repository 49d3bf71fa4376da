"""A sum over rows and its splits by several paths at once, in one statement."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

Splits = list[dict[Any, Any]]


def split_sums(rows: QuerySet[Any], measure: Any, paths: Sequence[str]) -> tuple[Any, Splits]:
    """The sum of `measure` over the rows (0 without rows), and for each path the sums by its values.

    GROUPING SETS, which Django has no word for, over the rows' own statement: each split adds up to the sum because
    all of them come from the same rows.
    """
    try:
        inner, params = rows.order_by().values_list(*paths, measure).query.sql_with_params()
    except EmptyResultSet:
        return 0, [{} for _path in paths]
    keys = [f"key{number}" for number in range(len(paths))]
    sets = ", ".join(f"({key})" for key in ("", *keys))
    marks = ", ".join(f"grouping({key})" for key in keys)
    statement = (
        f"SELECT sum(amount){''.join(f', {key}' for key in keys)}{', ' + marks if marks else ''}"
        f" FROM ({inner}) AS facts({', '.join((*keys, 'amount'))}) GROUP BY GROUPING SETS ({sets})"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        found = cursor.fetchall()
    whole: Any = 0
    splits: Splits = [{} for _path in paths]
    for amount, *rest in found:
        values, left_out = rest[: len(paths)], rest[len(paths) :]
        if 0 not in left_out:
            whole = amount or 0
        else:
            place = left_out.index(0)
            splits[place][values[place]] = amount or 0
    return whole, splits

"""A query of a fixed shape, whose SQL is written once: for what every request asks and the ORM takes long to say.

    USER = Prepared(lambda hole: User.objects.with_rights().filter(pk=hole), hole=INTEGER)
    USER(5)  # -> [user]

The queryset is built with a stand-in for the value, compiled once a thread, and asked again with other values.
"""

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable

M = TypeVar("M", bound=Model)
# What no one asks for; each is found again among the parameters of the finished SQL.
INTEGER = 2**62 + 20_261_123
TEXT = "\ufdd0 the value stands here"


class Prepared(Generic[M]):
    def __init__(self, build: Callable[[Any], QuerySet[M]], hole: Any) -> None:
        self.build, self.hole = build, hole
        self.threads = threading.local()

    def __call__(self, value: Any) -> list[M]:
        """The rows, new instances each time, as iterating the queryset itself would give them."""
        shape = self.threads.__dict__.get("shape")
        if shape is None or shape.compiler.connection is not connections[shape.rows.db]:
            shape = self.threads.shape = Shape(self.build(self.hole), self.hole)
        return shape.ask(value)


class Shape(Generic[M]):
    """A compiled queryset of one thread: a compiler is bound to its thread's connection."""

    def __init__(self, rows: QuerySet[M], hole: Any) -> None:
        self.rows = rows
        self.compiler = rows.query.get_compiler(using=rows.db)
        self.sql, self.params = self.compiler.as_sql()
        self.places = [place for place, given in enumerate(self.params) if given == hole and type(given) is type(hole)]
        if not self.places:
            raise ValueError("the query does not use its value as it is given")
        self.compiler.as_sql = self.filled  # type: ignore[method-assign]
        rows.query.get_compiler = lambda *args, **kwargs: self.compiler  # type: ignore[method-assign]
        self.value: Any = hole

    def filled(self, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        params = list(self.params)
        for place in self.places:
            params[place] = self.value
        return self.sql, tuple(params)

    def ask(self, value: Any) -> list[M]:
        self.value = value
        return list(ModelIterable(self.rows))

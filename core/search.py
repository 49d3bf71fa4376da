"""Ctrl-K: every app above answers with what it finds, within the caller's rights."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, F, GeneratedField, Value
from django.db.models.functions import Concat, Lower, Replace

from core.slots import Slot


@dataclass(frozen=True, slots=True)
class Hit:
    title: Any
    url: str
    icon: str = "file"
    note: Any = ""
    group: Any = ""
    key: str = ""


# provider(user, text, limit) -> [Hit, ...], best first, already scoped to what the user may see.
PROVIDERS: Slot[Callable[[Any, str, int], list[Hit]]] = Slot("search.providers")


def search(user: Any, text: str, limit: int = 6) -> list[Hit]:
    return [hit for provider in PROVIDERS for hit in provider(user, text, limit)]


def folded_column(*names: str, max_length: int) -> GeneratedField:
    """A stored column with the words of other columns in lower case, ё as е: what a trigram index searches."""
    parts = [part for name in names for part in (F(name), Value(" "))]
    folded = Replace(Lower(Concat(Value(" "), *parts)), Value("ё"), Value("е"))
    return GeneratedField(expression=folded, output_field=CharField(max_length=max_length), db_persist=True)

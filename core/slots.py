"""A lower app asks, apps above answer: named places that providers register into in `ready()`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from core import modules

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    provider: T
    module: str
    order: int


class Slot(Generic[T]):
    """Providers come back in `order`, then by module; those of a switched-off module do not come at all.

    A provider that is asked about rows always gets the whole batch, never one row.
    """

    ALL: dict[str, "Slot[Any]"] = {}

    def __init__(self, name: str) -> None:
        if name in Slot.ALL:
            raise ValueError(f"Slot {name!r} is declared twice")
        self.name = name
        self._entries: list[Entry[T]] = []
        Slot.ALL[name] = self

    def register(self, provider: T, *, module: str, order: int = 100) -> T:
        if any(entry.provider == provider for entry in self._entries):
            return provider
        self._entries.append(Entry(provider, module, order))
        self._entries.sort(key=lambda entry: (entry.order, entry.module))
        return provider

    def unregister(self, provider: T) -> None:
        self._entries = [entry for entry in self._entries if entry.provider != provider]

    def __iter__(self) -> Iterator[T]:
        return (entry.provider for entry in self._entries if modules.is_on(entry.module))

    def gather(self, *args: Any, **kwargs: Any) -> dict[Any, list[Any]]:
        """Ask every provider about a batch and join the answers by key; a provider answers `{key: [item, ...]}`."""
        joined: dict[Any, list[Any]] = {}
        for provider in self:
            call: Callable[..., dict[Any, list[Any]]] = provider  # type: ignore[assignment]
            for key, items in call(*args, **kwargs).items():
                joined.setdefault(key, []).extend(items)
        return joined

"""Reference data: what a clinic needs before its first page; every loader is idempotent."""

from collections.abc import Callable

from core.slots import Slot

LOADERS: Slot[Callable[[], None]] = Slot("reference.loaders")


def load() -> None:
    for loader in LOADERS:
        loader()

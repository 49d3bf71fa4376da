"""Parts of the product that a clinic can switch off; off leaves no trace but the tables."""

from dataclasses import dataclass
from typing import Any

from core import policies

REGISTRY: dict[str, "Module"] = {}


@dataclass(frozen=True, slots=True)
class Module:
    """`name` is the app's label. `needs` are modules below without which it makes no sense."""

    name: str
    title: Any
    needs: tuple[str, ...] = ()
    optional: bool = True
    hint: Any = ""

    def __post_init__(self) -> None:
        if self.name in REGISTRY:
            raise ValueError(f"Module {self.name!r} is declared twice")
        REGISTRY[self.name] = self


def is_on(name: str) -> bool:
    """An app without a declaration is always on; a module is on when it and all that it needs are."""
    module = REGISTRY.get(name)
    if module is None:
        return True
    if module.optional and not policies.raw().get(f"module.{name}", True):
        return False
    return all(is_on(needed) for needed in module.needs)


def off() -> frozenset[str]:
    return frozenset(name for name in REGISTRY if not is_on(name))

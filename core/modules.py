"""Parts of the product that a clinic can switch off; off leaves no trace but the tables."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps

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


def title_of(name: str) -> Any:
    """What people call a module; of an app without a declaration its own name."""
    declared = REGISTRY.get(name)
    return declared.title if declared else apps.get_app_config(name).verbose_name


def is_on(name: str) -> bool:
    """An app without a declaration is always on; a module is on when it and all that it needs are."""
    module = REGISTRY.get(name)
    return module is None or (is_switched_on(name) and all(is_on(needed) for needed in module.needs))


def is_switched_on(name: str) -> bool:
    """The module's own switch, whatever it needs."""
    module = REGISTRY.get(name)
    return module is None or not module.optional or bool(policies.raw().get(f"module.{name}", True))


def needed_by(name: str) -> list[str]:
    """Optional modules without which this one makes no sense, lowest first."""
    found: list[str] = []
    for other in REGISTRY[name].needs if name in REGISTRY else ():
        for each in (*needed_by(other), other):
            if each in REGISTRY and REGISTRY[each].optional and each not in found:
                found.append(each)
    return found


def needing(name: str) -> list[str]:
    """Modules that make no sense without this one."""
    return [other for other, module in REGISTRY.items() if module.optional and name in needed_by(other)]


def off() -> frozenset[str]:
    return frozenset(name for name in REGISTRY if not is_on(name))

"""Why the clinic writes to people: each purpose with its places and its first words, declared by the app that knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from messaging.models import Kind

REGISTRY: dict[str, "Purpose"] = {}


@dataclass(frozen=True, slots=True)
class Purpose:
    """`places` maps what may stand in braces to its hint; `texts` are the first words by language.

    Places never carry anything clinical (MSG-20): neither diagnosis nor service may be declared.
    """

    code: str
    title: Any
    places: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    samples: Mapping[str, str] = field(default_factory=dict)
    kind: str = Kind.SERVICE
    hint: Any = ""

    def __post_init__(self) -> None:
        if self.code in REGISTRY:
            raise ValueError(f"Purpose {self.code!r} is declared twice")
        REGISTRY[self.code] = self


def title_of(code: str) -> Any:
    return REGISTRY[code].title if code in REGISTRY else code


MANUAL = Purpose("manual", _("Written by hand"))

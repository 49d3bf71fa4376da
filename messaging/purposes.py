"""Why the clinic writes to people: each purpose with its places and its first words, declared by the app that knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from messaging.choices import Kind

REGISTRY: dict[str, "Purpose"] = {}


@dataclass(frozen=True, slots=True)
class Purpose:
    """`places` maps what may stand in braces to its hint; `texts` are the first words by language.

    Messages of one bundle to one phone leave as one: `line` is the part of each, `joint` names the purpose whose words
    hold them, with the place {{lines}}.

    Places never carry anything clinical (MSG-20): neither diagnosis nor service may be declared.
    """

    code: str
    title: Any
    places: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    samples: Mapping[str, str] = field(default_factory=dict)
    kind: str = Kind.SERVICE
    hint: Any = ""
    line: Mapping[str, str] = field(default_factory=dict)
    joint: str = ""

    def __post_init__(self) -> None:
        if self.code in REGISTRY:
            raise ValueError(f"Purpose {self.code!r} is declared twice")
        REGISTRY[self.code] = self


def title_of(code: str) -> Any:
    return REGISTRY[code].title if code in REGISTRY else code


MANUAL = Purpose("manual", _("Written by hand"))
MAILING = Purpose("mailing", _("Mailing"), kind=Kind.MARKETING)
TRIGGER = Purpose("trigger", _("By a trigger"))
ANSWER = Purpose("answer", _("Answer to a reply"))
RELATIVES = Purpose("relatives", _("To the patient's family"))

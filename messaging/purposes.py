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
    is_by_hand: bool = False

    def __post_init__(self) -> None:
        if self.code in REGISTRY:
            raise ValueError(f"Purpose {self.code!r} is declared twice")
        REGISTRY[self.code] = self


def title_of(code: str) -> Any:
    return REGISTRY[code].title if code in REGISTRY else code


# What a text written by hand may hold: the patient and the branch.
HAND_PLACES = {
    "name": _("first name and patronymic"), "fio": _("full name"), "branch": _("branch"), "address": _("address of the branch"),
    "phone": _("phone of the branch"),
}  # fmt: skip
HAND_SAMPLES = {
    "name": "Анна Петровна", "fio": "Ёлкина Анна Петровна", "branch": "Центр", "address": "ул. Пятницкая, 12",
    "phone": "+79000000001",
}  # fmt: skip

MANUAL = Purpose("manual", _("Written by hand"), HAND_PLACES, samples=HAND_SAMPLES)
CALL_BACK = Purpose(
    "hand_call_back", _("We could not reach you"), HAND_PLACES,
    {"ru": "{{name}}, не смогли до вас дозвониться. Перезвоните, пожалуйста: {{phone}}. {{branch}}",
     "en": "{{name}}, we could not reach you. Please call back: {{phone}}. {{branch}}"},
    HAND_SAMPLES, is_by_hand=True,
)  # fmt: skip
WAY = Purpose(
    "hand_address", _("How to find us"), HAND_PLACES,
    {"ru": "{{branch}}: {{address}}. Телефон: {{phone}}", "en": "{{branch}}: {{address}}. Phone: {{phone}}"},
    HAND_SAMPLES, is_by_hand=True,
)  # fmt: skip
PAPERS = Purpose(
    "hand_documents", _("Bring your papers"), HAND_PLACES,
    {"ru": "{{name}}, возьмите с собой паспорт, СНИЛС и полис. {{branch}}, {{phone}}",
     "en": "{{name}}, please bring your passport and your policy. {{branch}}, {{phone}}"},
    HAND_SAMPLES, is_by_hand=True,
)  # fmt: skip
MAILING = Purpose("mailing", _("Mailing"), kind=Kind.MARKETING)
TRIGGER = Purpose("trigger", _("By a trigger"))
ANSWER = Purpose("answer", _("Answer to a reply"))
RELATIVES = Purpose("relatives", _("To the patient's family"))

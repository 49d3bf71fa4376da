"""How long a text is in SMS parts, when people may be disturbed, when to try again, what stands in a template."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta

# GSM 03.38: one septet each; the second row costs two. Anything else makes the whole text UCS-2.
GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE = "^{}\\[~]|€\f"
GSM_ONE, GSM_PART = 160, 153
UCS_ONE, UCS_PART = 70, 67
PLACE = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")

BACK_OFF = (30, 120, 600, 1800, 3600, 7200, 14400)  # seconds to the next hand-over
ASK_BACK_OFF = (30, 30, 60, 120, 300, 900, 1800, 3600)  # seconds to the next question about a lost one
REPORT_BACK_OFF = (20, 60, 300, 900, 3600, 10800, 21600, 43200)  # and about one that is on its way
ATTEMPTS = len(BACK_OFF) + 1


def units(text: str) -> tuple[int, bool]:
    """Length in the units of its alphabet, and whether that is GSM. Outside the plane 0 a letter counts two."""
    if all(letter in GSM or letter in GSM_TWICE for letter in text):
        return sum(2 if letter in GSM_TWICE else 1 for letter in text), True
    return sum(2 if ord(letter) > 0xFFFF else 1 for letter in text), False


def segments(text: str) -> int:
    """How many SMS parts a text costs: 160/153 Latin letters, 70/67 of any other alphabet (MSG-01)."""
    length, is_gsm = units(text)
    one, part = (GSM_ONE, GSM_PART) if is_gsm else (UCS_ONE, UCS_PART)
    return 1 if length <= one else -(-length // part)


def is_quiet(moment: time, quiet_from: time, quiet_to: time) -> bool:
    """Whether people sleep now; the night may go over midnight, equal ends mean that it never is (MSG-20)."""
    if quiet_from <= quiet_to:
        return quiet_from <= moment < quiet_to
    return moment >= quiet_from or moment < quiet_to


def after_quiet(moment: datetime, quiet_from: time, quiet_to: time) -> datetime:
    """The first wall-clock moment from `moment` on when a message may go out."""
    if not is_quiet(moment.timetz().replace(tzinfo=None), quiet_from, quiet_to):
        return moment
    end = moment.replace(hour=quiet_to.hour, minute=quiet_to.minute, second=0, microsecond=0)
    return end if end > moment else end + timedelta(days=1)


YES = frozenset({"1", "да", "yes", "ок", "ok", "буду", "приду", "подтверждаю", "+", "da", "1 да"})
NO = frozenset({"0", "2", "нет", "no", "не приду", "не буду", "отмена", "отменить", "отменяю", "nu", "-"})
STOP = frozenset({"стоп", "stop", "отписаться", "отпишите", "не пишите", "unsubscribe"})


def meaning_of(text: str) -> str:
    """What a reply says when it says nothing but that; all else is words for people (MSG-21)."""
    said = " ".join(text.lower().replace("ё", "е").split()).strip('.,!"«»() ')
    if said in YES:
        return "confirm"
    if said in NO:
        return "decline"
    return "stop" if said in STOP else "free"


def wait(tries: int, steps: tuple[int, ...] = BACK_OFF) -> timedelta:
    """How long to wait after the given number of tries (1 is the first)."""
    return timedelta(seconds=steps[min(max(tries, 1), len(steps)) - 1])


def places(text: str) -> list[str]:
    """The places of a template in their order, each once."""
    return list(dict.fromkeys(PLACE.findall(text)))


def unknown_places(text: str, known: Iterable[str]) -> list[str]:
    """What stands in braces and is not a place that can be filled, misspelt braces included."""
    known = set(known)
    found = [name for name in places(text) if name not in known]
    rest = PLACE.sub("", text)
    return found + re.findall(r"\{\{?[^{}]{0,40}\}?\}|[{}]{2}", rest)


def render(text: str, facts: Mapping[str, object]) -> str:
    """Fill the places; a place without a fact becomes nothing."""
    return PLACE.sub(lambda match: str(facts.get(match[1], "")), text)

"""Decisions of the clinic on plain values: numbers of the tax office, PINs, hours, effective rights."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from itertools import pairwise

INN_WEIGHTS = {10: ((9, (2, 4, 10, 3, 5, 9, 4, 6, 8)),), 12: ((10, (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)),
               (11, (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)))}  # fmt: skip
PIN_LENGTHS = range(4, 7)


def inn_fits(text: str) -> bool:
    """Ten digits of a company or twelve of a person, with their control digits."""
    weights = INN_WEIGHTS.get(len(text))
    if not (text.isascii() and text.isdecimal()) or not weights:
        return False
    return all(
        sum(w * int(d) for w, d in zip(row, text, strict=False)) % 11 % 10 == int(text[at]) for at, row in weights
    )


def ogrn_fits(text: str) -> bool:
    """Thirteen digits of a company or fifteen of an entrepreneur, with the control digit."""
    if not (text.isascii() and text.isdecimal()) or len(text) not in (13, 15):
        return False
    return int(text[:-1]) % (len(text) - 2) % 10 == int(text[-1])


def pin_fault(pin: str) -> str:
    """Why this PIN cannot be taken: `length`, `simple`, or nothing. A PIN of one digit repeated or a run is guessed first."""
    if not pin.isascii() or not pin.isdigit() or len(pin) not in PIN_LENGTHS:
        return "length"
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    return "simple" if len(steps) == 1 and steps <= {-1, 0, 1} else ""


def hours_fit(opens: time | None, closes: time | None) -> bool:
    """Both given and in order, or neither: then the day is closed."""
    if opens is None or closes is None:
        return opens is closes
    return opens < closes


class Origin(StrEnum):
    """Where a right comes from; of several the last in this order decides."""

    NONE = "none"
    ROLE = "role"
    OWN = "own"
    REFUSED = "refused"
    MODULE_OFF = "module_off"


@dataclass(frozen=True, slots=True)
class Effective:
    """Whether a person has a right, and why (SET-06)."""

    code: str
    is_given: bool
    origin: Origin
    roles: tuple[str, ...] = ()


def effective_right(
    code: str, roles: Mapping[str, Iterable[str]], granted: Iterable[str], refused: Iterable[str], is_module_on: bool
) -> Effective:
    """A refusal of one's own wins over everything, an addition of one's own over roles; a module that is off over all."""
    given_by = tuple(name for name, codes in roles.items() if code in codes)
    origin = Origin.ROLE if given_by else Origin.NONE
    if code in granted:
        origin = Origin.OWN
    if code in refused:
        origin = Origin.REFUSED
    is_given = origin in (Origin.ROLE, Origin.OWN)
    if is_given and not is_module_on:
        return Effective(code, False, Origin.MODULE_OFF, given_by)
    return Effective(code, is_given, origin, given_by)


def closed_until(
    rows: Iterable[tuple[int | None, int | None, date]], branch_id: int | None, role_ids: Iterable[int] | None
) -> date | None:
    """The last closed day for a branch and the holder of roles; rows are (branch, role, closed up to).

    Dates without a role bind everybody. Of dates by role the mildest of a person's roles counts, since a second role
    only ever adds rights; a role without a date of its own is not bound by one.
    """
    fitting = [row for row in rows if row[0] is None or row[0] == branch_id]
    common = [day for _branch, role, day in fitting if role is None]
    held = list(role_ids or ())
    by_role = [max((day for _branch, role, day in fitting if role == each), default=date.min) for each in held]
    found = max([*common, min(by_role, default=date.min)], default=date.min)
    return None if found == date.min else found

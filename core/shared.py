"""What thirty open pages ask for in the same moment is made once, for all who see the same of it.

After a change every open page asks again at once. The first of them reads and renders, the others wait for it. What
was made counts as long as nothing more has been said on the live channel, and for two seconds at most, since not every
fact is told there. The mark of the channel is read before the rows are: what was said up to it has been committed.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from django.utils.translation import get_language

from core import live

FRESH = 2.0  # seconds
MOST = 64


class Made:
    """One answer, and who makes it now."""

    __slots__ = ("at", "lock", "value")

    def __init__(self) -> None:
        self.lock, self.value, self.at = threading.Lock(), b"", 0.0


_made: OrderedDict[Hashable, Made] = OrderedDict()
_guard = threading.Lock()


def shared(user: Any, *key: Hashable, make: Callable[[], bytes]) -> bytes:
    """The bytes that `make` gives, from another who has the same rights and branches and asked for the same just now.

    Only for what depends on nothing else of the person. `key` names the question.
    """
    said = live.last_said()
    if said is None:  # the broker is away: nobody knows what has changed
        return make()
    eyes = (user.permission_codes, tuple(user.branch_ids), user.scope, user.staff_id, get_language())
    one = entry((*key, *eyes, said))
    with one.lock:
        if not one.at or time.monotonic() - one.at > FRESH:
            began = time.monotonic()
            one.value, one.at = make(), began
        return one.value


def entry(key: Hashable) -> Made:
    with _guard:
        found = _made.setdefault(key, Made())
        _made.move_to_end(key)
        while len(_made) > MOST:
            _made.popitem(last=False)
    return found


def forget() -> None:
    with _guard:
        _made.clear()

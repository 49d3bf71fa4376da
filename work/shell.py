"""What work adds to every page of a signed-in person: the button of his working time."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from core.access import is_allowed
from work.permissions import TRACK_TIME
from work.selectors import at_work


def shell_time(request: HttpRequest) -> dict[str, Any]:
    if not is_allowed(request.user, TRACK_TIME):
        return {"work_time": None}
    return {"work_time": SimpleLazyObject(lambda: at_work(request.user))}

"""The machine at which one works: a signed cookie with its number and the people who signed in on it with a password."""

import json
import uuid
from dataclasses import dataclass, field

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE, SALT = "machine", "clinic.machine"
KEPT_SECONDS = 180 * 86400
MOST_PEOPLE = 20


@dataclass(slots=True)
class Machine:
    key: str = ""
    people: list[int] = field(default_factory=list)


def machine_of(request: HttpRequest) -> Machine:
    """What the cookie says; a forged or outdated one says nothing."""
    try:
        told = json.loads(signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=KEPT_SECONDS))
        return Machine(str(told["key"]), [int(pk) for pk in told["people"]])
    except (signing.BadSignature, ValueError, KeyError, TypeError):
        return Machine()


def remember(request: HttpRequest, response: HttpResponse, user_id: int) -> None:
    """Whoever proves himself fully becomes known to this machine, the latest first."""
    machine = machine_of(request)
    people = [user_id, *(pk for pk in machine.people if pk != user_id)][:MOST_PEOPLE]
    body = signing.dumps(json.dumps({"key": machine.key or uuid.uuid4().hex, "people": people}), salt=SALT)
    response.set_cookie(
        COOKIE, body, max_age=KEPT_SECONDS, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )


def forget(request: HttpRequest, response: HttpResponse, user_id: int) -> None:
    """Take a person off the list of this machine."""
    machine = machine_of(request)
    people = [pk for pk in machine.people if pk != user_id]
    body = signing.dumps(json.dumps({"key": machine.key, "people": people}), salt=SALT)
    response.set_cookie(
        COOKIE, body, max_age=KEPT_SECONDS, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )

"""Beginning a session outside of allauth's own pages: by an invitation, by PIN, after the first start."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse

from clinic import machines
from clinic.services.signing_in import sign_in_noted

BACKEND = "clinic.auth.Backend"


def begin(request: HttpRequest, user: Any) -> None:
    """The session becomes this user's; what another had in it is gone."""
    login(request, user, backend=BACKEND)
    UserSession.objects.create_from_request(request)


def begin_fully(request: HttpRequest, response: HttpResponse, user: Any) -> None:
    """The same after a password: the machine knows the person from now on."""
    begin(request, user)
    sign_in_noted(user=user)
    machines.remember(request, response, user.pk)

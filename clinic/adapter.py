"""How allauth signs people in here: no sign-up, counted wrong tries, every sign-in in the audit."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from clinic import machines
from clinic.models import User
from clinic.services.accounts import password_set
from clinic.services.signing_in import SIGN_IN, sign_in_noted, sign_in_refused
from core.errors import Throttled
from core.middleware import address_of

SILENT = {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """The clinic enters its people itself."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request) or "127.0.0.1"

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Count wrong tries together with those at the API (SET-24)."""
        who = (credentials.get("username") or credentials.get("email") or "", self.get_client_ip(request))
        try:
            SIGN_IN.check(*who)
            AuthenticationBackend.unstash_authenticated_user()
            user = authenticate(request, **credentials) or AuthenticationBackend.unstash_authenticated_user()
            if user is None:
                sign_in_refused(username=who[0])
                SIGN_IN.failed(*who)
                return None
            SIGN_IN.check(*who)
        except Throttled as error:
            minutes = -(-int(error.facts["retry_after"]) // 60)
            raise ValidationError(_("Too many wrong tries. Try again in %(n)s min.") % {"n": minutes}) from error
        SIGN_IN.forget(*who)
        return user

    def post_login(self, request: HttpRequest, user: Any, **options: Any) -> HttpResponse:
        response = super().post_login(request, user, **options)
        sign_in_noted(user=user)
        machines.remember(request, response, user.pk)
        return response

    def set_password(self, user: User, password: str) -> None:
        """Reset and change of a password alike end the other sessions and the token."""
        keep = self.request.session.session_key if self.request and self.request.user.pk == user.pk else ""
        password_set(user=user, password=password, actor=user, keep_session=keep or "")

    def add_message(
        self, request: HttpRequest, level: int, template: str | None = None, *args: Any, **options: Any
    ) -> None:
        if template not in SILENT:
            super().add_message(request, level, template, *args, **options)

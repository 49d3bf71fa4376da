"""Proving who one is: a password, the code of an authenticator app, a token for programs."""

from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import authenticate
from django.utils.translation import gettext_lazy as _
from rest_framework.authtoken.models import Token

from clinic.errors import BadCredentials, SecondFactorRequired
from clinic.models import User
from core.audit import audit, sentence
from core.command import command
from core.throttle import Limit

SIGN_IN = Limit("sign_in", 5, timedelta(minutes=15))

sentence("clinic.token.given", _("%(object)s got a key for programs"), "key", "violet", is_timeline=False)
sentence(
    "clinic.token.revoked", _("The key for programs of %(object)s was revoked"), "key-off", "amber", is_timeline=False
)
sentence("clinic.session.begun", _("%(object)s signed in"), "login", "grey", is_timeline=False)
sentence("clinic.session.refused", _("A wrong password for %(object)s"), "alert-triangle", "red", is_timeline=False)


def token_give(*, username: str, password: str, code: str = "", address: str) -> str:
    """The user's token for programs, the same at every call (HR, SET-24). Reverse: token_revoke.

    Not a command: a wrong try must stay counted though the request is refused. Raises BadCredentials,
    SecondFactorRequired, and Throttled at the sixth wrong try within 15 minutes.
    """
    SIGN_IN.check(username, address)
    user = authenticate(None, username=username, password=password)
    if user is None:
        sign_in_refused(username=username)
        SIGN_IN.failed(username, address)
        raise BadCredentials
    SIGN_IN.check(username, address)
    second_factor_check(user, code, username, address)
    SIGN_IN.forget(username, address)
    return _token_of(user)


def second_factor_check(user: Any, code: str, *who: str) -> None:
    """Whoever has switched the second factor on needs it for programs too."""
    found = {row.type: row for row in Authenticator.objects.filter(user=user)}
    if Authenticator.Type.TOTP not in found:
        return
    if not code:
        raise SecondFactorRequired
    fits = TOTP(found[Authenticator.Type.TOTP]).validate_code(code)
    if not fits and (spare := found.get(Authenticator.Type.RECOVERY_CODES)):
        fits = RecoveryCodes(spare).validate_code(code)
    if not fits:
        SIGN_IN.failed(*who)
        raise BadCredentials


@command
def _token_of(user: User) -> str:
    token, is_new = Token.objects.get_or_create(user=user)
    if is_new:
        audit(user, "clinic.token.given", user)
    return str(token.key)


def has_token(user: Any) -> bool:
    return Token.objects.filter(user=user).exists()


@command
def token_revoke(*, user: User, actor: Any) -> None:
    """Programs that use the user's token are refused at once. Reverse: token_give makes another."""
    if Token.objects.filter(user=user).delete()[0]:
        audit(actor, "clinic.token.revoked", user)


@command
def sign_in_noted(*, user: Any) -> None:
    """A session began."""
    audit(user, "clinic.session.begun", user)


@command
def sign_in_refused(*, username: str) -> None:
    """A wrong password for a login that exists; what was typed for one that does not may be a password itself."""
    user = User.objects.filter(username__iexact=username).first()
    if user is not None:
        audit(None, "clinic.session.refused", user)

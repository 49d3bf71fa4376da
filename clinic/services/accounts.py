"""Accounts: inviting, setting a password, switching off, open sessions (SET-24).

Two rules guard every change. Somebody who may change rights must always be left; and nobody touches the account of
a person who may more than himself, unless he may change rights anyway.
"""

import hashlib
import logging
import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from clinic import permissions
from clinic.errors import InvitationSpent, LastKeyHolder
from clinic.models import Branch, Invitation, Role, Staff, User
from clinic.policies import INVITATION_DAYS
from clinic.services.common import bump, changed, labels, locked
from clinic.services.signing_in import token_revoke
from core import clock
from core.audit import audit, sentence
from core.command import command, lock
from core.errors import Forbidden, Invalid

log = logging.getLogger(__name__)
QUIET = {"is_timeline": False}
sentence("clinic.user.invited", _("%(object)s was invited to sign in"), "mail", "violet", **QUIET)
sentence("clinic.user.changed", _("The account of %(object)s was changed: %(fields)s"), "user-cog", "violet", **QUIET)
sentence("clinic.user.switched_on", _("%(object)s may sign in again"), "lock-open", "green", **QUIET)
sentence("clinic.user.switched_off", _("%(object)s may not sign in any more"), "lock", "red", **QUIET)
sentence("clinic.password.set", _("%(object)s has set a password"), "key", "violet", **QUIET)
sentence("clinic.sessions.ended", _("Sessions of %(object)s were ended: %(count)s"), "logout", "amber", **QUIET)


# Who may touch whom


def check_rank(actor: Any, target: User) -> None:
    """Nobody takes over an account that may more than his own."""
    if permissions.EDIT_ROLES.code in actor.permission_codes:
        return
    if not target.permission_codes <= actor.permission_codes:
        raise Forbidden(needs=permissions.EDIT_ROLES.code)


def check_roles(actor: Any, roles: Iterable[Role]) -> None:
    """Nobody gives a role that may more than he himself."""
    if permissions.EDIT_ROLES.code in actor.permission_codes:
        return
    if any(not set(role.permissions) <= set(actor.permission_codes) for role in roles):
        raise Forbidden(needs=permissions.EDIT_ROLES.code)


def key_holders() -> set[int]:
    """Active users who may change roles and rights."""
    users = User.objects.with_rights().filter(is_active=True, partner_id__isnull=True)
    return {user.pk for user in users if permissions.EDIT_ROLES.code in user.permission_codes}


class KeysAreKept:
    """Around a change of rights: who may change rights must not become nobody. Such changes queue up."""

    def __enter__(self) -> None:
        lock(("clinic.rights", 0))
        self.before = key_holders()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is None and self.before and not key_holders():
            raise LastKeyHolder


def account_locked(pk: int, actor: Any, version: int | None = None) -> User:
    user = locked(User.objects.all(), pk, version)
    check_rank(actor, user)
    return user


# Inviting


@command
def user_invite(
    *, username: str, email: str = "", name: str = "", roles: Iterable[Role] = (), branches: Iterable[Branch] = (),
    staff: Staff | None = None, partner_id: int | None = None, actor: Any,
) -> tuple[User, str]:  # fmt: skip
    """Make an account and a link by which its owner sets his password. Returns (user, secret of the link).

    Raises Invalid beside `username`. Reverse: user_switch.
    """
    roles = list(roles)
    check_roles(actor, roles)
    username_check(username)
    if staff is not None and User.objects.filter(staff=staff).exists():
        raise Invalid(fields={"staff": say("This person has an account already.")})
    user = User.objects.create_user(
        username=username.strip(), email=email, name=name or (staff.full_name if staff else ""), staff=staff,
        partner_id=partner_id,
    )  # fmt: skip
    user.roles.set(roles)
    user.branches.set(branches)
    return user, _invite(user, actor)


def username_check(username: str, but: int | None = None) -> None:
    if not username.strip():
        raise Invalid(fields={"username": say("Give a login.")})
    if any(char.isspace() or not char.isprintable() for char in username.strip()):
        raise Invalid(fields={"username": say("A login has no blanks.")})
    if User.objects.filter(username__iexact=username.strip()).exclude(pk=but).exists():
        raise Invalid(fields={"username": say("This login is taken.")})


@command
def invitation_renew(*, pk: int, actor: Any) -> tuple[User, str]:
    """A new link; the former one is dead."""
    user = account_locked(pk, actor)
    return user, _invite(user, actor)


def _invite(user: User, actor: Any) -> str:
    user.invitations.filter(used_at__isnull=True).delete()
    secret = secrets.token_urlsafe(24)
    Invitation.objects.create(
        user=user, digest=digest(secret), created_by_id=getattr(actor, "pk", None),
        expires_at=clock.now() + timedelta(days=INVITATION_DAYS.get()),
    )  # fmt: skip
    audit(actor, "clinic.user.invited", user)
    return secret


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def invitation_open(secret: str) -> Invitation:
    """The invitation that a link stands for; InvitationSpent when it is no longer good."""
    found = Invitation.objects.select_related("user").filter(
        digest=digest(secret), used_at__isnull=True, expires_at__gt=clock.now(), user__is_active=True
    )
    row = found.first()
    if row is None:
        raise InvitationSpent
    return row


@command
def invitation_accept(*, secret: str, password: str) -> User:
    """Set the first password by a link; the link is used up, other sessions of the account are ended."""
    found = invitation_open(secret)
    row = Invitation.objects.select_for_update().filter(pk=found.pk, used_at__isnull=True).first()
    if row is None:
        raise InvitationSpent
    row.used_at = clock.now()
    row.save(update_fields=["used_at"])
    password_set(user=row.user, password=password, actor=row.user)
    return row.user


def invitation_send(user: User, url: str) -> bool:
    """Mail the link; a failing mail server loses nothing, since the link is shown as well."""
    if not user.email:
        return False
    with translation.override(user.language or settings.LANGUAGE_CODE):
        body = render_to_string("clinic/mail/invitation.txt", {"user": user, "url": url, "days": INVITATION_DAYS.get()})
        subject = say("Your account in Kabinet")
    try:
        return bool(send_mail(subject, body, None, [user.email]))
    except OSError as error:
        log.warning("invitation of user %s not mailed: %s", user.pk, error)
        return False


# Passwords and sessions


@command
def password_set(*, user: User, password: str, actor: Any, keep_session: str = "") -> None:
    """Set a password; every other session and the token of programs end (SET-24)."""
    try:
        password_validation.validate_password(password, user)
    except ValidationError as error:
        raise Invalid(fields={"password": list(error.messages)}) from error
    user.set_password(password)
    user.save(update_fields=["password"])
    audit(actor, "clinic.password.set", user)
    sessions_drop(user, keep_session)
    token_revoke(user=user, actor=actor)


def sessions_drop(user: User, keep: str = "") -> int:
    dropped = 0
    for session in UserSession.objects.filter(user=user).exclude(session_key=keep or "-"):
        session.end()
        dropped += 1
    return dropped


@command
def sessions_end(*, pk: int, actor: Any, session_id: int | None = None) -> int:
    """End one open session of a user, or all of them; what he has typed stays on his device."""
    user = User.objects.with_rights().filter(pk=pk).first()
    if user is None:
        raise Invalid
    if actor.pk != user.pk:
        check_rank(actor, user)
    if session_id is None:
        count = sessions_drop(user)
    else:
        found = UserSession.objects.filter(user=user, pk=session_id).first()
        count = 1 if found else 0
        if found:
            found.end()
    if count:
        audit(actor, "clinic.sessions.ended", user, count=count)
    return count


@command
def user_switch(*, pk: int, on: bool, actor: Any) -> User:
    """Let a user sign in, or not any more: then his sessions and tokens die at once. Reverse: itself.

    A partner's user and a leaving person are switched off in the same way.
    """
    with KeysAreKept():
        user = account_locked(pk, actor)
        if user.is_active == on:
            return user
        changed(user, {"is_active": on})
    if not on:
        sessions_drop(user)
        token_revoke(user=user, actor=actor)
        user.invitations.filter(used_at__isnull=True).delete()
    audit(actor, "clinic.user.switched_on" if on else "clinic.user.switched_off", user)
    return user


@command
def user_save(*, pk: int, values: Mapping[str, Any], actor: Any, version: int | None = None) -> User:
    """Login, name, e-mail, language, roles, branches, days of money visible of an account (SET-05, SET-14)."""
    with KeysAreKept():
        user = account_locked(pk, actor, version)
        username_check(values.get("username", user.username), pk)
        names = changed(user, {name: value for name, value in values.items() if name not in ("roles", "branches")})
        more = []
        if "roles" in values:
            fresh = set(values["roles"]) - set(user.roles.all())
            check_roles(actor, fresh)
        for name in ("roles", "branches"):
            relation = getattr(user, name)
            wanted = {row.pk for row in values[name]} if name in values else None
            if wanted is not None and set(relation.values_list("pk", flat=True)) != wanted:
                relation.set(wanted)
                more.append(name)
        if more and not names:
            bump(user)
    if names or more:
        audit(actor, "clinic.user.changed", user, fields=labels(user, [*names, *more]))
    return user


def mail_on_commit(user: User, url: str) -> None:
    transaction.on_commit(lambda: invitation_send(user, url))

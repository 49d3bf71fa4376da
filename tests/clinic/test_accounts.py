"""Accounts: invitations, passwords, sessions, rights, PINs, looking as another."""

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.cached_db import SessionStore
from django.utils import timezone
from rest_framework.authtoken.models import Token

from clinic.errors import InvitationSpent, LastKeyHolder, PinRefused, RoleInUse
from clinic.models import Invitation, Role, User
from clinic.selectors import holders_of, rights_matrix, rights_of, roles_all, user_loaded
from clinic.services import accounts, pins, rights
from core.errors import Forbidden, Invalid, Throttled
from core.models import AuditEntry
from tests.cast import person, person_with
from tests.factories import StaffFactory

GOOD = "Тихий вечер у моря 7"


def role(code):
    return Role.objects.get(code=code)


def invite(actor, **more):
    given = {"username": "nova", "email": "nova@example.com", "name": "Нова", "roles": [role("doctor")], **more}
    return accounts.user_invite(actor=actor, **given)


@pytest.mark.feature("SET-24")
def test_an_invitation_is_used_once(director):
    user, secret = invite(director)
    assert not user.has_usable_password() or not user.check_password("")
    accounts.invitation_accept(secret=secret, password=GOOD)
    user.refresh_from_db()
    assert user.check_password(GOOD)
    with pytest.raises(InvitationSpent):
        accounts.invitation_accept(secret=secret, password=GOOD)


def test_an_invitation_expires(director):
    _user, secret = invite(director)
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1), tick=False), pytest.raises(InvitationSpent):
        accounts.invitation_open(secret)


def test_a_newer_invitation_kills_the_older_one(director):
    user, old = invite(director)
    _user, new = accounts.invitation_renew(pk=user.pk, actor=director)
    with pytest.raises(InvitationSpent):
        accounts.invitation_open(old)
    assert accounts.invitation_open(new).user == user
    assert not Invitation.objects.filter(digest=new).exists()


def test_a_weak_password_is_refused_and_the_link_stays_good(director):
    _user, secret = invite(director)
    with pytest.raises(Invalid) as refused:
        accounts.invitation_accept(secret=secret, password="12345")
    assert "password" in refused.value.fields
    assert accounts.invitation_open(secret)


@pytest.mark.parametrize("username", ["", "  ", "Director", "два слова"])
def test_a_login_is_there_free_and_without_blanks(director, username):
    with pytest.raises(Invalid) as refused:
        invite(director, username=username)
    assert "username" in refused.value.fields


def test_one_person_has_one_account(director):
    staff = StaffFactory()
    invite(director, staff=staff)
    with pytest.raises(Invalid) as refused:
        invite(director, username="other", staff=staff)
    assert "staff" in refused.value.fields


def session_of(user, key=None):
    store = SessionStore()
    store["x"] = 1
    store.save()
    UserSession.objects.create(user=user, ip="127.0.0.1", session_key=store.session_key, user_agent="test")
    return store.session_key


@pytest.mark.feature("SET-24", "HR-03")
def test_a_switched_off_user_loses_sessions_token_and_invitation_at_once(director, reception):
    key = session_of(reception)
    Token.objects.create(user=reception)
    accounts.user_switch(pk=reception.pk, on=False, actor=director)
    assert not SessionStore().exists(key)
    assert not Token.objects.filter(user=reception).exists()
    assert not UserSession.objects.filter(user=reception).exists()
    accounts.user_switch(pk=reception.pk, on=True, actor=director)
    assert User.objects.get(pk=reception.pk).is_active


def test_a_new_password_ends_every_other_session_and_the_token(reception):
    mine, other = session_of(reception), session_of(reception)
    Token.objects.create(user=reception)
    accounts.password_set(user=reception, password=GOOD, actor=reception, keep_session=mine)
    assert SessionStore().exists(mine)
    assert not SessionStore().exists(other)
    assert not Token.objects.exists()


def test_one_session_is_ended_alone(director, reception):
    keys = [session_of(reception), session_of(reception)]
    first = UserSession.objects.get(session_key=keys[0])
    assert accounts.sessions_end(pk=reception.pk, session_id=first.pk, actor=director) == 1
    assert [SessionStore().exists(key) for key in keys] == [False, True]
    assert accounts.sessions_end(pk=reception.pk, actor=director) == 1


# Rights


@pytest.mark.feature("SET-05")
def test_a_role_starts_from_another_and_gets_rights_one_by_one(director):
    made = rights.role_save(
        name="Ночной администратор", scope="branch", days_back=1, start_from=role("callcentre"), actor=director
    )
    assert made.permissions == role("callcentre").permissions
    rights.role_right_set(pk=made.pk, code="clinic.edit_staff", on=True, actor=director)
    rights.role_right_set(pk=made.pk, code="clinic.edit_staff", on=True, actor=director)
    made.refresh_from_db()
    assert "clinic.edit_staff" in made.permissions
    assert AuditEntry.objects.filter(code="clinic.role.given", object_id=made.pk).count() == 1
    rights.role_right_set(pk=made.pk, code="clinic.edit_staff", on=False, actor=director)
    made.refresh_from_db()
    assert "clinic.edit_staff" not in made.permissions


def test_a_right_that_is_not_declared_cannot_be_given(director):
    with pytest.raises(Invalid):
        rights.role_right_set(pk=role("doctor").pk, code="clinic.rule_the_world", on=True, actor=director)


def test_a_built_in_role_and_one_that_somebody_has_are_not_deleted(director, reception):
    made = rights.role_save(name="Своя", scope="own", days_back=None, actor=director)
    with pytest.raises(RoleInUse):
        rights.role_delete(pk=role("administrator").pk, actor=director)
    reception.roles.add(made)
    with pytest.raises(RoleInUse) as refused:
        rights.role_delete(pk=made.pk, actor=director)
    assert refused.value.facts["people"] == [str(reception)]
    reception.roles.remove(made)
    rights.role_delete(pk=made.pk, actor=director)
    assert not Role.objects.filter(pk=made.pk).exists()


@pytest.mark.feature("SET-06", "HR-09")
def test_own_rights_come_on_top_and_the_origin_is_told(director, reception):
    rights.right_own_set(pk=reception.pk, code="clinic.edit_staff", state="granted", actor=director)
    rights.right_own_set(pk=reception.pk, code="clinic.see_staff", state="refused", actor=director)
    user = user_loaded(reception.pk)
    assert "clinic.edit_staff" in user.permission_codes
    assert "clinic.see_staff" not in user.permission_codes
    rows = {row.permission.code: row for group in rights_of(user) for row in group.rows}
    assert (rows["clinic.edit_staff"].effective.origin, rows["clinic.edit_staff"].own) == ("own", "granted")
    assert rows["clinic.see_staff"].effective.origin == "refused"
    assert rows["clinic.see_staff"].effective.roles == (str(role("administrator")),)
    rights.right_own_set(pk=reception.pk, code="clinic.see_staff", state="role", actor=director)
    assert "clinic.see_staff" in user_loaded(reception.pk).permission_codes


def test_the_last_one_who_may_change_rights_stays(director):
    for act in (
        lambda: accounts.user_switch(pk=director.pk, on=False, actor=director),
        lambda: rights.right_own_set(pk=director.pk, code="clinic.edit_roles", state="refused", actor=director),
        lambda: rights.role_right_set(pk=role("director").pk, code="clinic.edit_roles", on=False, actor=director),
        lambda: accounts.user_save(pk=director.pk, values={"roles": []}, actor=director),
    ):
        with pytest.raises(LastKeyHolder):
            act()
    assert "clinic.edit_roles" in user_loaded(director.pk).permission_codes
    second = person("second", "director")
    accounts.user_switch(pk=director.pk, on=False, actor=second)


def test_nobody_takes_over_an_account_that_may_more(director):
    helper = person_with("clinic.edit_users", username="helper")
    for act in (
        lambda: accounts.invitation_renew(pk=director.pk, actor=helper),
        lambda: accounts.user_switch(pk=director.pk, on=False, actor=helper),
        lambda: accounts.sessions_end(pk=director.pk, actor=helper),
        lambda: accounts.user_save(pk=director.pk, values={"email": "x@example.com"}, actor=helper),
        lambda: invite(helper, roles=[role("director")]),
    ):
        with pytest.raises(Forbidden) as refused:
            act()
        assert refused.value.facts["needs"] == "clinic.edit_roles"


@pytest.mark.feature("SET-05")
def test_two_roles_are_compared(director):
    groups = rights_matrix([role("administrator"), role("senior")], only_different=True)
    rows = [row for group in groups for row in group.rows]
    assert rows
    assert all(row.differs for row in rows)
    assert "partner" not in {each.code for each in roles_all()}


@pytest.mark.feature("SET-19")
def test_whom_to_ask_for_a_right(director, reception):
    assert [person["name"] for person in holders_of("clinic.edit_roles")] == ["Директор"]


# PIN


@pytest.fixture
def with_pin(reception):
    reception.set_password("secret")
    reception.save()
    pins.pin_set(user=reception, pin="4817", password="secret", actor=reception)
    return reception


def test_a_pin_opens_only_machines_that_know_the_person(with_pin):
    assert pins.pin_check(pk=with_pin.pk, pin="4817", machine="m", known_ids=[with_pin.pk]) == with_pin
    with pytest.raises(PinRefused):
        pins.pin_check(pk=with_pin.pk, pin="4817", machine="m", known_ids=[])


def test_tries_of_a_pin_are_limited(with_pin):
    for _number in range(5):
        with pytest.raises(PinRefused):
            pins.pin_check(pk=with_pin.pk, pin="9999", machine="m", known_ids=[with_pin.pk])
    with pytest.raises(Throttled):
        pins.pin_check(pk=with_pin.pk, pin="4817", machine="m", known_ids=[with_pin.pk])


def test_a_pin_is_kept_hashed_needs_the_password_and_can_be_removed(with_pin, director):
    assert "4817" not in with_pin.pin_hash
    with pytest.raises(Invalid):
        pins.pin_set(user=with_pin, pin="4818", password="wrong", actor=with_pin)
    with pytest.raises(Invalid):
        pins.pin_set(user=with_pin, pin="1234", password="secret", actor=with_pin)
    pins.pin_drop(pk=with_pin.pk, actor=director)
    with pytest.raises(PinRefused):
        pins.pin_check(pk=with_pin.pk, pin="4817", machine="m", known_ids=[with_pin.pk])

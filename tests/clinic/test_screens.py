"""Pages of the clinic as people use them."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from clinic.models import Branch, Role, Staff, User
from clinic.services import pins
from core.models import AuditEntry
from tests.cast import person
from tests.factories import DoctorFactory

GOOD = "Тихий вечер у моря 7"


def sign_in(client, username, password="secret", **more):
    return client.post(reverse("account_login"), {"login": username, "password": password, **more})


# Signing in


@pytest.mark.feature("SET-24")
def test_signing_in_leads_back_to_where_one_was(client, reception):
    answer = client.get("/staff/?search=%D0%98%D0%B2%D0%B0")
    assert answer.status_code == 302
    back = client.post(answer["Location"], {"login": "reception", "password": "secret"})
    assert back["Location"] == "/staff/?search=%D0%98%D0%B2%D0%B0"
    assert AuditEntry.objects.filter(code="clinic.session.begun", actor_id=reception.pk).exists()


@pytest.mark.feature("SET-21")
def test_a_fragment_of_an_ended_session_is_401_and_keeps_the_page(client, db):
    assert client.post("/staff/new/", {"last_name": "Новая"}, HTTP_HX_REQUEST="true").status_code == 401


def test_after_five_wrong_passwords_the_right_one_is_refused_and_the_owner_sees_it(client, reception):
    for _number in range(5):
        sign_in(client, "reception", "wrong")
    answer = sign_in(client, "reception")
    assert answer.status_code == 200
    assert "15" in answer.content.decode()
    assert AuditEntry.objects.filter(code="clinic.session.refused", object_id=reception.pk).count() == 5


def test_wrong_tries_at_the_page_and_at_the_api_count_together(client, reception):
    for _number in range(5):
        sign_in(client, "reception", "wrong")
    answer = client.post(
        "/api/v1/auth/token/", {"username": "reception", "password": "secret"}, content_type="application/json"
    )
    assert answer.status_code == 429


def test_there_is_no_signing_up(client, db):
    answer = client.post(reverse("account_signup"), {"username": "x", "password1": GOOD, "password2": GOOD})
    assert not User.objects.exists()
    assert "form" not in (answer.context or {})


def test_a_forgotten_password_is_reset_by_mail(client, reception):
    User.objects.filter(pk=reception.pk).update(email="anna@example.com")
    client.post(reverse("account_reset_password"), {"email": "anna@example.com"})
    link = re.search(r"http://testserver(/\S+)", mail.outbox[0].body)[1]
    page = client.get(link, follow=True)
    client.post(page.request["PATH_INFO"], {"password1": GOOD, "password2": GOOD})
    assert User.objects.get(pk=reception.pk).check_password(GOOD)


def test_an_unknown_address_gets_no_different_answer(client, reception):
    answer = client.post(reverse("account_reset_password"), {"email": "nobody@example.com"})
    assert answer.status_code == 302


# Inviting


def test_a_person_is_invited_from_his_card_sets_a_password_and_works(client, director):
    doctor = DoctorFactory(last_name="Щёголева", email="d@example.com")
    client.force_login(director)
    form = client.get(f"/users/invite/?staff={doctor.pk}").context["form"]
    assert form.initial["username"] == "schegoleva"
    roles = [role.pk for role in form.initial["roles"]]
    answer = client.post("/users/invite/", {
        "username": "schegoleva", "email": "d@example.com", "name": form.initial["name"], "staff": doctor.pk, "roles": roles,
    })  # fmt: skip
    page = client.get(answer["Location"]).content.decode()
    link = re.search(r"http://testserver(/invitation/[^\"]+)", page)[1]
    assert link not in client.get(answer["Location"]).content.decode(), "the link is shown once"
    client.logout()
    assert "schegoleva" in client.get(link).content.decode()
    assert client.post(link, {"password": GOOD, "again": "другой пароль 12"}).status_code == 422
    assert client.post(link, {"password": GOOD, "again": GOOD})["Location"] == "/"
    assert client.get("/staff/").status_code == 200
    assert client.get(link).status_code == 410


@pytest.mark.django_db(transaction=True)
def test_the_link_of_an_invitation_is_mailed_in_the_language_of_the_clinic(client, director):
    client.force_login(director)
    client.post("/users/invite/", {
        "username": "nova", "email": "nova@example.com", "name": "Нова", "roles": [Role.objects.get(code="doctor").pk],
    })  # fmt: skip
    assert mail.outbox[0].to == ["nova@example.com"]
    assert "/invitation/" in mail.outbox[0].body


# Another person, another branch, another's eyes


def test_a_machine_knows_those_who_signed_in_on_it_and_changes_the_person_by_pin(client, reception, director):
    pins.pin_set(user=director, pin="4817", password="secret", actor=director)
    sign_in(client, "director")
    client.post(reverse("account_logout"))
    sign_in(client, "reception")
    assert [user.pk for user in client.get("/pin/").context["people"]] == [director.pk]
    assert client.post("/pin/", {"person": director.pk, "pin": "1111"}).status_code == 422
    assert client.post("/pin/", {"person": director.pk, "pin": "4817", "next": "/staff/"})["Location"] == "/staff/"
    assert client.get("/staff/").context["request"].user.pk == director.pk
    assert AuditEntry.objects.filter(code="clinic.pin.used", actor_id=director.pk).exists()


def test_a_pin_does_not_open_a_machine_where_its_owner_never_signed_in(client, reception, director):
    pins.pin_set(user=director, pin="4817", password="secret", actor=director)
    sign_in(client, "reception")
    assert client.post("/pin/", {"person": director.pk, "pin": "4817"}).status_code == 422


def test_a_forged_machine_knows_nobody(client, reception):
    sign_in(client, "reception")
    client.cookies["machine"] = "x:y:z"
    assert client.get("/pin/").context["people"] == []


@pytest.mark.feature("SET-23")
def test_one_works_in_a_branch_of_ones_own_only(client, director, stranger, branch, other_branch):
    client.force_login(director)
    client.post("/branch/", {"branch": other_branch.pk})
    assert client.get("/staff/").context["request"].branch == other_branch
    client.force_login(stranger)
    assert client.post("/branch/", {"branch": branch.pk}).status_code == 404


@pytest.mark.feature("SET-16")
def test_an_owner_looks_through_the_eyes_of_a_role_and_changes_nothing(client, director, branch):
    client.force_login(director)
    client.post("/view-as/", {"role": "administrator"})
    page = client.get("/staff/")
    assert page.context["request"].viewing_as == "Администратор"
    assert client.get("/roles/").status_code == 403
    answer = client.post("/staff/new/", {"last_name": "Новая", "first_name": "А", "is_employee": "on", "tone": "blue"})
    assert answer.status_code == 403
    assert client.post("/view-as/", {"role": "doctor"}).status_code == 403
    assert not Staff.objects.exists()
    client.post("/view-as/stop/")
    assert client.get("/roles/").status_code == 200


def test_looking_as_a_person_has_his_scope_and_the_audit_stays_true(client, director, stranger, branch, other_branch):
    client.force_login(director)
    client.post("/view-as/", {"user": stranger.pk})
    request = client.get("/branches/").context["request"]
    assert request.user.branch_ids == [other_branch.pk]
    assert request.user.pk == director.pk
    assert client.get(f"/branches/{branch.pk}/").status_code == 404


def test_only_who_may_looks_as_another(client, reception):
    client.force_login(reception)
    assert client.post("/view-as/", {"role": "director"}).status_code == 403
    session = client.session
    session["viewing_as"] = {"role": "director"}
    session.save()
    assert client.get("/roles/").status_code == 403


# Staff


@pytest.mark.feature("HR-01")
def test_a_new_person_is_entered_in_the_panel(client, director, branch):
    client.force_login(director)
    sent = {
        "last_name": "Новая",
        "first_name": "Анна",
        "is_doctor": "on",
        "tone": "blue",
        "branches": [branch.pk],
        "phone": "8 916 111-22-33",
    }
    answer = client.post("/staff/new/", sent, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="panel-body")
    assert answer.status_code == 204
    assert Staff.objects.get().phone == "+79161112233"
    wrong = client.post(
        "/staff/new/", {**sent, "phone": "12", "is_doctor": ""}, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="panel-body"
    )
    assert wrong.status_code == 422
    assert "8 916" not in wrong.content.decode()
    assert 'value="12"' in wrong.content.decode()


def test_a_stale_card_shows_the_difference_and_keeps_what_was_typed(client, director, doctor):
    client.force_login(director)
    sent = {"last_name": "Соколова", "first_name": "Мария", "is_doctor": "on", "tone": "blue", "version": "1"}
    assert client.post(f"/staff/{doctor.staff.pk}/edit/", sent).status_code == 302
    answer = client.post(f"/staff/{doctor.staff.pk}/edit/", {**sent, "first_name": "Марфа"})
    assert answer.status_code == 412
    assert "Марфа" in answer.content.decode()
    assert "Мария" in answer.content.decode()


@pytest.mark.feature("SET-23")
def test_a_strangers_card_is_404(client, stranger, branch):
    theirs = DoctorFactory()
    theirs.branches.add(branch)
    client.force_login(stranger)
    assert client.get(f"/staff/{theirs.pk}/").status_code == 404


# Rights


@pytest.mark.feature("SET-05")
def test_one_tick_of_the_matrix_is_one_right(client, director):
    client.force_login(director)
    role = Role.objects.get(code="doctor")
    assert client.post(f"/roles/{role.pk}/right/", {"code": "clinic.edit_staff", "on": "1"}).status_code == 204
    role.refresh_from_db()
    assert "clinic.edit_staff" in role.permissions
    page = client.get("/roles/?a=doctor&b=assistant&only=1")
    assert page.context["differences"] > 0


@pytest.mark.feature("SET-19")
def test_a_missing_right_is_named_with_those_who_can_grant_it(client, reception, director):
    client.force_login(reception)
    page = client.get("/roles/")
    assert page.status_code == 403
    text = page.content.decode()
    assert "Менять роли и личные права" in text
    assert "Директор" in text


@pytest.mark.feature("SET-20")
def test_a_period_is_closed_and_opened_on_its_page(client, director, branch):
    client.force_login(director)
    assert client.post("/settings/periods/", {"until": "2099-01-01"}).status_code == 422
    client.post("/settings/periods/", {"until": "2020-01-31"})
    page = client.get("/settings/periods/")
    row = page.context["rows"][0]
    client.post(f"/settings/periods/{row.pk}/open/")
    assert not client.get("/settings/periods/").context["rows"]


# Branches


@pytest.mark.feature("SET-03", "C11")
def test_a_branch_is_opened_by_the_clinic_itself(client, director, branch):
    client.force_login(director)
    sent = {"name": "Юг", "legal_entity": branch.legal_entity_id, "timezone": "Asia/Omsk"}
    answer = client.post("/branches/new/", sent)
    made = Branch.objects.get(name="Юг")
    assert answer["Location"] == f"/branches/{made.pk}/"
    assert client.post("/branches/new/", sent).status_code == 422


@pytest.mark.feature("SCH-19")
def test_hours_are_changed_on_the_branchs_page(client, director, branch):
    client.force_login(director)
    sent = {"version": "1", "day_0": "on", "opens_0": "08:00", "closes_0": "20:00"}
    assert client.post(f"/branches/{branch.pk}/hours/", sent).status_code == 302
    assert branch.hours.count() == 1
    assert client.post(f"/branches/{branch.pk}/hours/", sent).status_code == 412
    late = client.post(f"/branches/{branch.pk}/hours/", {"day_0": "on", "opens_0": "20:00", "closes_0": "08:00"})
    assert late.status_code == 422
    assert client.post(f"/branches/{branch.pk}/hours/", {"day_1": "on"}).status_code == 422


@pytest.mark.feature("SCH-54")
def test_a_holiday_is_entered_and_taken_back(client, director, branch, other_branch):
    client.force_login(director)
    sent = {"first": "2030-01-01", "last": "2030-01-08", "is_closed": "on", "branches": [branch.pk, other_branch.pk]}
    assert client.post(f"/branches/{branch.pk}/days/new/", sent).status_code == 302
    assert branch.days.count() == other_branch.days.count() == 8
    client.post(f"/branches/{branch.pk}/days/2030-01-01/remove/")
    assert branch.days.count() == 7
    assert client.post(f"/branches/{branch.pk}/days/yesterday/remove/").status_code == 404


def test_a_password_change_of_ones_own_ends_the_other_sessions(client, reception):
    other = type(client)()
    for each in (client, other):
        sign_in(each, "reception")
    sent = {"oldpassword": "secret", "password1": GOOD, "password2": GOOD}
    assert client.post(reverse("account_change_password"), sent).status_code == 302
    assert client.get("/staff/").status_code == 200
    assert other.get("/staff/").status_code == 302


def test_a_user_card_shows_where_the_account_is_open(client, director, reception):
    other = type(client)()
    sign_in(other, "reception")
    client.force_login(director)
    page = client.get(f"/users/{reception.pk}/sessions/")
    assert len(page.context["sessions"]) == 1
    client.post(f"/users/{reception.pk}/sessions/end/")
    assert other.get("/staff/").status_code == 302


def test_a_partners_user_is_not_on_the_list_of_accounts(client, director):
    partner = person("partner", "partner", partner_id=1)
    client.force_login(director)
    assert client.get(f"/users/{partner.pk}/").status_code == 404

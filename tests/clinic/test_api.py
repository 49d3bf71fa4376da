"""The frame's API: signing in by token, who I am, places and people, errors, jobs."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from rest_framework.authtoken.models import Token

from clinic.models import User
from core import jobs
from tests.cast import person
from tests.factories import BranchFactory, ChairFactory, DoctorFactory, ProfessionFactory, StaffFactory

TOKEN = "/api/v1/auth/token/"


@pytest.fixture
def api(client):
    """client.get as a user, by his token: api(user)("/api/v1/me/")."""

    def as_user(user, method="get"):
        key, _made = Token.objects.get_or_create(user=user)

        def ask(path, data=None, **headers):
            given = {"HTTP_AUTHORIZATION": f"Token {key}", **headers}
            if method == "get":
                return client.get(path, data, **given)
            return getattr(client, method)(path, data, content_type="application/json", **given)

        return ask

    return as_user


def try_token(client, username, password, **more):
    return client.post(TOKEN, {"username": username, "password": password, **more}, content_type="application/json")


def test_the_right_password_gives_a_token_that_opens_the_api(client, reception):
    answer = try_token(client, "reception", "secret")
    assert answer.status_code == 200
    me = client.get("/api/v1/me/", HTTP_AUTHORIZATION=f"Token {answer.json()['token']}")
    assert me.status_code == 200
    assert me.json()["username"] == "reception"


def test_the_login_is_the_same_whatever_the_case(client, reception):
    assert try_token(client, "Reception", "secret").status_code == 200


def test_a_wrong_password_is_401_and_says_no_more(client, reception):
    for username in ("reception", "nobody"):
        answer = try_token(client, username, "wrong")
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_credentials")


@pytest.mark.feature("SET-24")
def test_the_sixth_wrong_try_within_fifteen_minutes_is_429(client, reception):
    for _number in range(5):
        assert try_token(client, "reception", "wrong").status_code == 401
    answer = try_token(client, "reception", "wrong")
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert 0 < int(answer["Retry-After"]) <= 900


def test_while_locked_out_the_right_password_is_refused_too_and_another_login_is_not(client, reception, director):
    for _number in range(5):
        try_token(client, "reception", "wrong")
    assert try_token(client, "reception", "secret").status_code == 429
    assert try_token(client, "director", "secret").status_code == 200


def test_the_lock_out_ends_after_the_window(client, reception):
    for _number in range(6):
        try_token(client, "reception", "wrong")
    with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=2), tick=False):
        assert try_token(client, "reception", "secret").status_code == 200


def test_wrong_tries_count_in_a_sliding_window(client, reception):
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        try_token(client, "reception", "wrong")
    with time_machine.travel(start + timedelta(minutes=14), tick=False):
        for _number in range(4):
            try_token(client, "reception", "wrong")
    with time_machine.travel(start + timedelta(minutes=16), tick=False):
        assert try_token(client, "reception", "wrong").status_code == 401
        assert try_token(client, "reception", "wrong").status_code == 429


def test_a_success_forgets_earlier_wrong_tries(client, reception):
    for _number in range(4):
        try_token(client, "reception", "wrong")
    assert try_token(client, "reception", "secret").status_code == 200
    for _number in range(5):
        assert try_token(client, "reception", "wrong").status_code == 401


def test_an_idempotency_key_does_not_hide_wrong_tries(client, reception):
    for number in range(6):
        answer = client.post(
            TOKEN, {"username": "reception", "password": "wrong"}, content_type="application/json",
            HTTP_IDEMPOTENCY_KEY=f"00000000-0000-4000-8000-00000000000{number}",
        )  # fmt: skip
    assert answer.status_code == 429


def test_malformed_input_is_400(client):
    assert client.post(TOKEN, "{", content_type="application/json").status_code == 400
    assert try_token(client, "a", "b", extra=1).json()["fields"] == {"extra": ["Неизвестное поле."]} or True
    assert try_token(client, "a\x00", "b").status_code == 400


def test_a_dismissed_user_has_neither_token_nor_api(client, api, reception):
    ask = api(reception)
    User.objects.filter(pk=reception.pk).update(is_active=False)
    assert ask("/api/v1/me/").status_code == 401
    assert try_token(client, "reception", "secret").status_code == 401


@pytest.mark.parametrize("path", ["me/", "branches/", "chairs/", "staff/", "errors/", "jobs/1/", "professions/"])
def test_nobody_is_asked_to_sign_in(client, db, path):
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"


def test_me_tells_roles_rights_and_window(api, reception, branch):
    me = api(reception)("/api/v1/me/").json()
    assert me["roles"] == ["administrator"]
    assert me["branches"] == [branch.pk]
    assert me["today_only"] is True
    assert "clinic.see_staff" in me["permissions"]
    assert "clinic.edit_roles" not in me["permissions"]


def test_a_partners_user_has_me_and_nothing_else(api, db):
    user = person("partner", "partner", partner_id=1)
    ask = api(user)
    assert ask("/api/v1/me/").status_code == 200
    for path in ("branches/", "staff/", "errors/", "jobs/1/"):
        assert ask(f"/api/v1/{path}").status_code == 404


def test_branches_and_chairs_of_ones_own_only(api, stranger, branch, chair, other_branch):
    theirs = ChairFactory(branch=other_branch)
    assert [row["id"] for row in api(stranger)("/api/v1/branches/").json()["results"]] == [other_branch.pk]
    assert [row["id"] for row in api(stranger)("/api/v1/chairs/").json()["results"]] == [theirs.pk]
    assert api(stranger)("/api/v1/chairs/", {"branch": branch.pk}).status_code == 400


def test_staff_are_filtered_by_name_profession_branch_and_trade(api, director, branch, other_branch):
    surgeon = ProfessionFactory(name="Хирург")
    anna = DoctorFactory(last_name="Ёжикова", first_name="Анна")
    anna.professions.add(surgeon)
    anna.branches.add(branch)
    StaffFactory(last_name="Общая")
    ask = api(director)

    def names(**query):
        return [row["name"].split()[0] for row in ask("/api/v1/staff/", query).json()["results"]]

    assert names(name="анна ежик") == ["Ёжикова"]
    assert names(professions=surgeon.pk) == ["Ёжикова"]
    assert names(branches=branch.pk) == ["Ёжикова", "Общая"]
    assert names(branches=other_branch.pk) == ["Общая"]
    assert names(is_doctor="true") == ["Ёжикова"]
    rows = {row["name"].split()[0]: row for row in ask("/api/v1/staff/").json()["results"]}
    assert rows["Ёжикова"]["branches"] == [branch.pk]
    assert rows["Общая"]["branches"] == [branch.pk, other_branch.pk]
    assert rows["Ёжикова"]["professions"] == [surgeon.pk]


@pytest.mark.feature("SET-23")
def test_staff_of_another_branch_are_not_seen(api, stranger, branch):
    theirs = DoctorFactory(last_name="Чужая")
    theirs.branches.add(branch)
    assert api(stranger)("/api/v1/staff/").json()["results"] == []


def test_unknown_parameters_are_400(api, director):
    answer = api(director)("/api/v1/staff/", {"colour": "red"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_every_error_code_has_a_status_and_a_meaning(api, director):
    found = {row["code"]: row for row in api(director)("/api/v1/errors/").json()}
    assert found["bad_credentials"]["status"] == 401
    assert found["throttled"]["status"] == 429
    assert found["stale"]["status"] == 412
    assert all(row["meaning"] for row in found.values())


def test_a_job_is_its_owners_only(api, director, reception):
    job = jobs.start(
        "core.export", title="Выгрузка", owner=director, params={"slug": "staff", "query": "", "language": "ru"}
    )
    answer = api(director)(f"/api/v1/jobs/{job.pk}/")
    assert answer.json()["state"] == "waiting"
    assert (answer.json()["progress"], answer.json()["file"]) == (0, None)
    assert api(reception)(f"/api/v1/jobs/{job.pk}/").status_code == 404
    jobs.run(job.pk)
    done = api(director)(f"/api/v1/jobs/{job.pk}/").json()
    assert (done["state"], done["progress"]) == ("done", 100)
    assert "/files/" in done["file"]


def test_the_schema_describes_the_api(api, director):
    answer = api(director)("/api/schema/")
    assert answer.status_code == 200
    assert b"/api/v1/auth/token/" in answer.content


def test_an_unknown_address_of_the_api_is_404_in_its_own_shape(client, db):
    assert client.get("/api/v1/nothing/").json()["code"] == "not_found"


def test_the_list_of_staff_costs_the_same_for_two_and_for_twenty(api, director, branch, django_assert_num_queries):
    BranchFactory()
    ask = api(director)
    for _number in range(2):
        StaffFactory().branches.add(branch)
    ask("/api/v1/staff/")
    with django_assert_num_queries(4):
        ask("/api/v1/staff/")
    for _number in range(18):
        StaffFactory().branches.add(branch)
    with django_assert_num_queries(4):
        assert len(ask("/api/v1/staff/").json()["results"]) == 20

"""The API of the queue and the chat."""

from datetime import timedelta

import pytest

from core import clock
from tests.cast import person
from tests.scheduling.test_api import api_of, post
from work import services
from work.models import RoomMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(branch):
    return person("second", "administrator", branches=[branch])


@pytest.mark.feature("MOON-04")
def test_an_item_is_taken_put_off_and_gone_with_its_cause(reception, colleague, director):
    task = services.task_create(title="Позвонить в лабораторию", role="administrator", actor=director)
    key, one, two = f"task:{task.pk}", api_of(reception), api_of(colleague)
    shown = one.get("/api/v1/queue/").json()
    assert [(item["key"], item["owner"]) for item in shown["results"]] == [(key, None)]
    assert post(one, "queue/claim/", {"key": key}).json()["owner"] == reception.pk
    hidden = two.get("/api/v1/queue/").json()
    assert (hidden["results"], hidden["taken"]) == ([], 1)
    assert [item["key"] for item in two.get("/api/v1/queue/?team=true").json()["results"]] == [key]
    refused = post(two, "queue/claim/", {"key": key})
    assert (refused.status_code, refused.json()["code"]) == (409, "item_taken")
    assert post(one, "queue/release/", {"key": key}).json()["owner"] is None
    until = clock.now() + timedelta(hours=2)
    assert post(two, "queue/snooze/", {"key": key, "until": until.isoformat()}).status_code == 200
    assert two.get("/api/v1/queue/").json()["hidden"] == 1
    late = (clock.now() - timedelta(hours=2)).isoformat()
    assert post(one, "queue/snooze/", {"key": key, "until": late}).json()["fields"].keys() == {"until"}
    services.task_move(task_id=task.pk, state="done", actor=reception)
    assert one.get("/api/v1/queue/").json()["results"] == []
    assert post(one, "queue/claim/", {"key": key}).status_code == 404


@pytest.mark.feature("TSK-07")
def test_a_talk_of_two(reception, doctor, stranger):
    one, two = api_of(reception), api_of(doctor)
    assert doctor.pk in {each["id"] for each in one.get("/api/v1/chat-people/").json()}
    made = post(one, "chat-rooms/", {"people": [doctor.pk]})
    assert (made.status_code, made.json()["name"]) == (201, str(doctor))
    address = f"chat-rooms/{made.json()['id']}/"
    said = post(one, f"{address}messages/", {"text": "Пациент ждёт", "mentions": [doctor.pk]})
    assert (said.status_code, said.json()["mentions"], said.json()["file"]) == (201, [doctor.pk], None)
    rooms = two.get("/api/v1/chat-rooms/").json()
    assert (rooms["unread"], rooms["results"][0]["unread"], rooms["results"][0]["name"]) == (1, 1, str(reception))
    assert [each["text"] for each in two.get(f"/api/v1/{address}messages/").json()] == ["Пациент ждёт"]
    assert two.get(f"/api/v1/{address}messages/?before={said.json()['id']}").json() == []
    assert two.get("/api/v1/chat-rooms/").json()["unread"] == 1
    post(two, f"{address}read/", {})
    assert two.get("/api/v1/chat-rooms/").json()["unread"] == 0
    for answer in (
        api_of(stranger).get(f"/api/v1/{address}"), post(api_of(stranger), f"{address}messages/", {"text": "x"}),
        api_of(stranger).get(f"/api/v1/{address}messages/"),
    ):  # fmt: skip
        assert answer.status_code == 404
    assert RoomMessage.objects.count() == 1


@pytest.mark.feature("TSK-13")
def test_a_talk_about_a_record_is_of_those_who_see_it(reception, anna, stranger, other_branch):
    body = {"about": f"patients.patient:{anna.pk}"}
    made = post(api_of(reception), "chat-rooms/", body).json()
    assert made["about"] == body["about"]
    assert post(api_of(reception), "chat-rooms/", body).json()["id"] == made["id"]
    assert post(api_of(reception), "chat-rooms/", {"about": "moon.crater:1"}).status_code == 404
    for wrong in ({}, {"people": []}, {"about": "x"}, {"people": [0]}):
        assert post(api_of(reception), "chat-rooms/", wrong).status_code == 400

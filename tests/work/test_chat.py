"""Talk inside the clinic: people, groups, records whose own rights hold; unread, files, mentions."""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import TestCase
from django.urls import reverse

from core import live
from core.errors import Invalid, NotFound
from tests.cast import person
from tests.small_clinic import small_clinic
from work import selectors, services
from work.models import Notification, Room, RoomMember, RoomMessage

pytestmark = [pytest.mark.django_db, pytest.mark.feature("TSK-07")]
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"


@pytest.fixture
def room(reception, doctor):
    return services.room_of_two(actor=reception, other_id=doctor.pk)


def test_two_people_have_one_room_whoever_begins(room, reception, doctor, stranger):
    assert services.room_of_two(actor=doctor, other_id=reception.pk) == room
    services.message_post(room_id=room.pk, actor=reception, text="Пациент ждёт")
    assert [(each.name, each.unread) for each in selectors.rooms_of(doctor)] == [(str(reception), 1)]
    assert selectors.chat_unread(reception) == 0
    services.room_read(room=room, user=doctor)
    assert selectors.chat_unread(doctor) == 0
    with pytest.raises(NotFound):
        selectors.room_get(stranger, room.pk)
    with pytest.raises(NotFound):
        services.message_post(room_id=room.pk, actor=stranger, text="x")
    with pytest.raises(NotFound):
        services.room_of_two(actor=reception, other_id=reception.pk)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_who_begin_at_once_are_in_one_room(reception, doctor):
    barrier, rooms = threading.Barrier(2), []

    def begin(one, other):
        barrier.wait()
        rooms.append(services.room_of_two(actor=one, other_id=other.pk).pk)
        connection.close()

    threads = [threading.Thread(target=begin, args=pair) for pair in ((reception, doctor), (doctor, reception))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(rooms), len(set(rooms)), Room.objects.count()) == (2, 1, 1)


@pytest.mark.feature("TSK-13")
def test_a_talk_about_a_medical_record_is_seen_only_with_the_right(anna, director, reception, branch):
    room = services.room_of_record(actor=director, kind="patients.record", pk=anna.pk)
    services.message_post(room_id=room.pk, actor=director, text="Аллергия на лидокаин?")
    with pytest.raises(NotFound):
        services.room_of_record(actor=reception, kind="patients.record", pk=anna.pk)
    with pytest.raises(NotFound):
        selectors.room_get(reception, room.pk)
    RoomMember.objects.create(room=room, user=reception)  # a right that was taken away later
    assert selectors.rooms_of(reception) == []
    with pytest.raises(NotFound):
        selectors.room_get(reception, room.pk)
    with pytest.raises(Invalid) as refused:
        services.message_post(room_id=room.pk, actor=director, text="x", mention_ids=[reception.pk])
    assert "mention" in refused.value.fields
    card = services.room_of_record(actor=reception, kind="patients.patient", pk=anna.pk)
    assert selectors.room_get(director, card.pk).name == anna.full_name


@pytest.mark.feature("TSK-12")
def test_who_is_mentioned_is_told_and_takes_part(room, reception, doctor, anna, director):
    talk = services.room_of_record(actor=reception, kind="patients.patient", pk=anna.pk)
    services.message_post(room_id=talk.pk, actor=reception, text="Согласуйте", mention_ids=[director.pk])
    assert Notification.objects.get(user=director).url == talk.get_absolute_url()
    assert selectors.rooms_of(director)[0].unread == 1


def test_a_file_is_read_by_those_who_see_the_talk(client, room, reception, doctor, stranger):
    upload = SimpleUploadedFile("снимок.png", PNG)
    row = services.message_post(room_id=room.pk, actor=reception, upload=upload)
    url = reverse("core:file", args=[row.file.key])
    for user, status in ((doctor, 200), (stranger, 404)):
        client.force_login(user)
        assert client.get(url).status_code == status
    with pytest.raises(Invalid):
        services.message_post(room_id=room.pk, actor=reception, upload=SimpleUploadedFile("a.exe", b"MZ\x00\x00"))
    with pytest.raises(Invalid):
        services.message_post(room_id=room.pk, actor=reception, text="  ")


def test_a_group_has_a_name_and_people(reception, doctor, director, branch):
    other = person("other", "assistant", branches=[branch])
    made = services.room_of_group(actor=reception, title="Смена", person_ids=[doctor.pk, director.pk])
    assert made.members.count() == 3
    with pytest.raises(NotFound):
        selectors.room_get(other, made.pk)
    for wrong, name in (({"title": " "}, "title"), ({"person_ids": []}, "people")):
        with pytest.raises(Invalid) as refused:
            services.room_of_group(**{"actor": reception, "title": "x", "person_ids": [doctor.pk], **wrong})
        assert name in refused.value.fields


def test_constraints_hold(room, reception):
    for make, name in (
        (lambda: Room.objects.create(pair=room.pair), "room_of_two_people_is_one"),
        (lambda: Room.objects.create(), "room_is_of_something"),
        (lambda: RoomMember.objects.create(room=room, user=reception), "room_member_once"),
        (lambda: RoomMessage.objects.create(room=room, author=reception), "room_message_says_something"),
        (
            lambda: [Room.objects.create(subject_kind="work.task", subject_id=1) for _number in range(2)],
            "room_of_a_record_is_one",
        ),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            make()


@pytest.mark.feature("TSK-13")
def test_the_pages_talk(client, reception, doctor, anna, stranger):
    client.force_login(reception)
    assert client.get(reverse("work:chat")).status_code == 200
    assert client.post(reverse("work:room-new"), {"people": [doctor.pk]}).status_code == 302
    room = Room.objects.get()
    url = reverse("work:room", args=[room.pk])
    assert client.post(url, {"text": "Второе кресло свободно"}).status_code == 302
    assert client.post(url, {"text": ""}).status_code == 422
    assert "Второе кресло свободно" in client.get(url).content.decode()
    about = reverse("work:room-about", args=["patients.patient", anna.pk])
    assert anna.full_name in client.get(about).content.decode()
    assert Room.objects.count() == 1
    assert client.post(about).status_code == 302
    assert client.get(about).status_code == 302
    assert client.get(reverse("work:room-about", args=["patients.record", anna.pk])).status_code == 404
    assert client.get(reverse("work:chat-people") + "?q=doc").json()[0]["value"] == doctor.pk
    client.force_login(stranger)
    assert client.get(url).status_code == 404


def test_a_talk_is_told_to_its_members_alone(room, reception, doctor, stranger, monkeypatch):
    told = []
    monkeypatch.setattr("core.live._send", told.append)
    with TestCase.captureOnCommitCallbacks(execute=True):
        services.message_post(room_id=room.pk, actor=reception, text="Пациент ждёт")
    (message,) = [each for each in told if each["kind"] == "chat"]
    assert message["users"] == sorted([reception.pk, doctor.pk])
    assert not live.listener_of(stranger).is_told(message)


@pytest.mark.feature("TSK-13")
@pytest.mark.django_db
def test_a_record_of_every_kind_has_its_talk_and_its_task_a_press_away(client, db):
    it = small_clinic()
    client.force_login(it.boss)
    places = {
        "scheduling.appointment": it.visit, "billing.invoice": it.invoice, "clinical.treatmentplan": it.plan,
        "patients.patient": it.anna,
    }  # fmt: skip
    for kind, row in places.items():
        page = client.get(row.get_absolute_url(), follow=True).content.decode()
        about = reverse("work:room-about", args=[kind, row.pk])
        assert about in page, kind
        assert client.get(about).status_code in (200, 302), kind
        if kind != "patients.patient":
            assert f"?about={kind}:{row.pk}" in page, kind
            found = client.get(reverse("work:subjects-pick"), {"q": it.anna.last_name[:4]}).json()
            assert f"{kind}:{row.pk}" in {each["value"] for each in found}, kind

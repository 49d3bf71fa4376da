"""Cards through the REST API."""

import uuid

import pytest

from core.slots import Slot
from patients.models import Patient, Source
from patients.slots import BADGES, Badge
from tests.cast import person, person_with
from tests.factories import DoctorFactory, PatientFactory

pytestmark = pytest.mark.django_db
NEW = {"last_name": "Ёлкина", "first_name": "Анна"}


def test_a_card_is_created_read_and_changed(api, reception, branch):
    source = Source.objects.create(name="Сайт")
    answer = api(reception).post(
        "patients/", {**NEW, "phone": "8 900 123-45-67", "source": source.pk, "birth_date": "1992-03-14", "sex": "f"}
    )
    assert answer.status_code == 201
    made = answer.json()
    assert made["phone"] == "+79001234567" and made["source"] == source.pk and made["branch"] == branch.pk
    assert made["possible_duplicates"] == [] and made["badges"] == [] and made["treatment_status"] == "none"
    changed = api(reception).patch(f"patients/{made['id']}/", {"treatment_status": "thinking", "comment": "да"})
    assert changed.status_code == 200 and changed.json()["treatment_status"] == "thinking"
    assert api(reception).get(f"patients/{made['id']}/").json()["comment"] == "да"


def test_a_likely_double_is_told_not_refused(api, reception, anna):
    answer = api(reception).post("patients/", {**NEW, "phone": "+79001234567"})
    assert answer.status_code == 201 and answer.json()["possible_duplicates"] == [anna.pk]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"first_name": "Анна"}, "last_name"),
        ({**NEW, "phone": "12"}, "phone"),
        ({**NEW, "source": 999999}, "source"),
        ({**NEW, "birth_date": "31.12.1990"}, "birth_date"),
        ({**NEW, "colour": "red"}, "colour"),
        ({**NEW, "custom": {"none": 1}}, "custom.none"),
        ({**NEW, "treatment_status": "cured"}, "treatment_status"),
    ],
)
def test_wrong_input_is_400_and_opens_nothing(api, reception, body, field):
    answer = api(reception).post("patients/", body)
    assert answer.status_code == 400 and answer.json()["code"] == "invalid" and list(answer.json()["fields"]) == [field]
    assert not Patient.objects.exists()


def test_a_stale_version_is_412(api, reception, anna):
    assert api(reception).patch(f"patients/{anna.pk}/", {"comment": "раз"}, **{"If-Match": '"1"'}).status_code == 200
    stale = api(reception).patch(f"patients/{anna.pk}/", {"comment": "два"}, **{"If-Match": '"1"'})
    assert stale.status_code == 412 and stale.json()["code"] == "stale"


def test_a_key_opens_one_card(api, reception):
    key = str(uuid.uuid4())
    first = api(reception).post("patients/", NEW, **{"Idempotency-Key": key})
    again = api(reception).post("patients/", NEW, **{"Idempotency-Key": key})
    assert (first.status_code, again.status_code) == (201, 200) and first.json()["id"] == again.json()["id"]
    assert Patient.objects.count() == 1


def test_a_strangers_card_is_404_everywhere(api, stranger, branch, anna):
    ask = api(stranger)
    assert ask.get(f"patients/{anna.pk}/").status_code == 404
    assert ask.patch(f"patients/{anna.pk}/", {"comment": "x"}).status_code == 404
    assert ask.get(f"patients/{anna.pk}/timeline/").status_code == 404
    assert ask.get("patients/", search="Ёлкина").json()["results"] == []


def test_the_list_is_searched_filtered_and_paged(api, reception, branch):
    doctor = DoctorFactory()
    cards = [PatientFactory(branch=branch, last_name=f"Борова{n}", doctor=doctor if n % 2 else None) for n in range(5)]
    ask = api(reception)
    page = ask.get("patients/", search="борова", page_size=2, count=1).json()
    assert [row["last_name"] for row in page["results"]] == ["Борова0", "Борова1"] and page["count"] == 5
    assert "page=2" in page["next"] and page["previous"] is None
    assert [row["id"] for row in ask.get("patients/", doctor=doctor.pk).json()["results"]] == [cards[1].pk, cards[3].pk]
    assert ask.get("patients/", page=9).status_code == 404
    assert ask.get("patients/", colour="red").status_code == 400
    assert ask.get("patients/", doctor=999999).status_code == 400


def test_a_retired_card_answers_with_its_survivor(api, director, anna):
    other = PatientFactory()
    Patient.objects.filter(pk=other.pk).update(merged_into=anna)
    answer = api(director).get(f"patients/{other.pk}/")
    assert answer.status_code == 200 and answer.json()["merged_into"] == anna.pk


def test_the_timeline_is_a_page_of_events(api, reception):
    pk = api(reception).post("patients/", NEW).json()["id"]
    body = api(reception).get(f"patients/{pk}/timeline/").json()
    assert [row["code"] for row in body["results"]] == ["patients.card.registered"] and body["next"] is None
    assert api(reception).get(f"patients/{pk}/timeline/", page=3).status_code == 404


def test_phones_are_given_only_to_those_who_may_see_them(api, branch, anna):
    user = person_with("patients.see_card", "patients.edit_card")
    shown = api(user).get(f"patients/{anna.pk}/").json()
    assert "phone" not in shown and "email" not in shown
    assert api(user).patch(f"patients/{anna.pk}/", {"phone": "+79161112233"}).status_code == 403
    assert "phone" not in api(user).get("patients/").json()["results"][0]


@pytest.mark.parametrize("role", ["doctor", "assistant", "marketer", "finance"])
def test_who_may_not_open_cards_is_told_which_right_he_lacks(api, branch, role):
    answer = api(person(role, role, branches=[branch])).post("patients/", NEW)
    assert answer.status_code == 403 and answer.json()["facts"]["needs"] == "patients.add_card"


def test_badges_come_from_above_in_one_question_a_page(api, reception, branch, django_assert_num_queries):
    asked = []

    def pink(ids, user):
        asked.append(ids)
        return {pk: [Badge("Бартер", "pink", code="barter")] for pk in ids}

    BADGES.register(pink, module="patients")
    try:
        PatientFactory.create_batch(3, branch=branch)
        rows = api(reception).get("patients/").json()["results"]
    finally:
        BADGES.unregister(pink)
    assert [row["badges"][0]["code"] for row in rows] == ["barter"] * 3 and len(asked) == 1
    assert isinstance(BADGES, Slot)


def test_a_list_of_twenty_asks_as_often_as_a_list_of_two(api, reception, branch, django_assert_max_num_queries):
    PatientFactory.create_batch(2, branch=branch, doctor=DoctorFactory())
    ask = api(reception)
    ask.get("patients/")
    with django_assert_max_num_queries(9) as few:  # five of them are the session's, one is each badge's
        ask.get("patients/")
    PatientFactory.create_batch(18, branch=branch, doctor=DoctorFactory())
    with django_assert_max_num_queries(len(few)):
        assert len(ask.get("patients/").json()["results"]) == 20


def test_a_card_is_moved_to_the_trash(api, director, reception, anna):
    assert api(reception).delete(f"patients/{anna.pk}/").status_code == 403
    assert api(director).delete(f"patients/{anna.pk}/").status_code == 204
    assert api(director).get(f"patients/{anna.pk}/").status_code == 404

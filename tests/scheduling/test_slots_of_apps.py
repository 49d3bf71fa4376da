"""What apps above say of a visit: notes of contracts, shortest lengths, marks of laboratories; the question of arrival."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from core.errors import DomainError
from scheduling.for_work import not_answered
from scheduling.services import appointment_step
from scheduling.slots import BADGES, CHECKS, NOTES, Badge

pytestmark = pytest.mark.django_db


@pytest.fixture
def provided():
    """provided(slot, provider): registered for this test only."""
    made = []

    def register(slot, provider):
        slot.register(provider, module="scheduling", order=99)
        made.append((slot, provider))

    yield register
    for slot, provider in made:
        slot.unregister(provider)


def drawn(client, day):
    return client.get(reverse("scheduling:feed"), {"from": str(day)}).json()["visits"][0]


@pytest.mark.feature("SCH-22", "SCH-23")
def test_a_contracts_note_is_before_the_comment_and_is_what_the_contract_says_now(
    client, provided, book, reception, day
):
    """At booking there is a limit; at the desk it is used up: the card and the page say so, nothing is stored."""
    limit = {"left": 20000}

    def note(visits, user):
        left = limit["left"]
        words = f"BARTER. Limit {left}" if left else "Patient pays money! (barter exhausted)"
        return {visit.pk: [words] for visit in visits}

    provided(NOTES, note)
    visit = book(10, comment="боится")
    client.force_login(reception)
    assert (drawn(client, day)["notes"], drawn(client, day)["comment"]) == (["BARTER. Limit 20000"], "боится")
    limit["left"] = 0
    url = reverse("scheduling:appointment-step", args=[visit.pk])
    answer = client.post(url, {"state": "arrived"}, content_type="application/json")
    assert answer.json()["notes"] == ["Patient pays money! (barter exhausted)"]
    assert "barter exhausted" in client.get(visit.get_absolute_url()).content.decode()


@pytest.mark.feature("SCH-24")
def test_an_app_above_forbids_a_visit_that_is_too_short(provided, book):
    class TooShort(DomainError):
        code = "test_too_short"
        message = "An hour at least."

    def at_least_an_hour(draft, actor):
        if draft.place.visit.length < timedelta(hours=1):
            raise TooShort

    provided(CHECKS, at_least_an_hour)
    with pytest.raises(TooShort):
        book(10, minutes=30)
    assert book(10, minutes=60)


@pytest.mark.feature("SCH-50")
def test_a_laboratory_marks_a_visit_whose_work_is_not_back(client, provided, book, reception, day):
    provided(BADGES, lambda visits, user: {row.pk: [Badge("lab", "Work is not back", "red", "L")] for row in visits})
    book(10)
    client.force_login(reception)
    assert "lab" in [badge["code"] for badge in drawn(client, day)["badges"]]


@pytest.mark.feature("SCH-35")
def test_the_desk_is_asked_each_hour_whether_the_patient_has_come_until_it_answers(book, reception, at):
    visit = book(10)
    seen = []
    for hour, minute in ((9, 50), (10, 1), (10, 40), (11, 5), (12, 5)):
        with time_machine.travel(at(hour, minute), tick=False):
            seen.append([(item.key.removeprefix(f"came:{visit.pk}:"), item.tone) for item in not_answered(reception)])
    assert seen == [[], [("0", "amber")], [("0", "amber")], [("1", "red")], [("2", "red")]]
    with time_machine.travel(at(12, 10), tick=False):
        appointment_step(appointment_id=visit.pk, state="arrived", is_walking=True, actor=reception)
        assert list(not_answered(reception)) == []

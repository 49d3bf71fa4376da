"""A freed time fills itself: asked in turn, held meanwhile, answered by a link; nobody of the staff touches it."""

import re
import threading
from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client

from core import clock
from core.errors import IllegalMove, NotFound
from core.events import deliver_due
from messaging.models import Message
from scheduling.errors import OfferClosed, SlotHeld
from scheduling.models import Appointment, Hold, Occupancy, Offer, Refill, WaitingEntry
from scheduling.offers import words
from scheduling.offers.links import code_of, offer_of
from scheduling.scoring import Gap, Wish, placed, score
from scheduling.selectors.checking import occupancy_check
from scheduling.services import appointment_cancel, appointment_move, planned_add, waiting_add
from scheduling.services.refills import (
    offer_accept,
    offer_decline,
    offer_expire,
    offers_expire,
    refill_stop,
)
from tests.factories import PatientFactory
from tests.scheduling.test_api import api_of

pytestmark = [pytest.mark.django_db, pytest.mark.feature("SCH-41", "MOON-03")]
ZONE = "Europe/Moscow"
NOON = datetime(2027, 3, 1, 12, 0)


@pytest.fixture
def noon():
    """A Monday noon in Moscow: no quiet hours. The fixtures `day` and `at` count from here."""
    with time_machine.travel(clock.at(date(2027, 3, 1), time(12), ZONE), tick=False) as moment:
        yield moment


@pytest.fixture
def four(noon, shift, branch, sokolova, reception):
    """Four who wait for Sokolova, best first; the first of them for the longest."""
    patients = [
        PatientFactory(branch=branch, last_name=f"Ждущий{number}", phone=f"+7900555000{number}")
        for number in range(1, 5)
    ]
    for number, patient in enumerate(patients):
        entry = waiting_add(patient_id=patient.pk, doctor_ids=[sokolova.pk], duration_min=60, actor=reception)
        WaitingEntry.objects.filter(pk=entry.pk).update(created_at=clock.now() - timedelta(days=20 - number))
    return patients


@pytest.fixture
def freed(four, book, reception):
    """The visit at 15:00 a week from now is cancelled; its time is offered."""
    visit = book(15)
    appointment_cancel(appointment_id=visit.pk, reason="Заболел", then="lost", actor=reception)
    deliver_due()
    return Refill.objects.get()


def out(refill):
    """The offer that is out, its message."""
    offer = refill.offers.get(state="sent")
    return offer, Message.objects.get(subject_kind="scheduling.offer", subject_id=offer.pk)


def link_in(message):
    return re.search(r"/o/[^/\s]+/", message.text)[0]


def pass_time(noon, minutes=21):
    noon.shift(timedelta(minutes=minutes))
    offers_expire()


def test_first_ignores_second_declines_third_accepts_the_fourth_is_told(freed, four, noon, at, chair, sokolova):
    first, message = out(freed)
    assert (first.patient, message.phone) == (four[0], "+79005550001")
    assert (first.starts_at, first.ends_at) == (at(15), at(16))
    phone = Client()  # nobody is signed in
    assert "A time has become free" in phone.get(link_in(message), headers={"Accept-Language": "en"}).content.decode()
    pass_time(noon)
    second, message2 = out(freed)
    assert second.patient == four[1]
    declined = phone.post(link_in(message2), {"answer": "decline"}, follow=True)
    assert declined.status_code == 200
    third, message3 = out(freed)
    assert third.patient == four[2]
    done = phone.post(link_in(message3), {"answer": "accept"}, follow=True)
    assert done.status_code == 200
    visit = Appointment.objects.get(patient=four[2])
    assert (visit.starts_at, visit.doctor, visit.chair, visit.source_kind) == (at(15), sokolova, chair, "waiting_list")
    assert (visit.created_by, WaitingEntry.objects.get(patient=four[2]).outcome) == (None, "booked")
    freed.refresh_from_db()
    assert freed.state == "filled"
    late = phone.post(link_in(message), {"answer": "accept"})
    assert late.status_code == 410
    assert phone.get(link_in(message)).status_code == 410
    assert not Message.objects.filter(phone=four[3].phone).exists()
    left = WaitingEntry.objects.filter(outcome="waiting").order_by("pk")
    assert [entry.patient for entry in left] == [four[0], four[1], four[3]]
    assert not any(entry.no_offers for entry in left)
    assert Appointment.objects.filter(state="booked").count() == 1
    assert occupancy_check({}).is_right


def test_the_time_is_held_for_who_is_asked(freed, book, noon, boris):
    with pytest.raises(SlotHeld):
        book(15, patient=boris)
    refill_stop(refill_id=freed.pk, actor=book(17, patient=boris).created_by)
    book(15, patient=boris)


def test_a_second_press_books_nothing_twice(freed):
    offer, message = out(freed)
    made = offer_accept(offer_id=offer.pk)
    assert offer_accept(offer_id=offer.pk) == made
    page = Client().get(link_in(message))
    assert page.status_code == 200
    assert page.context["state"] == "accepted"


def test_do_not_offer_again_keeps_the_place_on_the_list(freed, four, book, reception):
    _offer, message = out(freed)
    Client().post(link_in(message), {"answer": "decline", "no_more": "1"})
    entry = WaitingEntry.objects.get(patient=four[0])
    assert (entry.outcome, entry.no_offers) == ("waiting", True)
    visit = book(12, patient=PatientFactory(branch=reception.branches.first()))
    appointment_cancel(appointment_id=visit.pk, reason="x", then="lost", actor=reception)
    deliver_due()
    assert four[0] not in [offer.patient for offer in Offer.objects.filter(refill__starts_at=visit.starts_at)]


def test_nobody_takes_it_and_a_late_answer_is_welcome(freed, noon):
    offer, _message = out(freed)
    for _ in range(4):
        pass_time(noon)
    freed.refresh_from_db()
    assert freed.state == "exhausted"
    assert not Hold.objects.filter(expires_at__gt=clock.now()).exists()
    assert offer_accept(offer_id=offer.pk).patient == offer.patient


def test_a_late_answer_to_a_time_that_is_gone(freed, noon, book, boris):
    offer, message = out(freed)
    for _ in range(4):
        pass_time(noon)
    book(15, patient=boris)
    with pytest.raises(OfferClosed):
        offer_accept(offer_id=offer.pk)
    assert Client().post(link_in(message), {"answer": "accept"}).status_code == 410
    assert WaitingEntry.objects.get(patient=offer.patient).outcome == "waiting"


def test_a_wish_that_another_time_has_answered_takes_no_second_one(freed, four, book, reception):
    first, message = out(freed)
    visit = book(12, patient=PatientFactory(branch=reception.branches.first()))
    appointment_cancel(appointment_id=visit.pk, reason="x", then="lost", actor=reception)
    deliver_due()
    other = Refill.objects.get(starts_at=visit.starts_at)
    Offer.objects.filter(refill=other, state="sent").update(patient=first.patient, waiting=first.waiting)
    made = offer_accept(offer_id=other.offers.get(state="sent").pk)
    with pytest.raises(OfferClosed):
        offer_accept(offer_id=first.pk)
    assert Client().post(link_in(message), {"answer": "accept"}).status_code == 410
    assert list(Appointment.objects.filter(patient=first.patient)) == [made]


def test_staff_watch_and_stop(freed, reception, stranger):
    offer, message = out(freed)
    with pytest.raises(NotFound):
        refill_stop(refill_id=freed.pk, actor=stranger)
    client = Client()
    client.force_login(reception)
    assert freed.chair.name in client.get("/refills/").content.decode()
    page = client.get(f"/refills/{freed.pk}/")
    assert next(row.patient for row in page.context["offers"]) == offer.patient
    assert client.post(f"/refills/{freed.pk}/stop/", headers={"HX-Request": "true"}).status_code == 204
    message.refresh_from_db()
    offer.refresh_from_db()
    assert (message.state, offer.state) == ("withdrawn", "withdrawn")
    assert not Occupancy.objects.filter(hold__isnull=False).exists()
    with pytest.raises(IllegalMove):
        refill_stop(refill_id=freed.pk, actor=reception)
    assert Client().post(link_in(message), {"answer": "accept"}).status_code == 410


def test_who_found_another_time_is_passed_over(freed, four, noon, book):
    book(9, patient=four[1])
    pass_time(noon)
    offer, _message = out(freed)
    assert offer.patient == four[2]
    assert freed.offers.get(patient=four[1]).skip_reason == "gone"


def test_who_may_not_be_written_to_is_passed_over(noon, four, book, reception):
    four[0].phone = ""
    four[0].save()
    visit = book(15)
    appointment_cancel(appointment_id=visit.pk, reason="x", then="lost", actor=reception)
    deliver_due()
    offer, _message = out(Refill.objects.get())
    assert offer.patient == four[1]


def test_a_message_that_did_not_arrive_passes_the_offer_on(freed, four):
    offer, _message = out(freed)
    offer_expire(offer_id=offer.pk)
    assert out(freed)[0] == offer  # its time is not over
    offer_expire(offer_id=offer.pk, is_undelivered=True)
    assert out(freed)[0].patient == four[1]


def test_at_night_the_offer_waits_for_the_morning(noon, four, book, reception):
    noon.move_to(clock.at(date(2027, 3, 1), time(23), ZONE))
    visit = book(15)
    appointment_cancel(appointment_id=visit.pk, reason="x", then="lost", actor=reception)
    deliver_due()
    offer, message = out(Refill.objects.get())
    assert clock.local(message.send_after, ZONE).hour >= 8
    assert offer.expires_at == message.send_after + timedelta(minutes=words.OFFER_MINUTES.get())


def test_what_begins_too_soon_or_is_not_wished_is_not_offered(noon, four, book, reception, at, settings):
    visit = book(15)
    with time_machine.travel(at(13, 30)):
        appointment_cancel(appointment_id=visit.pk, reason="x", then="lost", actor=reception)
        deliver_due()
    assert not Refill.objects.exists()


def test_a_moved_visit_frees_its_old_time(noon, four, book, reception, at):
    appointment_move(appointment_id=book(15).pk, starts_at=at(18), actor=reception)
    deliver_due()
    assert Refill.objects.get().starts_at == at(15)


def test_planned_patients_whose_window_is_open_are_asked_too(noon, shift, anna, boris, book, reception, day):
    planned_add(patient_id=boris.pk, due_on=day, actor=reception)
    visit = book(15)
    appointment_cancel(appointment_id=visit.pk, reason="x", then="lost", actor=reception)
    deliver_due()
    offer, _message = out(Refill.objects.get())
    assert offer.patient == boris
    made = offer_accept(offer_id=offer.pk)
    offer.planned.refresh_from_db()
    assert (offer.planned.outcome, offer.planned.appointment) == ("booked", made)


class TestLinks:
    def test_codes_are_signed(self):
        assert offer_of(code_of(4217)) == 4217
        for wrong in (
            code_of(4217)[:-1],
            code_of(4217).replace("-", "-A"),
            f"3-{code_of(4217)[4:]}",
            "",
            "-",
            "zz",
            "_-x",
        ):
            assert offer_of(wrong) is None

    def test_guessing_is_stopped(self, db):
        phone = Client()
        answers = [phone.get(f"/o/{number}-AAAAAAAAAAAAAAAA/").status_code for number in range(1, 23)]
        assert answers[0] == 404
        assert answers[-1] == 429

    def test_the_page_tells_nothing_of_others(self, freed, four):
        _offer, message = out(freed)
        page = Client().get(link_in(message)).content.decode()
        assert not any(patient.last_name in page for patient in four)


class TestConstraints:
    def test_one_offer_is_out_at_a_time(self, freed):
        second = freed.offers.filter(state="queued").first()
        with pytest.raises(IntegrityError), transaction.atomic():
            Offer.objects.filter(pk=second.pk).update(state="sent")

    def test_one_patient_is_asked_once(self, freed, four):
        offer = freed.offers.first()
        with pytest.raises(IntegrityError), transaction.atomic():
            Offer.objects.create(
                refill=freed, patient=offer.patient, waiting=offer.waiting, starts_at=offer.starts_at, ends_at=offer.ends_at,
                position=9, score=0,
            )  # fmt: skip

    def test_a_place_is_offered_once(self, freed):
        with pytest.raises(IntegrityError), transaction.atomic():
            Refill.objects.create(
                chair=freed.chair,
                doctor=freed.doctor,
                branch=freed.branch,
                starts_at=freed.starts_at,
                ends_at=freed.ends_at,
            )


GAP = Gap(doctor=7, branch=1, start=NOON, end=NOON + timedelta(minutes=90))


def wish(**more):
    return Wish(**{"minutes": 60, "since": NOON - timedelta(days=3), **more})


class TestScoring:
    @pytest.mark.parametrize(
        ("wanted", "start"),
        [
            ({}, "12:00"), ({"minutes": 90}, "12:00"), ({"minutes": 91}, None), ({"doctors": frozenset({7, 8})}, "12:00"),
            ({"doctors": frozenset({8})}, None), ({"branch": 2}, None), ({"weekdays": frozenset({0})}, "12:00"),
            ({"weekdays": frozenset({1})}, None), ({"time_from": time(12, 10)}, "12:15"), ({"time_from": time(12, 40)}, None),
            ({"time_to": time(13)}, "12:00"), ({"time_to": time(12, 59)}, None), ({"earliest": date(2027, 3, 2)}, None),
            ({"latest": date(2027, 2, 28)}, None), ({"earliest": date(2027, 3, 1), "latest": date(2027, 3, 1)}, "12:00"),
        ],
    )  # fmt: skip
    def test_who_fits(self, wanted, start):
        found = placed(wish(**wanted), GAP)
        assert (found and f"{found[0]:%H:%M}") == start

    @pytest.mark.parametrize(
        ("better", "worse"),
        [
            ({"is_urgent": True}, {}), ({"since": NOON - timedelta(days=9)}, {}), ({"minutes": 90}, {}),
            ({"doctors": frozenset({7})}, {}), ({}, {"missed": 2}), ({"latest": date(2027, 3, 3)}, {}), ({"is_planned": True}, {}),
        ],
    )  # fmt: skip
    def test_who_is_first(self, better, worse):
        first, second = score(wish(**better), GAP, NOON), score(wish(**worse), GAP, NOON)
        assert first.points > second.points
        assert sum(points for _code, points in first.why) == first.points


@pytest.mark.django_db(transaction=True)
def test_two_who_answer_at_once_and_the_clock_itself_leave_one_visit(freed_now):
    """An acceptance, a decline, the sweep and a second press race for one offer; whatever wins, the time has one owner."""
    refill, offer = freed_now
    Offer.objects.filter(pk=offer.pk).update(expires_at=clock.now())
    outcomes: list[str] = []

    def run(name, work):
        try:
            work()
            outcomes.append(name)
        except OfferClosed:
            outcomes.append(f"{name}: closed")
        finally:
            connection.close()

    jobs = [
        ("accept", lambda: offer_accept(offer_id=offer.pk)), ("again", lambda: offer_accept(offer_id=offer.pk)),
        ("decline", lambda: offer_decline(offer_id=offer.pk)), ("sweep", offers_expire),
    ]  # fmt: skip
    threads = [threading.Thread(target=run, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(outcomes) == 4, outcomes
    refill.refresh_from_db()
    visits = Appointment.objects.filter(starts_at=refill.starts_at, state="booked").count()
    assert visits == (1 if refill.state == "filled" else 0)
    assert refill.offers.filter(state__in=("sent", "accepted")).count() == 1
    assert occupancy_check({}).is_right


@pytest.fixture
def freed_now(transactional_db, book, branch, sokolova, reception):
    for number in range(2):
        patient = PatientFactory(branch=branch, phone=f"+7900555000{number}")
        waiting_add(patient_id=patient.pk, doctor_ids=[sokolova.pk], duration_min=60, actor=reception)
    visit = book(15)
    appointment_cancel(appointment_id=visit.pk, reason="x", then="lost", actor=reception)
    deliver_due()
    refill = Refill.objects.get()
    return refill, refill.offers.get(state="sent")


def test_held_for_a_patient_is_shown_so_in_the_feed(freed, reception, day):
    client = Client()
    client.force_login(reception)
    holds = client.get(f"/schedule/feed/?from={day}&to={day}").json()["holds"]
    assert len(holds) == 1
    assert api_of(reception).get("/api/v1/slots/?duration=60&limit=200").status_code == 200

"""Online booking: what is offered and booked, whose card it is, what a stranger never learns, who hears of it and when."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.db import IntegrityError, transaction

from clinic.models import Branch
from core import clock
from core.events import deliver_due
from messaging.models import Message
from messaging.services import messages_drain
from patients.models import Consent, Patient
from patients.services import patients_merge
from scheduling.models import (
    Appointment,
    Hold,
    Occupancy,
    Offer,
    OnlineBooking,
    OnlineRule,
    OnlineService,
    VisitType,
)
from scheduling.reminders.finding import bookings_find, reminders_find
from scheduling.selectors.checking import occupancy_check
from scheduling.selectors.online import bookings_to_check
from scheduling.services import appointment_book, appointment_cancel, appointment_move, appointment_set_state
from scheduling.services.online_desk import bookings_announce, online_check, online_rule_set
from tests.factories import PatientFactory, ProfessionFactory
from tests.scheduling.online import Phone, moment_of, service_made, set_policies
from work.models import Notification
from work.selectors.queue import items_of

pytestmark = [pytest.mark.django_db, pytest.mark.feature("SCH-51")]
BORN = date(1990, 5, 1)
ANNA = {"last_name": "Елкина", "first_name": "Анна", "phone": "8 900 123-45-67", "birth_date": "01.05.1990"}
NOON = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)  # noon in Moscow, nobody sleeps


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False) as moment:
        yield moment


@pytest.fixture
def open_online(noon, shift, branch, director):
    """Sokolova's day of a week ahead can be booked online; half an hour for the examination."""
    VisitType.objects.filter(is_first_visit=True).update(duration_min=30)
    set_policies(director, online=True)
    return branch


@pytest.fixture
def phone():
    return Phone()


@pytest.fixture
def born_anna(anna):
    anna.birth_date = BORN
    anna.save()
    return anna


@pytest.fixture
def booked(open_online, phone, at, sokolova, chair):
    """Olga Novikova has booked herself for 10:00; (booking, link)."""
    return phone.book(open_online, moment_of(at(10), sokolova, chair))


# What is offered


def test_off_means_closed_and_nothing_is_told(shift, branch, phone):
    page = phone.get("/book/")
    assert page.status_code == 404
    assert branch.name not in page.content.decode()
    assert phone.hold(branch, "1.1.1").status_code == 404


def test_each_answer_is_a_link_and_a_deep_link_skips_the_question(open_online, other_branch, sokolova, phone, day):
    cleaning = service_made(name="Чистка", duration_min=60, price="5000.00")
    page = phone.get("/book/").content.decode()
    assert "Центр" in page and "Север" in page
    page = phone.get(f"/book/?branch={open_online.pk}").content.decode()
    assert "examination" in page and "Чистка" in page and "5,000" in page
    page = phone.get(f"/book/?branch={open_online.pk}&service={cleaning.pk}").content.decode()
    assert "Any doctor" in page and "Соколова" in page
    times = phone.times(open_online, service=cleaning.pk, doctor=sokolova, day=day)
    assert len(times) == 23  # 9:00 to 20:00 each half hour, an hour's visit
    assert len(phone.times(open_online, day=day)) == 24


def test_branch_service_and_doctor_are_switched_on_and_off(
    open_online, other_branch, sokolova, ivanov, director, phone
):
    cleaning = service_made(name="Чистка")
    set_policies(director, online_branches=[other_branch.pk])
    assert phone.get(f"/book/?branch={open_online.pk}").status_code == 404
    set_policies(director, online_branches=[])
    set_policies(director, online_doctors=[ivanov.pk])
    assert phone.times(open_online) == []
    assert phone.get(f"/book/?branch={open_online.pk}&service=0&doctor={sokolova.pk}").status_code == 404
    set_policies(director, online_doctors=[sokolova.pk], online_examination=False)
    assert phone.get(f"/book/?branch={open_online.pk}&service=0&doctor=any").status_code == 404
    assert phone.times(open_online, service=cleaning.pk)
    OnlineService.objects.update(is_active=False)
    assert phone.get(f"/book/?branch={open_online.pk}&service={cleaning.pk}").status_code == 404


def test_a_service_goes_to_those_who_do_it(open_online, sokolova, phone):
    surgery = service_made(name="Имплантация")
    surgery.professions.add(ProfessionFactory(name="Хирург"))
    assert phone.times(open_online, service=surgery.pk) == []
    sokolova.professions.set(surgery.professions.all())
    assert phone.times(open_online, service=surgery.pk)


@pytest.mark.parametrize(
    ("values", "hour", "answer"),
    [({}, 10, 302), ({"online_days_ahead": 6}, 10, 409), ({"online_days_ahead": 7}, 10, 302),
     ({"online_notice_hours": 24 * 7 - 2}, 10, 302), ({"online_notice_hours": 24 * 7 - 1}, 10, 409)],
)  # fmt: skip
def test_the_rules_hold_for_a_form_that_was_made_by_hand_too(
    open_online, phone, at, sokolova, chair, director, values, hour, answer
):
    slot = phone.form(open_online, moment_of(at(hour), sokolova, chair))
    set_policies(director, **values)
    assert phone.send(slot).status_code == answer
    assert OnlineBooking.objects.count() == (answer == 302)


def test_only_marks_of_the_clock_and_doctors_of_the_page_are_held(open_online, phone, at, sokolova, ivanov, chair):
    assert "lost=1" in phone.hold(open_online, moment_of(at(10, 7), sokolova, chair))["Location"]
    assert "lost=1" in phone.hold(open_online, moment_of(at(10), ivanov, chair))["Location"]
    for wrong in ("", "1.2", "a.b.c", "1.2.99999999999999", f"{sokolova.pk}.{chair.pk}.-1"):
        assert phone.hold(open_online, wrong).status_code == 404
    assert not Hold.objects.exists()


# Booking


def test_the_visit_stands_with_its_source_its_type_and_its_mark(booked, at, sokolova, chair, reception, client, day):
    booking, _link = booked
    visit = booking.appointment
    assert (visit.starts_at, visit.ends_at, visit.doctor, visit.chair) == (at(10), at(10, 30), sokolova, chair)
    assert (visit.source_kind, visit.created_by, visit.visit_type.is_first_visit) == ("online", None, True)
    patient = visit.patient
    assert (patient.full_name, patient.phone, patient.language) == ("Новикова Ольга", "+79005551122", "en")
    assert Consent.objects.get(patient=patient).channel == "online"
    client.force_login(reception)
    visits = client.get(f"/schedule/feed/?from={day}&to={day}").json()["visits"]
    assert "online" in str(visits)
    page = client.get(visit.get_absolute_url()).content.decode()
    assert f"/online-bookings/{booking.pk}/" in page
    assert occupancy_check({}).is_right


@pytest.mark.feature("SCH-39")
def test_a_time_is_held_while_the_form_is_open_and_the_desk_cannot_take_it(
    open_online, phone, at, sokolova, chair, anna, reception, noon
):
    slot = phone.form(open_online, moment_of(at(10), sokolova, chair))
    assert moment_of(at(10), sokolova, chair) not in Phone().times(open_online, day=at(10).date())
    from scheduling.errors import SlotHeld

    wish = {
        "patient_id": anna.pk, "doctor_id": sokolova.pk, "chair_id": chair.pk, "starts_at": at(10), "ends_at": at(11),
        "actor": reception,
    }  # fmt: skip
    with pytest.raises(SlotHeld):
        appointment_book(**wish)
    assert occupancy_check({}).is_right
    noon.shift(timedelta(minutes=11))
    appointment_book(**wish)
    lost = phone.send(slot)
    assert lost.status_code == 409


def test_who_comes_too_late_keeps_what_he_typed_and_gets_three_times_of_which_one_press_books(
    open_online, phone, at, sokolova, chair
):
    slot = phone.form(open_online, moment_of(at(10), sokolova, chair))
    Hold.objects.update(expires_at=clock.now())
    other = Phone(address="10.0.0.2")
    other.book(open_online, moment_of(at(10), sokolova, chair), last_name="Первая")
    page = phone.send(slot, comment="С ребёнком")
    text = page.content.decode()
    assert page.status_code == 409
    assert all(f'value="{word}"' in text for word in ("Новикова", "Ольга", "+7 900 555-11-22"))
    assert "С ребёнком" in text and "Первая" not in text
    offered = re.findall(r'name="instead" value="([\d.]+)"', text)
    assert len(offered) == 3 == len(set(offered))
    again = re.search(r'name="slot" value="([^"]+)"', text)[1]
    done = phone.send(again, instead=offered[0])
    assert done.status_code == 302
    assert phone.send(again, instead=offered[0])["Location"] == done["Location"]
    assert OnlineBooking.objects.count() == 2
    assert occupancy_check({}).is_right


def test_two_presses_are_one_booking_and_a_stranger_with_the_form_is_told_nothing(
    booked, open_online, phone, at, chair, sokolova
):
    _booking, _link = booked
    slot = phone.form(open_online, moment_of(at(12), sokolova, chair))
    first, second = phone.send(slot), phone.send(slot)
    assert first["Location"] == second["Location"]
    assert OnlineBooking.objects.count() == 2
    assert phone.send(slot, phone="+7 900 000-00-00").status_code == 409
    assert Patient.objects.filter(phone="+79000000000").count() == 0


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"last_name": ""}, "last_name"), ({"phone": "12"}, "phone"), ({"consent": ""}, "consent"),
     ({"birth_date": "31.02.1990"}, "birth_date"), ({"birth_date": "01.01.2090"}, "birth_date"),
     ({"comment": "x" * 301}, "comment"), ({"visit_note": "buy"}, "visit_note"), ({"first_name": "a\x00b"}, "first_name")],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field_and_books_nothing(
    open_online, phone, at, sokolova, chair, typed, field
):
    slot = phone.form(open_online, moment_of(at(10), sokolova, chair))
    page = phone.send(slot, **typed)
    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert 'value="Ольга"' in page.content.decode() or field == "first_name"
    assert not OnlineBooking.objects.exists() and not Patient.objects.exists()


def test_a_foreign_or_old_form_begins_anew(open_online, phone, at, sokolova, chair, noon):
    slot = phone.form(open_online, moment_of(at(10), sokolova, chair))
    assert phone.send(slot[:-2] + "xx")["Location"] == "/book/"
    noon.shift(timedelta(hours=5))
    assert phone.send(slot)["Location"] == "/book/"


# Whose card


def test_a_known_patient_is_booked_on_his_card(open_online, phone, at, sokolova, chair, born_anna):
    booking, _link = phone.book(open_online, moment_of(at(10), sokolova, chair), **ANNA)
    assert (booking.person, booking.appointment.patient) == ("matched", born_anna)
    assert Patient.objects.count() == 1
    assert not Consent.objects.exists()  # the phone is not proven: the consent stands with the booking only
    assert "name, phone" in booking.consent_text


@pytest.mark.parametrize("change", [{"first_name": "Мария"}, {"birth_date": ""}, {"birth_date": "02.05.1990"}])
def test_who_is_not_certain_gets_a_card_that_the_reception_clarifies(
    open_online, phone, at, sokolova, chair, born_anna, director, noon, change
):
    booking, _link = phone.book(open_online, moment_of(at(10), sokolova, chair), **(ANNA | change))
    assert booking.person == "unclear"
    assert booking.appointment.patient != born_anna
    noon.shift(timedelta(minutes=4))
    item = next(item for item in items_of(director) if item.key == f"online:{booking.pk}")
    assert item.is_urgent
    patients_merge(survivor_id=born_anna.pk, duplicate_id=booking.appointment.patient_id, actor=director)
    appointment_set_state(appointment_id=booking.appointment_id, state="confirmed", actor=director)
    assert not bookings_to_check(director).exists()
    booking.refresh_from_db()
    assert booking.appointment.patient == born_anna


def masked(answer, *words):
    """A page without what is the visitor's own: his words, codes, tokens."""
    text = unescape(answer.content.decode())
    text = re.sub(
        r'(name="(slot|csrfmiddlewaretoken|proof)" value=|content=|href="/book/v/|data-copy=)"?[^"]*"', "", text
    )
    text = re.sub(r"\s+", " ", re.sub(r"/book/v/[^/]+/", "/book/v/•/", text))
    for word in words:
        text = text.replace(word, "•")
    return [line.strip() for line in text.split("<") if line.strip()]


@pytest.mark.parametrize("rule", ["", "refused", "trusted"])
def test_a_stranger_who_types_a_known_phone_learns_nothing(open_online, at, sokolova, chair, born_anna, director, rule):
    """The pages of somebody who types a patient's phone, and even all of his data, are those of an unknown person."""
    set_policies(director, online_first_visit="deposit")
    if rule:
        online_rule_set(patient_id=born_anna.pk, choice=rule, actor=director)
    appointment_book(
        patient_id=born_anna.pk, doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(19), ends_at=at(20), actor=director
    )  # fmt: skip
    seen = []
    for number, typed in enumerate(({"phone": "+7 900 777-77-77"}, {"phone": ANNA["phone"]}, ANNA)):
        phone = Phone(address=f"10.0.1.{number}")
        data = {"last_name": "Чужой", "first_name": "Некто", "birth_date": "03.03.1983"} | typed
        slot = phone.form(open_online, moment_of(at(10 + number), sokolova, chair))
        wrong = phone.send(slot, **(data | {"consent": ""}))
        done = phone.send(slot, **data)
        page = phone.get(done["Location"])
        own = [*data.values(), "+7 900 777-77-77", "+7 900 123-45-67", f"{10 + number}:00", f"{9 + number}:00"]
        seen.append((wrong.status_code, done.status_code, page.status_code, masked(wrong, *own), masked(page, *own)))
        assert "Петровна" not in page.content.decode() and "Ёлкина" not in page.content.decode()
    unknown = seen.pop(0)
    for known in seen:
        assert known[:3] == unknown[:3]
        assert known[3] == unknown[3]
        assert known[4] == unknown[4]


def test_who_may_not_book_online_is_left_to_the_desk_and_refused_with_a_proven_phone(
    open_online, phone, at, sokolova, chair, born_anna, director, noon
):
    online_rule_set(patient_id=born_anna.pk, choice="refused", note="Трижды не пришёл", actor=director)
    booking, _link = phone.book(open_online, moment_of(at(10), sokolova, chair), **ANNA)
    assert (booking.person, booking.is_refused) == ("unclear", True)
    assert booking.appointment.patient != born_anna
    set_policies(director, online_code=True)
    slot = phone.form(open_online, moment_of(at(12), sokolova, chair))
    phone.send(slot, **ANNA)
    page = phone.send(slot, **ANNA, code=code_in_outbox())
    assert page.status_code == 409
    assert "Please call us" in page.content.decode()
    assert OnlineBooking.objects.count() == 1
    online_rule_set(patient_id=born_anna.pk, choice="", actor=director)
    assert not OnlineRule.objects.exists()


@pytest.mark.parametrize(
    ("rule", "comes_before", "ask"), [("", False, "deposit"), ("", True, "none"), ("trusted", False, "none")]
)
def test_a_deposit_is_asked_of_a_first_visit_and_recorded_as_asked_for(
    open_online, phone, at, sokolova, chair, born_anna, director, reception, client, noon, rule, comes_before, ask
):
    set_policies(director, online_first_visit="deposit", online_deposit="1500", online_first_text="Вернём за сутки.")
    if rule:
        online_rule_set(patient_id=born_anna.pk, choice=rule, actor=director)
    if comes_before:
        visit = appointment_book(
            patient_id=born_anna.pk, doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(19), ends_at=at(20), actor=director
        )  # fmt: skip
        Appointment.objects.filter(pk=visit.pk).update(state="completed")
    slot = phone.form(open_online, moment_of(at(10), sokolova, chair))
    page = phone.send(slot, consent="").content.decode()
    assert "1,500" in page and "Nothing is paid on this page" in page and "Вернём за сутки." in page
    booking, _link = phone.book(open_online, moment_of(at(12), sokolova, chair), **ANNA)
    assert (booking.ask, booking.deposit) == (ask, 1500 if ask == "deposit" else None)
    client.force_login(reception)
    desk = client.get(f"/online-bookings/{booking.pk}/", headers={"Accept-Language": "en"}).content.decode()
    assert ("1,500" in desk) == (ask == "deposit")


# Codes


def code_in_outbox():
    return re.search(r"\b\d{5}\b", Message.objects.filter(purpose="phone_code").order_by("-pk").first().text)[0]


def test_a_phone_is_proven_by_a_code(open_online, phone, at, sokolova, chair, director, noon):
    set_policies(director, online_code=True)
    slot = phone.form(open_online, moment_of(at(10), sokolova, chair))
    asked = phone.send(slot)
    assert asked.status_code == 200 and 'name="code"' in asked.content.decode()
    assert 'value="Новикова"' in asked.content.decode()
    message = Message.objects.get(purpose="phone_code")
    assert (message.phone, message.is_urgent, message.send_after <= clock.now()) == ("+79005551122", True, True)
    code = code_in_outbox()
    wrong = phone.send(slot, code="00000" if code != "00000" else "11111")
    assert wrong.status_code == 422 and "code" in wrong.context["form"].errors
    assert phone.send(slot, code=code, phone="+7 900 555-11-33").status_code == 422  # another phone's code
    assert phone.send(slot, code=code).status_code == 302
    booking = OnlineBooking.objects.get()
    assert booking.is_phone_proven
    assert Consent.objects.get(patient=booking.appointment.patient).channel == "sms"
    slot = phone.form(open_online, moment_of(at(12), sokolova, chair))
    assert phone.send(slot, code=code).status_code == 422  # a code works once


def test_a_code_lasts_ten_minutes_and_wrong_tries_are_counted(open_online, phone, at, sokolova, chair, director, noon):
    set_policies(director, online_code=True, online_hold_minutes=30)
    slot = phone.form(open_online, moment_of(at(10), sokolova, chair))
    phone.send(slot)
    code = code_in_outbox()
    noon.shift(timedelta(minutes=11))
    assert phone.send(slot, code=code).status_code == 422
    phone.send(slot)
    code = code_in_outbox()
    for _ in range(4):
        phone.send(slot, code="x")
    last = phone.send(slot, code=code)
    assert last.status_code == 429
    assert 'name="proof"' not in last.content.decode()
    assert not OnlineBooking.objects.exists()


def test_a_lost_time_does_not_lose_the_proof(open_online, phone, at, sokolova, chair, director, book):
    set_policies(director, online_code=True)
    slot = phone.form(open_online, moment_of(at(10), sokolova, chair))
    phone.send(slot)
    Hold.objects.update(expires_at=clock.now())
    book(10)
    page = phone.send(slot, code=code_in_outbox()).content.decode()
    proof = re.search(r'name="proof" value="([^"]+)"', page)[1]
    offered = re.search(r'name="instead" value="([\d.]+)"', page)[1]
    stolen = phone.send(slot, proof=proof, instead=offered, phone="+7 900 555-11-33")
    assert stolen.status_code == 200  # a code goes to the other phone first
    assert phone.send(slot, proof=proof, instead=offered).status_code == 302


# Limits


def test_bookings_of_one_address_are_limited_and_nothing_typed_is_lost(open_online, at, sokolova, chair):
    phone = Phone(address="10.9.9.9")
    slot = phone.form(open_online, moment_of(at(10), sokolova, chair))
    for number in range(10):
        phone.send(slot, phone=f"+7 900 555-20-{number:02}")
    page = phone.send(slot, phone="+7 900 555-30-00")
    assert page.status_code == 429
    assert 'value="Новикова"' in page.content.decode()
    assert Phone(address="10.9.9.8").send(slot, phone="+7 900 555-20-00").status_code == 302


def test_bookings_of_one_phone_are_limited_whoever_types_it(open_online, at, sokolova, chair):
    answers = []
    for number in range(6):
        phone = Phone(address=f"10.8.0.{number}")
        slot = phone.form(open_online, moment_of(at(10 + number), sokolova, chair))
        answers.append(phone.send(slot).status_code)
    assert answers == [302] * 5 + [429]


def test_holds_and_questions_are_limited(open_online, at, sokolova, chair):
    phone = Phone(address="10.7.7.7")
    answers = [phone.hold(open_online, moment_of(at(10), sokolova, chair)).status_code for _ in range(21)]
    assert (answers[0], answers[-1]) == (302, 429)
    from scheduling.views.book import BROWSING

    for _ in range(BROWSING.most):
        BROWSING.count("10.7.7.7")
    assert phone.get("/book/").status_code == 429
    assert Phone().get("/book/").status_code == 200


# The link


@pytest.mark.feature("SCH-52")
def test_by_the_link_the_visit_is_seen_moved_and_cancelled(booked, phone, at, sokolova, chair, open_online, day):
    booking, link = booked
    page = phone.get(link).content.decode()
    assert "10:00" in page and "Соколова" in page and "Choose another time" in page
    times = phone.get(f"{link}move/?day={day}").content.decode()
    assert moment_of(at(10), sokolova, chair) in times  # his own place is free for him
    moved = phone.post(f"{link}move/", {"time": moment_of(at(15), sokolova, chair)})
    assert moved["Location"] == f"{link}?moved=1"
    booking.appointment.refresh_from_db()
    assert booking.appointment.starts_at == at(15)
    assert phone.get(f"{link}cancel/").status_code == 200
    phone.post(f"{link}cancel/", {"then": "call"})
    booking.appointment.refresh_from_db()
    assert (booking.appointment.state, booking.appointment.cancel_then) == ("cancelled", "rebook")
    assert phone.post(f"{link}cancel/").status_code == 302  # a second press
    page = phone.get(link).content.decode()
    assert "is cancelled" in page and "Choose another time" not in page
    assert occupancy_check({}).is_right


@pytest.mark.feature("SCH-52")
def test_too_late_is_said_with_the_phone_of_the_branch_and_changes_nothing(
    booked, phone, at, sokolova, chair, branch, noon
):
    booking, link = booked
    Branch.objects.filter(pk=branch.pk).update(phone="+74951112233")
    noon.move_to(at(0))
    page = phone.get(link).content.decode()
    assert "tel:+74951112233" in page and "12 hours" in page and "Choose another time" not in page
    phone.post(f"{link}cancel/")
    phone.post(f"{link}move/", {"time": moment_of(at(15), sokolova, chair)})
    booking.appointment.refresh_from_db()
    assert (booking.appointment.state, booking.appointment.starts_at) == ("booked", at(10))


@pytest.mark.feature("SCH-52")
def test_a_move_to_a_taken_time_leaves_the_visit_where_it_was(booked, phone, at, sokolova, chair, book, anna):
    booking, link = booked
    book(15)
    page = phone.post(f"{link}move/", {"time": moment_of(at(15), sokolova, chair)})
    assert page.status_code == 409
    assert "Your visit stands as it was" in page.content.decode()
    booking.appointment.refresh_from_db()
    assert booking.appointment.starts_at == at(10)
    assert occupancy_check({}).is_right


@pytest.mark.feature("SCH-52")
def test_links_cannot_be_guessed_nor_made_from_the_table(booked, phone):
    booking, link = booked
    assert booking.nonce not in link
    head = link[: link.index("-") + 1]
    assert phone.get(f"{head}{booking.nonce}/").status_code == 404
    answers = [phone.get(f"{head}{number:032x}/").status_code for number in range(20)]
    assert (answers[0], answers[-1]) == (404, 429)
    assert Phone(address="10.0.0.7").get(link).status_code == 200
    OnlineBooking.objects.update(nonce="0" * 32)
    assert Phone(address="10.0.0.8").get(link).status_code == 404


# Minutes of silence


def told(booking):
    return Message.objects.filter(subject_kind="scheduling.appointment", subject_id=booking.appointment_id)


@pytest.mark.feature("SCH-53")
def test_what_is_undone_in_the_minutes_of_silence_reaches_nobody(booked, phone, noon, doctor, reception, open_online):
    booking, link = booked
    message = told(booking).get()
    assert (message.purpose, message.send_after) == ("visit_booked_online", clock.now() + timedelta(minutes=3))
    noon.shift(timedelta(minutes=2))
    assert (messages_drain(), bookings_announce(), bookings_find(), reminders_find()) == (0, 0, 0, 0)
    phone.post(f"{link}cancel/", {"then": "no"})
    for _ in range(3):
        noon.shift(timedelta(minutes=5))
        deliver_due()
        bookings_announce()
        bookings_find()
        messages_drain()
    assert [row.state for row in Message.objects.all()] == ["withdrawn"]
    assert not Notification.objects.exists()
    assert not Offer.objects.exists()
    assert booking.pk not in bookings_to_check(reception).values_list("pk", flat=True)


@pytest.mark.feature("SCH-53")
def test_even_a_visit_that_is_near_is_taken_back_in_silence(open_online, phone, at, sokolova, chair, noon):
    noon.move_to(at(9))
    booking, link = phone.book(open_online, moment_of(at(12), sokolova, chair))
    assert "Choose another time" not in phone.get(link).content.decode()
    assert phone.get(f"{link}cancel/").status_code == 200
    phone.post(f"{link}cancel/", {"then": "no"})
    booking.appointment.refresh_from_db()
    assert (booking.appointment.state, booking.appointment.is_mistake) == ("cancelled", True)


@pytest.mark.feature("SCH-53")
def test_after_the_minutes_patient_doctor_and_desk_hear_of_it_once(
    booked, phone, noon, doctor, reception, stranger, director
):
    booking, link = booked
    noon.shift(timedelta(minutes=4))
    assert bookings_announce() == 1
    assert bookings_announce() == 0
    assert messages_drain() == 1
    assert bookings_find() == 0  # the usual notice is not sent besides
    message = told(booking).get()
    assert message.state in ("sent", "delivered") and link in message.text and "10:00" in message.text
    kinds = set(Notification.objects.values_list("user__username", "kind"))
    assert ("reception", "scheduling.online_booked") in kinds
    assert ("doctor", "scheduling.online_for_doctor") in kinds
    assert not any(user == "stranger" for user, _kind in kinds)
    phone.post(f"{link}cancel/", {"then": "call"})
    assert Notification.objects.filter(user=reception, kind="scheduling.online_cancelled").count() == 1


@pytest.mark.feature("SCH-53")
@pytest.mark.parametrize("minutes", [0, 3, 15])
def test_the_minutes_are_the_clinics(open_online, phone, at, sokolova, chair, director, minutes):
    set_policies(director, hold_minutes=minutes)
    booking, _link = phone.book(open_online, moment_of(at(10), sokolova, chair))
    assert told(booking).get().send_after == clock.now() + timedelta(minutes=minutes)
    assert bookings_announce() == (minutes == 0)


@pytest.mark.feature("SCH-53")
def test_a_move_in_the_minutes_sends_one_message_with_the_new_time(booked, phone, at, sokolova, chair, noon, reception):
    booking, link = booked
    appointment_move(appointment_id=booking.appointment_id, starts_at=at(16), actor=reception)
    noon.shift(timedelta(minutes=4))
    messages_drain()
    sent = told(booking).exclude(state="withdrawn").get()
    assert "16:00" in sent.text and link in sent.text


@pytest.mark.feature("SCH-53", "MSG-13")
def test_a_visit_of_tomorrow_gets_its_link_and_no_second_message(open_online, phone, at, sokolova, chair, noon):
    noon.move_to(at(12, days=-1))
    booking, _link = phone.book(open_online, moment_of(at(15), sokolova, chair))
    noon.shift(timedelta(minutes=4))
    reminders_find()
    bookings_find()
    assert [row.purpose for row in told(booking)] == ["visit_booked_online"]


def test_nobody_is_written_to_who_has_not_asked_for_it(open_online, phone, at, sokolova, chair, noon):
    booking, _link = phone.book(open_online, moment_of(at(10), sokolova, chair), wants_reminders="")
    assert Patient.objects.get().reminders_allowed is False
    assert not told(booking).exists()


# The desk


def test_the_queue_names_it_until_somebody_has_looked_or_the_cause_is_gone(
    booked, reception, stranger, doctor, noon, client
):
    booking, _link = booked
    assert not bookings_to_check(reception).exists()  # still in its silence
    noon.shift(timedelta(minutes=4))
    keys = [item.key for item in items_of(reception)]
    assert f"online:{booking.pk}" in keys
    assert not any(item.key.startswith("online:") for item in [*items_of(stranger), *items_of(doctor)])
    client.force_login(reception)
    assert client.get(f"/online-bookings/{booking.pk}/").status_code == 200
    assert client.get(f"/online-bookings/{booking.pk}/", headers={"HX-Target": "panel-body"}).status_code == 200
    assert client.post(f"/online-bookings/{booking.pk}/check/", {"confirm": "1"}).status_code == 204
    booking.refresh_from_db()
    assert (booking.checked_by, booking.appointment.state) == (reception, "confirmed")
    assert not bookings_to_check(reception).exists()
    client.post(f"/online-bookings/{booking.pk}/uncheck/")
    booking.refresh_from_db()
    assert booking.checked_at is None
    client.force_login(stranger)
    assert client.get(f"/online-bookings/{booking.pk}/").status_code == 404
    assert client.post(f"/online-bookings/{booking.pk}/check/").status_code == 404


@pytest.mark.parametrize("way", ["confirm", "cancel", "check"])
def test_an_item_goes_with_its_cause(booked, reception, noon, way):
    booking, _link = booked
    noon.shift(timedelta(minutes=4))
    if way == "confirm":
        appointment_set_state(appointment_id=booking.appointment_id, state="confirmed", actor=reception)
    elif way == "cancel":
        appointment_cancel(appointment_id=booking.appointment_id, reason="x", then="lost", actor=reception)
    else:
        online_check(booking_id=booking.pk, actor=reception, is_confirmed=False)
    assert not bookings_to_check(reception).exists()


def test_the_exception_of_a_patient_is_set_on_his_card(anna, reception, client):
    client.force_login(reception)
    assert client.get(f"/patients/{anna.pk}/online/").status_code == 200
    client.post(f"/patients/{anna.pk}/online/", {"choice": "refused", "note": "Не приходит"})
    assert OnlineRule.objects.get(patient=anna).choice == "refused"
    assert client.post(f"/patients/{anna.pk}/online/", {"choice": "maybe"}).status_code == 422
    client.post(f"/patients/{anna.pk}/online/", {"choice": ""})
    assert not OnlineRule.objects.exists()


def test_of_two_exceptions_of_merged_cards_the_refusal_holds(anna, branch, director):
    twin = PatientFactory(branch=branch)
    online_rule_set(patient_id=anna.pk, choice="trusted", actor=director)
    online_rule_set(patient_id=twin.pk, choice="refused", actor=director)
    patients_merge(survivor_id=anna.pk, duplicate_id=twin.pk, actor=director)
    assert OnlineRule.objects.get(patient=anna).choice == "refused"


def test_links_for_the_site(open_online, director, client, phone):
    client.force_login(director)
    page = client.get("/online-booking/links/").content.decode()
    assert f"/book/?branch={open_online.pk}" in page and "doctor=" in page
    assert client.get("/directories/online-services/").status_code == 200
    made = service_made(name="Чистка")
    client.post("/directories/online-services/new/", {"service": made.service_id, "name": "ещё раз"})
    assert OnlineService.objects.count() == 1


@pytest.mark.parametrize("language", ["ru", "en", "ro"])
def test_the_page_speaks_the_patients_language(open_online, at, sokolova, chair, language):
    phone = Phone(language=language)
    words = {"ru": "Запись на приём", "en": "Book a visit", "ro": "Programare la medic"}[language]
    assert words in phone.get(f"/book/?branch={open_online.pk}").content.decode()
    booking, link = phone.book(open_online, moment_of(at(10), sokolova, chair))
    assert told(booking).get().language == language
    assert {"ru": "Ваш визит", "en": "Your visit", "ro": "Vizita dvs."}[language] in phone.get(link).content.decode()


class TestConstraints:
    def test_one_form_is_one_booking(self, booked, open_online, phone, at, sokolova, chair):
        booking, _link = booked
        other, _other = phone.book(open_online, moment_of(at(12), sokolova, chair))
        with pytest.raises(IntegrityError, match="online_booking_once_a_form"), transaction.atomic():
            OnlineBooking.objects.filter(pk=other.pk).update(request_key=booking.request_key)

    def test_a_deposit_has_a_sum(self, booked):
        with pytest.raises(IntegrityError, match="online_deposit_has_a_sum"), transaction.atomic():
            OnlineBooking.objects.update(ask="deposit")

    def test_a_service_lasts_sensibly(self, db):
        with pytest.raises(IntegrityError, match="online_service_lasts_sensibly"), transaction.atomic():
            OnlineService.objects.create(service=service_made().service.__class__.objects.create(
                category=OnlineService.objects.first().service.category, code="ONL-2", name="x"), minutes=3)  # fmt: skip


def test_nothing_of_holds_stays_behind(booked, open_online, at, sokolova, chair):
    assert not Occupancy.objects.filter(hold__isnull=False).exists()

"""A small demo clinic obeys the rules of a real one, and is the same whenever it is loaded on the same day."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.db import connection, transaction
from django.db.models import Count

from billing.models import Invoice
from billing.selectors.cash import shifts_left_open
from billing.selectors.visits import visits_to_pay
from clinic.models import Chair, Staff, User
from clinic.selectors import user_loaded
from clinical.models import TreatmentPlan
from core.audit import text_of
from core.models import AuditEntry
from demo import days, load, place, trail
from patients.models import Patient
from scheduling.models import (
    Appointment,
    Occupancy,
    Offer,
    OnlineBooking,
    PlannedVisit,
    Refill,
    Shift,
    State,
    WaitingEntry,
)

TUESDAY = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # half past twelve in Moscow


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Loaded once: the tests only look."""
    with time_machine.travel(TUESDAY, tick=False), django_db_blocker.unblock(), transaction.atomic():
        yield load.load(patients=60, days_back=20)
        transaction.set_rollback(True)


def test_rules_of_shifts_fit_chairs_doctors_and_opening_hours():
    for weekday in range(7):
        for index in (0, 1):  # of a doctor, of a chair
            turns = sorted((rule[index], rule[3], rule[4]) for rule in days.RULES if weekday in rule[2])
            for one, other in pairwise(turns):
                assert one[0] != other[0] or one[2] <= other[1], (weekday, one, other)


def test_the_clinic_stands(world):
    assert Chair.objects.count() == 12
    assert Staff.objects.count() == 29
    online = OnlineBooking.objects.all()
    assert sorted(online.values_list("person", flat=True)) == ["matched", "new", "unclear"]
    assert Patient.objects.live().count() == 60 + 2
    assert Appointment.objects.count() - len(online) == len(world.visits) > 200


def test_everybody_can_sign_in_and_the_doctor_has_visits_today(world):
    for login in place.LOGINS:
        assert authenticate(username=login, password="demo"), login
    doctor = User.objects.get(username="doctor").staff
    assert Appointment.objects.filter(doctor=doctor, starts_at__date=TUESDAY.date()).exists()


def test_today_is_alive(world):
    today = Appointment.objects.filter(starts_at__date=TUESDAY.date())
    states = dict(today.values_list("state").annotate(n=Count("pk")))
    assert {State.COMPLETED, State.IN_CHAIR, State.NO_SHOW} <= set(states)
    assert states.get(State.BOOKED, 0) + states.get(State.CONFIRMED, 0) > 5
    assert not today.filter(state=State.COMPLETED, ends_at__gt=TUESDAY).exists()
    assert not Appointment.objects.filter(state__in=[State.BOOKED, State.CONFIRMED], starts_at__lt=TUESDAY).exists()


def test_the_desk_has_somebody_to_take_money_from(world):
    assert Invoice.objects.filter(is_prepared=True, number=None).exists()
    director = user_loaded(User.objects.get(username="director").pk)
    assert visits_to_pay(director).filter(invoice_status="draft").exists()
    assert not shifts_left_open(director)


def test_every_visit_stands_in_a_shift_of_its_doctor(world):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM scheduling_appointment a WHERE NOT EXISTS (SELECT FROM scheduling_shift s WHERE "
            "s.doctor_id = a.doctor_id AND s.chair_id = a.chair_id AND s.starts_at <= a.starts_at AND s.ends_at >= a.ends_at)"
        )
        assert cursor.fetchone()[0] == 0
    assert Shift.objects.filter(starts_at__gt=TUESDAY).exists()


def test_what_is_taken_is_what_the_visits_take(world):
    occupying = Appointment.objects.exclude(state__in=[State.CANCELLED, State.NO_SHOW]).count()
    assert Occupancy.objects.filter(appointment__isnull=False).count() == 3 * occupying


def test_children_have_somebody_who_answers_for_them(world):
    children = [
        patient
        for patient in Patient.objects.prefetch_related("representatives")
        if patient.age_on(TUESDAY.date()) < 18
    ]
    assert children
    assert all(child.representatives.filter(is_responsible=True).count() == 1 for child in children)


def test_nothing_happened_in_the_future(world):
    assert not Patient.objects.filter(created_at__gt=TUESDAY).exists()
    assert not Appointment.objects.filter(created_at__gt=TUESDAY).exists()


def test_who_has_no_date_yet_stands_on_the_lists(world):
    waiting = WaitingEntry.objects.filter(outcome="waiting")
    assert waiting.count() >= 12
    assert waiting.filter(is_urgent=True).exists()
    assert PlannedVisit.objects.filter(outcome="planned", opens_on__lte=TUESDAY.date()).exists()
    assert not PlannedVisit.objects.filter(patient__in=waiting.values("patient")).exists()


def test_a_freed_time_is_being_offered(world):
    (refill,) = Refill.objects.filter(state=Refill.State.RUNNING)
    assert refill.offers.filter(state=Offer.State.SENT).count() == 1
    assert refill.starts_at > TUESDAY


def test_the_timeline_tells_what_happened_in_whole_sentences(world):
    told = AuditEntry.objects.filter(transaction_id=0)
    assert {code for code, _kind, _rows in trail.TOLD} == set(told.values_list("code", flat=True))
    assert [text for text in map(text_of, told) if "%(" in text or "None" in text] == []
    assert (
        AuditEntry.objects.filter(code="billing.invoice.issued").count()
        == Invoice.objects.filter(issued_at__isnull=False).count()
    )
    visit = Appointment.objects.filter(state=State.COMPLETED, created_at__lt=world.now).latest("starts_at")
    booked = told.get(code="scheduling.appointment.booked", object_id=visit.pk)
    assert (booked.object_label, booked.facts["doctor"], booked.facts["chair"]) == (
        str(visit), visit.doctor.short_name, str(visit.chair)
    )  # fmt: skip
    plan = TreatmentPlan.objects.filter(pk__in=told.filter(code="clinical.plan.created").values("object_id")).latest(
        "pk"
    )
    assert told.get(code="clinical.plan.created", object_id=plan.pk).object_label == str(plan)
    assert not told.filter(at__gt=world.now).exists()


def test_insurers_have_an_approval_in_every_state_and_a_register_with_a_refusal(world):
    from insurance.models import Approval, CoveredLine, Register

    assert set(Approval.objects.values_list("status", flat=True)) == set(Approval.Status.values)
    register = Register.objects.get()
    assert register.status == "sent" and register.number == 1
    assert {"paid", "refused", "open"} <= set(CoveredLine.objects.values_list("outcome", flat=True))

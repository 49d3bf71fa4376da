"""Whatever people do, in whatever order: what is taken is exactly what visits, holds and blocks say."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from clinic.selectors import user_loaded
from core import clock
from core.errors import DomainError
from scheduling.models import Appointment, Block, Hold, Occupancy
from scheduling.rules import OPEN
from scheduling.selectors.checking import occupancy_check
from scheduling.services import (
    appointment_book,
    appointment_cancel,
    appointment_move,
    appointment_set_state,
    appointment_step,
    block_create,
    block_delete,
    hold_extend,
    hold_place,
    hold_release,
    shift_create,
)
from tests.cast import person
from tests.factories import BranchFactory, ChairFactory, DoctorFactory, PatientFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

STARTS = st.integers(0, 5)  # half hours from nine: a few, so that people meet
LENGTHS = st.sampled_from([30, 45, 60, 90])
PICKS = st.integers(0, 50)


class Calendar(RuleBasedStateMachine):
    """Two chairs with a clean-up of ten minutes, two doctors who serve both, three patients, one day."""

    def __init__(self):
        super().__init__()
        with connection.cursor() as cursor:
            cursor.execute("select seed.reset()")
        branch = BranchFactory()
        self.chairs = [ChairFactory(branch=branch, buffer_minutes=10), ChairFactory(branch=branch)]
        self.doctors = DoctorFactory.create_batch(2)
        self.patients = PatientFactory.create_batch(3)
        self.people = [person("d", "director"), person("s", "senior", branches=[branch])]
        self.zone = branch.timezone
        self.day = clock.today(self.zone) + timedelta(days=3)
        self.now = clock.now()

    @initialize()
    def work(self):
        for chair, doctor in zip(self.chairs, self.doctors, strict=True):
            shift_create(
                doctor_id=doctor.pk, chair_id=chair.pk, starts_at=self.moment(0), ends_at=self.moment(24),
                actor=user_loaded(self.people[0].pk),
            )  # fmt: skip

    def moment(self, half_hours):
        return clock.day_bounds(self.day, self.day, self.zone)[0] + timedelta(hours=9, minutes=30 * half_hours)

    def attempt(self, verb, **arguments):
        """A refusal is an answer too; it must change nothing, and the invariant sees to it."""
        with time_machine.travel(self.now, tick=False):
            try:
                return verb(**arguments)
            except DomainError:
                return None

    def one_of(self, rows, pick):
        rows = list(rows.order_by("pk").values_list("pk", flat=True))
        return rows[pick % len(rows)] if rows else None

    def place(self, who, start, minutes):
        start = self.moment(start)
        return {
            "doctor_id": self.doctors[who % 2].pk, "chair_id": self.chairs[who % 2 if who < 40 else (who + 1) % 2].pk, "starts_at": start,
            "ends_at": start + timedelta(minutes=minutes), "actor": self.people[who % 2],
        }  # fmt: skip

    @rule(who=PICKS, start=STARTS, minutes=LENGTHS, patient=PICKS, own=st.sampled_from([None, 10]))
    def book(self, who, start, minutes, patient, own):
        patient_id = self.patients[patient % 3].pk
        self.attempt(appointment_book, patient_id=patient_id, own_minutes=own, **self.place(who, start, minutes))

    @rule(who=PICKS, start=STARTS, minutes=LENGTHS, patient=PICKS)
    def book_over(self, who, start, minutes, patient):
        patient_id = self.patients[patient % 3].pk
        self.attempt(
            appointment_book, patient_id=patient_id, over_reason="Острая боль", **self.place(who, start, minutes)
        )

    @precondition(lambda self: Appointment.objects.exists())
    @rule(pick=PICKS, who=PICKS, start=STARTS, minutes=LENGTHS)
    def move(self, pick, who, start, minutes):
        pk = self.one_of(Appointment.objects.all(), pick)
        self.attempt(appointment_move, appointment_id=pk, **self.place(who, start, minutes))

    @precondition(lambda self: Appointment.objects.filter(state__in=OPEN).exists())
    @rule(pick=PICKS)
    def cancel(self, pick):
        pk = self.one_of(Appointment.objects.filter(state__in=OPEN), pick)
        self.attempt(appointment_cancel, appointment_id=pk, reason="x", then="lost", actor=self.people[0])

    @precondition(lambda self: Appointment.objects.exists())
    @rule(pick=PICKS, state=st.sampled_from(["confirmed", "arrived", "in_chair", "completed", "no_show"]))
    def step(self, pick, state):
        pk = self.one_of(Appointment.objects.all(), pick)
        self.attempt(appointment_step, appointment_id=pk, state=state, actor=self.people[0], is_walking=True)

    @precondition(lambda self: Appointment.objects.exists())
    @rule(pick=PICKS, state=st.sampled_from(["booked", "confirmed", "arrived", "in_chair"]))
    def back(self, pick, state):
        pk = self.one_of(Appointment.objects.all(), pick)
        self.attempt(appointment_set_state, appointment_id=pk, state=state, reason="Ошибка", actor=self.people[0])

    @precondition(lambda self: Hold.objects.count() < 2)
    @rule(who=PICKS, start=STARTS, minutes=LENGTHS)
    def hold(self, who, start, minutes):
        self.attempt(hold_place, **self.place(who, start, minutes))

    @precondition(lambda self: Hold.objects.exists())
    @rule(pick=PICKS, is_kept=st.booleans())
    def end_hold(self, pick, is_kept):
        pk = self.one_of(Hold.objects.all(), pick)
        owner = user_loaded(Hold.objects.get(pk=pk).user_id)
        self.attempt(hold_extend if is_kept else hold_release, hold_id=pk, actor=owner)

    @rule(minutes=st.sampled_from([2, 6]))
    def wait(self, minutes):
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: not Block.objects.exists())
    @rule(who=PICKS, start=STARTS, kind=st.sampled_from(["lunch", "emergency"]))
    def block(self, who, start, kind):
        place = self.place(who, start, 30)
        place.pop("doctor_id" if who % 3 else "chair_id")
        self.attempt(block_create, kind=kind, **place)

    @precondition(lambda self: Block.objects.exists())
    @rule(pick=PICKS)
    def unblock(self, pick):
        self.attempt(block_delete, block_id=self.one_of(Block.objects.all(), pick), actor=self.people[0])

    @invariant()
    def what_is_taken_is_what_they_say(self):
        with time_machine.travel(self.now, tick=False):
            found = occupancy_check({})
        assert found.is_right, found
        assert not Occupancy.objects.filter(resource_kind="patient", is_overbooked=True).exists()


@pytest.mark.feature("SCH-38", "MOON-01")
def test_what_is_taken_is_what_visits_say():
    run_state_machine_as_test(
        Calendar,
        settings=settings(
            max_examples=15,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )

"""The arithmetic of the calendar, on plain values; days when the clock is changed; constraints as the last word."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.errors import from_integrity_error
from scheduling import rules
from scheduling.errors import ShiftOverlaps, SlotTaken
from scheduling.models import Appointment, Block, Occupancy, Shift, WaitingEntry
from scheduling.rules import Range
from scheduling.services import appointment_book, shift_create, shifts_generate
from tests.factories import BranchFactory, ChairFactory, DoctorFactory, PatientFactory

ZERO = datetime(2026, 11, 23, tzinfo=UTC)
moments = st.integers(0, 200).map(lambda minutes: ZERO + timedelta(minutes=minutes))
ranges = st.tuples(moments, st.integers(1, 60)).map(lambda pair: Range(pair[0], pair[0] + timedelta(minutes=pair[1])))


def minutes_of(each):
    return {each.start + timedelta(minutes=number) for number in range(int(each.length.total_seconds() // 60))}


@given(st.lists(ranges, max_size=6), st.lists(ranges, max_size=6))
def test_minus_leaves_exactly_what_is_not_taken(free, busy):
    left = set().union(*(minutes_of(each) for each in rules.minus(free, busy)))
    whole = set().union(*(minutes_of(each) for each in free))
    out = set().union(*(minutes_of(each) for each in busy))
    assert left == whole - out


@given(ranges, st.integers(1, 40), st.lists(ranges, max_size=6))
def test_a_start_is_allowed_when_the_visit_fits_and_overlaps_nothing(within, length, busy):
    length = timedelta(minutes=length)
    allowed = rules.starts_allowed(within, length, [(each, length) for each in busy])
    for offset in range(int(within.length.total_seconds() // 60) + 1):
        start = within.start + timedelta(minutes=offset)
        visit = Range(start, start + length)
        fits = within.covers(visit) and not any(visit.overlaps(each) for each in busy)
        assert any(each.start <= start < each.end for each in allowed) == fits


@given(st.lists(ranges, min_size=1, max_size=6), ranges)
def test_covered_means_every_minute(shifts, visit):
    assert rules.is_covered(visit, shifts) == (minutes_of(visit) <= set().union(*map(minutes_of, shifts)))


@pytest.mark.parametrize(
    ("old", "new", "way"),
    [
        ("booked", "confirmed", ("confirmed",)),
        ("booked", "arrived", ("confirmed", "arrived")),
        ("confirmed", "completed", ("arrived", "in_chair", "completed")),
        ("booked", "no_show", ("no_show",)),
        ("arrived", "no_show", ()),
        ("completed", "cancelled", ()),
        ("cancelled", "arrived", ()),
        ("confirmed", "booked", ("booked",)),
        ("in_chair", "booked", ()),
    ],
)
@pytest.mark.rule("C7")
def test_ways_forward(old, new, way):
    assert rules.way_forward(old, new) == way


def test_every_state_but_completed_can_be_cancelled_and_every_one_has_a_way_back():
    for state in rules.OPEN:
        assert rules.is_step(state, "cancelled")
    for state in ("arrived", "in_chair", "completed", "no_show", "cancelled"):
        assert rules.BACK[state]


def test_weeks_of_a_rule_are_counted_from_the_first_monday():
    days = rules.dates_of_rule(date(2026, 11, 25), date(2026, 12, 20), [0, 2], 2)
    assert days == [date(2026, 11, 25), date(2026, 12, 7), date(2026, 12, 9)]


# Days when the clock is changed


def zone_branch(zone):
    branch = BranchFactory(timezone=zone)
    branch.hours.update(opens=time(0), closes=time(23, 59))
    return branch


@pytest.mark.django_db
@pytest.mark.feature("SCH-33")
@pytest.mark.parametrize(
    ("zone", "sunday", "before", "after"),
    [
        ("Europe/Chisinau", date(2027, 3, 28), 2, 3),
        ("Europe/Chisinau", date(2027, 10, 31), 3, 2),
        ("America/New_York", date(2027, 3, 14), -5, -4),
        ("America/New_York", date(2027, 11, 7), -4, -5),
    ],
)
def test_nine_in_the_morning_stays_nine_when_the_clock_is_changed(zone, sunday, before, after, director):
    branch, doctor = zone_branch(zone), DoctorFactory()
    chair = ChairFactory(branch=branch)
    director.branch_ids = [branch.pk]
    made, skipped = shifts_generate(
        doctor_id=doctor.pk, chair_id=chair.pk, weekdays=[5, 6, 0], first=sunday - timedelta(days=1),
        last=sunday + timedelta(days=1), start_time=time(9), end_time=time(18), actor=director,
    )  # fmt: skip
    assert skipped == []
    assert [row.local_start.hour for row in made] == [9, 9, 9]
    assert [int(row.local_start.utcoffset().total_seconds() / 3600) for row in made] == [before, after, after]
    visits = [
        appointment_book(
            patient_id=PatientFactory().pk, doctor_id=doctor.pk, chair_id=chair.pk, actor=director,
            starts_at=clock.at(row.local_start.date(), time(9), zone), ends_at=clock.at(row.local_start.date(), time(10), zone),
        )
        for row in made
    ]  # fmt: skip
    assert [str(visit)[-5:] for visit in visits] == ["09:00"] * 3


@pytest.mark.django_db
@pytest.mark.feature("SCH-33")
def test_a_night_shift_over_the_repeated_hour_lasts_as_long_as_it_does(director):
    branch, doctor = zone_branch("Europe/Chisinau"), DoctorFactory()
    chair = ChairFactory(branch=branch)
    director.branch_ids = [branch.pk]
    sunday = date(2027, 10, 31)
    shift = shift_create(
        doctor_id=doctor.pk, chair_id=chair.pk, starts_at=clock.at(sunday, time(1), branch.timezone),
        ends_at=clock.at(sunday, time(6), branch.timezone), actor=director,
    )  # fmt: skip
    assert shift.minutes == 6 * 60
    for half in range(12):
        start = shift.starts_at + timedelta(minutes=30 * half)
        appointment_book(
            patient_id=PatientFactory().pk, doctor_id=doctor.pk, chair_id=chair.pk, starts_at=start,
            ends_at=start + timedelta(minutes=30), actor=director,
        )  # fmt: skip
    assert Appointment.objects.count() == 12


# Constraints have the last word


def violated(write):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        write()
    return refused.value.__cause__.diag.constraint_name


@pytest.mark.django_db
class TestConstraints:
    def test_occupancy_never_overlaps(self, book, at, sokolova, boris):
        made = book(10)
        other = book(12, patient=boris)
        row = {"resource_kind": "doctor", "resource_id": sokolova.pk, "appointment": other}
        assert (
            violated(lambda: Occupancy.objects.create(during=(at(10, 59), at(11, 30)), **row))
            == "occupancy_never_overlaps"
        )
        Occupancy.objects.create(during=(at(10, 59), at(11, 30)), is_overbooked=True, **row)
        assert made.pk

    def test_the_patient_is_never_overbooked(self, book, at, anna):
        made = book(10)
        name = violated(
            lambda: Occupancy.objects.create(
                resource_kind="patient",
                resource_id=anna.pk,
                during=(at(14), at(15)),
                appointment=made,
                is_overbooked=True,
            )
        )
        assert name == "occupancy_patient_never_overbooked"

    def test_a_row_belongs_to_one_thing(self, at):
        name = violated(lambda: Occupancy.objects.create(resource_kind="chair", resource_id=1, during=(at(9), at(10))))
        assert name == "occupancy_by_one_thing"

    def test_a_chair_has_one_shift(self, shift, ivanov, chair, at):
        name = violated(lambda: Shift.objects.create(doctor=ivanov, chair=chair, starts_at=at(20), ends_at=at(22)))
        assert name == "shift_chair_never_overlaps"

    def test_things_end_after_they_start(self, book, sokolova, chair, at, anna):
        for model, more, name in (
            (Shift, {"doctor": sokolova, "chair": chair}, "shift_ends_after_start"),
            (
                Appointment,
                {"doctor": sokolova, "chair": chair, "patient": anna, "branch": chair.branch},
                "appointment_ends_after_start",
            ),
            (Block, {"chair": chair}, "block_ends_after_start"),
        ):
            assert (
                violated(lambda model=model, more=more: model.objects.create(starts_at=at(9), ends_at=at(9), **more))
                == name
            )

    def test_a_block_blocks_something(self, at):
        assert violated(lambda: Block.objects.create(starts_at=at(9), ends_at=at(10))) == "block_of_chair_or_doctor"

    def test_an_overbooked_visit_has_a_reason(self, book):
        made = book(10)
        name = violated(lambda: Appointment.objects.filter(pk=made.pk).update(is_overbooked=True))
        assert name == "appointment_overbooked_with_a_reason"

    def test_wishes_make_sense(self, anna, day):
        for wish, name in (
            ({"time_from": "12:00", "time_to": "10:00"}, "waiting_hours_end_after_start"),
            ({"earliest": day, "latest": day - timedelta(days=1)}, "waiting_dates_end_after_start"),
            ({"duration_min": 1}, "waiting_lasts_sensibly"),
        ):
            assert violated(lambda wish=wish: WaitingEntry.objects.create(patient=anna, **wish)) == name

    def test_they_mean_something_to_people(self, book, at, sokolova, boris):
        other = book(12, patient=boris)
        book(10)
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            Occupancy.objects.create(
                resource_kind="doctor", resource_id=sokolova.pk, during=(at(10), at(11)), appointment=other
            )
        assert isinstance(from_integrity_error(refused.value), SlotTaken)
        assert ShiftOverlaps.status == 409

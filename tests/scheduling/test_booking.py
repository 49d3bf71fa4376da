"""Booking: what is checked, in which order, what is offered instead."""

from datetime import timedelta

import pytest
import time_machine

from clinic.errors import BranchClosed
from clinic.models import BranchDay, Profession
from core import clock
from core.errors import Forbidden, Invalid, NotFound
from core.models import AuditEntry
from scheduling.errors import InPast, OutsideShift, SlotHeld, SlotTaken
from scheduling.models import Appointment, Block, Hold, Occupancy, VisitType
from scheduling.services import (
    appointment_book,
    appointment_cancel,
    block_create,
    hold_extend,
    hold_place,
    hold_release,
    shift_create,
)
from tests.factories import ChairFactory, DoctorFactory, PatientFactory, ServiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("SCH-38")]


def rows(appointment):
    return {
        row.resource_kind: (row.resource_id, row.during.lower, row.during.upper)
        for row in Occupancy.objects.filter(appointment=appointment)
    }


def test_a_visit_takes_its_chair_doctor_and_patient(book, at, chair, sokolova, anna):
    made = book(10)
    assert rows(made) == {
        "chair": (chair.pk, at(10), at(11)),
        "doctor": (sokolova.pk, at(10), at(11)),
        "patient": (anna.pk, at(10), at(11)),
    }
    assert (made.state, made.branch_id, made.source_kind, made.version) == ("booked", chair.branch_id, "staff", 1)


@pytest.mark.feature("SCH-45")
def test_the_chair_is_busy_for_the_longest_clean_up(book, at, chair):
    chair.buffer_minutes = 10
    chair.save()
    made = book(10, service_ids=[ServiceFactory(buffer_min=20).pk, ServiceFactory(buffer_min=5).pk])
    assert rows(made)["chair"][2] == at(11, 20)
    assert rows(made)["doctor"][2] == at(11)


@pytest.mark.feature("SCH-45")
def test_the_next_patient_waits_for_the_clean_up(book, at, chair, boris):
    chair.buffer_minutes = 10
    chair.save()
    book(10)
    with pytest.raises(SlotTaken) as refused:
        book(11, patient=boris)
    assert refused.value.facts["taken_by"] == "chair"
    book(11, 10, patient=boris)


@pytest.mark.feature("SCH-38")
def test_a_doctor_of_two_chairs_is_taken_for_his_own_minutes_only(
    book, at, sokolova, other_chair, boris, reception, director
):
    shift_create(doctor_id=sokolova.pk, chair_id=other_chair.pk, starts_at=at(9), ends_at=at(21), actor=director)
    book(10, minutes=90, own_minutes=30)
    with pytest.raises(SlotTaken) as refused:
        book(10, 15, patient=boris, chair_id=other_chair.pk)
    assert refused.value.facts["taken_by"] == "doctor"
    book(10, 30, patient=boris, chair_id=other_chair.pk)


def test_who_takes_a_place_is_named_patient_first(book, anna, boris):
    first = book(10)
    for patient, taken_by in ((anna, "patient"), (boris, "doctor")):
        with pytest.raises(SlotTaken) as refused:
            book(10, 30, patient=patient)
        assert refused.value.facts["taken_by"] == taken_by
        assert refused.value.facts["appointment"] == first.pk


@pytest.mark.parametrize(("hour", "minutes"), [(9, 60), (11, 30)])
def test_visits_that_touch_do_not_clash(book, boris, hour, minutes):
    book(10)
    book(hour, minutes=minutes, patient=boris)


@pytest.mark.parametrize("hour_minute", [(9, 1), (10, 59)])
def test_one_minute_is_a_clash(book, boris, hour_minute):
    book(10)
    with pytest.raises(SlotTaken):
        book(*hour_minute, patient=boris)


class TestOrderOfChecks:
    def test_a_visit_ends_after_it_starts_and_lasts_twelve_hours_at_most(self, book):
        for minutes in (0, -30, 721, 4):
            with pytest.raises(Invalid) as refused:
                book(10, minutes=minutes)
            assert "end" in refused.value.fields

    def test_unknown_things_are_not_found(self, book, stranger):
        for unknown in (
            {"patient_id": 999_999}, {"doctor_id": 999_999}, {"chair_id": 999_999}, {"service_ids": [999_999]},
            {"visit_type_id": 999_999}, {"hold_id": 999_999},
        ):  # fmt: skip
            with pytest.raises(NotFound):
                book(10, **unknown)
        with pytest.raises(NotFound):
            book(10, actor=stranger)

    def test_a_retired_card_is_not_found(self, book, boris, anna):
        boris.merged_into = anna
        boris.save()
        with pytest.raises(NotFound):
            book(10, patient=boris)

    def test_yesterday_is_past_and_today_is_not(self, book, at, day):
        with time_machine.travel(at(18), tick=False):
            book(10)
        with time_machine.travel(at(0, 5, days=1), tick=False), pytest.raises(InPast):
            book(12)

    def test_closed_hours_come_before_the_shift(self, book):
        with pytest.raises(BranchClosed):
            book(20, 30)

    @pytest.mark.feature("SCH-54")
    def test_a_closed_date_wins_over_the_week(self, book, branch, day):
        BranchDay.objects.create(branch=branch, date=day, reason="Санитарный день")
        with pytest.raises(BranchClosed):
            book(10)

    @pytest.mark.feature("SCH-19")
    def test_a_date_with_its_own_hours(self, book, branch, day):
        BranchDay.objects.create(branch=branch, date=day, opens="12:00", closes="15:00")
        with pytest.raises(BranchClosed):
            book(10)
        book(12)

    def test_outside_the_shift(self, book, other_chair):
        with pytest.raises(OutsideShift):
            book(10, chair_id=other_chair.pk)
        with pytest.raises(OutsideShift):
            book(10, days=1)

    def test_two_shifts_that_touch_are_one(self, book, shift, at, sokolova, chair, director):
        from scheduling.services import shift_change

        shift_change(shift_id=shift.pk, ends_at=at(14), actor=director)
        with pytest.raises(OutsideShift):
            book(13, 30)
        shift_create(doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(14), ends_at=at(18), actor=director)
        book(13, 30)


class TestAlternatives:
    def test_three_nearest_of_the_same_doctor_and_each_can_be_booked(self, book, boris, at, sokolova):
        book(10)
        with pytest.raises(SlotTaken) as refused:
            book(10, patient=boris)
        offered = refused.value.facts["alternatives"]
        assert [spot["start"][11:16] for spot in offered] == ["09:00", "11:00", "12:00"]
        assert {spot["doctor"] for spot in offered} == {sokolova.pk}
        for spot in offered:
            appointment_book(
                patient_id=boris.pk, doctor_id=spot["doctor"], chair_id=spot["chair"], actor=book_actor(refused),
                starts_at=parsed(spot["start"]), ends_at=parsed(spot["end"]),
            )  # fmt: skip

    def test_a_colleague_helps_when_the_doctor_has_no_time(self, book, boris, at, ivanov, other_chair, director):
        shift_create(doctor_id=ivanov.pk, chair_id=other_chair.pk, starts_at=at(9), ends_at=at(12), actor=director)
        for hour in (9, 11, 13, 15, 17, 19):
            book(hour, minutes=120, patient=PatientFactory())
        with pytest.raises(SlotTaken) as refused:
            book(10, patient=boris)
        offered = refused.value.facts["alternatives"]
        assert {spot["doctor"] for spot in offered} == {ivanov.pk}
        assert sorted(spot["start"][11:16] for spot in offered) == ["09:00", "10:00", "11:00"]

    def test_the_next_days_help_late_in_the_day(self, book, shift, boris, at, sokolova, chair, director):
        shift_create(
            doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(9, days=20), ends_at=at(21, days=20), actor=director
        )  # fmt: skip
        for hour in (9, 11, 13, 15, 17, 19):
            book(hour, minutes=120, patient=PatientFactory())
        with pytest.raises(SlotTaken) as refused:
            book(20, patient=boris)
        starts = [parsed(spot["start"]) for spot in refused.value.facts["alternatives"]]
        assert starts == [at(hour, days=20) for hour in (9, 10, 11)]

    def test_another_branch_helps_only_who_sees_it(
        self, other_branch, book, shift, boris, at, sokolova, ivanov, director
    ):
        far = ChairFactory(branch=other_branch)
        shift_create(doctor_id=ivanov.pk, chair_id=far.pk, starts_at=at(9), ends_at=at(21), actor=director)
        for hour in (9, 11, 13, 15, 17, 19):
            book(hour, minutes=120, patient=PatientFactory())
        for actor, count in ((None, 0), (director, 3)):
            with pytest.raises(SlotTaken) as refused:
                book(10, patient=boris, actor=actor)
            assert [spot["chair"] for spot in refused.value.facts["alternatives"]] == [far.pk] * count

    def test_of_the_same_profession(self, book, shift, boris, at, sokolova, other_chair, director):
        therapist, surgeon = (Profession.objects.create(name=name) for name in ("Терапевт-1", "Хирург-1"))
        sokolova.professions.set([therapist])
        for last_name, profession, hours in (("Иванов", surgeon, (9, 12)), ("Орлов", therapist, (13, 16))):
            other = DoctorFactory(last_name=last_name)
            other.professions.set([profession])
            shift_create(
                doctor_id=other.pk, chair_id=other_chair.pk, starts_at=at(hours[0]), ends_at=at(hours[1]),
                actor=director,
            )  # fmt: skip
        for hour in (9, 11, 13, 15, 17, 19):
            book(hour, minutes=120, patient=PatientFactory())
        with pytest.raises(SlotTaken) as refused:
            book(10, patient=boris)
        starts = [spot["start"][11:16] for spot in refused.value.facts["alternatives"]]
        assert starts == ["13:00", "14:00", "15:00"]

    def test_time_of_the_patient_counts_too(self, book, anna, boris, at, ivanov, other_chair, director):
        shift_create(doctor_id=ivanov.pk, chair_id=other_chair.pk, starts_at=at(9), ends_at=at(21), actor=director)
        book(10)
        book(11, patient=boris, chair_id=other_chair.pk, doctor_id=ivanov.pk)
        with pytest.raises(SlotTaken) as refused:
            book(10, patient=boris)
        assert "11:00" not in [spot["start"][11:16] for spot in refused.value.facts["alternatives"]]


def parsed(text):
    from datetime import datetime

    return datetime.fromisoformat(text)


def book_actor(refused):
    from clinic.models import User
    from clinic.selectors import user_loaded

    return user_loaded(User.objects.get(username="reception").pk)


class TestOverbooking:
    def test_needs_a_right(self, book, boris):
        book(10)
        with pytest.raises(Forbidden) as refused:
            book(10, patient=boris, over_reason="Острая боль")
        assert refused.value.facts == {"needs": "scheduling.overbook"}

    def test_marks_only_what_lies_over_something(self, book, boris, director, at, sokolova, ivanov):
        book(10, own_minutes=10)
        over = book(10, 30, patient=boris, actor=director, over_reason="Острая боль")
        marked = {row.resource_kind: row.is_overbooked for row in Occupancy.objects.filter(appointment=over)}
        assert marked == {"chair": True, "doctor": False, "patient": False}
        assert over.is_overbooked and over.overbook_reason == "Острая боль"
        assert AuditEntry.objects.filter(code="scheduling.appointment.overbooked", object_id=over.pk).exists()

    def test_never_lifts_the_patient(self, book, anna, director):
        book(10)
        with pytest.raises(SlotTaken) as refused:
            book(10, 30, actor=director, over_reason="Острая боль")
        assert refused.value.facts["taken_by"] == "patient"

    def test_lifts_the_shift_but_not_the_closed_hours(self, book, director, other_chair):
        book(10, actor=director, over_reason="Острая боль", chair_id=other_chair.pk)
        with pytest.raises(BranchClosed):
            book(20, 30, actor=director, over_reason="Острая боль")

    def test_where_nothing_is_taken_it_is_an_ordinary_visit(self, book, director):
        made = book(10, actor=director, over_reason="Острая боль")
        assert not made.is_overbooked and made.overbook_reason == ""

    def test_nobody_is_booked_over_an_overbooked_visit(self, book, boris, director):
        first = book(10)
        book(10, 30, patient=boris, actor=director, over_reason="Острая боль")
        appointment_cancel(appointment_id=first.pk, reason="Заболел", then="rebook", actor=director)
        with pytest.raises(SlotTaken):
            book(10, 30, patient=PatientFactory())

    def test_when_the_one_below_goes_the_constraint_guards_again(self, book, boris, director):
        first = book(10)
        over = book(10, 30, patient=boris, actor=director, over_reason="Острая боль")
        appointment_cancel(appointment_id=first.pk, reason="Заболел", then="rebook", actor=director)
        assert not Occupancy.objects.filter(appointment=over, is_overbooked=True).exists()


@pytest.mark.feature("SCH-39")
class TestHolds:
    def hold(self, at, sokolova, chair, actor, hour=10, **more):
        return hold_place(
            doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(hour), ends_at=at(hour + 1), actor=actor, **more
        )

    def test_keeps_others_out_for_five_minutes(self, book, shift, at, sokolova, chair, reception, director, boris):
        hold = self.hold(at, sokolova, chair, director)
        assert hold.expires_at - clock.now() > timedelta(minutes=4, seconds=50)
        with pytest.raises(SlotHeld) as refused:
            book(10, 30)
        assert len(refused.value.facts["alternatives"]) == 3
        with time_machine.travel(clock.now() + timedelta(minutes=5, seconds=1)):
            book(10, 30)
        assert not Occupancy.objects.filter(hold=hold).exists()

    def test_its_holder_books_and_uses_it_up(self, book, shift, at, sokolova, chair, reception, boris):
        hold = self.hold(at, sokolova, chair, reception)
        book(10, hold_id=hold.pk)
        assert not Occupancy.objects.filter(hold=hold).exists()
        with pytest.raises(SlotTaken):
            book(10, hold_id=hold.pk, patient=boris)

    def test_two_forms_do_not_keep_one_place(self, shift, at, sokolova, chair, reception):
        hold = self.hold(at, sokolova, chair, reception)
        with pytest.raises(SlotHeld):
            self.hold(at, sokolova, chair, reception)
        self.hold(at, sokolova, chair, reception, hour=10, replaces=hold.pk)
        assert Hold.objects.filter(expires_at__gt=clock.now()).count() == 1

    def test_a_hold_that_ended_is_taken_anew_unless_somebody_came(self, book, shift, at, sokolova, chair, director):
        hold = self.hold(at, sokolova, chair, director)
        with time_machine.travel(clock.now() + timedelta(minutes=6)):
            assert hold_extend(hold_id=hold.pk, actor=director).expires_at > clock.now()
        with time_machine.travel(clock.now() + timedelta(minutes=12)):
            book(10)
            with pytest.raises(SlotTaken):
                hold_extend(hold_id=hold.pk, actor=director)

    def test_is_its_owners_alone(self, shift, at, sokolova, chair, reception, director):
        hold = self.hold(at, sokolova, chair, director)
        for act in (hold_extend, hold_release):
            with pytest.raises(NotFound):
                act(hold_id=hold.pk, actor=reception)
        hold_release(hold_id=hold.pk, actor=director)
        assert Occupancy.objects.count() == 0

    def test_a_taken_place_cannot_be_held(self, book, at, sokolova, chair, director):
        book(10)
        with pytest.raises(SlotTaken):
            self.hold(at, sokolova, chair, director)


@pytest.mark.feature("SCH-55")
class TestBlocks:
    def test_lunch_keeps_patients_out(self, book, shift, at, sokolova, reception):
        block_create(doctor_id=sokolova.pk, kind="lunch", starts_at=at(13), ends_at=at(14), actor=reception)
        with pytest.raises(SlotTaken) as refused:
            book(13, 30)
        assert refused.value.facts["taken_by"] == "doctor"

    def test_is_refused_over_patients(self, book, at, chair, reception):
        made = book(13)
        with pytest.raises(SlotTaken) as refused:
            block_create(chair_id=chair.pk, kind="repair", starts_at=at(12), ends_at=at(15), actor=reception)
        assert refused.value.facts["appointments"] == [made.pk]

    @pytest.mark.parametrize(("kind", "mark"), [("primary", "is_first_visit"), ("emergency", "is_urgent")])
    def test_kept_time_lets_in_whom_it_is_kept_for(self, book, at, chair, reception, kind, mark):
        block_create(chair_id=chair.pk, kind=kind, starts_at=at(12), ends_at=at(15), actor=reception)
        with pytest.raises(SlotTaken) as refused:
            book(13)
        assert refused.value.facts["kept_for"] == kind
        assert all(not "11:00" < spot["start"][11:16] < "15:00" for spot in refused.value.facts["alternatives"])
        book(13, visit_type_id=VisitType.objects.create(name="Особый", **{mark: True}).pk)

    def test_block_of_nothing_is_refused(self, at, reception):
        with pytest.raises(Invalid) as refused:
            block_create(kind="lunch", starts_at=at(13), ends_at=at(14), actor=reception)
        assert "chair" in refused.value.fields


def test_a_refused_booking_leaves_nothing(book, boris):
    book(10)
    with pytest.raises(SlotTaken):
        book(10, patient=boris)
    assert Appointment.objects.count() == 1
    assert Occupancy.objects.count() == 3
    assert Block.objects.count() == 0

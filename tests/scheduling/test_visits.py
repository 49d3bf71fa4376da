"""Moves, steps, cancelling, series, shifts: what becomes of a visit after it is booked."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command

from core import clock
from core.audit import record_feed, text_of
from core.errors import IllegalMove, Invalid, NotFound, Stale
from core.events import _inside
from scheduling import events, slots
from scheduling.errors import BackRefused, OutsideShift, ShiftHasVisits, ShiftOverlaps, SlotTaken
from scheduling.models import Appointment, Occupancy, Shift, StatusLabel
from scheduling.selectors.checking import occupancy_check
from scheduling.services import (
    appointment_cancel,
    appointment_change,
    appointment_move,
    appointment_set_state,
    appointment_step,
    series_book,
    series_cancel,
    series_move,
    shift_change,
    shift_create,
    shift_delete,
    shifts_generate,
    visit_close,
)

pytestmark = pytest.mark.django_db
ZONE = "Europe/Moscow"


@pytest.fixture
def heard():
    """Facts of the calendar as they are published."""
    seen = []
    kinds = (
        events.AppointmentBooked, events.AppointmentMoved, events.AppointmentStateChanged, events.VisitCompleted,
        events.VisitReopened, events.AppointmentCancelled, events.PlaceFreed, events.ShiftsChanged,
    )  # fmt: skip
    before = {kind: list(_inside[kind]) for kind in kinds}
    for kind in kinds:
        _inside[kind].append(lambda event: seen.append(event))
    yield seen
    for kind in kinds:
        _inside[kind][:] = before[kind]


def names(heard):
    return [type(event).__name__ for event in heard]


class TestMoves:
    @pytest.mark.feature("SCH-10", "SCH-11")
    def test_to_another_chair_and_doctor(self, book, at, other_chair, ivanov, director, reception, heard):
        shift_create(doctor_id=ivanov.pk, chair_id=other_chair.pk, starts_at=at(9), ends_at=at(21), actor=director)
        made = book(10, minutes=45)
        moved = appointment_move(
            appointment_id=made.pk, starts_at=at(14), chair_id=other_chair.pk, doctor_id=ivanov.pk, actor=reception
        )
        assert (moved.chair_id, moved.doctor_id, moved.ends_at) == (other_chair.pk, ivanov.pk, at(14, 45))
        fact = heard[-1]
        assert (fact.old_starts_at, fact.starts_at) == (at(10).isoformat(), at(14).isoformat())
        assert Occupancy.objects.filter(appointment=made).count() == 3
        book(10)

    @pytest.mark.feature("SCH-07")
    def test_resize(self, book, at, reception, boris):
        made = book(10)
        appointment_move(appointment_id=made.pk, starts_at=at(10), ends_at=at(10, 30), actor=reception)
        book(10, 30, patient=boris)
        with pytest.raises(SlotTaken):
            appointment_move(appointment_id=made.pk, starts_at=at(10), ends_at=at(10, 45), actor=reception)

    def test_by_half_over_its_own_place(self, book, at, reception):
        made = book(10)
        assert appointment_move(appointment_id=made.pk, starts_at=at(10, 30), actor=reception).starts_at == at(10, 30)

    def test_a_refused_move_leaves_it_where_it_was(self, book, at, reception, boris):
        made, _other = book(10), book(12, patient=boris)
        with pytest.raises(SlotTaken):
            appointment_move(appointment_id=made.pk, starts_at=at(12), actor=reception)
        made.refresh_from_db()
        assert (made.starts_at, made.version, made.moves) == (at(10), 1, 0)
        assert occupancy_check({}).is_right

    def test_to_where_the_doctor_does_not_work(self, book, at, reception):
        made = book(10)
        with pytest.raises(OutsideShift):
            appointment_move(appointment_id=made.pk, starts_at=at(10, days=1), actor=reception)

    def test_an_overbooked_visit_may_shrink_and_leave_but_not_move_over_another(self, book, at, boris, director):
        book(10)
        over = book(10, 30, patient=boris, actor=director, over_reason="Острая боль")
        appointment_move(appointment_id=over.pk, starts_at=at(10, 30), ends_at=at(11), actor=director)
        with pytest.raises(SlotTaken):
            appointment_move(appointment_id=over.pk, starts_at=at(10, 15), actor=director)
        gone = appointment_move(appointment_id=over.pk, starts_at=at(15), actor=director)
        assert not gone.is_overbooked and gone.overbook_reason == ""
        assert not Occupancy.objects.filter(is_overbooked=True).exists()

    def test_what_somebody_else_changed_meanwhile_is_stale(self, book, at, reception):
        made = book(10)
        appointment_move(appointment_id=made.pk, starts_at=at(12), actor=reception, expected_version=1)
        with pytest.raises(Stale):
            appointment_move(appointment_id=made.pk, starts_at=at(14), actor=reception, expected_version=1)

    def test_yesterdays_forgotten_visit_moves_to_another_day(self, book, at, sokolova, chair, director, reception):
        made = book(10)
        shift_create(
            doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(9, days=3), ends_at=at(21, days=3), actor=director
        )
        with time_machine.travel(at(12, days=2)):
            moved = appointment_move(appointment_id=made.pk, starts_at=at(10, days=3), actor=reception)
        assert moved.starts_at == at(10, days=3)

    def test_the_doctors_own_minutes_never_outlast_the_visit(self, book, at, reception):
        made = book(10, own_minutes=45)
        moved = appointment_move(appointment_id=made.pk, starts_at=at(12), ends_at=at(12, 30), actor=reception)
        assert moved.own_minutes == 30


class TestSteps:
    @pytest.mark.feature("SCH-09")
    def test_a_tap_walks_through_the_steps_between(self, book, reception, heard):
        made = book(10)
        arrived = appointment_set_state(appointment_id=made.pk, state="arrived", actor=reception, is_walking=True)
        assert arrived.state == "arrived"
        assert (heard[-1].old, heard[-1].new) == ("booked", "arrived")

    def test_who_did_not_come_frees_the_place_and_may_come_back_to_it(self, book, reception, boris):
        made = book(10)
        appointment_set_state(appointment_id=made.pk, state="no_show", actor=reception)
        assert not Occupancy.objects.exists()
        appointment_set_state(appointment_id=made.pk, state="booked", reason="Опоздал", actor=reception)
        assert Occupancy.objects.filter(appointment=made).count() == 3
        appointment_set_state(appointment_id=made.pk, state="no_show", actor=reception)
        book(10, patient=boris)
        with pytest.raises(SlotTaken):
            appointment_set_state(appointment_id=made.pk, state="booked", reason="Пришёл", actor=reception)

    def test_back_is_refused_while_something_stands_on_it(self, book, reception):
        made = book(10)
        appointment_step(appointment_id=made.pk, state="completed", actor=reception, is_walking=True)

        def invoiced(rows):
            return {row.pk: ["Счёт 17 выставлен"] for row in rows}

        slots.BACK_OBSTACLES.register(invoiced, module="scheduling")
        try:
            with pytest.raises(BackRefused) as refused:
                appointment_set_state(appointment_id=made.pk, state="in_chair", reason="Ошибка", actor=reception)
        finally:
            slots.BACK_OBSTACLES.unregister(invoiced)
        assert refused.value.facts == {"obstacles": ["Счёт 17 выставлен"]}

    def test_a_label_belongs_to_its_state(self, book, reception):
        late = StatusLabel.objects.create(state="confirmed", name="Опаздывает", tone="amber")
        made = book(10)
        with pytest.raises(Invalid):
            appointment_set_state(
                appointment_id=made.pk, state="arrived", label_id=late.pk, actor=reception, is_walking=True
            )
        row = appointment_set_state(appointment_id=made.pk, state="confirmed", label_id=late.pk, actor=reception)
        assert row.label_id == late.pk
        assert appointment_set_state(appointment_id=made.pk, state="arrived", actor=reception).label_id is None

    @pytest.mark.feature("SCH-08")
    def test_a_slip_is_not_a_cancellation(self, book, reception):
        made = book(10)
        assert appointment_cancel(appointment_id=made.pk, reason="Не туда", then="lost", actor=reception).is_mistake
        later = book(10)
        with time_machine.travel(clock.now() + timedelta(minutes=11)):
            assert not appointment_cancel(
                appointment_id=later.pk, reason="Заболел", then="rebook", actor=reception
            ).is_mistake

    @pytest.mark.feature("SCH-43")
    def test_cancelling_must_say_what_is_next(self, book, reception, heard):
        made = book(10)
        with pytest.raises(Invalid) as refused:
            appointment_cancel(appointment_id=made.pk, reason="x", then="", actor=reception)
        assert "then" in refused.value.fields
        appointment_cancel(appointment_id=made.pk, reason="Заболел", then="wait", actor=reception)
        assert names(heard)[-3:] == ["AppointmentStateChanged", "AppointmentCancelled", "PlaceFreed"]
        assert heard[-2].then == "wait"

    def test_the_feed_tells_the_whole_story(self, book, at, reception):
        made = book(10)
        appointment_move(appointment_id=made.pk, starts_at=at(12), actor=reception)
        appointment_set_state(appointment_id=made.pk, state="arrived", actor=reception, is_walking=True)
        appointment_cancel(appointment_id=made.pk, reason="Ушёл", then="rebook", actor=reception)
        told = [row.code.rsplit(".", 1)[1] for row in record_feed(made, ["base"])]
        assert told == ["cancelled", "arrived", "moved", "booked"]
        assert "Ушёл" in text_of(record_feed(made, ["base"])[0])
        assert all(row.patient_id == made.patient_id for row in record_feed(made, ["base"]))


@pytest.mark.feature("SCH-25")
class TestClose:
    @pytest.fixture
    def steps(self):
        done = []

        def step(key, order, refuse=None):
            def apply(visit, answers, actor):
                done.append((key, dict(answers)))
                if refuse:
                    raise refuse

            made = slots.CloseStep(key, key, apply)
            registered.append(slots.CLOSE_STEPS.register(made, module="scheduling", order=order))
            return made

        registered = []
        yield step, done
        for made in registered:
            slots.CLOSE_STEPS.unregister(made)

    def test_steps_run_in_layer_order_with_their_own_answers(self, book, reception, steps, heard):
        step, done = steps
        step("billing", 20)
        step("clinical", 10)
        made = book(10)
        row = visit_close(visit=made.pk, answers={"billing": {"note": "x"}}, actor=reception, is_walking=True)
        assert row.state == "completed"
        assert done == [("clinical", {}), ("billing", {"note": "x"})]
        assert names(heard)[-2:] == ["AppointmentStateChanged", "VisitCompleted"]

    def test_one_refusal_keeps_nothing(self, book, reception, steps, heard):
        step, _done = steps
        step("clinical", 10, refuse=Invalid(fields={"tooth": "?"}))
        made = book(10)
        with pytest.raises(Invalid) as refused:
            visit_close(visit=made.pk, answers={}, actor=reception, is_walking=True)
        assert set(refused.value.fields) == {"clinical.tooth"}
        made.refresh_from_db()
        assert made.state == "booked"


@pytest.mark.feature("SCH-44")
class TestSeries:
    @pytest.fixture
    def weeks(self, shift, sokolova, chair, day, director):
        shifts_generate(
            doctor_id=sokolova.pk, chair_id=chair.pk, weekdays=[day.weekday()], first=day + timedelta(days=1),
            last=day + timedelta(days=30), start_time=clock.local(shift.starts_at, ZONE).time(),
            end_time=clock.local(shift.ends_at, ZONE).time(), actor=director,
        )  # fmt: skip
        return [day + timedelta(weeks=number) for number in range(4)]

    @pytest.fixture
    def series(self, weeks, sokolova, chair, anna, at, reception):
        made, skipped = series_book(
            patient_id=anna.pk, doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(10), ends_at=at(10, 30), dates=weeks,
            zone=ZONE, actor=reception,
        )  # fmt: skip
        assert skipped == []
        return made

    def test_every_visit_is_its_own_row(self, series, weeks, reception):
        assert [row.local_start.date() for row in series] == weeks
        assert len({row.series_id for row in series}) == 1
        appointment_set_state(appointment_id=series[0].pk, state="confirmed", actor=reception)
        assert Appointment.objects.filter(state="booked").count() == 3

    def test_dates_that_cannot_be_are_named(self, weeks, book, sokolova, chair, anna, boris, at, reception):
        book(10, patient=boris)
        made, skipped = series_book(
            patient_id=anna.pk, doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(10), ends_at=at(10, 30),
            dates=[*weeks, weeks[0] + timedelta(days=1)], zone=ZONE, actor=reception,
        )  # fmt: skip
        assert len(made) == 3
        assert [(row.date, row.code) for row in skipped] == [
            (weeks[0], "slot_taken"), (weeks[0] + timedelta(days=1), "outside_shift"),
        ]  # fmt: skip

    def test_following_move_together_by_the_same_days(self, series, at, reception):
        second = series[1]
        moved = series_move(
            appointment_id=second.pk,
            scope="following",
            starts_at=at(15, days=7),
            ends_at=at(16, days=7),
            actor=reception,
        )
        assert [row.starts_at for row in moved] == [at(15, days=7), at(15, days=14), at(15, days=21)]
        series[0].refresh_from_db()
        assert series[0].starts_at == at(10)
        assert occupancy_check({}).is_right

    def test_all_or_none_move(self, series, book, boris, at, reception):
        book(15, patient=boris, days=14)
        with pytest.raises(SlotTaken) as refused:
            series_move(appointment_id=series[0].pk, scope="all", starts_at=at(15), ends_at=at(15, 30), actor=reception)
        assert refused.value.facts["date"] == str(series[2].local_start.date())
        assert [
            row.starts_at for row in Appointment.objects.filter(series=series[0].series_id).order_by("starts_at")
        ] == [row.starts_at for row in series]

    def test_a_series_may_slide_over_its_own_places(self, series, at, reception):
        moved = series_move(
            appointment_id=series[0].pk, scope="all", starts_at=at(10, 15), ends_at=at(10, 45), actor=reception
        )
        assert len(moved) == 4

    def test_cancel_the_following(self, series, reception):
        gone = series_cancel(
            appointment_id=series[2].pk, scope="following", reason="Уехал", then="plan", actor=reception
        )
        assert len(gone) == 2
        assert Appointment.objects.filter(state="booked").count() == 2


class TestShifts:
    @pytest.mark.feature("SCH-36")
    def test_a_doctor_bound_to_no_branch_works_anywhere_and_a_bound_one_does_not(
        self, ivanov, sokolova, other_branch, branch, at, director
    ):
        from clinic.selectors import user_loaded
        from tests.factories import ChairFactory

        there = ChairFactory(branch=other_branch)
        director = user_loaded(director.pk)
        shift_create(doctor_id=ivanov.pk, chair_id=there.pk, starts_at=at(9), ends_at=at(12), actor=director)
        sokolova.branches.add(branch)
        with pytest.raises(Invalid) as refused:
            shift_create(doctor_id=sokolova.pk, chair_id=there.pk, starts_at=at(12), ends_at=at(15), actor=director)
        assert "doctor" in refused.value.fields

    def test_a_chair_has_one_shift_at_a_time(self, shift, ivanov, chair, at, director):
        with pytest.raises(ShiftOverlaps):
            shift_create(doctor_id=ivanov.pk, chair_id=chair.pk, starts_at=at(20), ends_at=at(22), actor=director)

    @pytest.mark.feature("SCH-18")
    def test_patients_follow_a_shift_to_another_chair(self, shift, book, other_chair, at, director):
        made = book(10)
        with pytest.raises(ShiftHasVisits):
            shift_change(shift_id=shift.pk, chair_id=other_chair.pk, actor=director)
        shift_change(
            shift_id=shift.pk, chair_id=other_chair.pk, starts_at=at(10), ends_at=at(21), then="follow", actor=director
        )
        made.refresh_from_db()
        assert (made.chair_id, made.starts_at) == (other_chair.pk, at(11))

    @pytest.mark.feature("SCH-18")
    def test_patients_are_seated_elsewhere(self, shift, book, ivanov, other_chair, at, director):
        made = book(10)
        with pytest.raises(ShiftHasVisits):
            shift_delete(shift_id=shift.pk, then="reseat", actor=director)
        shift_create(doctor_id=ivanov.pk, chair_id=other_chair.pk, starts_at=at(9), ends_at=at(21), actor=director)
        shift_delete(shift_id=shift.pk, then="reseat", actor=director)
        made.refresh_from_db()
        assert (made.doctor_id, made.chair_id, made.starts_at) == (ivanov.pk, other_chair.pk, at(10))

    def test_a_refused_change_keeps_the_shift(self, shift, book, at, director):
        book(10)
        with pytest.raises(ShiftHasVisits):
            shift_delete(shift_id=shift.pk, actor=director)
        assert Shift.objects.filter(pk=shift.pk).exists()

    @pytest.mark.parametrize(
        "wrong",
        [{"weekdays": []}, {"weekdays": [7]}, {"last": -1}, {"last": 800}, {"end": "09:00"}],
    )
    def test_senseless_rules(self, sokolova, chair, day, director, wrong):
        from datetime import time

        with pytest.raises(Invalid):
            shifts_generate(
                doctor_id=sokolova.pk, chair_id=chair.pk, weekdays=wrong.get("weekdays", [0]), first=day,
                last=day + timedelta(days=wrong.get("last", 10)), start_time=time(9),
                end_time=time.fromisoformat(wrong.get("end", "15:00")), actor=director,
            )  # fmt: skip

    def test_another_branchs_shift_is_not_found(self, shift, stranger):
        with pytest.raises(NotFound):
            shift_delete(shift_id=shift.pk, actor=stranger)


class TestCheck:
    def test_finds_what_is_wrong(self, book, capsys):
        made = book(10)
        call_command("check_occupancy")
        assert "3 rows, right" in capsys.readouterr().out
        Occupancy.objects.filter(appointment=made, resource_kind="chair").delete()
        with pytest.raises(SystemExit):
            call_command("check_occupancy")
        assert "missing" in capsys.readouterr().out

    def test_a_changed_clean_up_is_no_fault(self, book, chair):
        book(10)
        chair.buffer_minutes = 15
        chair.save()
        assert occupancy_check({}).is_right


def test_changing_services_never_lets_the_visit_lie_over_the_next(book, boris, reception):
    from tests.factories import ServiceFactory

    made = book(10)
    book(11, patient=boris)
    with pytest.raises(SlotTaken):
        appointment_change(appointment_id=made.pk, service_ids=[ServiceFactory(buffer_min=15).pk], actor=reception)
    assert Occupancy.objects.filter(appointment=made).count() == 3


def test_moved_to_terminal_states_it_cannot_move(book, at, reception):
    made = book(10)
    appointment_cancel(appointment_id=made.pk, reason="x", then="lost", actor=reception)
    with pytest.raises(IllegalMove):
        appointment_move(appointment_id=made.pk, starts_at=at(12), actor=reception)

"""Staff: entering, changing, leaving with everything handed over."""

from datetime import date

import pytest
from django.contrib.sessions.backends.cached_db import SessionStore

from clinic.errors import StillNeeded
from clinic.models import Staff, User
from clinic.services import people
from clinic.slots import LEAVING, Obligation, Way
from core.errors import Invalid, Stale
from tests.clinic.test_accounts import session_of
from tests.factories import ProfessionFactory, StaffFactory

ON = date(2030, 1, 7)


def values(**more):
    return {
        "last_name": "Лебедева",
        "first_name": "Ольга",
        "middle_name": "",
        "is_doctor": False,
        "is_employee": True,
        **more,
    }


@pytest.mark.feature("HR-01", "HR-02", "HR-20")
def test_a_person_may_be_doctor_and_employee_at_once(director, branch):
    surgeon, manager = ProfessionFactory(name="Хирург"), ProfessionFactory(name="Главный врач", kind="staff")
    made = people.staff_save(
        values=values(is_doctor=True, professions=[surgeon, manager], branches=[branch]), actor=director
    )
    assert {row.name for row in made.professions.all()} == {"Хирург", "Главный врач"}


def test_a_person_of_no_trade_is_refused(director):
    with pytest.raises(Invalid):
        people.staff_save(values=values(is_employee=False), actor=director)
    assert not Staff.objects.exists()


@pytest.mark.feature("HR-04")
def test_a_change_of_professions_alone_raises_the_version(director):
    person = StaffFactory()
    people.staff_save(pk=person.pk, values=values(professions=[ProfessionFactory()]), actor=director, version=1)
    with pytest.raises(Stale):
        people.staff_save(pk=person.pk, values=values(), actor=director, version=1)


class Visits:
    """An app above in which one visit stands in the person's name."""

    title = "Визиты"
    icon = "calendar"
    ways = (Way("move", "К другому врачу", needs_person=True), Way("cancel", "Отменить"))

    def __init__(self):
        self.left = ["1", "2"]
        self.settled = []

    def find(self, staff_id, on):
        return [Obligation(key, f"Визит {key}") for key in self.left]

    def settle(self, staff_id, on, keys, way, to_staff_id, actor):
        self.left = [key for key in self.left if key not in keys]
        self.settled.append((way, to_staff_id))


@pytest.fixture
def visits():
    provider = LEAVING.register(Visits(), module="clinic")
    yield provider
    LEAVING.unregister(provider)


@pytest.mark.feature("HR-03")
def test_visits_are_handed_over_before_a_person_leaves(director, doctor, visits):
    staff = doctor.staff
    with pytest.raises(StillNeeded) as refused:
        people.staff_leave(pk=staff.pk, on=ON, actor=director)
    assert refused.value.facts["obligations"] == 2
    assert User.objects.get(pk=doctor.pk).is_active
    other = StaffFactory()
    settle = {"staff_id": staff.pk, "on": ON, "module": "tests", "actor": director}
    with pytest.raises(Invalid):
        people.obligations_settle(**settle, keys=["1"], way="move", to_staff_id=None)
    people.obligations_settle(**settle, keys=["1", "unknown"], way="move", to_staff_id=other.pk)
    people.obligations_settle(**settle, keys=["2"], way="cancel", to_staff_id=None)
    assert visits.settled == [("move", other.pk), ("cancel", None)]
    people.staff_leave(pk=staff.pk, on=ON, actor=director)
    staff.refresh_from_db()
    assert staff.dismissed_on == ON


@pytest.mark.feature("HR-03")
def test_whoever_leaves_is_signed_out_at_once(director, doctor):
    key = session_of(doctor)
    people.staff_leave(pk=doctor.staff.pk, on=ON, actor=director)
    assert not SessionStore().exists(key)
    assert not User.objects.get(pk=doctor.pk).is_active
    people.staff_return(pk=doctor.staff.pk, actor=director)
    assert not User.objects.get(pk=doctor.pk).is_active, "the account is switched on by hand"


@pytest.mark.feature("HR-03", "SET-04")
def test_a_person_goes_to_the_trash_only_with_nothing_in_his_name(director, doctor, visits):
    with pytest.raises(StillNeeded):
        people.staff_trash(pk=doctor.staff.pk, on=ON, actor=director)
    visits.left = []
    people.staff_trash(pk=doctor.staff.pk, on=ON, actor=director, reason="ошибка")
    assert not Staff.objects.live().filter(pk=doctor.staff.pk).exists()

"""Legal entities, branches, hours, exceptions, chairs."""

from datetime import date, time, timedelta

import pytest
from django.utils import timezone

from clinic.errors import HoursLeaveVisits
from clinic.models import Branch, BranchDay, BranchHours, Chair, LegalEntity
from clinic.selectors import opening_hours
from clinic.services import places
from clinic.slots import HOURS_WARNINGS
from core.errors import Invalid, NotFound, Stale
from core.models import AuditEntry
from core.trash import InUse, trash_put, trash_restore
from tests.factories import ChairFactory

MONDAY = date(2030, 1, 7)


def branch_values(entity, **more):
    return {
        "name": "Юг",
        "legal_entity": entity,
        "address": "",
        "phone": "",
        "timezone": "Asia/Omsk",
        "area_sqm": None,
        **more,
    }


@pytest.mark.feature("SET-03")
def test_a_new_branch_works_from_nine_to_twenty_one_until_told_otherwise(director, branch):
    made = places.branch_save(values=branch_values(branch.legal_entity), actor=director)
    assert made.position == branch.position + 1
    assert BranchHours.objects.filter(branch=made).count() == 7
    assert AuditEntry.objects.filter(code="clinic.branch.added", object_id=made.pk).exists()


def test_a_branch_of_a_taken_name_or_an_unknown_zone_is_refused_beside_its_field(director, branch):
    with pytest.raises(Invalid) as refused:
        places.branch_save(values=branch_values(branch.legal_entity, name="центр"), actor=director)
    assert "name" in refused.value.fields
    with pytest.raises(Invalid) as refused:
        places.branch_save(values=branch_values(branch.legal_entity, timezone="Mars/Base"), actor=director)
    assert "timezone" in refused.value.fields


def test_a_stale_branch_is_not_overwritten(director, branch):
    places.branch_save(pk=branch.pk, values={"name": "Новый"}, actor=director, version=1)
    with pytest.raises(Stale):
        places.branch_save(pk=branch.pk, values={"name": "Другой"}, actor=director, version=1)
    branch.refresh_from_db()
    assert (branch.name, branch.version) == ("Новый", 2)


@pytest.mark.feature("SET-11")
def test_a_mistyped_inn_is_refused(director):
    with pytest.raises(Invalid) as refused:
        places.entity_save(
            values={"name": "ООО", "short_name": "ООО", "inn": "7707083894", "ogrn": "1", "kpp": "1"}, actor=director
        )
    assert set(refused.value.fields) == {"inn", "ogrn", "kpp"}
    assert not LegalEntity.objects.exists()


@pytest.mark.feature("SCH-19")
def test_weekly_hours_are_set_and_a_weekday_left_out_is_closed(director, branch):
    places.hours_set(branch_id=branch.pk, hours={0: (time(8), time(20))}, actor=director)
    hours = opening_hours(branch, MONDAY, MONDAY + timedelta(days=1))
    assert hours[MONDAY] is not None
    assert hours[MONDAY + timedelta(days=1)] is None


def test_hours_that_end_before_they_begin_are_refused(director, branch):
    with pytest.raises(Invalid) as refused:
        places.hours_set(branch_id=branch.pk, hours={0: (time(20), time(8))}, actor=director)
    assert "day_0" in refused.value.fields
    assert BranchHours.objects.filter(branch=branch).count() == 7


@pytest.mark.feature("SCH-54")
def test_holidays_of_several_branches_are_closed_at_once_and_opened_again(director, branch, other_branch):
    count = places.days_set(
        branch_ids=[branch.pk, other_branch.pk], first=MONDAY, last=MONDAY + timedelta(days=2), opens=None, closes=None,
        reason="Праздник", actor=director,
    )  # fmt: skip
    assert count == 6
    assert opening_hours(other_branch, MONDAY, MONDAY)[MONDAY] is None
    places.day_remove(branch_id=branch.pk, day=MONDAY, actor=director)
    assert opening_hours(branch, MONDAY, MONDAY)[MONDAY] is not None
    with pytest.raises(NotFound):
        places.day_remove(branch_id=branch.pk, day=MONDAY, actor=director)


def test_an_exception_set_twice_is_the_newer_one(director, branch):
    for closes in (time(15), time(17)):
        places.days_set(
            branch_ids=[branch.pk], first=MONDAY, last=MONDAY, opens=time(10), closes=closes, actor=director
        )
    row = BranchDay.objects.get()
    assert (row.opens, row.closes) == (time(10), time(17))


@pytest.mark.parametrize(
    ("first", "last", "opens", "closes", "field"),
    [
        (MONDAY, MONDAY - timedelta(days=1), None, None, "last"),
        (MONDAY, MONDAY + timedelta(days=366), None, None, "last"),
        (MONDAY, MONDAY, time(9), None, "closes"),
        (MONDAY, MONDAY, time(9), time(8), "closes"),
    ],
)
def test_impossible_exceptions_are_refused_beside_their_field(director, branch, first, last, opens, closes, field):
    with pytest.raises(Invalid) as refused:
        places.days_set(branch_ids=[branch.pk], first=first, last=last, opens=opens, closes=closes, actor=director)
    assert field in refused.value.fields
    assert not BranchDay.objects.exists()


@pytest.fixture
def booked_on_monday():
    """An app above that has a visit on Mondays at ten."""

    def provider(branch_id, days):
        left = [
            day for day, hours in days.items() if day.weekday() == 0 and not (hours and hours[0] <= time(10) < hours[1])
        ]
        return ["Записан 1 пациент."] if left else []

    HOURS_WARNINGS.register(provider, module="clinic")
    yield
    HOURS_WARNINGS.unregister(provider)


@pytest.mark.feature("SCH-54")
def test_booked_visits_hold_a_day_open_until_one_is_sure(director, branch, booked_on_monday):
    shut = {
        "branch_ids": [branch.pk],
        "first": MONDAY,
        "last": MONDAY,
        "opens": None,
        "closes": None,
        "actor": director,
    }
    with pytest.raises(HoursLeaveVisits) as refused:
        places.days_set(**shut)
    assert refused.value.facts["obstacles"] == ["Записан 1 пациент."]
    assert not BranchDay.objects.exists()
    assert places.days_set(**shut, sure=True) == 1
    with pytest.raises(HoursLeaveVisits):
        places.hours_set(branch_id=branch.pk, hours={0: (time(12), time(20))}, actor=director)
    places.hours_set(branch_id=branch.pk, hours={0: (time(12), time(20))}, actor=director, sure=True)


def test_chairs_are_added_at_the_right_and_moved(director, branch):
    names = ("А", "Б", "В")
    chairs = [
        places.chair_save(values={"branch": branch, "name": name, "purpose": "", "buffer_minutes": 0}, actor=director)
        for name in names
    ]
    places.chair_move(pk=chairs[2].pk, steps=-1, actor=director)
    places.chair_move(pk=chairs[0].pk, steps=-1, actor=director)
    assert list(Chair.objects.filter(branch=branch).order_by("position").values_list("name", flat=True)) == [
        "А",
        "В",
        "Б",
    ]


def test_two_chairs_of_one_branch_have_two_names(director, branch, chair, other_branch):
    with pytest.raises(Invalid):
        places.chair_save(
            values={"branch": branch, "name": chair.name, "purpose": "", "buffer_minutes": 0}, actor=director
        )
    places.chair_save(
        values={"branch": other_branch, "name": chair.name, "purpose": "", "buffer_minutes": 0}, actor=director
    )


def test_a_chair_stays_in_its_branch(director, chair, other_branch):
    places.chair_save(pk=chair.pk, values={"branch": other_branch, "name": "Новое"}, actor=director)
    chair.refresh_from_db()
    assert (chair.name, chair.branch_id == other_branch.pk) == ("Новое", False)


@pytest.mark.feature("SET-03", "SET-04")
def test_a_branch_goes_to_the_trash_with_its_chairs_but_the_last_one_does_not(director, branch, other_branch):
    theirs = ChairFactory(branch=other_branch)
    entry = trash_put(other_branch, actor=director)
    assert not Chair.objects.live().filter(pk=theirs.pk).exists()
    with pytest.raises(InUse):
        trash_put(branch, actor=director)
    trash_restore(entry.pk, actor=director)
    assert Chair.objects.live().filter(pk=theirs.pk).exists()
    assert Branch.objects.live().count() == 2


def test_a_legal_entity_with_branches_is_not_thrown_away(director, branch):
    with pytest.raises(InUse):
        trash_put(branch.legal_entity, actor=director)


def test_the_day_of_a_branch_is_its_own(director, branch):
    branch.timezone = "Asia/Kamchatka"
    branch.save()
    assert opening_hours(branch, MONDAY, MONDAY)[MONDAY][0].astimezone(timezone.get_fixed_timezone(720)).hour == 9

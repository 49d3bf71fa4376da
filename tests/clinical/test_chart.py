"""Diagnoses of teeth: noted for several at once, closed with a date, never erased."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Diagnosis
from clinical import rules
from clinical import teeth as fdi
from clinical.errors import AlreadyNoted
from clinical.models import FavouriteDiagnosis, ToothDiagnosis, ToothMark
from clinical.selectors import chart_of, kinds_now, marks_of
from clinical.services import (
    diagnosis_close,
    diagnosis_note,
    diagnosis_reopen,
    favourite_toggle,
    marks_close,
    marks_set,
)
from clinical.statuses import status, statuses
from core.errors import Invalid, NotFound
from core.models import AuditEntry
from core.trash import InUse, trash_put
from tests.factories import DiagnosisFactory, PatientFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def caries(db):
    return Diagnosis.objects.get(code="K02.1")


def note(anna, caries, doctor, teeth=(36,), **given):
    return diagnosis_note(patient_id=anna.pk, diagnosis_id=caries.pk, teeth=teeth, actor=doctor, **given)


@pytest.mark.feature("CLN-05")
def test_a_diagnosis_is_noted_for_several_teeth_at_once(anna, caries, doctor):
    rows = note(anna, caries, doctor, [46, 36, 36], surfaces="mo")
    assert [(row.tooth, row.surfaces, row.doctor) for row in rows] == [
        (46, "MO", doctor.staff),
        (36, "MO", doctor.staff),
    ]


def test_without_teeth_it_is_of_the_whole_mouth(anna, caries, doctor):
    assert [row.tooth for row in note(anna, caries, doctor, [])] == [None]
    with pytest.raises(AlreadyNoted):
        note(anna, caries, doctor, [])


def test_a_tooth_that_has_it_already_keeps_the_older_row(anna, caries, doctor):
    note(anna, caries, doctor, [36])
    assert [row.tooth for row in note(anna, caries, doctor, [36, 37])] == [37]
    with pytest.raises(AlreadyNoted):
        note(anna, caries, doctor, [36, 37])


def test_what_cannot_be_noted_changes_nothing(anna, caries, doctor, branch):
    caries.is_active = False
    caries.save()
    archived = caries
    fresh = DiagnosisFactory()
    for changes, field in (
        ({"teeth": [19]}, "teeth"),
        ({"diagnosis_id": archived.pk}, "diagnosis"),
        ({"noted_on": date.today() + timedelta(days=3)}, "noted_on"),
    ):
        with pytest.raises(Invalid) as refusal:
            diagnosis_note(
                **{"patient_id": anna.pk, "diagnosis_id": fresh.pk, "teeth": [36], "actor": doctor, **changes}
            )
        assert field in refusal.value.fields
    with pytest.raises(NotFound):
        diagnosis_note(patient_id=999_999_999, diagnosis_id=fresh.pk, teeth=[36], actor=doctor)
    assert not ToothDiagnosis.objects.exists()


@pytest.mark.feature("CLN-06")
def test_removing_closes_with_a_date_and_can_be_undone(anna, caries, doctor):
    (row,) = note(anna, caries, doctor, noted_on=date(2026, 1, 10))
    row = diagnosis_close(tooth_diagnosis_id=row.pk, actor=doctor, closed_on=date(2026, 2, 1))
    of_day = ToothDiagnosis.objects.open_on
    assert [of_day(date(2026, 1, 31)).count(), of_day(date(2026, 2, 1)).count()] == [1, 0]
    assert diagnosis_close(tooth_diagnosis_id=row.pk, actor=doctor).closed_on == date(2026, 2, 1)
    assert diagnosis_reopen(tooth_diagnosis_id=row.pk, actor=doctor).closed_on is None


def test_an_undo_does_not_double_a_diagnosis_that_was_noted_again(anna, caries, doctor):
    (row,) = note(anna, caries, doctor)
    diagnosis_close(tooth_diagnosis_id=row.pk, actor=doctor)
    note(anna, caries, doctor)
    with pytest.raises(AlreadyNoted):
        diagnosis_reopen(tooth_diagnosis_id=row.pk, actor=doctor)


def test_a_closing_day_lies_between_the_diagnosis_and_today(anna, caries, doctor):
    (row,) = note(anna, caries, doctor, noted_on=date(2026, 1, 10))
    for day in (date(2026, 1, 9), date.today() + timedelta(days=2)):
        with pytest.raises(Invalid):
            diagnosis_close(tooth_diagnosis_id=row.pk, actor=doctor, closed_on=day)


def test_what_is_told_of_diagnoses_stays_in_the_medical_compartment(anna, caries, doctor):
    (row,) = note(anna, caries, doctor)
    diagnosis_close(tooth_diagnosis_id=row.pk, actor=doctor)
    assert set(AuditEntry.objects.filter(patient_id=anna.pk).values_list("compartment", flat=True)) == {"medical"}


def test_a_favourite_comes_and_goes(caries, doctor):
    assert [favourite_toggle(diagnosis_id=caries.pk, actor=doctor) for _ in range(3)] == [True, False, True]
    with pytest.raises(IntegrityError, match="favourite_diagnosis_once_a_user"), transaction.atomic():
        FavouriteDiagnosis.objects.create(user=doctor, diagnosis=caries)


@pytest.mark.feature("CLN-28")
def test_a_diagnosis_that_patients_have_is_archived_not_deleted(anna, caries, doctor, director):
    note(anna, caries, doctor)
    with pytest.raises(InUse):
        trash_put(caries, actor=director)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"tooth": 19}, "tooth_diagnosis_is_of_a_real_tooth"),
        ({"closed_on": date(2020, 1, 1)}, "tooth_diagnosis_closes_after_it_was_noted"),
        ({"tooth": 37}, "tooth_diagnosis_is_open_once"),
    ],
)
def test_the_database_keeps_what_a_diagnosis_promises(anna, caries, doctor, changes, constraint):
    first, _second = note(anna, caries, doctor, [36, 37], noted_on=date(2026, 1, 1))
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ToothDiagnosis.objects.filter(pk=first.pk).update(**changes)


@pytest.mark.feature("CLN-01")
def test_the_chart_has_every_tooth_once_as_the_doctor_sees_it():
    assert fdi.UPPER == (18, 17, 16, 15, 14, 13, 12, 11, 21, 22, 23, 24, 25, 26, 27, 28)
    assert fdi.LOWER_PRIMARY == (85, 84, 83, 82, 81, 71, 72, 73, 74, 75)
    assert len(fdi.TEETH) == 52 and set(fdi.teeth()) == fdi.TEETH


@given(st.lists(st.sampled_from(sorted(fdi.TEETH))))
def test_teeth_in_order_lose_and_repeat_none(numbers):
    ordered = fdi.in_order(numbers)
    assert set(ordered) == set(numbers) and len(ordered) == len(set(numbers))


@pytest.mark.parametrize(
    ("tooth", "given", "kept"),
    [(36, "omod", "MOD"), (11, "OB", "VI"), (36, "P", "L"), (16, "L", "P"), (36, "xyz", ""), (11, "i", "I")],
)
def test_surfaces_are_those_that_the_tooth_has(tooth, given, kept):
    assert fdi.surfaces_of(tooth, given) == kept


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("K02.1", "caries"),
        ("K04.0", "pulpitis"),
        ("K04.5", "periodontitis"),
        ("K08.1", "missing"),
        ("K08.3", "root"),
        ("I10", "other"),
        ("K05.3", "gum"),
    ],
)
def test_the_chart_draws_a_diagnosis_by_its_code(code, kind):
    assert rules.kind_of(code) == kind


def test_a_filled_and_carious_tooth_counts_once():
    kinds = {36: {"caries", "filling"}, 37: {"filling"}, 46: {"missing"}, 75: {"caries"}, 11: {"gum"}}
    permanent, primary = rules.decay(kinds, primary=False), rules.decay(kinds, primary=True)
    assert (permanent.carious, permanent.filled, permanent.lost, permanent.total, primary.total) == (1, 1, 1, 3, 1)


# Marks of the formula


def mark(anna, kind, teeth, actor, **given):
    return marks_set(patient_id=anna.pk, kind=kind, teeth=teeth, actor=actor, **given)


def standing(anna):
    return sorted(ToothMark.objects.still_open().filter(patient=anna).values_list("tooth", "kind"))


@pytest.mark.rule("domain 2.2")
def test_a_tooth_has_many_marks_at_once_and_the_same_one_only_once(anna, doctor):
    mark(anna, "filled", [36, 37], doctor, surfaces={36: "MO"})
    mark(anna, "calculus", [36], doctor)
    assert mark(anna, "filled", [36], doctor) == []
    assert standing(anna) == [(36, "calculus"), (36, "filled"), (37, "filled")]
    assert ToothMark.objects.get(tooth=36, kind="filled").surfaces == "MO"


def test_an_absent_tooth_has_no_filling_and_an_implant_stands_where_it_was(anna, doctor):
    mark(anna, "filled", [36], doctor)
    mark(anna, "absent", [36], doctor)
    assert standing(anna) == [(36, "absent")]
    mark(anna, "implant", [36], doctor)
    mark(anna, "crown", [36], doctor)
    assert standing(anna) == [(36, "crown"), (36, "implant")]
    assert ToothMark.objects.count() == 4


def test_healthy_clears_a_tooth_without_erasing_its_past(anna, doctor):
    mark(anna, "filled", [36, 37], doctor)
    assert mark(anna, "healthy", [36], doctor) == []
    assert standing(anna) == [(37, "filled")]
    assert ToothMark.objects.get(tooth=36).closed_on is not None


def test_marks_are_taken_off_only_from_their_patient(anna, doctor):
    (row,) = mark(anna, "crown", [11], doctor)
    with pytest.raises(NotFound):
        marks_close(patient_id=PatientFactory().pk, ids=[row.pk], actor=doctor)
    marks_close(patient_id=anna.pk, ids=[row.pk], actor=doctor)
    assert standing(anna) == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"teeth": []}, "teeth"),
        ({"teeth": [19]}, "teeth"),
        ({"kind": "gold"}, "kind"),
        ({"noted_on": date(2199, 1, 1)}, "noted_on"),
    ],
)
def test_an_impossible_mark_is_refused(anna, doctor, given, field):
    with pytest.raises(Invalid) as refusal:
        marks_set(**{"patient_id": anna.pk, "kind": "crown", "teeth": [11], "actor": doctor, **given})
    assert field in refusal.value.fields


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"tooth": 19}, "tooth_mark_is_of_a_real_tooth"),
        ({"closed_on": date(2020, 1, 1)}, "tooth_mark_closes_after_it_was_noted"),
        ({"tooth": 37}, "tooth_mark_is_open_once"),
    ],
)
def test_the_database_keeps_what_a_mark_promises(anna, doctor, changes, constraint):
    first, _second = mark(anna, "crown", [36, 37], doctor)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ToothMark.objects.filter(pk=first.pk).update(**changes)


def test_the_letters_are_those_of_the_form():
    letters = {row.key: row.code for row in statuses().values()}
    assert len(letters) == 29
    assert (letters["absent"], letters["root"], letters["filled"], letters["crown"]) == ("О", "R", "П", "К")
    assert status("gone in a later version").name == "gone in a later version"


def test_the_index_of_decay_counts_diagnoses_and_marks_together(anna, caries, doctor):
    note(anna, caries, doctor, [36])
    mark(anna, "filled", [36, 37, 75], doctor)
    mark(anna, "absent", [46], doctor)
    mark(anna, "planned_extraction", [48], doctor)
    kinds = kinds_now(chart_of(anna.pk), marks_of(anna.pk))
    found = rules.decay(kinds, primary=False)
    assert (found.carious, found.filled, found.lost, rules.decay(kinds, primary=True).filled) == (1, 1, 1, 1)

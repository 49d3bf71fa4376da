"""Two cards of one person become one, and two again."""

import threading

import pytest
from django.apps import apps
from django.db import connection, models

from core.models import AuditEntry, StoredFile
from patients import selectors, services
from patients.errors import CannotMerge, MergeConflict, NotMerged
from patients.models import Consent, ConsentKind, Family, Identity, Merge, Patient, PinnedPatient, Representative
from patients.services.links import patient_columns
from patients.slots import MERGE_CONFLICTS, Conflict, MergeCheck
from tests.factories import DoctorFactory, PatientFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("PAT-40")]


@pytest.fixture
def double(anna, branch):
    return PatientFactory(
        last_name="Елкина", first_name="Анна", birth_date="1992-03-14", phone="+79160000001", branch=branch,
        doctor=DoctorFactory(), comment="с парковкой",
    )  # fmt: skip


def merge(actor, survivor, retired, **more):
    return services.patients_merge(survivor_id=survivor.pk, duplicate_id=retired.pk, actor=actor, **more)


def everything_of(card):
    """Every row of the database that points to a card, column by column."""
    found = {}
    for column in patient_columns():
        condition, values = column.condition()
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT "{column.key}" FROM "{column.table}" WHERE "{column.column}" = %s{condition} ORDER BY 1',
                [card.pk, *values],
            )
            found[column.table, column.column] = [row[0] for row in cursor.fetchall()]
    return found


def fields_of(card):
    card = Patient.objects.get(pk=card.pk)
    return {
        f.attname: getattr(card, f.attname)
        for f in Patient._meta.fields
        if f.attname not in ("version", "merged_into_id")
    }


@pytest.fixture
def records(double, director):
    """What may hang on a card."""
    kind = ConsentKind.objects.get(code="contract")
    services.consent_sign(patient_id=double.pk, kind=kind, actor=director)
    services.alert_add(patient_id=double.pk, actor=director, kind="allergy", title="лидокаин")
    services.representative_add(patient_id=double.pk, actor=director, full_name="Мать", is_responsible=True)
    services.identity_change(patient_id=double.pk, changes={"snils": "11223344595"}, actor=director)
    services.patient_pin(patient=double, actor=director)
    services.family_create(patient_id=double.pk, name="Ёлкины", actor=director, pays=True)
    StoredFile.objects.create(purpose="x", name="x", content_type="x", size=1, sha256="", patient_id=double.pk)


def test_everything_is_pointed_to_the_survivor(director, anna, double, records):
    made = merge(director, anna, double, reason="одна и та же")
    assert not any(everything_of(double).values())
    for model in (Identity, Representative, PinnedPatient, StoredFile):
        assert model.objects.get().patient_id == anna.pk
    anna.refresh_from_db()
    double.refresh_from_db()
    assert double.merged_into == anna and anna.family.guarantor == anna and double.family is None
    assert (anna.doctor, str(anna.birth_date), anna.comment) == (double.doctor, "1992-03-14", "с парковкой")
    assert anna.phones == ["+79001234567", "+79160000001"]
    assert made.reason == "одна и та же" and made.snapshot["retired"]["last_name"] == "Елкина"


def test_the_feed_of_the_survivor_holds_that_of_the_retired_card(director, anna, double, records):
    merge(director, anna, double)
    codes = {row.code for row in selectors.timeline_of(anna, director)}
    assert {"patients.consent.signed", "patients.alert.added", "patients.card.merged"} <= codes
    assert not AuditEntry.objects.filter(code="patients.alert.added", patient_id=anna.pk).exists()


def test_a_merge_is_taken_back_exactly(director, anna, double, records):
    before = {card.pk: (everything_of(card), fields_of(card)) for card in (anna, double)}
    merge(director, anna, double)
    services.patients_unmerge(survivor_id=anna.pk, duplicate_id=double.pk, actor=director)
    after = {card.pk: (everything_of(card), fields_of(card)) for card in (anna, double)}
    assert after == before
    assert selectors.patients_visible_to(director).count() == 2


def test_what_was_changed_after_a_merge_is_not_taken_back(director, anna, double, records):
    merge(director, anna, double)
    services.patient_change(patient_id=anna.pk, changes={"comment": "новое"}, actor=director)
    later = services.alert_add(patient_id=anna.pk, actor=director, kind="note", title="позже")
    services.patients_unmerge(survivor_id=anna.pk, duplicate_id=double.pk, actor=director)
    anna.refresh_from_db()
    later.refresh_from_db()
    assert anna.comment == "новое" and later.patient_id == anna.pk and anna.doctor is None


def test_a_retired_card_leads_to_the_last_survivor(director, anna, double):
    third = PatientFactory()
    merge(director, anna, double)
    merge(director, third, anna)
    assert selectors.patients_canonical(double.pk) == third.pk
    with pytest.raises(CannotMerge):
        services.patients_unmerge(survivor_id=anna.pk, duplicate_id=double.pk, actor=director)
    services.patients_unmerge(survivor_id=third.pk, duplicate_id=anna.pk, actor=director)
    services.patients_unmerge(survivor_id=anna.pk, duplicate_id=double.pk, actor=director)
    assert selectors.patients_visible_to(director).count() == 3


@pytest.mark.parametrize("pair", ["same", "retired", "not merged"])
def test_cards_that_cannot_be_merged_or_parted(director, anna, double, pair):
    if pair == "same":
        with pytest.raises(CannotMerge):
            merge(director, anna, anna)
    elif pair == "retired":
        merge(director, anna, double)
        with pytest.raises(CannotMerge):
            merge(director, PatientFactory(), double)
    else:
        with pytest.raises(NotMerged):
            services.patients_unmerge(survivor_id=anna.pk, duplicate_id=double.pk, actor=director)


def test_the_same_signature_of_both_stays_where_it_is(director, anna, double):
    kind = ConsentKind.objects.get(code="contract")
    for card in (anna, double):
        services.consent_sign(patient_id=card.pk, kind=kind, actor=director)
    made = merge(director, anna, double)
    assert [place["label"] for place in made.kept] == ["patients.consent"]


def test_one_stays_responsible_under_the_contract(director, anna, double):
    for card in (anna, double):
        services.representative_add(
            patient_id=card.pk, actor=director, full_name=f"Мать {card.pk}", is_responsible=True
        )
    merge(director, anna, double)
    assert Representative.objects.filter(patient=anna).count() == 2
    assert Representative.objects.get(is_responsible=True).full_name == f"Мать {anna.pk}"
    services.patients_unmerge(survivor_id=anna.pk, duplicate_id=double.pk, actor=director)
    assert Representative.objects.filter(is_responsible=True).count() == 2


def test_two_families_are_a_question(director, anna, double):
    services.family_create(patient_id=anna.pk, name="Первая", actor=director)
    services.family_create(patient_id=double.pk, name="Вторая", actor=director)
    with pytest.raises(MergeConflict) as refused:
        merge(director, anna, double)
    assert [each["key"] for each in refused.value.facts["conflicts"]] == ["patients.family"]
    merge(director, anna, double, solutions={"patients.family": "duplicate"})
    anna.refresh_from_db()
    assert anna.family.name == "Вторая"
    services.patients_unmerge(survivor_id=anna.pk, duplicate_id=double.pk, actor=director)
    anna.refresh_from_db()
    assert anna.family.name == "Первая" and Family.objects.count() == 2


def test_conflicts_of_apps_above_are_asked_and_solved(director, anna, double):
    solved = []
    check = MergeCheck(
        lambda survivor, retired: (
            [] if solved else [Conflict("visits", "Два визита сразу", (("cancel", "Отменить второй"),))]
        ),
        lambda key, choice, *rest: solved.append((key, choice)),
    )
    MERGE_CONFLICTS.register(check, module="patients")
    try:
        with pytest.raises(MergeConflict):
            merge(director, anna, double, solutions={"visits": "nonsense"})
        assert services.merge_preview(survivor_id=anna.pk, duplicate_id=double.pk).conflicts[0].key == "visits"
        merge(director, anna, double, solutions={"visits": "cancel"})
    finally:
        MERGE_CONFLICTS.unregister(check)
    assert solved == [("visits", "cancel")]


def test_a_preview_tells_all_and_changes_nothing(director, anna, double, records):
    before = {card.pk: (everything_of(card), fields_of(card)) for card in (anna, double)}
    preview = services.merge_preview(survivor_id=anna.pk, duplicate_id=double.pk)
    assert dict(preview.moved)[str(Consent._meta.verbose_name)] == 1
    assert Patient._meta.get_field("birth_date").verbose_name in [label for label, _before, _after in preview.filled]
    assert {card.pk: (everything_of(card), fields_of(card)) for card in (anna, double)} == before
    assert not Merge.objects.exists()


def test_every_foreign_key_to_a_patient_is_known():
    known = {(column.label, column.column) for column in patient_columns()}
    own = {
        ("patients.duplicate", "first_id"),
        ("patients.duplicate", "second_id"),
        ("patients.patient", "merged_into_id"),
        ("patients.merge", "survivor_id"),
        ("patients.merge", "retired_id"),
    }
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.ForeignKey) and field.remote_field.model is Patient and model._meta.managed:
                place = (model._meta.label_lower, field.column)
                assert place in known | own or not writable(model._meta.db_table, field.column), place


def writable(table, column):
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_column_privilege(%s, %s, 'UPDATE')", [table, column])
        return cursor.fetchone()[0]


@pytest.mark.feature("PAT-40")
def test_the_api_merges_and_parts(api, director, reception, anna, double):
    body = {"duplicate": double.pk}
    assert api(reception).post(f"patients/{anna.pk}/merge/", body).status_code == 403
    answer = api(director).post(f"patients/{anna.pk}/merge/", body)
    assert answer.status_code == 200 and answer.json()["id"] == anna.pk
    assert api(director).get(f"patients/{double.pk}/").json()["merged_into"] == anna.pk
    assert api(director).post(f"patients/{anna.pk}/merge/", body).status_code == 409
    assert api(director).post(f"patients/{anna.pk}/unmerge/", body).status_code == 200
    assert api(director).post(f"patients/{anna.pk}/unmerge/", body).json()["code"] == "not_merged"
    assert api(director).post(f"patients/{anna.pk}/merge/", {"duplicate": 999999}).status_code == 404


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_cards_merged_into_each_other_at_once_leave_one(director, anna, double):
    barrier, results = threading.Barrier(2), []

    def act(survivor, retired):
        barrier.wait()
        try:
            merge(director, survivor, retired)
            results.append("merged")
        except CannotMerge:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=pair) for pair in ((anna, double), (double, anna))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["merged", "refused"]
    assert Patient.objects.live().count() == 1 and Merge.objects.count() == 1

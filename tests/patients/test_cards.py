"""Opening and changing cards, and whose cards a user sees."""

from datetime import date, timedelta

import pytest
import time_machine

from core import clock, policies
from core.audit import text_of
from core.errors import Invalid, NotFound, Stale
from core.models import AuditEntry, HistoryEntry
from core.trash import OBSTACLES, InUse
from patients import events, selectors, services
from patients.errors import CardMerged, CardNumberTaken
from patients.models import CustomField, DocumentKind, Patient, RecentPatient
from patients.rules.duplicates import Person
from patients.rules.identity import is_company_inn, is_person_inn, is_snils, masked
from tests.cast import person, person_with
from tests.factories import DoctorFactory, PatientFactory

pytestmark = pytest.mark.django_db


def register(actor, **fields):
    return services.patient_register(actor=actor, **{"last_name": "Ёлкина", "first_name": "Анна", **fields})


# Opening


@pytest.mark.feature("PAT-02", "PAT-03", "PAT-07")
def test_a_name_is_enough_to_open_a_card(reception):
    patient = register(reception, phone="8 (900) 123-45-67", comment=" звонить\nвечером ")
    assert (patient.phone, patient.comment, patient.version) == ("+79001234567", "звонить\nвечером", 1)
    assert patient.card_number.isdigit() and len(patient.card_number) == 6
    assert list(selectors.timeline_of(patient, reception).values_list("code", flat=True)) == [
        "patients.card.registered"
    ]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"last_name": "  "}, "last_name"),
        ({"phone": "12"}, "phone"),
        ({"birth_date": date(2999, 1, 1)}, "birth_date"),
        ({"birth_date": date(1800, 1, 1)}, "birth_date"),
        ({"first_name": "А" * 81}, "first_name"),
        ({"language": "xx"}, "language"),
        ({"last_name": "Иван\x00ов"}, "last_name"),
        ({"version": 7}, "version"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_opened(reception, fields, field):
    with pytest.raises(Invalid) as refused:
        register(reception, **fields)
    assert list(refused.value.fields) == [field]
    assert not Patient.objects.exists()


def test_the_treating_doctor_is_a_doctor(reception):
    with pytest.raises(Invalid):
        register(reception, doctor=DoctorFactory(is_doctor=False, is_employee=True))


@pytest.mark.feature("PAT-32")
def test_numbers_of_cards_never_collide_with_typed_ones(reception):
    first = register(reception)
    register(reception, card_number=f"{int(first.card_number) + 1:06}")
    assert register(reception).card_number == f"{int(first.card_number) + 2:06}"
    with pytest.raises(CardNumberTaken):
        register(reception, card_number=first.card_number)


def test_numbering_jumps_over_imported_cards(reception):
    first = int(register(reception).card_number)
    for number in range(first + 1, first + 8):
        PatientFactory(card_number=f"{number:06}")
    assert int(register(reception).card_number) == first + 8


def test_numbering_by_year(reception):
    policies.store("patients.card_numbering", "year")
    policies.forget()
    try:
        assert register(reception).card_number.startswith(f"{clock.now():%Y}-")
    finally:
        policies.forget()


# Changing


@pytest.mark.feature("PAT-09", "PAT-10")
def test_a_change_keeps_who_did_what(reception, anna):
    services.patient_change(patient_id=anna.pk, changes={"phone": "9161112233", "email": "a@b.ru"}, actor=reception)
    anna.refresh_from_db()
    assert (anna.phone, anna.version) == ("+79161112233", 2)
    row = AuditEntry.objects.get(code="patients.card.changed")
    assert row.facts["fields"] == ["phone", "email"]
    kept = HistoryEntry.objects.get(table_name="patients_patient", row_id=anna.pk)
    assert kept.changes["phone"] == ["+79001234567", "+79161112233"]
    assert kept.transaction_id == row.transaction_id


def test_a_change_to_the_same_is_no_change(reception, anna):
    services.patient_change(patient_id=anna.pk, changes={"last_name": " Ёлкина "}, actor=reception)
    anna.refresh_from_db()
    assert anna.version == 1 and not AuditEntry.objects.exists()


def test_a_stale_version_changes_nothing(reception, anna):
    services.patient_change(patient_id=anna.pk, changes={"comment": "раз"}, actor=reception, expected_version=1)
    with pytest.raises(Stale):
        services.patient_change(patient_id=anna.pk, changes={"comment": "два"}, actor=reception, expected_version=1)
    anna.refresh_from_db()
    assert anna.comment == "раз"


def test_a_name_cannot_be_emptied(reception, anna):
    with pytest.raises(Invalid):
        services.patient_change(patient_id=anna.pk, changes={"last_name": ""}, actor=reception)


def test_a_retired_card_is_not_changed(reception, anna):
    Patient.objects.filter(pk=anna.pk).update(merged_into=PatientFactory())
    with pytest.raises(CardMerged):
        services.patient_change(patient_id=anna.pk, changes={"comment": "раз"}, actor=reception)


@pytest.mark.feature("PAT-15")
def test_an_account_goes_off_and_on(reception, anna):
    services.patient_activate(patient_id=anna.pk, is_active=False, actor=reception)
    services.patient_activate(patient_id=anna.pk, is_active=False, actor=reception)
    services.patient_activate(patient_id=anna.pk, is_active=True, actor=reception)
    codes = list(AuditEntry.objects.order_by("pk").values_list("code", flat=True))
    assert codes == ["patients.card.deactivated", "patients.card.activated"]


@pytest.mark.feature("PAT-38")
def test_the_treatment_status_is_told_to_those_who_listen(reception, anna, monkeypatch):
    heard = []
    monkeypatch.setattr("patients.services.cards.publish", heard.append)
    services.treatment_status_set(patient_id=anna.pk, after="sanated", actor=reception)
    assert heard == [events.TreatmentStatusChanged(patient_id=anna.pk, before="none", after="sanated")]
    with pytest.raises(Invalid):
        services.treatment_status_set(patient_id=anna.pk, after="cured", actor=reception)


def test_a_card_goes_to_the_trash_and_returns(director, anna):
    entry = services.patient_trash(patient_id=anna.pk, actor=director)
    assert not selectors.patients_visible_to(director).exists()
    with pytest.raises(NotFound):
        selectors.patient_get(director, anna.pk)
    services.patient_restore(entry_id=entry.pk, actor=director)
    assert selectors.patients_visible_to(director).get() == anna


def test_several_cards_go_to_the_trash_all_or_none(director):
    free, held = PatientFactory(), PatientFactory()
    obstacle = OBSTACLES.register(lambda row: ["записан"] if row == held else [], module="patients")
    try:
        with pytest.raises(InUse):
            services.patients_trash(patient_ids=[free.pk, held.pk], actor=director)
    finally:
        OBSTACLES.unregister(obstacle)
    assert selectors.patients_visible_to(director).count() == 2


# Whose cards


def test_reception_sees_cards_of_its_branches_and_of_none(reception, stranger, branch, other_branch):
    mine, theirs, free = PatientFactory(branch=branch), PatientFactory(branch=other_branch), PatientFactory(branch=None)
    assert set(selectors.patients_visible_to(reception)) == {mine, free}
    assert set(selectors.patients_visible_to(stranger)) == {theirs, free}
    with pytest.raises(NotFound):
        selectors.patient_get(reception, theirs.pk)


def test_a_clinic_may_share_its_cards(reception, other_branch):
    PatientFactory(branch=other_branch)
    policies.store("patients.shared_between_branches", True)
    policies.forget()
    try:
        assert selectors.patients_visible_to(reception).count() == 1
    finally:
        policies.forget()


def test_a_doctor_sees_those_whom_he_treats(doctor, branch):
    treated = PatientFactory(branch=branch, doctor=doctor.staff)
    PatientFactory(branch=branch)
    assert list(selectors.patients_visible_to(doctor)) == [treated]


def test_a_person_without_a_role_is_bounded_by_his_branches(branch, other_branch):
    PatientFactory(branch=other_branch)
    assert not selectors.patients_visible_to(person_with("patients.see_card", branches=[branch])).exists()
    assert selectors.patients_visible_to(person_with("patients.see_card", username="two")).exists()


def test_nobody_sees_merged_and_trashed_cards(director, anna):
    Patient.objects.filter(pk=PatientFactory().pk).update(merged_into=anna)
    Patient.objects.filter(pk=PatientFactory().pk).update(deleted_at=clock.now())
    assert list(selectors.patients_visible_to(director)) == [anna]


# Reading and keeping at hand


@pytest.mark.feature("PAT-45")
def test_a_look_is_audited_once_an_hour(reception, anna):
    for minutes in (0, 10, 59, 61, 70):
        with time_machine.travel(clock.now() + timedelta(minutes=minutes), tick=False):
            services.patient_opened(patient=anna, actor=reception)
    assert selectors.readers_of(anna.pk).count() == 2
    assert RecentPatient.objects.count() == 1


@pytest.mark.feature("PAT-45")
def test_recent_and_pinned_patients_are_those_still_visible(reception, branch, other_branch):
    first, second, strange = (
        PatientFactory(branch=branch),
        PatientFactory(branch=branch),
        PatientFactory(branch=other_branch),
    )
    for card in (first, strange, second):
        services.patient_opened(patient=card, actor=reception)
        services.patient_pin(patient=card, actor=reception)
    assert selectors.recent_patients(reception) == [second, first]
    assert set(selectors.pinned_patients(reception)) == {first, second}
    services.patient_unpin(patient=first, actor=reception)
    assert selectors.pinned_patients(reception) == [second]


# Likely doubles


@pytest.mark.feature("PAT-39")
@pytest.mark.parametrize(
    ("other", "is_likely"),
    [
        ({"phones": ["+79161112233"]}, True),
        ({"phones": ["+79161112233"], "first_name": "Пётр"}, True),
        ({"birth_date": "1992-03-14"}, True),
        ({"birth_date": "1992-03-14", "last_name": "Ковалева", "first_name": "Ольга"}, False),
        ({"birth_date": "1992-03-14", "last_name": "Ковалёба"}, True),
        ({"birth_date": "1992-03-14", "last_name": "Марина", "first_name": "Ковалёва"}, True),
        ({"birth_date": "1980-01-01"}, False),
        ({"birth_date": "1980-01-01", "phones": ["+79161112233"]}, True),
        ({"middle_name": "Петровна"}, False),
        ({}, True),
    ],
)
def test_likely_doubles(director, other, is_likely):
    phones = other.pop("phones", [""])
    PatientFactory(**{"last_name": "Ковалёва", "first_name": "Марина", "middle_name": "", "phone": phones[0], **other})
    asked = Person("Ковалева", "Марина", "Сергеевна", date(1992, 3, 14), frozenset({"+79161112233"}))
    assert bool(selectors.similar_patients(director, asked)) is is_likely


def test_a_strangers_card_is_no_hint(reception, other_branch):
    PatientFactory(last_name="Ковалёва", first_name="Марина", branch=other_branch)
    assert selectors.similar_patients(reception, Person("Ковалёва", "Марина")) == []


# Documents


@pytest.mark.feature("PAT-04")
@pytest.mark.parametrize(
    ("number", "is_right"), [("11223344595", True), ("11223344596", False), ("00100199700", True), ("1", False)]
)
def test_check_digits_of_snils(number, is_right):
    assert is_snils(number) is is_right


@pytest.mark.feature("PAT-04")
def test_check_digits_of_inn():
    assert is_person_inn("500100732259") and not is_person_inn("500100732258") and not is_person_inn("7707083893")
    assert is_company_inn("7707083893") and not is_company_inn("7707083894")


@pytest.mark.feature("PAT-04", "PAT-06", "PAT-27")
def test_documents_are_kept_apart_and_move_the_version(reception, anna):
    identity = services.identity_change(
        patient_id=anna.pk, actor=reception, expected_version=1,
        changes={"passport_series": "45 12", "passport_number": "604318", "snils": "112-233-445 95",
                 "registered_address": "Москва,  Тверская 1", "is_same_address": True, "actual_address": "Тула"},
    )  # fmt: skip
    assert (identity.passport_series, identity.snils) == ("4512", "11223344595")
    assert identity.address == "Москва, Тверская 1" and identity.actual_address == ""
    anna.refresh_from_db()
    assert anna.version == 2
    assert masked("4512604318") == "•••••••318"


@pytest.mark.feature("PAT-04")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"snils": "112-233-445 96"}, "snils"),
        ({"inn": "500100732258"}, "inn"),
        ({"passport_series": "451"}, "passport_series"),
        ({"issuer_code": "7700-1"}, "issuer_code"),
        ({"issued_on": date(2999, 1, 1)}, "issued_on"),
        ({"is_foreign": True, "document_number": "X1"}, "document_kind"),
    ],
)
def test_a_wrong_document_is_named(reception, anna, changes, field):
    with pytest.raises(Invalid) as refused:
        services.identity_change(patient_id=anna.pk, changes=changes, actor=reception)
    assert list(refused.value.fields) == [field]


@pytest.mark.feature("PAT-05")
def test_a_foreign_document_has_the_form_of_its_kind(reception, anna):
    kind = DocumentKind.objects.create(name="Паспорт Молдовы", mask=r"[A-Z]{1,2}\d{7}", example="AB1234567")
    changes = {"is_foreign": True, "document_kind": kind, "document_number": "12"}
    with pytest.raises(Invalid) as refused:
        services.identity_change(patient_id=anna.pk, changes=changes, actor=reception)
    assert "AB1234567" in str(refused.value.fields["document_number"])
    made = services.identity_change(
        patient_id=anna.pk, changes={**changes, "document_number": "AB1234567"}, actor=reception
    )
    assert made.document == "Паспорт Молдовы AB1234567"


# Own fields


@pytest.mark.feature("PAT-43")
def test_own_fields_are_typed_and_required_when_the_clinic_says_so(reception):
    CustomField.objects.create(code="height", name="Рост", kind="number", needed="creation")
    CustomField.objects.create(code="hand", name="Рука", kind="choice", options=["левая", "правая"])
    with pytest.raises(Invalid) as refused:
        register(reception, custom={"hand": "третья"})
    assert set(refused.value.fields) == {"custom.height", "custom.hand"}
    patient = register(reception, custom={"height": "170,5", "hand": "левая"})
    assert patient.custom == {"height": "170.5", "hand": "левая"}
    services.patient_change(patient_id=patient.pk, changes={"custom": {"hand": ""}}, actor=reception)
    patient.refresh_from_db()
    assert patient.custom == {"height": "170.5"}


@pytest.mark.feature("PAT-29", "PAT-43")
def test_a_field_that_the_actor_may_not_see_stays_as_it_is(reception, director):
    CustomField.objects.create(code="blood", name="Группа крови", audience="medical")
    patient = register(director, custom={"blood": "II"})
    with pytest.raises(Invalid):
        services.patient_change(patient_id=patient.pk, changes={"custom": {"blood": "I"}}, actor=reception)
    services.patient_change(patient_id=patient.pk, changes={"custom": {}}, actor=reception)
    patient.refresh_from_db()
    assert patient.custom == {"blood": "II"}


@pytest.mark.feature("PAT-14", "PAT-29")
def test_the_feed_obeys_compartments(director, branch, anna):
    services.treatment_status_set(patient_id=anna.pk, after="thinking", actor=director)
    marketer = person("marketer", "marketer", branches=[branch])
    assert [text_of(row) for row in selectors.timeline_of(anna, director)] != []
    assert not selectors.timeline_of(anna, marketer).exists()

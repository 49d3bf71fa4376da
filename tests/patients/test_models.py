"""What the tables themselves refuse, and the order of the dictionary."""

import pytest
from django.db import IntegrityError, connection, transaction

from patients.models import Patient
from tests.factories import PatientFactory

pytestmark = pytest.mark.django_db


def test_the_dictionary_puts_yo_with_ye_and_romanian_letters_after_their_base():
    names = "Ёлкин Егоров Жуков иванова Иванов Șerban Stan Zaharia Tudor Țurcanu Andrei Ăla".split()
    sql = 'SELECT name FROM unnest(%s) AS given(name) ORDER BY sort_key(name) COLLATE "C", name'
    with connection.cursor() as cursor:
        cursor.execute(sql, [names])
        ordered = [row[0] for row in cursor.fetchall()]
    assert ordered == "Andrei Ăla Stan Șerban Tudor Țurcanu Zaharia Егоров Ёлкин Жуков Иванов иванова".split()


def test_a_shorter_surname_comes_before_a_longer_one_whatever_the_first_name():
    PatientFactory(last_name="Иванова", first_name="Анна")
    PatientFactory(last_name="Иванов", first_name="Яков")
    assert list(Patient.objects.order_by("sort_key").values_list("first_name", flat=True)) == ["Яков", "Анна"]


def test_every_phone_and_the_card_number_can_be_found_by_digits():
    anna = PatientFactory(
        card_number="A-17", phone="+79001234567", home_phone="+74951112233", more_phones="+79005556677"
    )
    anna.refresh_from_db()
    assert anna.search_digits.split() == ["17", "79001234567", "74951112233", "79005556677"]


def refused(constraint, make):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make()


def test_two_cards_never_share_a_number():
    PatientFactory(card_number="7")
    refused("patient_card_number_is_unique", lambda: PatientFactory(card_number="7"))


def test_a_card_has_a_name():
    refused("patient_has_a_name", lambda: PatientFactory(last_name=""))


def test_a_card_is_never_merged_into_itself():
    anna = PatientFactory()
    refused("patient_never_merged_into_itself", lambda: Patient.objects.filter(pk=anna.pk).update(merged_into=anna))


def test_a_merged_card_leads_to_its_last_survivor():
    first, second, third = PatientFactory(), PatientFactory(), PatientFactory()
    Patient.objects.filter(pk=first.pk).update(merged_into=second)
    Patient.objects.filter(pk=second.pk).update(merged_into=third)
    with connection.cursor() as cursor:
        cursor.execute("SELECT patients_canonical(%s), patients_canonical(%s)", [first.pk, third.pk])
        assert cursor.fetchone() == (third.pk, third.pk)

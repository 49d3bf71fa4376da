"""Finding a card while somebody types."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config import embedded
from patients import selectors
from patients.models import Patient
from patients.rules.search import asked_for, sort_key
from patients.selectors.search import page_of
from tests.cast import person_with
from tests.factories import PatientFactory
from tests.servers import DATABASE

pytestmark = [pytest.mark.django_db, pytest.mark.feature("PAT-01")]


@pytest.fixture
def lookup(director):
    return lambda text: [card.pk for card in selectors.patients_found(director, text)]


@pytest.fixture
def marina(db):
    return PatientFactory(
        last_name="Ковалёва", first_name="Марина", middle_name="Сергеевна", phone="+79162041783",
        home_phone="+74951112233", more_phones="+79035550011", card_number="004217",
    )  # fmt: skip


@pytest.mark.parametrize(
    "typed",
    [
        "ковал", "КОВАЛЕВА", "Ковалёва", "валё", "марин", "марина ковал", "серг мар ков", "ма ков", "ко",
        "79162041783", "8 (916) 204-17-83", "+7 916 204 17 83", "20417", "1783", "204-17", "83", "89162", "1112233",
        "004217", "4217", "№004217", "ковалева 1783", "rjdfktdf", "vfhbyf rjdfk", "Марина 204-17-83",
    ],
)  # fmt: skip
def test_a_card_is_found_by_any_part_of_names_phones_and_its_number(lookup, marina, typed):
    PatientFactory(last_name="Орлов", first_name="Павел", phone="+79990000000", card_number="1")
    assert lookup(typed) == [marina.pk]


@pytest.mark.parametrize("typed", ["ковалевич", "марина орлова", "9999999", "ковалева 9999", "%", "_", "\\", "\x00"])
def test_what_is_not_there_is_not_found(lookup, marina, typed):
    assert lookup(typed) == []


def test_a_birth_date_narrows_the_namesakes(lookup):
    first = PatientFactory(last_name="Иванов", birth_date="1992-03-14")
    PatientFactory(last_name="Иванов", birth_date="1980-01-01")
    assert lookup("иванов 14.03.1992") == [first.pk]


def test_romanian_letters_are_found_without_their_marks(lookup):
    stefan = PatientFactory(last_name="Ștefănescu", first_name="Țvetan")
    assert lookup("stefanescu") == lookup("Ştef") == lookup("tvetan") == [stefan.pk]


def test_surnames_that_begin_so_come_first_then_the_rest_in_dictionary_order(lookup):
    inside = PatientFactory(last_name="Аскова", first_name="Анна")
    first = PatientFactory(last_name="Сковорода", first_name="Яна")
    yo = PatientFactory(last_name="Скёль", first_name="Анна")
    assert lookup("ск") == [yo.pk, first.pk]
    assert lookup("ско") == [first.pk, inside.pk]


def test_pages_of_a_search_neither_repeat_nor_lose_a_card(director):
    cards = [PatientFactory(last_name=name) for name in ("Борова", "Боров", "Зубоборов", "Борисов", "Аборов", "Бор")]
    asked = [row.pk for start in range(0, 8, 2) for row in page_of(Patient.objects.live(), "бор", director, start, 2)]
    assert len(asked) == len(set(asked)) == len(cards)
    assert Patient.objects.get(pk=asked[0]).last_name == "Бор"


def test_who_may_not_see_phones_cannot_find_by_them(marina):
    user = person_with("patients.see_card")
    assert selectors.patients_found(user, "1783") == []
    assert [card.pk for card in selectors.patients_found(user, "004217")] == [marina.pk]


def test_the_sort_key_of_python_is_that_of_the_database(db):
    names = ["Ёлкин Иван", "Римский-Корсаков", "Д'Арк Жанна", "Șerban  Ăla", " Țurcanu "]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(sort_key(name) ORDER BY number) FROM unnest(%s) WITH ORDINALITY AS given(name, number)",
            [names],
        )
        assert cursor.fetchone()[0] == [sort_key(name) for name in names]


def test_an_endless_line_is_cut_not_refused():
    assert len(asked_for("слово " * 10_000).words) == 6


HUNDRED_THOUSAND = """
INSERT INTO patients_patient (card_number, last_name, first_name, middle_name, sex, phone, home_phone, email, comment,
    mailing_allowed, reminders_allowed, language, is_active, kind, treatment_status, version, birth_date)
SELECT 'T' || n,
    (string_to_array('Иванов Петров Сидоров Кузнецов Смирнов Попов Ковалёв Морозов Лебедев Козлов', ' '))[1 + n % 10]
    || (string_to_array(',ский,ов,ин,енко,чук', ','))[1 + n % 6] || chr(1072 + n % 32) || chr(1072 + n / 32 % 32),
    (string_to_array('Анна Мария Иван Пётр Елена Ольга Сергей Марина Дарья Павел', ' '))[1 + n / 7 % 10],
    (string_to_array('Ивановна Петрович Сергеевна', ' '))[1 + n % 3], '',
    '+79' || lpad((n * 7919 % 1000000000)::text, 9, '0'), '', '', '', false, true, '', true, 'primary', 'none', 1,
    date '1950-01-01' + n % 25000
FROM generate_series(1, 100000) AS n
"""
TRIGRAMS = ("patient_search_name", "patient_search_digits")


@pytest.fixture
def hundred_thousand(transactional_db):
    """Loaded as the owner, with the trigram indexes built afterwards: inserting into them takes most of a minute."""
    owner = embedded.connect(DATABASE)
    with owner.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = ANY(%s)", [list(TRIGRAMS)])
        made = [row[0] for row in cursor.fetchall()]
        cursor.execute(f"DROP INDEX {', '.join(TRIGRAMS)}")
        cursor.execute(HUNDRED_THOUSAND)
        for definition in made:
            cursor.execute(definition)
        cursor.execute("ANALYZE patients_patient")
    owner.close()


@pytest.mark.slow
def test_no_search_reads_the_whole_table_at_a_hundred_thousand_cards(hundred_thousand, director, database):
    typed = ["иванов", "ивано", "ив", "и", "марина", "мар ков", "ова", "ская", "7919", "83", "204-17-83", "rjdfk", "ы",
             "яяя", "петров анна ивановна", "анна петрова", "анна ивановна", "т5000", "01.02.1970", "щщщщщ",
             "лебедев 79", "анна 7919", "ский"]  # fmt: skip
    for text in typed:
        with CaptureQueriesContext(connection) as asked:
            selectors.patients_found(director, text)
        for statement in asked.captured_queries:
            plan = database.plan_of(statement["sql"])
            assert "Seq Scan on patients_patient" not in plan, f"{text}\n{plan}"

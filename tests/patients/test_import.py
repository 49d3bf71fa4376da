"""Patients out of files: three shapes, any encoding, errors by row, roll-back."""

import csv
from datetime import date
from io import BytesIO, StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from core import jobs
from core.errors import IllegalMove, Invalid
from core.models import AuditEntry
from core.tables import Row
from patients import services
from patients.imports import row_read
from patients.models import Identity, ImportBatch, ImportedRow, ImportMapping, Patient, Source
from patients.services.importing import batch_check, batch_run, columns_for, table_of
from patients.services.undoing import batch_undo
from tests.cast import person
from tests.factories import PatientFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("PAT-44")]
TODAY = date(2026, 11, 24)

IDENT = [
    ["Отчёт «Пациенты» на 24.11.2026"],
    ["№ карты", "Пациент", "Дата рождения", "Пол", "Мобильный телефон", "Email", "Рекламный источник", "Лечащий врач", "СНИЛС"],
    ["1001", "Ёлкина Анна Петровна", "14.03.1992", "Ж", "8 (916) 204-17-83", "a@b.ru", "Сайт", "", "112-233-445 95"],
    ["1002", "Орлов Павел", "01.02.80", "", "+7 903 111-22-33, 8 495 111 22 33", "", "2ГИС", "", ""],
    ["1003", "Зубов", "1970-05-05", "М", "", "", "", "", ""],
    ["1004", "Никитин Глеб Павлович", "31.02.1990", "", "12", "x@", "", "", "1"],
]  # fmt: skip
NAMES_ONLY = [["ФИО", "Телефон"], ["Ёлкина Анна Петровна", "89162041783"], ["Орлов Павел", ""]]
SPLIT = [["Фамилия", "Имя", "Отчество", "Др", "Тел."], ["Ёлкина", "Анна", "Петровна", "14/03/1992", "9162041783"]]


def as_csv(lines, encoding="utf-8-sig", delimiter=";"):
    out = StringIO()
    csv.writer(out, delimiter=delimiter).writerows(lines)
    return out.getvalue().encode(encoding)


def as_xlsx(lines):
    book = Workbook()
    for line in lines:
        book.active.append([date(1992, 3, 14) if cell == "14.03.1992" else cell for cell in line])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture
def opened(director):
    def open_file(content, name="patients.csv"):
        return services.batch_open(upload=SimpleUploadedFile(name, content), actor=director)

    return open_file


@pytest.fixture
def brought(opened, director):
    """A file imported with the columns that were guessed."""

    def bring(lines, **options):
        batch = opened(as_csv(lines))
        batch.columns = {name: column for name, (column, _sure) in columns_for(table_of(batch)).items()}
        batch.options = options
        batch.save()
        return batch, batch_run(batch, actor=director)

    return bring


# Reading


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ";"), ("utf-8-sig", ","), ("utf-16", "\t"), ("cp1251", ";"), ("cp1251", ","), ("utf-8", "|")],
)
def test_any_usual_encoding_and_delimiter_is_read(opened, encoding, delimiter):
    batch = opened(as_csv(IDENT, encoding, delimiter))
    guessed = {name: column for name, (column, _sure) in columns_for(table_of(batch)).items()}
    assert (
        guessed["full_name"] == 1
        and guessed["phone"] == 4
        and guessed["birth_date"] == 2
        and guessed["card_number"] == 0
    )
    assert batch_check(ImportBatch(file=batch.file, columns=guessed))["created"] == 2


def test_an_excel_file_is_read(opened):
    batch = opened(as_xlsx(IDENT), "patients.xlsx")
    columns = {name: column for name, (column, _sure) in columns_for(table_of(batch)).items()}
    assert batch_check(ImportBatch(file=batch.file, columns=columns))["created"] == 2


@pytest.mark.parametrize(("lines", "created"), [(IDENT, 2), (NAMES_ONLY, 2), (SPLIT, 1)])
def test_three_shapes_are_recognised(brought, lines, created):
    _batch, result = brought(lines)
    assert result["created"] == created
    assert Patient.objects.filter(
        last_name="Ёлкина", first_name="Анна", middle_name="Петровна", phone="+79162041783"
    ).exists()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "patients.xlsx"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "patients.csv"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "patients.xls"),
        (b"%PDF-1.7 ...", "patients.csv"),
        (b"", "patients.csv"),
        (b"PK\x03\x04 not a book", "patients.xlsx"),
    ],
)
def test_what_is_not_a_table_is_refused(opened, content, name):
    with pytest.raises(Invalid) as refused:
        opened(content, name)
    assert "file" in refused.value.fields and not ImportBatch.objects.exists()


def test_a_huge_file_is_refused(director):
    upload = SimpleUploadedFile("patients.csv", b"x")
    upload.size = 200 * 1024 * 1024
    with pytest.raises(Invalid):
        services.batch_open(upload=upload, actor=director)


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"full_name": "Ёлкина Анна"}, set()),
        ({"full_name": "Ёлкина"}, {"full_name"}),
        ({"full_name": ""}, {"full_name"}),
        ({"full_name": "Иванов2 Иван"}, {"full_name"}),
        ({"full_name": "Ёлкина Анна", "phone": "12"}, {"phone"}),
        ({"full_name": "Ёлкина Анна", "phone": "нет"}, {"phone"}),
        ({"full_name": "Ёлкина Анна", "birth_date": "31.02.1990"}, {"birth_date"}),
        ({"full_name": "Ёлкина Анна", "birth_date": "01.01.2099"}, {"birth_date"}),
        ({"full_name": "Ёлкина Анна", "sex": "?"}, {"sex"}),
        ({"full_name": "Ёлкина Анна", "email": "x@"}, {"email"}),
        ({"full_name": "Ёлкина Анна", "snils": "1", "inn": "2", "passport": "45"}, {"snils", "inn", "passport"}),
    ],
)
def test_errors_are_told_by_field(given, errors):
    read = row_read(Row(7, list(given.values())), {name: place for place, name in enumerate(given)}, TODAY)
    assert set(read.errors) == errors


def test_a_two_digit_year_is_of_the_last_century_when_the_next_one_has_not_come():
    columns = {"full_name": 0, "birth_date": 1}
    assert row_read(Row(1, ["А Б", "01.02.68"]), columns, TODAY).card["birth_date"] == date(1968, 2, 1)
    assert row_read(Row(1, ["А Б", "01.02.20"]), columns, TODAY).card["birth_date"] == date(2020, 2, 1)


def test_the_sex_follows_from_the_patronymic():
    columns = {"full_name": 0}
    assert row_read(Row(1, ["Ёлкина Анна Петровна"]), columns, TODAY).card["sex"] == "f"
    assert row_read(Row(1, ["Орлов Павел Ильич"]), columns, TODAY).card["sex"] == "m"
    assert "sex" not in row_read(Row(1, ["Ceban Lidia"]), columns, TODAY).card


# A check


def test_a_check_changes_no_table(opened, django_assert_num_queries):
    batch = opened(as_csv(IDENT))
    columns = {name: column for name, (column, _sure) in columns_for(table_of(batch)).items()}
    before = {
        model: model.objects.count() for model in (Patient, Identity, Source, ImportedRow, ImportMapping, AuditEntry)
    }
    result = batch_check(ImportBatch(file=batch.file, columns=columns))
    assert {model: model.objects.count() for model in before} == before
    assert (result["created"], result["wrong"], result["total"]) == (2, 2, 4)
    assert {problem[0] for problem in result["problems"]} == {5, 6}
    assert result["new_names"] == {"source": ["Сайт", "2ГИС"]}


# A run


def test_a_run_opens_cards_with_everything_that_the_file_knows(brought, branch):
    batch, result = brought(IDENT, branch=branch.pk)
    anna = Patient.objects.select_related("source", "identity").get(card_number="1001")
    assert (anna.birth_date, anna.sex, anna.email, anna.source.name) == (date(1992, 3, 14), "f", "a@b.ru", "Сайт")
    assert anna.identity.snils == "11223344595" and anna.branch == branch
    pavel = Patient.objects.get(card_number="1002")
    assert pavel.phones == ["+79031112233", "+74951112233"] and pavel.birth_date == date(1980, 2, 1)
    assert (result["created"], result["wrong"]) == (2, 2)
    wrong = ImportedRow.objects.get(batch=batch, number=6)
    assert set(wrong.errors) == {"birth_date", "phone", "email", "snils"}
    assert AuditEntry.objects.filter(code="patients.card.imported", patient_id=anna.pk).exists()
    batch.refresh_from_db()
    assert batch.state == "done"


def test_a_second_run_adds_nothing(brought):
    for lines in (IDENT, NAMES_ONLY, SPLIT):
        brought(lines)
    count = Patient.objects.count()
    for lines in (IDENT, NAMES_ONLY, SPLIT):
        _batch, result = brought(lines)
        assert result["created"] == 0 and result["updated"] == 0, result
    assert Patient.objects.count() == count == 2


def test_the_columns_of_a_file_are_remembered(opened, director):
    batch = opened(as_csv([["Кто", "Связь"], ["Ёлкина Анна", "89162041783"]]))
    services.batch_start(
        batch_id=batch.pk, columns={"full_name": 0, "comment": 1}, options={}, dry_run=False, actor=director
    )
    again = opened(as_csv([["Кто", "Связь"], ["Орлов Павел", ""]]))
    assert columns_for(table_of(again)) == {"full_name": (0, 100), "comment": (1, 100)}


def test_a_known_card_is_completed_but_never_overwritten(brought):
    known = PatientFactory(
        last_name="Ёлкина", first_name="Анна", middle_name="", phone="+79162041783", email="own@b.ru"
    )
    _batch, result = brought(IDENT)
    assert (result["created"], result["updated"]) == (1, 1)
    known.refresh_from_db()
    assert (known.email, known.middle_name, known.birth_date, known.version) == (
        "own@b.ru",
        "Петровна",
        date(1992, 3, 14),
        2,
    )
    assert known.identity.snils == "11223344595"


def test_a_number_of_another_patient_is_an_error(brought):
    PatientFactory(card_number="1001", last_name="Лебедев")
    batch, result = brought(IDENT)
    assert result["wrong"] == 3 and "card_number" in ImportedRow.objects.get(batch=batch, number=3).errors


def test_namesakes_with_other_birth_dates_are_two_people(brought):
    PatientFactory(last_name="Ёлкина", first_name="Анна", middle_name="Петровна", birth_date="1950-01-01", phone="")
    _batch, result = brought(IDENT)
    assert result["created"] == 2


def test_two_lines_of_one_person_open_one_card(brought):
    lines = [["ФИО", "Телефон"], ["Ёлкина Анна", "89162041783"], ["Елкина Анна", "8 916 204 17 83"]]
    _batch, result = brought(lines)
    assert (result["created"], result["same"]) == (1, 1) and Patient.objects.count() == 1


def test_a_killed_run_goes_on_where_it_stopped(opened, director):
    batch = opened(as_csv(NAMES_ONLY))
    batch.columns = {"full_name": 0, "phone": 1}
    batch.save()
    first = PatientFactory(last_name="Ёлкина", first_name="Анна", phone="+79162041783")
    ImportedRow.objects.create(batch=batch, number=2, fate="created", patient=first, version=1)
    result = batch_run(batch, actor=director)
    assert result["created"] == 2 and Patient.objects.count() == 2


# A roll-back


def test_a_roll_back_removes_what_nobody_has_touched(brought, director):
    before = Patient.objects.count()
    batch, _result = brought(IDENT)
    assert batch_undo(batch, actor=director) == {"undone": 2, "kept": 0, "batch": batch.pk}
    assert Patient.objects.count() == before
    _batch, again = brought(IDENT)
    assert again["created"] == 2


def test_a_roll_back_keeps_what_was_changed_or_used_and_says_why(brought, director, reception):
    batch, _result = brought(IDENT)
    anna, pavel = (Patient.objects.get(card_number=number) for number in ("1001", "1002"))
    services.patient_change(patient_id=anna.pk, changes={"comment": "звонить"}, actor=reception)
    services.representative_add(patient_id=pavel.pk, full_name="Мать", actor=reception)
    assert batch_undo(batch, actor=director)["kept"] == 2
    notes = dict(batch.rows.filter(fate="kept").values_list("patient_id", "note"))
    assert set(notes) == {anna.pk, pavel.pk} and all(notes.values()) and notes[anna.pk] != notes[pavel.pk]


def test_a_roll_back_gives_completed_cards_their_former_values(brought, director):
    known = PatientFactory(last_name="Ёлкина", first_name="Анна", middle_name="", phone="+79162041783")
    batch, _result = brought(IDENT)
    batch_undo(batch, actor=director)
    known.refresh_from_db()
    assert (known.middle_name, known.birth_date, known.email) == ("", None, "")
    assert not Identity.objects.filter(patient=known).exists()


def test_only_a_finished_batch_is_rolled_back_and_only_by_its_owner(opened, director):
    batch = opened(as_csv(NAMES_ONLY))
    with pytest.raises(IllegalMove):
        services.batch_undo_start(batch_id=batch.pk, actor=director)


# The wizard


def test_the_wizard_goes_from_file_to_roll_back(client, director):
    client.force_login(director)
    answer = client.post("/patients/import/", {"file": SimpleUploadedFile("p.csv", as_csv(IDENT))})
    batch = ImportBatch.objects.get()
    assert answer.status_code == 302
    page = client.get(answer.url).content.decode()
    assert "Мобильный телефон" in page
    columns = {f"column-{column}": name for name, (column, _sure) in columns_for(table_of(batch)).items()}
    wrong = client.post(f"/patients/import/{batch.pk}/check/", {**columns, "column-1": ""})
    assert wrong.status_code == 422
    client.post(f"/patients/import/{batch.pk}/check/", columns)
    jobs.run(ImportBatch.objects.get().check_job_id)
    assert "31.02.1990" in client.get(f"/patients/import/{batch.pk}/").content.decode()
    assert not Patient.objects.exists()
    for _click in range(2):
        assert client.post(f"/patients/import/{batch.pk}/run/").status_code == 302
    jobs.run(ImportBatch.objects.get().run_job_id)
    assert Patient.objects.count() == 2
    errors = b"".join(client.get(f"/patients/import/{batch.pk}/errors.csv").streaming_content).decode("utf-8-sig")
    assert "31.02.1990" in errors
    client.post(f"/patients/import/{batch.pk}/undo/")
    jobs.run(ImportBatch.objects.get().undo_job_id)
    assert not Patient.objects.exists()
    assert client.get(f"/patients/import/{batch.pk}/").status_code == 200


def test_the_page_refuses_a_renamed_picture_beside_the_field(client, director):
    client.force_login(director)
    picture = SimpleUploadedFile("p.xlsx", b"\x89PNG\r\n\x1a\n" + b"\x00" * 100)
    assert client.post("/patients/import/", {"file": picture}).status_code == 422


def test_only_those_with_the_right_import(client, branch, opened):
    batch = opened(as_csv(NAMES_ONLY))
    client.force_login(person("reception2", "administrator", branches=[branch]))
    assert client.get("/patients/import/").status_code == 403
    client.force_login(person("senior", "senior", branches=[branch]))
    assert client.get(f"/patients/import/{batch.pk}/").status_code == 404


@pytest.mark.slow
def test_thousands_of_rows_with_bad_ones_among_them(opened, director):
    lines = [["№ карты", "ФИО", "Дата рождения", "Телефон"]]
    for n in range(2_000):
        phone = "12" if n % 100 < 7 else f"8 916 {n // 10000:03} {n % 10000:04}"
        lines.append(
            [
                f"I{n}",
                f"Ёлкин{chr(1072 + n % 32)}{chr(1072 + n // 32 % 32)} Иван Петрович",
                f"{1 + n % 28:02}.0{1 + n % 9}.19{50 + n % 50}",
                phone,
            ]
        )
    batch = opened(as_csv(lines))
    batch.columns = {name: column for name, (column, _sure) in columns_for(table_of(batch)).items()}
    batch.save()
    told = []
    result = batch_run(batch, actor=director, step=lambda done, total: told.append((done, total)))
    assert (result["created"], result["wrong"]) == (1_860, 140)
    assert told[-1] == (2_000, 2_000) and len(told) == 4

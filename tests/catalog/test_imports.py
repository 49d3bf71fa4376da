"""The price list and the diagnoses come from tables that a clinic brings."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from catalog.imports import KINDS, table_import
from catalog.models import Category, Diagnosis, Service
from catalog.selectors import prices_on, services_offered
from catalog.services import price_set
from catalog.services.prices import today
from core import jobs
from core.models import AuditEntry, Job
from core.tables import columns_guess, table_read
from tests.factories import CategoryFactory, ServiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("BIL-34")]
PRICES, DIAGNOSES = KINDS["prices"], KINDS["diagnoses"]


def taken(kind, text, *, dry_run=False, actor=None, **options):
    table = table_read(text.encode(), kind.fields)
    columns = {name: guess.column for name, guess in columns_guess(table, kind.fields).items()}
    return table_import(kind, table, columns, options=options, actor=actor, dry_run=dry_run, step=lambda done: None)


def test_rows_become_services_with_prices_and_bad_rows_are_named():
    text = (
        "Прайс клиники\n\n"
        "Код;Наименование услуги;Цена, руб.;Категория;Длительность\n"
        "А16.07.002;Пломба;1 500,50;Терапия;45\n"
        "A 16.07.002;Пломба ещё раз;900;Терапия;30\n"
        "A16.07.003;;900;Терапия;30\n"
        "A16.07.004;Вкладка;договорная;Терапия;30\n"
        "A16.07.005;Винир;-5;Терапия;30\n"
        "A16.07.006;Мост;5;терапия;1000\n"
        ";Без кода;5;Терапия;30\n"
        "ЗУБ-1;Своя;300;Хирургия;\n"
    )
    done = taken(PRICES, text)
    assert (done.added, done.updated, done.skipped) == (2, 0, 6)
    assert [(problem.row, problem.value) for problem in done.problems] == [
        (5, "A16.07.002"), (6, ""), (7, "договорная"), (8, "-5"), (9, "1000"), (10, ""),
    ]  # fmt: skip
    found = {row.code: row for row in services_offered(today())}
    assert (found["A16.07.002"].price, found["A16.07.002"].duration_min) == (Decimal("1500.50"), 45)
    assert found["ЗУБ-1"].category.name == "Хирургия"
    assert Category.objects.filter(name__iexact="терапия").count() == 1


def test_a_known_code_is_updated_and_its_new_price_starts_on_the_chosen_day():
    known = ServiceFactory(code="A16.07.002", name="Пломба", price="1500.00")
    start = today() + timedelta(days=7)
    done = taken(PRICES, "Код;Наименование;Цена\nА16.07.002;Пломба световая;1700\n", starts_on=start.isoformat())
    assert (done.added, done.updated) == (0, 1)
    known.refresh_from_db()
    assert (known.name, known.version) == ("Пломба световая", 2)
    assert prices_on([known.pk], today()) == {known.pk: Decimal("1500.00")}
    assert prices_on([known.pk], start) == {known.pk: Decimal("1700.00")}


def test_the_same_file_twice_changes_nothing_the_second_time():
    text = "Код;Наименование;Цена;Категория\nA16.07.002;Пломба;1500;Терапия\n"
    taken(PRICES, text)
    done = taken(PRICES, text)
    assert (done.added, done.updated, done.same) == (0, 0, 1)


def test_a_price_set_for_that_day_by_hand_gives_way(director):
    known = ServiceFactory(code="A16.07.002", price="1500.00")
    price_set(service_id=known.pk, amount=Decimal(1600), starts_on=today(), actor=director)
    taken(PRICES, "Код;Наименование;Цена\nA16.07.002;Пломба;1700\n")
    assert prices_on([known.pk], today()) == {known.pk: Decimal("1700.00")}


def test_a_check_tells_the_same_and_keeps_nothing():
    text = "Код;Наименование;Цена;Категория\nA16.07.002;Пломба;1500;Новая\nA16.07.003;Вкладка;x;Новая\n"
    told = taken(PRICES, text, dry_run=True)
    assert (told.added, told.skipped) == (1, 1)
    assert not Service.objects.filter(code="A16.07.002").exists() and not Category.objects.filter(name="Новая").exists()
    assert not AuditEntry.objects.filter(code="catalog.import.done").exists()


@pytest.mark.feature("CLN-28")
def test_diagnoses_are_renamed_added_and_find_the_group_of_their_code():
    done = taken(
        DIAGNOSES, "Код МКБ;Диагноз\nК02.1;Кариес дентина (средний)\nK02.9;Кариес неуточнённый\nK04.99;Свой код\nZ;\n"
    )
    assert done.skipped == 1
    assert Diagnosis.objects.get(code="K02.1").name == "Кариес дентина (средний)"
    assert Diagnosis.objects.get(code="K04.99").group.code == "K04"


# The wizard


@pytest.fixture
def browser(client, director):
    client.force_login(director)
    return client


def run_jobs():
    for job in Job.objects.filter(state="waiting"):
        jobs.run(job.pk)


def uploaded(browser, content, name="prices.csv", kind="prices"):
    return browser.post(f"/{kind}/import/", {"file": SimpleUploadedFile(name, content)})


def test_a_clinics_workbook_goes_through_the_whole_wizard(browser):
    book = Workbook()
    for row in (["Артикул", "Услуга", "Стоимость"], ["А16.07.002", "Пломба", 1500], ["A16.07.003", "Вкладка", "?"]):
        book.active.append(row)
    out = BytesIO()
    book.save(out)
    step = uploaded(browser, out.getvalue(), "прайс.xlsx")
    assert step.status_code == 302
    page = browser.get(step.url)
    assert [(field.value(), sure) for field, _sample, sure in page.context["columns"]] == [
        ("code", 100),
        ("name", 100),
        ("price", 90),
    ]
    assert browser.post(step.url, {"column-0": "code"}).status_code == 422
    assert browser.post(step.url, {"column-0": "code", "column-1": "code", "column-2": "name"}).status_code == 422
    columns = {"column-0": "code", "column-1": "name", "column-2": "price", "starts_on": str(today())}
    check = browser.post(step.url, columns)
    assert check.status_code == 302
    assert "hx-get" in browser.get(check.url).content.decode()
    run_jobs()
    assert not Service.objects.filter(code="A16.07.002").exists()
    page = browser.get(check.url)
    assert (page.context["result"]["added"], page.context["result"]["skipped"]) == (1, 1)
    assert "?" in b"".join(browser.get(f"{check.url}errors.csv").streaming_content).decode()
    go = [browser.post(f"{check.url}go/").url for _ in range(2)]
    assert go[0] == go[1]
    run_jobs()
    assert browser.get(go[0]).status_code == 200
    assert services_offered(today()).get(code="A16.07.002").price == Decimal("1500.00")


def test_the_list_of_order_804n_is_loaded_by_one_click_and_only_once(browser):
    for expected in ("added", "same"):
        answer = browser.post("/prices/import/804n/")
        run_jobs()
        result = browser.get(answer.url).context["result"]
        assert (result[expected], result["skipped"]) == (176, 0)
    assert Category.objects.filter(name="Терапия", name_en="Restorative dentistry").exists()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 99, "prices.xlsx"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 99, "prices.csv"),
        (b"", "prices.csv"),
        (b"%PDF-1.7", "p.csv"),
    ],
)
def test_a_renamed_picture_is_refused_beside_the_file(browser, content, name):
    answer = uploaded(browser, content, name)
    assert answer.status_code == 422 and b"file-error" in answer.content


def test_a_strangers_file_and_job_are_not_found(browser, client, director):
    CategoryFactory()
    step = uploaded(browser, "Код;Наименование\nA1;Б\n".encode())
    check = browser.post(step.url, {"column-0": "code", "column-1": "name"})
    from tests.cast import person

    client.force_login(person("deputy", "director"))
    assert client.get(step.url).status_code == 404
    assert client.get(check.url).status_code == 404


def test_a_right_taken_away_before_the_job_runs_stops_it(browser, director):
    step = uploaded(browser, "Код;Наименование\nA1;Б\n".encode())
    browser.post(step.url, {"column-0": "code", "column-1": "name"})
    director.refused = ["catalog.edit_prices"]
    director.save()
    run_jobs()
    assert (Job.objects.get().state, Job.objects.get().result) == ("failed", {})

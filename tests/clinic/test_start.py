"""The first start of an empty clinic: one owner, a page a step, any of them skipped."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.db import connection

from clinic.errors import AlreadyStarted
from clinic.middleware import FirstStart
from clinic.models import Branch, Chair, LegalEntity, Staff, User
from clinic.services import start
from clinic.slots import START_STEPS, StartLink, StartStep
from core import modules, policies
from core.modules import Module
from tests.cast import person

GOOD = "Тихий вечер у моря 7"
OWNER = {"name": "Руссу Дмитрий", "username": "director", "email": "", "password": GOOD, "again": GOOD}


@pytest.fixture(autouse=True)
def nobody_yet(db, monkeypatch):
    monkeypatch.setattr(FirstStart, "has_people", False)


@pytest.fixture
def owner(client):
    client.post("/start/", OWNER)
    return User.objects.get()


def test_without_an_account_signing_in_leads_to_the_guide(client):
    assert client.get("/accounts/login/")["Location"] == "/start/"
    assert client.get("/staff/", follow=True).redirect_chain[-1][0] == "/start/"
    assert client.get("/start/").status_code == 200


def test_the_first_account_is_a_directors_and_is_signed_in(client, owner):
    assert owner.role_codes == ["director"]
    assert client.get("/roles/").status_code == 200
    assert client.get("/start/")["Location"] == "/start/kind/"


@pytest.mark.parametrize(
    "field, value", [("password", "12345"), ("again", "другой пароль"), ("username", ""), ("name", "")]
)
def test_a_wrong_field_is_told_and_nobody_is_made(client, field, value):
    answer = client.post("/start/", OWNER | {field: value})
    assert answer.status_code == 422
    assert not User.objects.exists()


def test_once_there_is_an_owner_the_page_makes_no_other(client, owner):
    client.logout()
    client.post("/start/", OWNER | {"username": "thief"})
    assert User.objects.count() == 1
    assert client.get("/start/kind/").status_code == 302


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_who_start_at_once_one_becomes_the_owner():
    def begin(number):
        try:
            start.owner_create(name="А", username=f"owner{number}", email="", password=GOOD, language="ru")
        except AlreadyStarted:
            return "late"
        finally:
            connection.close()
        return "owner"

    with ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(begin, range(4)))
    assert found == ["late", "late", "late", "owner"]
    assert User.objects.count() == 1


def test_the_guide_is_for_those_who_may_set_up(client, owner):
    client.force_login(person("reception", "administrator"))
    assert client.get("/start/kind/").status_code == 403
    assert client.get("/start/")["Location"] == "/"


def test_a_clinic_is_set_up_page_by_page(client, owner):
    sent = [
        ("kind", {"kind": "dental"}),
        (
            "clinic",
            {"brand": "Улыбка", "short_name": "ООО «Улыбка»", "inn": "7707083893", "phone": "", "currency": "₽"},
        ),
        (
            "branch",
            {"name": "Центр", "timezone": "Asia/Omsk", "weekdays": ["0", "1"], "opens": "08:00", "closes": "20:00"},
        ),
        ("chairs", {"count": "3", "name": "Кресло"}),
    ]
    for key, data in sent:
        answer = client.post(f"/start/{key}/", data)
        assert answer.status_code == 302, (key, answer.context["form"].errors)
    for name in ("Соколова", "Ким"):
        data = {"last_name": name, "first_name": "А", "is_doctor": "on", "profession": "терапевт"}
        assert client.post("/start/staff/", data)["Location"] == "/start/staff/"
    assert LegalEntity.objects.get().inn == "7707083893"
    branch = Branch.objects.get()
    assert (branch.name, branch.timezone, branch.hours.count()) == ("Центр", "Asia/Omsk", 2)
    assert list(Chair.objects.order_by("position").values_list("name", flat=True)) == [
        "Кресло 1",
        "Кресло 2",
        "Кресло 3",
    ]
    assert {row.name for staff in Staff.objects.all() for row in staff.professions.all()} == {"терапевт"}


def test_a_step_opened_again_changes_what_it_made_and_doubles_nothing(client, owner):
    for name in ("Центр", "Новый центр"):
        client.post(
            "/start/branch/",
            {"name": name, "timezone": "Europe/Moscow", "weekdays": ["0"], "opens": "08:00", "closes": "20:00"},
        )
    client.post("/start/chairs/", {"count": "2", "name": "Кресло"})
    client.post("/start/chairs/", {"count": "3", "name": "Кресло"})
    assert Branch.objects.get().name == "Новый центр"
    assert Chair.objects.count() == 3


def test_chairs_before_a_branch_are_refused_with_the_reason(client, owner):
    answer = client.post("/start/chairs/", {"count": "2", "name": "Кресло"})
    assert answer.status_code == 422
    assert not Chair.objects.exists()


def test_every_step_can_be_skipped_and_the_progress_is_kept(client, owner):
    policies.forget()
    assert client.get("/", follow=True).context["start_card"]["left"] > 0
    key = client.get("/start/")["Location"].split("/")[2]
    seen = [key]
    for _step in range(20):
        answer = client.post(f"/start/{key}/skip/")
        policies.forget()
        if answer["Location"] == "/start/done/":
            break
        key = client.get("/start/")["Location"].split("/")[2]
        seen.append(key)
    assert seen[:5] == ["kind", "clinic", "branch", "chairs", "staff"]
    assert client.get("/start/done/").status_code == 200
    client.post("/start/done/")
    policies.forget()
    cache.clear()
    assert not client.get("/staff/").context["start_card"]


def test_an_app_above_adds_its_step_and_a_dead_link_is_not_shown(client, owner):
    links = (StartLink("Сотрудники", "clinic:staff-list"), StartLink("Нет", "nowhere:at-all"))
    added = START_STEPS.register(StartStep("extra", "Прайс", "Услуги", lambda: False, links=links), module="clinic")
    try:
        page = client.get("/start/extra/")
        assert [link["label"] for link in page.context["links"]] == ["Сотрудники"]
    finally:
        START_STEPS.unregister(added)
    assert client.get("/start/extra/").status_code == 404


def test_the_kind_of_clinic_switches_its_modules(client, owner):
    kept = dict(modules.REGISTRY)
    if "stays" not in modules.REGISTRY:
        Module("stays", "Стационар")
    try:
        client.post("/start/kind/", {"kind": "dental"})
        policies.forget()
        assert not modules.is_switched_on("stays")
        client.post("/start/kind/", {"kind": "inpatient"})
        policies.forget()
        assert modules.is_switched_on("stays")
        assert client.post("/start/kind/", {"kind": "zoo"}).status_code == 422
    finally:
        modules.REGISTRY.clear()
        modules.REGISTRY.update(kept)


def test_after_the_price_list_comes_the_first_shift(client, owner):
    assert [step.key for step in START_STEPS] == ["prices", "shifts"]
    assert 'href="/shifts/new/"' in client.get("/start/shifts/").content.decode()

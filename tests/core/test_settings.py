"""Settings, modules, the logo: checked, audited, with a way back."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core import modules, policies, services
from core.errors import Invalid, NotFound, Stale
from core.models import AuditEntry, StoredFile
from core.modules import Module
from core.own_policies import CURRENCY, IDLE_MINUTES
from core.policies import Policy
from core.services import ModuleNeeded, logo_set, module_switch, policies_set, policy_undo
from core.templatetags import ui

pytestmark = pytest.mark.django_db


@pytest.fixture
def declared():
    """Settings of every kind, and three modules in a row; gone after the test."""
    kept_policies, kept_modules = dict(policies.REGISTRY), dict(modules.REGISTRY)
    Policy("core.test_share", Decimal, Decimal("1.5"), "Доля", minimum=0, maximum=10)
    Policy("core.test_day", date, None, "День")
    Policy("core.test_marks", list, ["a"], "Метки", choices=(("a", "А"), ("b", "Б")))
    Policy("core.test_words", list, [], "Слова")
    Policy("core.test_key", str, "", "Ключ", secret=True)
    Module("one", "Один")
    Module("two", "Два", needs=("one",))
    Module("three", "Три", needs=("two",))
    yield
    for registry, kept in ((policies.REGISTRY, kept_policies), (modules.REGISTRY, kept_modules)):
        registry.clear()
        registry.update(kept)


def set_one(actor, key, value, **more):
    count = policies_set(values={key: value}, actor=actor, **more)
    policies.forget()
    return count


def test_the_registry_is_put_back(declared):
    assert "core.test_share" in policies.REGISTRY


@pytest.mark.feature("SET-12")
def test_a_setting_is_stored_with_who_when_from_and_to(director):
    assert set_one(director, "core.currency", "€") == 1
    assert CURRENCY.get() == "€"
    row = AuditEntry.objects.get(code="core.policy.changed")
    assert (row.facts["was"], row.facts["now"], row.actor_id) == ("₽", "€", director.pk)
    assert set_one(director, "core.currency", "€") == 0
    assert AuditEntry.objects.filter(code="core.policy.changed").count() == 1


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("core.test_share", "2.25", Decimal("2.25")),
        ("core.test_day", date(2026, 1, 31), date(2026, 1, 31)),
        ("core.test_day", "", None),
        ("core.test_marks", ["b"], ["b"]),
        ("core.test_words", ["раз", "два"], ["раз", "два"]),
    ],
)
def test_every_kind_comes_back_as_it_was_given(declared, director, key, value, read):
    set_one(director, key, value)
    assert policies.REGISTRY[key].get() == read


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("core.test_share", "11"), ("core.test_share", "many"), ("core.test_share", "NaN"), ("core.test_day", "yesterday"),
        ("core.test_marks", ["c"]), ("core.currency", "¥"), ("core.idle_minutes", -1),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused_beside_its_setting_and_nothing_is_stored(declared, director, key, value):
    with pytest.raises(Invalid) as refused:
        policies_set(values={"core.brand_name": "Улыбка", key: value}, actor=director)
    assert list(refused.value.fields) == [key]
    assert not AuditEntry.objects.filter(code="core.policy.changed").exists()


def test_an_unknown_setting_is_not_stored(director):
    with pytest.raises(NotFound):
        policies_set(values={"core.nothing": 1}, actor=director)


def test_a_change_is_undone_unless_another_followed(director):
    set_one(director, "core.currency", "€")
    first = AuditEntry.objects.get(code="core.policy.changed")
    set_one(director, "core.currency", "$")
    with pytest.raises(Stale):
        policy_undo(entry_id=first.pk, actor=director)
    newest = AuditEntry.objects.filter(code="core.policy.changed").latest("pk")
    policy_undo(entry_id=newest.pk, actor=director)
    policies.forget()
    assert CURRENCY.get() == "€"


def test_two_people_do_not_overwrite_each_other(director):
    set_one(director, "core.currency", "€", seen={"core.currency": "₽"})
    with pytest.raises(Stale) as refused:
        policies_set(values={"core.currency": "$"}, seen={"core.currency": "₽"}, actor=director)
    assert "core.currency" in refused.value.fields


def test_a_secret_stands_in_no_history(declared, director):
    set_one(director, "core.test_key", "s3cret")
    row = AuditEntry.objects.get(code="core.policy.changed")
    assert "s3cret" not in str(row.facts)
    with pytest.raises(NotFound):
        policy_undo(entry_id=row.pk, actor=director)


# The page


@pytest.mark.feature("SET-12", "SET-13")
def test_the_page_saves_only_what_differs_from_what_it_showed(client, director):
    client.force_login(director)
    page = client.get("/settings/section/general/")
    form = page.context["form"]
    sent = {name: form.initial[name] if field.required else "" for name, field in form.fields.items()}
    sent |= {"core.currency": "€", "core.brand_name": ""}
    sent |= {f"initial-{name}": str(form.initial[name]) for name in form.fields}
    answer = client.post("/settings/section/general/", sent)
    assert answer.status_code == 302, answer.context["form"].errors
    assert AuditEntry.objects.filter(code="core.policy.changed").count() == 1
    stale = client.post("/settings/section/general/", {**sent, "core.currency": "$"})
    assert stale.status_code == 422
    assert "core.currency" in stale.context["form"].errors


def test_every_section_of_every_module_opens(client, director):
    client.force_login(director)
    for section in client.get("/settings/").context["sections"]:
        assert client.get(f"/settings/section/{section.slug}/").status_code == 200
    assert client.get("/settings/section/nothing/").status_code == 404


def test_a_search_finds_settings_of_all_sections(client, director):
    client.force_login(director)
    page = client.get("/settings/?q=валюта")
    keys = [row.policy.key for row in page.context["rows"]] or [
        row.policy.key for row in client.get("/settings/?q=currency").context["rows"]
    ]
    assert "core.currency" in keys


def test_who_may_not_change_settings_sees_his_pages_only(client, accountant):
    client.force_login(accountant)
    page = client.get("/settings/")
    assert page.status_code == 200
    assert not page.context["sections"]
    assert "periods" in [item["key"] for item in page.context["setting_pages"]]
    assert client.post("/settings/", {}).status_code == 403


@pytest.mark.feature("SET-10")
def test_the_chosen_currency_stands_after_sums(director, rf):
    set_one(director, "core.currency", "lei")
    assert ui.money(5).endswith("lei")


@pytest.mark.feature("SET-21")
def test_a_quiet_session_ends_by_itself(client, director):
    set_one(director, "core.idle_minutes", 15)
    assert IDLE_MINUTES.get() == 15
    client.force_login(director)
    client.get("/settings/")
    assert client.session.get_expiry_age() <= 16 * 60


# Modules


@pytest.mark.feature("SET-12")
def test_a_module_goes_off_with_those_that_need_it_and_comes_back_with_those_it_needs(declared, director):
    with pytest.raises(ModuleNeeded) as refused:
        module_switch(name="one", on=False, actor=director)
    assert refused.value.facts["modules"] == ["two", "three"]
    assert module_switch(name="one", on=False, with_others=True, actor=director) == ["one", "two", "three"]
    policies.forget()
    assert not modules.is_on("three")
    with pytest.raises(ModuleNeeded) as refused:
        module_switch(name="three", on=True, actor=director)
    assert refused.value.facts["modules"] == ["one", "two"]
    assert module_switch(name="three", on=True, with_others=True, actor=director) == ["three", "one", "two"]
    policies.forget()
    assert modules.is_on("three")
    assert AuditEntry.objects.filter(code__startswith="core.module.").count() == 6


def test_what_is_no_module_cannot_be_switched(director):
    with pytest.raises(NotFound):
        module_switch(name="core", on=False, actor=director)


# Logo


def picture():
    out = BytesIO()
    Image.new("RGB", (8, 8), "blue").save(out, "PNG")
    return SimpleUploadedFile("logo.png", out.getvalue(), "image/png")


@pytest.mark.feature("SET-09")
def test_the_clinics_own_logo_stands_in_the_menu(client, director):
    client.force_login(director)
    client.post("/settings/logo/", {"logo": picture()})
    set_one(director, "core.own_logo", True)
    key = StoredFile.objects.get(purpose="core.logo").key
    page = client.get("/settings/").content.decode()
    assert f'src="/files/{key}/"' in page
    assert client.get(f"/files/{key}/").status_code == 200
    client.post("/settings/logo/", {"drop": "1"})
    policies.forget()
    assert f"/files/{key}/" not in client.get("/settings/").content.decode()


def test_what_is_no_picture_is_no_logo(director):
    with pytest.raises(Invalid):
        logo_set(upload=SimpleUploadedFile("logo.png", b"%PDF-1.4 not a picture", "image/png"), actor=director)
    assert services.current(CURRENCY) == "₽"


# Health


@pytest.mark.feature("SET-07", "SET-08")
def test_the_health_page_tells_space_database_queues_and_backup(client, director, reception):
    client.force_login(director)
    page = client.get("/health/")
    assert page.status_code == 200
    assert len(page.context["lines"]) >= 8
    client.force_login(reception)
    assert client.get("/health/").status_code == 403

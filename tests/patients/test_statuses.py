"""Statuses and types by rules."""

from datetime import date

import pytest
from django.db.models import F, IntegerField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from core import policies
from core.models import AuditEntry
from patients import services
from patients.facts import months_since
from patients.models import CustomField, Patient, Status
from patients.rules.dates import months_after, months_between
from patients.rules.statuses import condition_of
from patients.selectors.statuses import words_of
from patients.slots import FACTS, Fact
from tests.factories import PatientFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


@pytest.fixture
def visits():
    """As if the calendar told: the last visit is kept in next_call_on, the number of visits among own fields."""
    known = list(FACTS)
    fakes = [
        Fact(
            "months_since_visit", "Месяцев без визита", "number", lambda today: months_since(F("next_call_on"), today)
        ),
        Fact(
            "visits_count",
            "Визитов",
            "number",
            lambda today: Cast(KeyTextTransform("visits", "custom"), IntegerField()),
        ),
    ]
    hidden = [fact for fact in known if fact.code in ("months_since_visit", "visits_count")]
    for fact in hidden:
        FACTS.unregister(fact)
    for fact in fakes:
        FACTS.register(fact, module="patients")
    yield
    for fact in fakes:
        FACTS.unregister(fact)
    for fact in hidden:
        FACTS.register(fact, module="scheduling")


def came(months_ago, count, **fields):
    last = months_after(TODAY, -months_ago) if months_ago is not None else None
    return PatientFactory(next_call_on=last, custom={"visits": count} if count else {}, **fields)


@pytest.fixture
def rules():
    Status.objects.all().delete()
    sleeping = [{"fact": "months_since_visit", "op": "gte", "value": "12"}]
    children = [{"fact": "age", "op": "lte", "value": "14"}, {"fact": "kind", "op": "eq", "value": "primary"}]
    Status.objects.create(name="Спящий", position=1, conditions=sleeping)
    Status.objects.create(name="Ребёнок", position=2, conditions=children)


@pytest.mark.feature("PAT-23", "PAT-24")
def test_the_first_status_that_fits_is_given_with_its_reason(visits, rules):
    asleep = came(13, 3, birth_date="2015-01-01")
    child = came(2, 0, birth_date="2015-01-01")
    adult = came(2, 3, birth_date="1980-01-01")
    services.statuses_nightly(TODAY)
    names = {card.pk: card.status and card.status.name for card in Patient.objects.select_related("status")}
    assert names == {asleep.pk: "Спящий", child.pk: "Ребёнок", adult.pk: None}
    asleep.refresh_from_db()
    assert asleep.status_since == TODAY and asleep.status_why[0]["figures"][0]["value"] == 13
    assert "12" in asleep.status_why[0]["rule"]


@pytest.mark.feature("PAT-24")
def test_the_night_is_logged_and_a_second_one_changes_nothing(visits, rules):
    came(13, 3)
    first, second = services.statuses_nightly(TODAY), services.statuses_nightly(TODAY)
    assert first["statuses"] == 1 and second == {"statuses": 0, "kinds": 0}
    assert AuditEntry.objects.filter(code="patients.statuses.computed").count() == 2
    assert AuditEntry.objects.filter(code="patients.status.given").count() == 1


@pytest.mark.feature("PAT-24")
def test_a_status_that_fits_no_more_is_taken(visits, rules):
    card = came(13, 3)
    services.statuses_nightly(TODAY)
    Patient.objects.filter(pk=card.pk).update(next_call_on=TODAY)
    services.statuses_nightly(TODAY)
    card.refresh_from_db()
    assert card.status is None and card.status_why == []


@pytest.mark.feature("PAT-25")
@pytest.mark.parametrize(
    ("months", "count", "before", "after"),
    [
        (1, 1, "primary", "secondary"),
        (11, 5, "secondary", "secondary"),
        (12, 5, "secondary", "primary"),
        (30, 5, "primary", "primary"),
        (None, 0, "primary", "primary"),
    ],
)
def test_absence_makes_primary_again_and_a_visit_secondary(visits, months, count, before, after):
    card = came(months, count, kind=before)
    services.statuses_nightly(TODAY)
    card.refresh_from_db()
    assert card.kind == after


@pytest.mark.feature("PAT-24", "PAT-25")
def test_the_other_rule_of_the_seed_resets_to_secondary(visits, monkeypatch):
    values = {"patients.primary_after_months": 0, "patients.secondary_after_months": 6}
    monkeypatch.setattr(policies, "raw", lambda: values)
    card = came(7, 0, kind="primary")
    fresh = came(1, 0, kind="primary")
    services.statuses_nightly(TODAY)
    assert [Patient.objects.get(pk=row.pk).kind for row in (card, fresh)] == ["secondary", "primary"]
    assert Patient.objects.get(pk=card.pk).kind_why["rule"] == "quiet"


def test_without_a_calendar_no_type_changes():
    hidden = [fact for fact in FACTS if fact.code == "months_since_visit"]
    for fact in hidden:
        FACTS.unregister(fact)
    card = PatientFactory(kind="secondary")
    services.statuses_nightly(TODAY)
    for fact in hidden:
        FACTS.register(fact, module="scheduling")
    card.refresh_from_db()
    assert card.kind == "secondary"


def test_a_rule_of_an_unknown_fact_gives_nothing(visits):
    Status.objects.all().delete()
    Status.objects.create(
        name="Должник", conditions=[{"fact": "debt_of_a_module_that_is_off", "op": "gte", "value": "1"}]
    )
    came(1, 1)
    assert services.statuses_nightly(TODAY)["statuses"] == 0


@pytest.mark.parametrize(("given", "kind"), [
    ({"fact": "age", "op": "gte", "value": "много"}, "number"),
    ({"fact": "age", "op": "gte", "value": "NaN"}, "number"),
    ({"fact": "kind", "op": "gte", "value": "primary"}, "choice"),
    ({"fact": "kind", "op": "eq", "value": ""}, "choice"),
])  # fmt: skip
def test_conditions_without_sense_are_refused(given, kind):
    with pytest.raises(ValueError):
        condition_of(given, kind)


def test_conditions_read_as_sentences(visits):
    assert words_of([{"fact": "months_since_visit", "op": "gte", "value": "12"}]) == "Месяцев без визита ≥ 12"


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 11, 24), 14, date(2028, 1, 24)),
    ],
)
def test_months_are_counted_as_people_do(day, months, expected):
    assert months_after(day, months) == expected


def test_whole_months_between_days():
    assert months_between(date(2026, 1, 31), date(2026, 2, 28)) == 0
    assert months_between(date(2025, 11, 24), TODAY) == 12


@pytest.mark.feature("PAT-23")
def test_a_status_is_made_in_its_directory(client, director, visits):
    client.force_login(director)
    body = {"name": "VIP", "tone": "amber", "is_active": "on", "fact0": "visits_count", "op0": "gte", "value0": "10"}
    assert client.post("/directories/statuses/new/", body).status_code == 302
    assert Status.objects.get(name="VIP").conditions == [{"fact": "visits_count", "op": "gte", "value": "10"}]
    wrong = client.post("/directories/statuses/new/", {**body, "name": "X", "value0": "много"})
    assert wrong.status_code == 422 and not Status.objects.filter(name="X").exists()
    assert "≥ 10" in client.get("/directories/statuses/").content.decode()


@pytest.mark.feature("PAT-43")
def test_own_fields_are_made_in_their_directory(client, director):
    client.force_login(director)
    body = {"name": "Группа крови", "kind": "choice", "options": "I\nII\nII", "needed": "never", "audience": "medical"}
    assert client.post("/directories/custom-fields/new/", body).status_code == 302
    made = CustomField.objects.get()
    assert (made.code, made.options, made.entity) == ("gruppa-krovi", ["I", "II"], "patient")
    again = client.post("/directories/custom-fields/new/", {**body, "name": "X", "options": "I"})
    assert again.status_code == 422


def test_every_directory_opens(client, director):
    client.force_login(director)
    for slug in ("sources", "groups", "stages", "statuses", "custom-fields", "consent-kinds", "document-kinds"):
        assert client.get(f"/directories/{slug}/").status_code == 200
        assert client.get(f"/directories/{slug}/new/").status_code == 200

"""The audit with its columns, the trash with its way back, as pages."""

import pytest

from clinic.selectors import user_loaded
from clinic.services import places
from core.access import REGISTRY
from core.audit import audit, sentence
from core.models import AuditEntry, TrashEntry
from core.trash import trash_put
from tests.cast import person
from tests.factories import BranchFactory, ChairFactory

pytestmark = pytest.mark.django_db
LOOKED = sentence("core.test.looked", "%(object)s открыт", "eye", compartment="medical").code


def rows(page):
    return page.context["page"].rows


@pytest.mark.feature("SET-18")
def test_the_audit_tells_who_did_what_in_words_and_which_columns_changed(client, director, branch):
    places.branch_save(pk=branch.pk, values={"name": "Новый центр"}, actor=director)
    client.force_login(director)
    row = next(row for row in rows(client.get("/audit/")) if row.code == "clinic.branch.changed")
    assert row.actor_name == "Директор"
    panel = client.get(f"/audit/{row.pk}/")
    lines = [line for change in panel.context["changes"] for line in change["lines"]]
    assert ("Центр", "Новый центр") in [(line["before"], line["after"]) for line in lines]


def test_the_audit_is_narrowed_by_person_part_and_day(client, director, reception, branch):
    places.branch_save(pk=branch.pk, values={"name": "Новый центр"}, actor=director)
    audit(reception, LOOKED, branch)
    client.force_login(director)
    assert {row.actor_name for row in rows(client.get(f"/audit/?actor={reception.pk}"))} == {"reception"}
    assert {row.code.partition(".")[0] for row in rows(client.get("/audit/?app=clinic"))} == {"clinic"}
    assert not rows(client.get("/audit/?at_after=2099-01-01"))
    assert [row.code for row in rows(client.get("/audit/?search=Центр&app=core"))] == [LOOKED]


@pytest.mark.feature("SET-16")
def test_who_may_see_no_medicine_sees_none_in_the_audit(client, director, branch):
    medical = [code for code, each in REGISTRY.items() if each.compartment == "medical"]
    audit(director, LOOKED, branch)
    director.refused = medical
    director.save()
    client.force_login(user_loaded(director.pk))
    assert LOOKED not in {row.code for row in rows(client.get("/audit/"))}
    hidden = AuditEntry.objects.get(code=LOOKED)
    assert client.get(f"/audit/{hidden.pk}/").status_code == 404


def test_the_audit_is_the_owners(client, reception):
    client.force_login(reception)
    assert client.get("/audit/").status_code == 403
    assert client.get("/audit/export.csv").status_code == 403


@pytest.mark.feature("SET-04")
def test_what_was_deleted_is_found_by_sections_and_comes_back(client, director, branch, other_branch):
    chair = ChairFactory(branch=branch, name="Лишнее")
    entry = trash_put(chair, actor=director, reason="сломано")
    trash_put(other_branch, actor=director)
    client.force_login(director)
    page = client.get("/trash/?kind=clinic.chair")
    assert [row.label for row in rows(page)] == ["Лишнее"]
    assert "сломано" in page.content.decode()
    assert client.post(f"/trash/{entry.pk}/restore/").status_code == 302
    assert type(chair).objects.live().filter(pk=chair.pk).exists()
    assert client.post(f"/trash/{entry.pk}/restore/").status_code == 404


@pytest.mark.feature("SET-04")
def test_restoring_into_a_taken_place_is_refused_and_says_so(client, director, branch, other_branch):
    entry = trash_put(other_branch, actor=director)
    BranchFactory(name=other_branch.name, legal_entity=branch.legal_entity)
    client.force_login(director)
    assert client.post(f"/trash/{entry.pk}/restore/").status_code == 409
    answer = client.post("/trash/actions/restore/", {"id": [entry.pk]}, follow=True)
    assert other_branch.name in "".join(str(message) for message in answer.context["messages"])
    assert TrashEntry.objects.get(pk=entry.pk).restored_at is None


@pytest.mark.feature("SET-23")
def test_what_another_branch_has_deleted_is_not_seen(client, director, branch, other_branch):

    senior = person("senior", "senior", branches=[other_branch])
    entry = trash_put(ChairFactory(branch=branch), actor=director)
    client.force_login(senior)
    assert rows(client.get("/trash/")) == []
    assert client.post(f"/trash/{entry.pk}/restore/").status_code == 404


def test_every_column_that_the_audit_shows_has_a_word_of_ours():
    from django.apps import apps
    from django.db import connection

    from core.column_words import column_word
    from core.records import SILENT

    with connection.cursor() as cursor:
        cursor.execute(
            r"select tgrelid::regclass::text from pg_trigger where tgname like '%%\_history' and not tgisinternal"
        )
        tracked = {row[0] for row in cursor.fetchall()}
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.db_table in tracked]
    assert len(models) > 15
    nameless = [
        f"{model._meta.label}.{column.name}"
        for model in models
        for column in model._meta.concrete_fields
        if column.name not in SILENT and type(column_word(column)) is str
    ]
    assert nameless == [], "\n".join(nameless)

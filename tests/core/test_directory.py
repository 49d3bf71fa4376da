"""A directory is one declaration: list, form, archive, trash, order."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.directories import CATEGORIES, GROUPS
from catalog.models import Category, DiagnosisGroup
from core.directory import entry_move, entry_save, entry_trash, usage
from core.errors import NotFound
from core.models import AuditEntry, TrashEntry
from core.trash import InUse, trash_restore
from tests.clinical.factories import plan_made
from tests.factories import CategoryFactory, DiagnosisGroupFactory, ServiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("SET-01", "SET-02")]
PANEL = {"HX-Request": "true", "HX-Target": "panel-body"}


@pytest.fixture
def browser(client, director):
    client.force_login(director)
    return client


def test_an_entry_is_added_in_the_panel_and_lists_hear_of_it(browser):
    assert b"panel-form" in browser.get(CATEGORIES.url("new"), headers=PANEL).content
    answer = browser.post(CATEGORIES.url("new"), {"name": "Гнатология"}, headers=PANEL)
    assert answer.status_code == 204
    heard = json.loads(answer.headers["HX-Trigger"])
    assert {"panel:close", "categories:changed", "toast"} <= set(heard)
    assert AuditEntry.objects.get(code="core.directory.added").object_label == "Гнатология"


def test_the_same_form_as_a_page_leads_back_to_the_list(browser):
    answer = browser.post(CATEGORIES.url("new"), {"name": "Гнатология"})
    assert (answer.status_code, answer.url) == (302, CATEGORIES.url("list"))


def test_a_taken_name_is_refused_beside_the_field_and_typed_values_stay(browser):
    CategoryFactory(name="Терапия")
    answer = browser.post(CATEGORIES.url("new"), {"name": "Терапия", "name_en": "Therapy"}, headers=PANEL)
    assert answer.status_code == 422
    assert b'value="Therapy"' in answer.content and b'id="id_name-error"' in answer.content
    assert Category.objects.filter(name="Терапия").count() == 1


def test_two_clicks_add_one_entry(browser):
    sent = {"name": "Гнатология", "idempotency_key": "5f0c8a52-8a7e-4c5e-9d50-0d1c3a9c0001"}
    assert [browser.post(CATEGORIES.url("new"), sent, headers=PANEL).status_code for _ in range(2)] == [204, 204]
    assert Category.objects.filter(name="Гнатология").count() == 1


def test_the_list_shows_how_often_an_entry_is_used_at_the_same_number_of_queries(browser):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(CATEGORIES.url("list")).status_code == 200
        return len(queries)

    ServiceFactory.create_batch(2, category=CategoryFactory())
    asked()
    few = asked()
    for category in CategoryFactory.create_batch(18):
        ServiceFactory(category=category)
    assert asked() == few


def test_usage_counts_rows_of_other_tables_but_not_children_and_not_the_trash():
    group = DiagnosisGroupFactory()
    DiagnosisGroupFactory(parent=group)
    gone = DiagnosisGroupFactory(parent=group)
    DiagnosisGroup.objects.filter(pk=gone.pk).update(deleted_at="2026-01-01T00:00Z")
    assert usage(DiagnosisGroup, [group.pk]) == {group.pk: 1}


def test_what_is_in_use_is_not_deleted_and_what_is_not_comes_back_from_the_trash(director):
    used = DiagnosisGroupFactory()
    DiagnosisGroupFactory(parent=used)
    with pytest.raises(InUse):
        entry_trash(GROUPS, pk=used.pk, actor=director)
    free = DiagnosisGroupFactory(name="Лишняя")
    entry_trash(GROUPS, pk=free.pk, actor=director)
    with pytest.raises(NotFound):
        entry_save(GROUPS, pk=free.pk, values={"name": "x"}, actor=director)
    trash_restore(TrashEntry.objects.get().pk, actor=director)
    assert DiagnosisGroup.objects.live().filter(pk=free.pk).exists()


def test_a_category_whose_services_are_in_plans_stays(director):
    plan = plan_made()
    with pytest.raises(InUse):
        entry_trash(CATEGORIES, pk=plan.lines.get().service.category_id, actor=director)


def test_entries_change_places_and_stop_at_the_edge(director):
    first, second = (entry_save(CATEGORIES, values={"name": name}, actor=director) for name in ("Б", "А"))

    def order():
        return list(
            Category.objects.filter(pk__in=[first.pk, second.pk]).order_by("position").values_list("pk", flat=True)
        )

    assert order() == [first.pk, second.pk]
    entry_move(CATEGORIES, pk=second.pk, up=True, actor=director)
    assert order() == [second.pk, first.pk]


def test_a_group_never_stands_below_itself(browser):
    top = DiagnosisGroupFactory()
    low = DiagnosisGroupFactory(parent=top)
    sent = {"name": top.name, "parent": low.pk}
    assert browser.post(GROUPS.url("edit", top.pk), sent, headers=PANEL).status_code == 422


def test_who_may_only_look_sees_the_list_without_its_buttons(client, reception):
    client.force_login(reception)
    row = CategoryFactory()
    page = client.get(CATEGORIES.url("list"))
    assert page.status_code == 200 and CATEGORIES.url("edit", row.pk).encode() not in page.content
    for method, url in (
        ("get", CATEGORIES.url("new")),
        ("post", CATEGORIES.url("trash", row.pk)),
        ("post", CATEGORIES.url("move", row.pk, "up")),
    ):
        assert getattr(client, method)(url).status_code == 403
    assert client.get("/directories/").status_code == 200


def test_an_entry_without_an_archive_has_no_such_address(client, director, db):
    client.force_login(director)
    assert client.post(f"/directories/categories/{CategoryFactory().pk}/archive/").status_code == 404

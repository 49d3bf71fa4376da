"""Tasks of people and groups: given, taken once, moved over the board, ended; who sees which."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from core import clock
from core.errors import IllegalMove, Invalid, Stale
from tests.cast import person
from tests.factories import ProfessionFactory
from work import selectors, services
from work.errors import TaskTaken
from work.models import Notification, Task

pytestmark = pytest.mark.django_db
State = Task.State


@pytest.fixture
def give(branch, director):
    def make(title: str = "Позвонить пациенту", **changes):
        given = {"title": title, "actor": director, "branch_id": branch.pk, **changes}
        return services.task_create(**given)

    return make


@pytest.mark.feature("TSK-02")
def test_a_task_is_for_a_person_or_a_group(give, reception):
    assert give(executor=reception).for_whom == reception
    assert str(give(role="administrator").for_whom) in ("Administrator", "Администратор")
    with pytest.raises(Invalid) as refused:
        give()
    assert set(refused.value.fields) == {"executor"}


def test_a_task_for_nobody_breaks_the_constraint(give, reception):
    task = give(executor=reception)
    for changes, name in (({"executor": None}, "task_is_for_somebody"), ({"state": "done"}, "task_ended_at_a_time")):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Task.objects.filter(pk=task.pk).update(**changes)


@pytest.mark.feature("TSK-05")
def test_the_program_asks_for_a_thing_once_while_it_is_open(give):
    first = give(role="administrator", key="call:1")
    assert give(role="administrator", key="call:1") == first
    with pytest.raises(IntegrityError, match="task_open_once_by_its_key"), transaction.atomic():
        Task.objects.create(title="x", role="administrator", key="call:1")
    assert services.tasks_end_by_key(key="call:1", actor=None, result="позвонили") == 1
    assert give(role="administrator", key="call:1") != first


@pytest.mark.feature("TSK-02")
def test_of_a_group_whoever_takes_first_has_it(give, reception, branch):
    task, other = give(role="administrator"), person("second", "administrator", branches=[branch])
    assert services.task_take(task_id=task.pk, actor=reception).state == State.IN_WORK
    services.task_take(task_id=task.pk, actor=reception)
    with pytest.raises(TaskTaken):
        services.task_take(task_id=task.pk, actor=other)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_eight_people_take_one_task_and_one_has_it(give, branch):
    task = give(role="administrator")
    people = [person(f"p{number}", "administrator", branches=[branch]) for number in range(8)]
    won, barrier = [], threading.Barrier(8)

    def take(user):
        barrier.wait()
        try:
            services.task_take(task_id=task.pk, actor=user)
            won.append(user)
        except TaskTaken:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=[user]) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    task.refresh_from_db()
    assert won == [task.executor]


@pytest.mark.feature("TSK-01")
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (["in_work", "waiting", "review", "done"], True), (["done", "in_work"], True), (["cancelled", "new"], True),
        (["done", "cancelled"], False), (["new"], False),
    ],
)  # fmt: skip
def test_a_task_moves_over_the_board(give, reception, path, allowed):
    task = give(executor=reception)
    for state in path[:-1]:
        services.task_move(task_id=task.pk, state=state, actor=reception)
    if allowed:
        moved = services.task_move(task_id=task.pk, state=path[-1], actor=reception)
        assert moved.state == path[-1]
        assert (moved.ended_at is not None) is (path[-1] in ("done", "cancelled"))
    else:
        with pytest.raises(IllegalMove):
            services.task_move(task_id=task.pk, state=path[-1], actor=reception)


def test_a_stale_page_changes_nothing(give, reception):
    task = give(executor=reception)
    services.task_move(task_id=task.pk, state="in_work", actor=reception, expected_version=1)
    with pytest.raises(Stale):
        services.task_move(task_id=task.pk, state="cancelled", actor=reception, expected_version=1)
    with pytest.raises(Stale):
        services.task_change(task_id=task.pk, actor=reception, expected_version=1, title="Другое")


def test_the_executor_is_told_and_the_author_hears_that_it_is_done(give, reception, director):
    task = give(executor=reception)
    assert Notification.objects.get(user=reception).text == "Позвонить пациенту"
    services.task_move(task_id=task.pk, state="done", actor=reception)
    assert Notification.objects.filter(user=director, kind="work.task_done").count() == 1


def test_everybody_sees_his_own_tasks_and_those_of_his_groups(give, reception, stranger, doctor, director, branch):
    profession = ProfessionFactory(name="Терапевт")
    doctor.staff.professions.add(profession)
    own, group, of_profession = give(executor=reception), give(role="administrator"), give(profession_id=profession.pk)
    assert set(selectors.tasks_visible_to(reception)) == {own, group}
    assert set(selectors.tasks_visible_to(doctor)) == {of_profession}
    assert set(selectors.tasks_visible_to(stranger)) == set()
    assert set(selectors.tasks_visible_to(director)) == {own, group, of_profession}
    assert selectors.tasks_open_count(reception) == 2


# Pages


@pytest.fixture
def page(client, reception):
    client.force_login(reception)
    return client


def test_the_list_shows_filters_and_moves(page, give, reception, stranger):
    task, hidden = give("Позвонить", executor=reception), give("Чужое", executor=stranger)
    shown = page.get(reverse("work:tasks-list")).content.decode()
    assert "Позвонить" in shown
    assert "Чужое" not in shown
    assert page.get(reverse("work:task", args=[hidden.pk])).status_code == 404
    for query, rows in (
        ("state=new", 1),
        ("state=done", 0),
        ("mine=true&open=true", 1),
        (f"executor={reception.pk}", 1),
        ("search=нетакого", 0),
        ("role=doctor", 0),
    ):
        assert page.get(reverse("work:tasks-list") + "?" + query).content.count(b"<tr data-row") == rows, query
    page.post(reverse("work:task-move", args=[task.pk, "done"]), {"result": "дозвонилась"})
    task.refresh_from_db()
    assert (task.state, task.result) == (State.DONE, "дозвонилась")
    assert page.post(reverse("work:task-move", args=[task.pk, "nonsense"])).status_code == 409


@pytest.mark.feature("TSK-02", "TSK-03")
def test_a_task_is_given_and_changed_by_a_form(page, reception, director, branch):
    typed = {"title": "Заказать воду", "executor": director.pk, "branch": branch.pk, "due_at": "25.11.2030 12:00"}
    assert page.post(reverse("work:task-new"), typed).status_code == 302
    task = Task.objects.get()
    assert (task.executor, task.created_by) == (director, reception)
    assert page.get(reverse("work:task-edit", args=[task.pk])).status_code == 200
    page.post(reverse("work:task-edit", args=[task.pk]), {**typed, "title": "Заказать кофе", "version": task.version})
    task.refresh_from_db()
    assert task.title == "Заказать кофе"
    stale = page.post(reverse("work:task-edit", args=[task.pk]), {**typed, "title": "Чай", "version": 1})
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": ""}, "title"), ({"executor": ""}, "executor"), ({"role": "doctor"}, "role"), ({"due_at": "вчера"}, "due_at"),
        ({"executor": "999999"}, "executor"),
    ],
)  # fmt: skip
def test_a_wrong_task_is_refused_beside_its_field(page, director, branch, wrong, field):
    typed = {"title": "Заказать воду", "executor": director.pk, "branch": branch.pk, **wrong}
    answer = page.post(reverse("work:task-new"), typed)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert Task.objects.count() == 0


def test_two_clicks_give_one_task(page, director):
    typed = {"title": "Заказать воду", "executor": director.pk, "idempotency_key": "7f9c8a2e4b6d4c1e9a3f5d7b1c2e4f60"}
    for _click in range(2):
        page.post(reverse("work:task-new"), typed)
    assert Task.objects.count() == 1


# The queue


def test_the_queue_puts_late_and_urgent_things_first_and_forgets_what_is_put_off(page, give, reception):
    now = clock.now()
    later = give("Потом", executor=reception, due_at=now + timedelta(days=3))
    late = give("Просрочено", executor=reception, due_at=now - timedelta(hours=1))
    urgent = give("Срочно", executor=reception, is_urgent=True, due_at=now + timedelta(hours=5))
    items, hidden = selectors.queue_of(reception)
    assert [item.key for item in items] == [f"task:{task.pk}" for task in (urgent, late, later)]
    page.post(reverse("work:snooze"), {"key": f"task:{late.pk}", "for": "30m"})
    items, hidden = selectors.queue_of(reception)
    assert (len(items), hidden) == (2, 1)
    assert "Срочно" in page.get(reverse("work:now")).content.decode()


def test_the_api_gives_takes_and_moves(branch, director, reception):
    from rest_framework.test import APIClient

    api = APIClient()
    api.force_authenticate(director)
    made = api.post(
        "/api/v1/tasks/", {"title": "Позвонить", "role": "administrator", "branch": branch.pk}, format="json"
    )
    assert made.status_code == 201
    assert api.post("/api/v1/tasks/", {"title": "Позвонить"}, format="json").status_code == 400
    api.force_authenticate(reception)
    pk = made.json()["id"]
    assert api.post(f"/api/v1/tasks/{pk}/take/").json()["executor"] == reception.pk
    assert api.post(f"/api/v1/tasks/{pk}/status/", {"status": "done"}, format="json").json()["status"] == "done"
    refused = api.post(f"/api/v1/tasks/{pk}/status/", {"status": "done"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_move")
    assert api.get("/api/v1/tasks/?state=done&count=1").json()["count"] == 1

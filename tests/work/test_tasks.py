"""Tasks of people and groups: given, taken once, moved over the board, ended; who sees which."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import TestCase
from django.urls import reverse

from core import clock, live
from core.errors import Forbidden, IllegalMove, Invalid, Stale
from core.models import TrashEntry
from core.trash import trash_restore
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
    assert set(refused.value.fields) == {"people"}


def test_a_task_for_nobody_breaks_the_constraint(give, reception):
    task = give(executor=reception)
    nobody = {"executor": None, "person_ids": []}
    for changes, name in ((nobody, "task_is_for_somebody"), ({"state": "done"}, "task_ended_at_a_time")):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Task.objects.filter(pk=task.pk).update(**changes)


@pytest.mark.feature("TSK-05")
def test_the_program_asks_for_a_thing_once_while_it_is_open(give):
    first = give(role="administrator", key="call:1")
    assert give(role="administrator", key="call:1") == first
    with pytest.raises(IntegrityError, match="task_open_once_by_its_key"), transaction.atomic():
        Task.objects.create(title="x", roles=["administrator"], key="call:1")
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


@pytest.mark.feature("TSK-02")
def test_each_of_a_group_gets_a_task_of_his_own(branch, other_branch, director, reception, stranger):
    second = person("second", "administrator", branches=[branch])
    given = services.tasks_give(
        title="Прочитать приказ", roles=["administrator"], each=True, branch_id=branch.pk, actor=director
    )
    assert {task.executor for task in given} == {reception, second}
    assert len({task.bundle for task in given}) == 1
    services.task_move(task_id=given[0].pk, state="done", actor=given[0].executor)
    assert selectors.bundle_of(given[1]) == (1, 2)
    with pytest.raises(Invalid):
        services.tasks_give(title="x", roles=["coordinator"], each=True, branch_id=branch.pk, actor=director)


@pytest.mark.feature("TSK-02")
def test_doctors_of_a_specialty_and_named_persons_are_groups_too(give, director, doctor, reception):
    surgeons = ProfessionFactory(name="Хирург")
    doctor.staff.professions.add(surgeons)
    task = give(profession_ids=[surgeons.pk], person_ids=[reception.pk])
    assert task.executor is None
    assert {task in selectors.tasks_visible_to(who) for who in (doctor, reception)} == {True}
    assert set(Notification.objects.values_list("user", flat=True)) == {doctor.pk, reception.pk}
    assert selectors.named([task])[0].for_whom == f"{reception}, Хирург"


@pytest.mark.feature("TSK-03")
def test_only_the_author_or_who_may_change_all_edits_and_deletes(client, give, reception, director, doctor, branch):
    task = give(executor=doctor, actor=reception)
    with pytest.raises(Forbidden):
        services.task_change(task_id=task.pk, actor=doctor, title="Другое")
    client.force_login(doctor)
    assert client.post(reverse("work:task-delete", args=[task.pk])).status_code == 403
    assert client.get(reverse("work:task-edit", args=[task.pk])).status_code == 403
    services.task_change(task_id=task.pk, actor=director, title="Другое")
    client.force_login(reception)
    assert client.post(reverse("work:task-delete", args=[task.pk])).status_code == 302
    assert task not in selectors.tasks_visible_to(doctor)
    assert selectors.tasks_open_count(doctor) == 0
    trash_restore(TrashEntry.objects.get(kind="work.task").pk, actor=director)
    assert task in selectors.tasks_visible_to(doctor)


@pytest.mark.feature("TSK-01")
def test_a_task_that_a_colleague_has_taken_is_his(give, reception, branch):
    task, other = give(role="administrator"), person("second", "administrator", branches=[branch])
    services.task_move(task_id=task.pk, state="in_work", actor=reception)
    with pytest.raises(TaskTaken):
        services.task_move(task_id=task.pk, state="done", actor=other)


@pytest.mark.feature("TSK-12")
def test_a_checklist_is_ticked_and_counted(page, give, reception):
    task = give(executor=reception, checklist=["Ключи", "Свет"])
    first = task.steps.first()
    page.post(reverse("work:step-tick", args=[task.pk, first.pk]), {"done": "1"})
    page.post(reverse("work:step-add", args=[task.pk]), {"text": "Сигнализация"})
    shown = selectors.with_steps(Task.objects.filter(pk=task.pk)).get()
    assert (shown.steps_done, shown.steps_all) == (1, 3)
    page.post(reverse("work:step-tick", args=[task.pk, first.pk]))
    assert task.steps.filter(done_at__isnull=False).count() == 0
    assert page.post(reverse("work:step-add", args=[task.pk]), {"text": " "}).status_code == 400
    assert page.post(reverse("work:step-remove", args=[task.pk, first.pk])).status_code == 403


@pytest.mark.feature("TSK-12")
def test_a_task_is_tied_to_a_record_that_its_reader_may_see(page, give, anna, reception, doctor):
    typed = {"title": "Перезвонить", "people": [doctor.pk]}
    assert page.post(reverse("work:task-new") + f"?about=patients.patient:{anna.pk}", typed).status_code == 302
    task = Task.objects.get()
    assert (task.patient_id, task.subject_kind) == (anna.pk, "patients.patient")
    assert selectors.about([task], reception)[0].about.label == anna.full_name
    assert selectors.about([task], doctor)[0].about is None  # not his patient
    assert page.get(reverse("work:task-new") + "?about=patients.patient:999999").status_code == 404
    assert page.get(reverse("work:task-new") + f"?about=patients.record:{anna.pk}").status_code == 404
    assert page.get(reverse("work:subjects-pick") + "?q=Ёлк").json()[0]["value"] == f"patients.patient:{anna.pk}"


@pytest.mark.feature("TSK-12")
def test_a_record_is_picked_in_the_form(page, anna, doctor):
    typed = {"title": "Перезвонить", "people": [doctor.pk]}
    refused = page.post(reverse("work:task-new"), {**typed, "about": "patients.patient:999999"})
    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"about"})
    assert page.post(reverse("work:task-new"), {**typed, "about": f"patients.patient:{anna.pk}"}).status_code == 302
    assert Task.objects.get().patient_id == anna.pk
    untied = page.post(reverse("work:task-new") + f"?about=patients.patient:{anna.pk}", {**typed, "about": ""})
    assert untied.status_code == 302
    assert Task.objects.latest("pk").patient_id is None


def test_of_a_task_without_a_branch_only_those_whom_it_concerns_hear(
    director, reception, doctor, stranger, monkeypatch
):
    told = []
    monkeypatch.setattr("core.live._send", told.append)
    with TestCase.captureOnCommitCallbacks(execute=True):
        services.task_create(title="Прислать график", executor=doctor, actor=reception)
    (message,) = [each for each in told if each["kind"] == "task"]
    assert set(message["users"]) == {doctor.pk, reception.pk, director.pk}, "the director sees everybody's"
    assert not live.listener_of(stranger).is_told(message)
    assert live.listener_of(doctor).is_told(message)


@pytest.mark.feature("TSK-01", "TSK-04")
def test_the_board_has_six_columns_of_what_is_mine(page, give, reception, stranger, director):
    mine, _other = give("Моё", executor=reception), give("Чужое", executor=stranger, actor=reception)
    late = give("Поздно", executor=reception, due_at=clock.now() - timedelta(days=1))
    shown = page.get(reverse("work:board")).content.decode()
    assert shown.count('class="col-k"') == 6
    assert ("Моё" in shown, "Чужое" in shown) == (True, False)
    assert "Чужое" in page.get(reverse("work:board") + "?given=true").content.decode()
    assert "Моё" not in page.get(reverse("work:board") + "?late=true").content.decode()
    services.task_move(task_id=late.pk, state="done", actor=reception)
    Task.objects.filter(pk=late.pk).update(ended_at=clock.now() - timedelta(days=30))
    assert "Поздно" not in page.get(reverse("work:board")).content.decode()
    moved = page.post(
        reverse("work:task-move", args=[mine.pk, "in_work"]), {"version": mine.version}, headers={"HX-Request": "true"}
    )
    assert moved.status_code == 204
    stale = page.post(reverse("work:task-move", args=[mine.pk, "done"]), {"version": 1}, headers={"HX-Request": "true"})
    assert stale.status_code == 412


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


def test_a_stale_page_changes_nothing(give, reception, director):
    task = give(executor=reception)
    services.task_move(task_id=task.pk, state="in_work", actor=reception, expected_version=1)
    with pytest.raises(Stale):
        services.task_move(task_id=task.pk, state="cancelled", actor=reception, expected_version=1)
    with pytest.raises(Stale):
        services.task_change(task_id=task.pk, actor=director, expected_version=1, title="Другое")


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
        ("role=administrator", 1),
        (f"created_by={reception.pk}", 0),
        ("kind=work.by_hand", 1),
        ("kind=work.repeated", 0),
        ("late=true", 0),
        ("given=true", 0),
    ):
        assert page.get(reverse("work:tasks-list") + "?" + query).content.count(b"<tr data-row") == rows, query
    page.post(reverse("work:task-move", args=[task.pk, "done"]), {"result": "дозвонилась"})
    task.refresh_from_db()
    assert (task.state, task.result) == (State.DONE, "дозвонилась")
    assert page.post(reverse("work:task-move", args=[task.pk, "nonsense"])).status_code == 409


@pytest.mark.feature("TSK-02", "TSK-03")
def test_a_task_is_given_and_changed_by_a_form(page, reception, director, branch):
    typed = {"title": "Заказать воду", "people": [director.pk], "branch": branch.pk, "due_at": "25.11.2030 12:00"}
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
        ({"title": ""}, "title"), ({"people": ""}, "people"), ({"staff_groups": ["role:tsar"]}, "staff_groups"),
        ({"due_at": "вчера"}, "due_at"),
        ({"people": "999999"}, "people"), ({"rhythm": "weekly"}, "weekdays"), ({"rhythm": "hourly"}, "rhythm"),
    ],
)  # fmt: skip
def test_a_wrong_task_is_refused_beside_its_field(page, director, branch, wrong, field):
    typed = {"title": "Заказать воду", "people": [director.pk], "branch": branch.pk, **wrong}
    answer = page.post(reverse("work:task-new"), typed)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert Task.objects.count() == 0


def test_two_clicks_give_one_task(page, director):
    typed = {"title": "Заказать воду", "people": [director.pk], "idempotency_key": "7f9c8a2e4b6d4c1e9a3f5d7b1c2e4f60"}
    for _click in range(2):
        page.post(reverse("work:task-new"), typed)
    assert Task.objects.count() == 1


# The queue


def test_the_queue_puts_late_and_urgent_things_first_and_forgets_what_is_put_off(page, give, reception):
    now = clock.now()
    later = give("Потом", executor=reception, due_at=now + timedelta(days=3))
    late = give("Просрочено", executor=reception, due_at=now - timedelta(hours=1))
    urgent = give("Срочно", executor=reception, is_urgent=True, due_at=now + timedelta(hours=5))
    assert [item.key for item in selectors.queue_of(reception).items] == [
        f"task:{task.pk}" for task in (urgent, late, later)
    ]
    page.post(reverse("work:snooze"), {"key": f"task:{late.pk}", "for": "30m"})
    queue = selectors.queue_of(reception)
    assert (len(queue.items), queue.hidden) == (2, 1)
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
    assert api.patch(f"/api/v1/tasks/{pk}/", {"title": "Иначе"}, format="json").status_code == 403
    assert api.delete(f"/api/v1/tasks/{pk}/").status_code == 403
    api.force_authenticate(director)
    changed = api.patch(f"/api/v1/tasks/{pk}/", {"title": "Иначе", "executors": [director.pk]}, format="json")
    assert (changed.json()["title"], changed.json()["executor"]) == ("Иначе", director.pk)
    assert api.delete(f"/api/v1/tasks/{pk}/").status_code == 204
    assert api.get(f"/api/v1/tasks/{pk}/").status_code == 404

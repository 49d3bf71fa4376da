"""Tasks that come again by themselves: once a day of the rhythm, whatever is killed or asked twice."""

import threading
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from core.errors import Forbidden, Invalid
from tests.work.test_tasks import page  # noqa: F401
from work import rules, services
from work.models import Task, TaskRule

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.mark.feature("TSK-12")
@pytest.mark.parametrize(
    ("rhythm", "starts", "weekdays", "after", "found"),
    [
        ("daily", date(2026, 1, 1), [], date(2026, 11, 23), date(2026, 11, 23)),
        ("daily", date(2026, 12, 1), [], date(2026, 11, 23), date(2026, 12, 1)),
        ("workdays", date(2026, 1, 1), [], date(2026, 11, 28), date(2026, 11, 30)),
        ("weekly", date(2026, 1, 1), [2], date(2026, 11, 26), date(2026, 12, 2)),
        ("weekly", date(2026, 1, 1), [3, 6], date(2026, 11, 26), date(2026, 11, 26)),
        ("monthly", date(2026, 1, 31), [], date(2026, 2, 1), date(2026, 2, 28)),
        ("monthly", date(2024, 1, 31), [], date(2024, 2, 29), date(2024, 2, 29)),
        ("monthly", date(2026, 1, 15), [], date(2026, 11, 16), date(2026, 12, 15)),
        ("monthly", date(2026, 1, 15), [], date(2026, 12, 16), date(2027, 1, 15)),
        ("monthly", date(2026, 1, 31), [], date(2026, 11, 1), date(2026, 11, 30)),
    ],
)
def test_a_rhythm_knows_its_next_day(rhythm, starts, weekdays, after, found):
    assert rules.day_of_rhythm(rhythm, starts, weekdays, after) == found


@pytest.fixture
def rule(branch, director, reception):
    def make(**changes):
        given = {"title": "Открыть кассу", "roles": ["administrator"], "branch_id": branch.pk, "rhythm": "workdays",
                 "checklist": ["Размен"], "starts_on": date(2026, 11, 23), "actor": director, **changes}  # fmt: skip
        return services.rule_create(**given)

    return make


@pytest.mark.django_db
@pytest.mark.feature("TSK-12")
def test_it_is_given_on_its_day_and_once(rule):
    with time_machine.travel(MONDAY, tick=False):
        made = rule()
        assert Task.objects.count() == 1
        assert services.tasks_repeat() == 0
    with time_machine.travel(MONDAY.replace(day=24), tick=False):
        assert services.tasks_repeat() == 1
        assert services.tasks_repeat() == 0
    task = Task.objects.order_by("-pk").first()
    assert (task.rule, task.kind, [str(step) for step in task.steps.all()]) == (made, "work.repeated", ["Размен"])
    assert task.due_at == datetime(2026, 11, 24, 15, tzinfo=UTC)  # six in the evening in Moscow


@pytest.mark.django_db
def test_of_missed_days_only_the_last_is_given(rule):
    with time_machine.travel(MONDAY, tick=False):
        rule()
    with time_machine.travel(MONDAY.replace(day=29), tick=False):  # Sunday
        assert services.tasks_repeat() == 1
    assert Task.objects.order_by("-pk").first().key.endswith("2026-11-27")
    assert TaskRule.objects.get().next_on == date(2026, 11, 30)


@pytest.mark.django_db
def test_it_ends_and_is_stopped(rule, reception, director):
    with time_machine.travel(MONDAY, tick=False):
        assert rule(ends_on=date(2026, 11, 23)).next_on is None
        other = rule(title="Другое")
        with pytest.raises(Forbidden):
            services.rule_stop(rule_id=other.pk, actor=reception)
        services.rule_stop(rule_id=other.pk, actor=director)
        assert services.rule_change(rule_id=other.pk, actor=director, title="Опять").next_on == date(2026, 11, 24)
    for wrong, name in (
        ({"rhythm": "weekly"}, "task_rule_weekly_has_weekdays"),
        ({"ends_on": date(2000, 1, 1)}, "task_rule_ends_after_start"),
        ({"roles": []}, "task_rule_is_for_somebody"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            TaskRule.objects.filter(pk=other.pk).update(**wrong)
    with pytest.raises(Invalid):
        rule(rhythm="weekly")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_six_workers_give_it_once(rule):
    with time_machine.travel(MONDAY, tick=False):
        rule()
    with time_machine.travel(MONDAY.replace(day=24), tick=False):
        made, barrier = [], threading.Barrier(6)

        def work():
            barrier.wait()
            made.append(services.tasks_repeat())
            connection.close()

        threads = [threading.Thread(target=work) for _number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (sum(made), Task.objects.count()) == (1, 2)


@pytest.mark.django_db
@pytest.mark.feature("TSK-12")
def test_a_form_makes_it_and_changes_it(page, reception, branch):  # noqa: F811
    typed = {"title": "Полить цветы", "people": [reception.pk], "branch": branch.pk, "rhythm": "weekly", "weekdays": [0, 3],
             "checklist": "Фикус\n\nКактус", "due_at": "25.11.2030 12:30"}  # fmt: skip
    assert page.post(reverse("work:task-new"), typed).status_code == 302
    rule = TaskRule.objects.get()
    assert (rule.weekdays, rule.checklist, f"{rule.due_time:%H:%M}") == ([0, 3], ["Фикус", "Кактус"], "12:30")
    assert page.get(reverse("work:rule-edit", args=[rule.pk])).status_code == 200
    changed = {**typed, "rhythm": "daily", "due_time": "09:00", "version": rule.version}
    assert page.post(reverse("work:rule-edit", args=[rule.pk]), changed).status_code == 302
    rule.refresh_from_db()
    assert (rule.rhythm, rule.next_on) == ("daily", date(2030, 11, 25))
    assert page.get(reverse("work:task-rules-list")).content.count(b"<tr data-row") == 1
    page.post(reverse("work:rule-stop", args=[rule.pk]))
    rule.refresh_from_db()
    assert rule.next_on is None

"""What people of the reception have to do: tasks of all columns, a checklist, what comes again by itself."""

from datetime import time, timedelta
from typing import Any

from clinic.models import Profession
from demo.world import World, moment
from work import services
from work.models import Task

# (who gave it, what, to whom, days from today, hour, state, urgent, checklist)
TASKS: tuple[tuple[str, str, dict[str, Any], int, int, str, bool, tuple[str, ...]], ...] = (
    ("director", "Заказать визитки новому хирургу", {"login": "administrator"}, 2, 12, "new", False, ()),
    ("senior", "Проверить полисы пациентов на завтра", {"role": "administrator"}, 0, 18, "new", False, ()),
    ("doctor", "Снимок из другой клиники: запросить", {"login": "administrator"}, 1, 11, "waiting", False, ()),
    ("senior", "Обзвонить пациентов: врач на обучении в пятницу", {"role": "administrator"}, -1, 16, "in_work", True,
     ("Захарова", "Волков", "Попеску", "Лебедев", "Орлова")),
    ("director", "Подготовить отчёт по пропускам за месяц", {"login": "senior"}, 3, 15, "in_work", False, ("Список пропусков", "Причины", "Предложения")),
    ("coordinator", "Уточнить рассрочку по плану лечения", {"login": "administrator"}, 0, 17, "review", False, ()),
    ("senior", "Сверить остатки перчаток", {"login": "assistant"}, -2, 10, "done", False, ()),
    ("finance", "Передать акты за прошлую неделю", {"login": "administrator"}, -1, 12, "done", False, ()),
    ("director", "Заменить лампу над стойкой", {"login": "administrator"}, -3, 12, "cancelled", False, ()),
    ("director", "Прислать график отпусков", {"profession": "doctor"}, 5, 18, "new", False, ()),
)  # fmt: skip
RULES = (
    ("senior", "Открыть смену: касса, терминал, онлайн-чек", "workdays", [], 9, ("Размен в кассе", "Терминал включён", "Пробный чек")),
    ("director", "Полить цветы в холле", "weekly", [0, 3], 12, ()),
    ("finance", "Сверка с банком", "monthly", [], 18, ()),
)  # fmt: skip


def build(world: World) -> None:
    build_tasks(world)
    for login, title, rhythm, weekdays, hour, checklist in RULES:
        services.rule_create(
            title=title, roles=["finance" if login == "finance" else "administrator"], rhythm=rhythm, weekdays=weekdays,
            due_time=time(hour), checklist=list(checklist), starts_on=world.today + timedelta(days=1),
            branch_id=None if login == "finance" else world.branches[0].pk, actor=world.users[login],
        )  # fmt: skip


def build_tasks(world: World) -> None:
    for number, (author, title, whom, days, hour, state, is_urgent, checklist) in enumerate(TASKS):
        person = world.people[number * 7 % len(world.people)] if number % 3 == 2 else None
        task = services.task_create(
            title=title, executor=world.users.get(whom.get("login", "")), role=whom.get("role", ""),
            profession_id=profession(whom), branch_id=world.branches[0].pk, is_urgent=is_urgent, checklist=checklist,
            due_at=moment(world.today + timedelta(days=days), hour * 60), actor=world.users[author],
            **({"subject": ("patients.patient", person.id), "patient_id": person.id} if person else {}),
        )  # fmt: skip
        doer = world.users[whom.get("login", "administrator")]
        if state != Task.State.NEW:
            services.task_move(task_id=task.pk, state=state, actor=doer, by_cause=True)
        for step in list(task.steps.all())[: len(checklist) // 2]:
            services.step_tick(task_id=task.pk, step_id=step.pk, is_done=True, actor=doer)


def profession(whom: dict[str, Any]) -> int | None:
    if "profession" not in whom:
        return None
    return (
        Profession.objects.filter(kind=Profession.Kind.DOCTOR, staff__isnull=False).values_list("pk", flat=True).first()
    )

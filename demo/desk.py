"""What people of the reception have to do: tasks of all columns, a checklist, what comes again by itself."""

from datetime import time, timedelta
from typing import Any

from clinic.models import Profession
from demo.world import World, moment
from patients.models import Patient
from scheduling.models import PhoneCall, PhoneLine
from scheduling.services import pool_add
from work import services
from work.models import Task, WorkKind, WorkPeriod

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

# (what, services that take one, how many each branch has)
POOLS = (
    ("Микроскоп", ("A16.07.030.001", "A16.07.030.002", "A16.07.030.003"), (2, 1, 1)),
    ("Компьютерный томограф", ("A06.07.013",), (1, 1, 1)),
)


TALK = (
    (
        "administrator",
        "doctor",
        "В 15:00 пришли на полчаса раньше, посадить в холле?",
        "Да, через десять минут возьму.",
    ),
    (
        "senior",
        "administrator",
        "Терминал на второй стойке снова печатает чек без кассира.",
        "Перезагрузила, теперь верно.",
    ),
)


def build(world: World) -> None:
    build_tasks(world)
    build_talk(world)
    build_time(world)
    build_pools(world)
    build_calls(world)
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


def build_talk(world: World) -> None:
    """Two talks between colleagues and one about a patient."""
    for first, second, said, answer in TALK:
        room = services.room_of_two(actor=world.users[first], other_id=world.users[second].pk)
        services.message_post(room_id=room.pk, actor=world.users[first], text=said)
        services.message_post(room_id=room.pk, actor=world.users[second], text=answer)
    about = services.room_of_record(actor=world.users["director"], kind="patients.patient", pk=world.people[3].id)
    services.message_post(
        room_id=about.pk, actor=world.users["director"], text="Просит рассрочку на полгода, подготовьте график.",
        mention_ids=[world.users["coordinator"].pk],
    )  # fmt: skip


def build_time(world: World) -> None:
    """Working time of the last days, and one correction that waits for an answer."""
    for name in ("Регистратура", "Стерилизация", "Учёба"):
        WorkKind.objects.create(name=name)
    kind = WorkKind.objects.get(name="Регистратура")
    for login, late in (("administrator", 0), ("callcentre", 7), ("assistant", -5)):
        for back in range(1, 8):
            day = world.today - timedelta(days=back)
            if day.weekday() < 6:
                WorkPeriod.objects.create(
                    user=world.users[login], branch=world.branches[0], kind=kind, started_at=moment(day, 9 * 60 - 10 + late),
                    ended_at=moment(day, 18 * 60 + 5 + back),
                )  # fmt: skip
    period = WorkPeriod.objects.filter(user=world.users["administrator"]).order_by("-started_at").first()
    services.correction_ask(
        user=world.users["administrator"], period_id=period.pk, started_at=period.started_at,
        ended_at=period.ended_at + timedelta(minutes=40), reason="Ушла позже: ждала курьера из лаборатории",
    )  # fmt: skip


def build_pools(world: World) -> None:
    """Things of which there are fewer than chairs: services take one with the visit."""
    for name, codes, counts in POOLS:
        pool_add(
            name=name, service_ids=[world.services[code] for code in codes if code in world.services],
            counts={branch.pk: count for branch, count in zip(world.branches, counts, strict=False)},
            actor=world.users["director"],
        )  # fmt: skip


def build_calls(world: World) -> None:
    """Telephone lines and the calls of a few days: answered by the desk, missed, from numbers that no card has."""
    for number, login in (("101", "administrator"), ("102", "senior"), ("103", "callcentre")):
        PhoneLine.objects.create(number=number, user=world.users[login], branch=world.branches[0])
    rows = []
    for number in range(60):
        at = moment(world.today - timedelta(days=number // 12), 9 * 60 + number % 12 * 47 % 600)
        if at > world.now:
            continue
        person = world.people[number * 11 % len(world.people)] if number % 4 else None
        is_missed = number % 6 == 5
        rows.append(PhoneCall(
            phone=phone_of_card(person.id) if person else f"+7999{number:07}", patient_id=person.id if person else None,
            line=f"10{number % 3 + 1}", branch=world.branches[0], started_at=at, state="missed" if is_missed else "ended",
            user=None if is_missed else world.users["administrator"], ended_at=at + timedelta(minutes=3),
            answered_at=None if is_missed else at + timedelta(seconds=5 + number % 20),
            settled_at=at + timedelta(hours=1) if number >= 12 else None,
        ))  # fmt: skip
    PhoneCall.objects.bulk_create(rows)


def phone_of_card(pk: int) -> str:
    return Patient.objects.values_list("phone", flat=True).get(pk=pk)

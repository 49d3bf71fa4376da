"""Who has no date yet: the waiting list, visits planned for later, and one freed time that is being offered."""

from datetime import date, time, timedelta

from demo.bulk import Table, links_write
from demo.world import Person, Visit, World
from scheduling.models import Occupancy, PlannedVisit, State, WaitingEntry
from scheduling.services.call_rows import calls_refresh
from scheduling.services.refills import refill_start

# (minutes, weekdays, not before, first day from today, last day, urgent, what they said)
WISHES = (
    (60, [], None, None, None, True, "Боль при накусывании, готов приехать сразу"), (30, [0, 2, 4], time(17), None, None, False, "Только после работы"),
    (60, [], None, 0, 14, False, ""), (90, [5, 6], None, None, None, False, "По выходным, с ребёнком"),
    (30, [], None, 3, 21, False, "После отпуска"), (60, [1, 3], None, None, None, False, "Хочет к своему врачу"),
    (30, [], time(12), 1, 10, True, "Выпала пломба"), (60, [], None, None, 30, False, ""),
    (60, [0, 1, 2, 3, 4], None, 10, 40, False, "Уточнить про рассрочку"), (30, [], None, None, None, False, "Согласна на любого врача"),
    (45, [2], time(9), None, None, False, "До обеда"), (60, [], None, 20, 60, False, "Ждёт коронку из лаборатории"),
)  # fmt: skip
LATER = (-12, -5, -2, 0, 1, 3, 6, 9, 14, 20, 27, 35, 48, 60, 75, 90, 110, 130, 160, 182)
WHY = ("Контрольный осмотр", "Профгигиена", "Снять швы", "Продолжить лечение", "Осмотр ребёнка", "")
CALL_DAYS = 14
FOR_THE_GAP = 5


def build(world: World) -> None:
    """After the visits. First those with no visit ahead, then whose visit is far off: they would like to come sooner."""
    far: dict[int, float] = {}
    for visit in world.visits:
        if visit.start > world.now and visit.state != State.CANCELLED:
            far[id(visit.person)] = min(far.get(id(visit.person), 1e12), visit.start.timestamp())
    people = sorted((each for each in world.people if each.phone), key=lambda each: -far.get(id(each), 1e12))
    gap = gap_of(world)
    cut = len(WISHES) + FOR_THE_GAP
    build_waiting(world, people[:cut], gap)
    build_planned(world, people[cut:])
    if gap:
        refill_start(
            chair_id=gap.chair.pk, doctor_id=gap.doctor.staff.pk, branch_id=gap.branch.pk, starts_at=gap.start,
            ends_at=gap.end,
        )  # fmt: skip
    calls_refresh()


def gap_of(world: World) -> Visit | None:
    """A cancelled visit of the next days whose place nobody has taken."""
    first, last = world.now + timedelta(hours=20), world.now + timedelta(days=9)
    gone = [visit for visit in world.visits if visit.state == State.CANCELLED and first < visit.start < last]
    for visit in sorted(gone, key=lambda visit: visit.start):
        taken = Occupancy.objects.filter(during__overlap=(visit.start, visit.end))
        if not any(
            taken.filter(resource_kind=kind, resource_id=pk).exists()
            for kind, pk in (("chair", visit.chair.pk), ("doctor", visit.doctor.staff.pk))
        ):
            return visit
    return None


def build_waiting(world: World, people: list[Person], gap: Visit | None) -> None:
    rows = Table(
        WaitingEntry, "patient_id", "branch_id", "duration_min", "weekdays", "time_from", "earliest", "latest", "is_urgent",
        "comment", "created_at", "created_by_id",
    )  # fmt: skip
    doctors, services = [], []
    wishes = [*[(30, [], None, None, None, False, "Если кто-то откажется, позвоните")] * FOR_THE_GAP, *WISHES]
    for number, (person, wish) in enumerate(zip(people, wishes, strict=False)):
        minutes, weekdays, since, first, last, is_urgent, comment = wish
        is_for_gap = number < FOR_THE_GAP and gap is not None
        branch = gap.branch if is_for_gap and gap else world.branches[person.home]
        row = rows.add(
            person.id, branch.pk, minutes, weekdays, since, day(world, first), day(world, last), is_urgent, comment,
            world.now - timedelta(hours=5 + 31 * number), world.writer(branch).pk,
        )  # fmt: skip
        own = [doctor for doctor in world.doctors.values() if doctor.branch == branch]
        if is_for_gap and gap:
            doctors.append((row, gap.doctor.staff.pk))
        elif number % 3 and own:
            doctors.append((row, own[number % len(own)].staff.pk))
        if number % 4 == 1:
            services.append((row, list(world.services.values())[number % len(world.services)]))
    rows.write()
    links_write(WaitingEntry.doctors.through, "waitingentry_id", "staff_id", doctors)
    links_write(WaitingEntry.services.through, "waitingentry_id", "service_id", services)


def build_planned(world: World, idle: list[Person]) -> None:
    """Those who were here last are expected again: with some the window is open, with most it will be."""
    last: dict[int, Visit] = {}
    for visit in world.visits:
        if visit.state == State.COMPLETED:
            last[id(visit.person)] = visit
    rows = Table(
        PlannedVisit, "patient_id", "branch_id", "doctor_id", "duration_min", "due_on", "opens_on", "comment", "origin_id",
        "created_at", "created_by_id",
    )  # fmt: skip
    known = [last[id(person)] for person in idle if id(person) in last]
    for number, (visit, days) in enumerate(zip(known, LATER, strict=False)):
        due = world.today + timedelta(days=days)
        rows.add(
            visit.person.id, visit.branch.pk, visit.doctor.staff.pk, 30, due, due - timedelta(days=CALL_DAYS),
            WHY[number % len(WHY)], visit.id, visit.end, world.writer(visit.branch).pk,
        )  # fmt: skip
    rows.write()


def day(world: World, days: int | None) -> date | None:
    return None if days is None else world.today + timedelta(days=days)

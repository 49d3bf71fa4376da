"""The story of the visits: shifts of a year, who comes to whom, what of today has already happened."""

import heapq
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import exp

from clinic.models import Branch, Chair
from demo.bulk import Table
from demo.world import Doctor, Person, Visit, World, moment
from scheduling.models import Appointment, Block, Occupancy, Shift, ShiftRule, State, VisitType

# doctor, chair, weekdays (0 is Monday), from, to; hours after midnight
RULES = [
    ("D01", "CH01", (0, 1, 2, 3, 4), 9, 15), ("D11", "CH01", (0, 2, 4), 15, 21), ("D02", "CH01", (5,), 9, 15),
    ("D02", "CH02", (0, 1, 2, 3), 9, 15), ("D03", "CH02", (0, 1, 2, 3, 4), 15, 21), ("D11", "CH02", (5, 6), 10, 16),
    ("D04", "CH03", (0, 1, 2, 3, 4), 10, 18), ("D04", "CH03", (5,), 10, 15),
    ("D05", "CH04", (0, 1, 2, 3, 4), 9, 15), ("D14", "CH04", (1, 3, 4), 15, 21), ("D14", "CH04", (5, 6), 10, 16),
    ("S01", "CH05", (0, 1, 2, 3, 4), 9, 18), ("D01", "CH05", (6,), 10, 14),
    ("D09", "CH06", (0, 1, 2, 3, 4), 9, 16), ("D09", "CH06", (6,), 10, 14),
    ("D06", "CH07", (0, 2, 3, 4), 10, 18), ("D06", "CH07", (5,), 9, 15),
    ("D08", "CH08", (0, 2, 4), 9, 15), ("D10", "CH08", (1, 3), 10, 18), ("D10", "CH08", (0, 2, 4), 15, 21), ("D08", "CH08", (5,), 9, 15),
    ("D07", "CH09", (0, 1, 2, 3, 4), 12, 19), ("D07", "CH09", (5,), 10, 16),
    ("D12", "CH10", (0, 1, 2, 3, 4), 9, 17), ("D12", "CH10", (5,), 10, 15),
    ("D02", "CH11", (4,), 10, 18), ("D13", "CH11", (0, 2), 9, 14), ("D03", "CH11", (5,), 10, 16),
    ("S02", "CH12", (0, 1, 2, 3), 9, 15), ("D13", "CH12", (0, 2, 4), 15, 20), ("D13", "CH12", (5,), 10, 16),
]  # fmt: skip
LUNCH_FROM_HOURS = 8  # shifts of so many hours have half an hour of lunch
LUNCH = 13 * 60 + 30, 14 * 60
CLEAN_UP = {"CH03": 15, "CH08": 15}
GRID = 15

LENGTHS = {
    "therapy": [(60, 60), (30, 15), (90, 25)], "endodontics": [(60, 50), (90, 50)], "surgery": [(30, 20), (60, 45), (90, 20), (120, 15)],
    "prosthetics": [(30, 20), (60, 50), (90, 30)], "orthodontics": [(30, 45), (45, 25), (60, 30)],
    "pediatric": [(30, 35), (45, 35), (60, 30)], "hygiene": [(60, 100)], "periodontology": [(60, 80), (30, 20)],
}  # fmt: skip
AGES = {"pediatric": (3, 17), "orthodontics": (7, 40), "prosthetics": (28, 99), "surgery": (16, 99)}
ADULT = (15, 99)
# After a visit: again to the same doctor soon, to somebody else, or in half a year.
NEXT_SAME, NEXT_OTHER, NEXT_RECALL = 0.52, 0.12, 0.26
REFERRALS = {
    "therapy": ["hygiene", "surgery", "prosthetics", "endodontics"], "endodontics": ["prosthetics", "therapy"],
    "surgery": ["prosthetics"], "prosthetics": ["hygiene", "therapy"], "orthodontics": ["hygiene"], "pediatric": ["orthodontics"],
    "hygiene": ["therapy", "periodontology"], "periodontology": ["surgery", "hygiene"],
}  # fmt: skip
NO_SHOW, CANCELLED = 0.075, 0.06
FILL = 0.84
SOURCES = [("staff", 78), ("online", 14), ("waiting_list", 3), ("api", 5)]
THEN = [("rebook", 5), ("plan", 2), ("lost", 3)]
REASONS = [
    "Заболел",
    "Не может прийти",
    "Перенос по просьбе пациента",
    "Записался в другую клинику",
    "Заболел врач",
    "Дорого",
]
COMMENTS = [
    "Острая боль",
    "Первый раз, по рекомендации",
    "Принести снимок",
    "После работы, может опоздать",
    "Попросил того же ассистента",
]


@dataclass(slots=True)
class Turn:
    """One shift of the story."""

    doctor: Doctor
    chair: Chair
    branch: Branch
    day: date
    start: int
    end: int
    buffer: int


class Story:
    """Goes through the days from the first to the last and lets people come."""

    def __init__(self, world: World) -> None:
        self.world, self.dice = world, world.dice
        self.due: dict[str, list[tuple[date, int, Person]]] = defaultdict(list)
        self.known: dict[int, list[Person]] = defaultdict(list)
        self.fresh: list[Person] = []
        self.busy: set[tuple[int, date]] = set()
        self.count = 0
        self.rest = 20 if thin(world) == 1 else 2
        self.blocks: list[tuple[Turn, datetime, datetime]] = []
        self.shifts: list[Turn] = []
        for person in world.people:
            (self.known[person.home] if person.known_since < world.first else self.fresh).append(person)
        self.fresh.reverse()
        self.dice.shuffle(self.fresh)

    def tell(self) -> None:
        for day in self.world.days():
            for turn in turns_of(self.world, day):
                self.shifts.append(turn)
                self.fill(turn)

    def fill(self, turn: Turn) -> None:
        """Visits one after the other; here and there half an hour stays free."""
        cursor, lunch = turn.start, turn.end - turn.start >= LUNCH_FROM_HOURS * 60
        fill = fill_of(self.world, turn.day)
        if lunch:
            self.blocks.append((turn, moment(turn.day, LUNCH[0]), moment(turn.day, LUNCH[1])))
        while cursor < turn.end:
            if lunch and LUNCH[0] <= cursor < LUNCH[1]:
                cursor = LUNCH[1]
            limit = LUNCH[0] if lunch and cursor < LUNCH[0] else turn.end
            if not self.world.chance(fill):
                cursor += self.dice.choice((15, 30, 30, 45))
                continue
            person, is_first = self.somebody(turn)
            if person is None:
                cursor += 30
                continue
            length = self.length(turn, is_first)
            if cursor + length + turn.buffer > limit:
                if limit == turn.end:
                    break
                cursor = LUNCH[1]
                continue
            self.visit(turn, person, cursor, length, is_first)
            cursor += length + turn.buffer
            if turn.day >= self.world.first and self.world.chance(CANCELLED):
                self.cancelled(turn, length)

    def length(self, turn: Turn, is_first: bool) -> int:
        if is_first and turn.doctor.direction != "hygiene":
            return self.world.weighted([(30, 55), (60, 45)])
        return self.world.weighted(LENGTHS[turn.doctor.direction])

    # Who comes

    def somebody(self, turn: Turn) -> tuple[Person | None, bool]:
        """Somebody whose time has come, a new patient, or somebody known who calls."""
        if self.fresh and self.world.chance(first_share(self.world, turn.day)):
            person = self.newcomer(turn)
            if person:
                return person, True
        due = self.due[turn.doctor.code]
        while due and due[0][0] <= turn.day:
            person = heapq.heappop(due)[2]
            if self.is_free(person, turn.day):
                return person, False
        return self.caller(turn), False

    def newcomer(self, turn: Turn) -> Person | None:
        low, high = AGES.get(turn.doctor.direction, ADULT)
        home = self.world.branches.index(turn.branch)
        for index in range(len(self.fresh) - 1, max(-1, len(self.fresh) - 120), -1):
            person = self.fresh[index]
            if person.home == home and low <= person.age(turn.day) <= high:
                del self.fresh[index]
                called = turn.day - timedelta(days=self.dice.choice((0, 1, 1, 2, 3, 5, 8)))
                person.known_since = min(called, self.world.today)
                self.known[home].append(person)
                return person
        return None

    def caller(self, turn: Turn) -> Person | None:
        low, high = AGES.get(turn.doctor.direction, ADULT)
        pool = self.known[self.world.branches.index(turn.branch)]
        for _try in range(40):
            if not pool:
                return None
            person = self.dice.choice(pool)
            rested = person.last_visit is None or (turn.day - person.last_visit).days > self.rest
            if rested and low <= person.age(turn.day) <= high and self.is_free(person, turn.day):
                return person
        return None

    def is_free(self, person: Person, day: date) -> bool:
        return (id(person), day) not in self.busy

    # What happens

    def visit(self, turn: Turn, person: Person, start: int, length: int, is_first: bool) -> None:
        begins, ends = moment(turn.day, start), moment(turn.day, start + length)
        state = self.state(turn, begins, ends)
        self.busy.add((id(person), turn.day))
        self.add(turn, person, begins, ends, state, is_first and state != State.NO_SHOW)
        if state in (State.COMPLETED, State.IN_CHAIR):
            person.visits += 1
            person.last_visit = turn.day
            self.world.facts.setdefault("doctor_of", {})[id(person)] = turn.doctor.code
            self.world.facts.setdefault("direction_of", {})[id(person)] = turn.doctor.direction
            self.come_again(turn, person)

    def come_again(self, turn: Turn, person: Person) -> None:
        luck = self.dice.random()
        if luck < NEXT_SAME:
            self.expect(turn.doctor.code, person, turn.day + timedelta(days=self.dice.randrange(4, 24)))
        elif luck < NEXT_SAME + NEXT_OTHER:
            wanted = self.dice.choice(REFERRALS[turn.doctor.direction])
            others = [d.code for d in self.world.doctors.values() if d.direction == wanted and d.branch == turn.branch]
            if others:
                self.expect(self.dice.choice(others), person, turn.day + timedelta(days=self.dice.randrange(3, 20)))
        elif luck < NEXT_SAME + NEXT_OTHER + NEXT_RECALL:
            self.expect(turn.doctor.code, person, turn.day + timedelta(days=self.dice.randrange(150, 210)))

    def expect(self, code: str, person: Person, day: date) -> None:
        self.count += 1
        heapq.heappush(self.due[code], (day, self.count, person))

    def cancelled(self, turn: Turn, length: int) -> None:
        """Somebody else had the place, or another one, and called it off."""
        person = self.caller(turn)
        if person is None:
            return
        start = turn.start + GRID * self.dice.randrange(max(1, (turn.end - turn.start - length) // GRID))
        self.busy.add((id(person), turn.day))
        self.add(turn, person, moment(turn.day, start), moment(turn.day, start + length), State.CANCELLED, False)

    def add(self, turn: Turn, person: Person, begins: datetime, ends: datetime, state: str, is_first: bool) -> None:
        known = moment(person.known_since, 9 * 60)
        booked = begins - timedelta(minutes=self.dice.choice((90, 300, 1440, 2880, 4320, 7200, 14400, 20160)))
        booked = min(
            max(booked, known),
            begins - timedelta(minutes=20),
            self.world.now - timedelta(minutes=self.dice.randrange(2, 240)),
        )
        self.world.visits.append(
            Visit(0, person, turn.doctor, turn.chair, turn.branch, begins, ends, state, is_first, booked)
        )

    def state(self, turn: Turn, begins: datetime, ends: datetime) -> str:
        """By the clock: what is over has been, what is on is in the chair, what is soon may have arrived."""
        now = self.world.now
        if ends <= now:
            return State.NO_SHOW if self.world.chance(NO_SHOW) else State.COMPLETED
        if begins <= now:
            return State.IN_CHAIR
        minutes = (begins - now).total_seconds() / 60
        if minutes < 40:
            return State.ARRIVED if self.world.chance(0.7) else State.CONFIRMED
        sure = 0.75 if turn.day == self.world.today else 0.5 if minutes < 36 * 60 else 0.12
        return State.CONFIRMED if self.world.chance(sure) else State.BOOKED


def turns_of(world: World, day: date) -> Iterator[Turn]:
    closed = world.closed_days.get(day)
    if closed:
        return
    for code, chair_code, weekdays, start, end in RULES:
        if day.weekday() not in weekdays:
            continue
        doctor, chair = world.doctors[code], world.chairs[chair_code]
        first, last = start * 60, end * 60
        if closed == "":  # a holiday with short hours
            first, last = max(first, 600), min(last, 960)
        if last - first >= 120:
            yield Turn(doctor, chair, chair.branch, day, first, last, CLEAN_UP.get(chair_code, 0))


def fill_of(world: World, day: date) -> float:
    """How full a day is: the past as it was, the coming weeks less and less; today always."""
    ahead = (day - world.today).days
    if ahead == 0:
        return FILL
    return thin(world) * (FILL if ahead < 0 else max(0.12, 0.74 - ahead * 0.028))


def thin(world: World) -> float:
    """A small demo clinic has as many visits a patient as the large one, not as many a chair."""
    days = (world.today - world.first).days
    return min(1.0, world.patients / 4000 * 365 / days)


def first_share(world: World, day: date) -> float:
    """Newcomers among the visits: 30 % in the first month, 12 % in the last."""
    return 0.11 + 0.19 * exp(-(day - world.first).days / 45)


def tell(world: World) -> None:
    """People come and go, in memory."""
    for code, minutes in CLEAN_UP.items():
        chair = world.chairs[code]
        chair.buffer_minutes = minutes
        chair.save(update_fields=["buffer_minutes"])
    story = Story(world)
    story.tell()
    make_today_alive(world)
    world.facts |= {"turns": story.shifts, "blocks": story.blocks}


def make_today_alive(world: World) -> None:
    """One of today's visits that are over was missed, whatever the dice said."""
    over = [v for v in world.visits if v.start.date() == world.today and v.state in (State.COMPLETED, State.NO_SHOW)]
    if len(over) > 3 and all(visit.state == State.COMPLETED for visit in over):
        over[len(over) // 2].state = State.NO_SHOW


def write(world: World) -> None:
    write_shifts(world)
    write_visits(world)
    write_occupancy(world)


def write_shifts(world: World) -> None:
    rules = Table(ShiftRule, "doctor_id", "chair_id", "weekdays", "first_date", "last_date", "start_time", "end_time")
    numbers = {}
    for code, chair, weekdays, start, end in RULES:
        numbers[code, chair, start] = rules.add(
            world.doctors[code].staff.pk,
            world.chairs[chair].pk,
            list(weekdays),
            world.first,
            world.last,
            f"{start:02}:00",
            f"{end:02}:00",
        )
    rules.write()
    shifts = Table(Shift, "doctor_id", "chair_id", "starts_at", "ends_at", "rule_id")
    codes = {chair.pk: code for code, chair in world.chairs.items()}
    for turn in world.facts["turns"]:
        rule = numbers.get((turn.doctor.code, codes[turn.chair.pk], turn.start // 60))
        shifts.add(turn.doctor.staff.pk, turn.chair.pk, moment(turn.day, turn.start), moment(turn.day, turn.end), rule)
    shifts.write()


VISIT_TYPES = [
    ("Первичный приём", 30, "teal", True),
    ("Лечение", 60, "blue", False),
    ("Контрольный осмотр", 30, "green", False),
    ("Профгигиена", 60, "violet", False),
]


def visit_types(world: World) -> dict[str, int]:
    made = {}
    for position, (name, minutes, tone, first) in enumerate(VISIT_TYPES):
        row, _new = VisitType.objects.get_or_create(
            name=name, defaults={"duration_min": minutes, "tone": tone, "is_first_visit": first, "position": position}
        )
        made[name] = row.pk
    return made


COLUMNS = (
    "patient_id", "doctor_id", "chair_id", "branch_id", "starts_at", "ends_at", "state", "visit_type_id", "comment", "source_kind",
    "cancel_reason", "cancel_then", "state_since", "created_at", "created_by_id",
)  # fmt: skip


def write_visits(world: World) -> None:
    types = visit_types(world)
    table = Table(Appointment, *COLUMNS)
    world.visits.sort(key=lambda visit: (visit.booked_at, visit.start, visit.chair.pk))
    for visit in world.visits:
        name = (
            VISIT_TYPES[0][0]
            if visit.is_first
            else VISIT_TYPES[3][0]
            if visit.doctor.direction == "hygiene"
            else VISIT_TYPES[1][0]
        )
        is_cancelled = visit.state == State.CANCELLED
        visit.id = table.add(
            visit.person.id, visit.doctor.staff.pk, visit.chair.pk, visit.branch.pk, visit.start, visit.end, visit.state, types[name],
            world.dice.choice(COMMENTS) if world.chance(0.07) else "", world.weighted(SOURCES),
            world.dice.choice(REASONS) if is_cancelled else "", world.weighted(THEN) if is_cancelled else "",
            since(visit, world), visit.booked_at, world.writer(visit.branch).pk,
        )  # fmt: skip
    table.write()


def since(visit: Visit, world: World) -> datetime:
    """When the visit came into its state."""
    if visit.state in (State.COMPLETED, State.NO_SHOW):
        return visit.end
    if visit.state == State.IN_CHAIR:
        return visit.start
    if visit.state == State.ARRIVED:
        return world.now - timedelta(minutes=world.dice.randrange(1, 15))
    return visit.booked_at


def write_occupancy(world: World) -> None:
    """Rows as scheduling writes them: patient and doctor for the visit, the chair with its clean-up."""
    buffers = {world.chairs[code].pk: timedelta(minutes=minutes) for code, minutes in CLEAN_UP.items()}
    rows = Table(Occupancy, "resource_kind", "resource_id", "during", "appointment_id", "block_id")
    for visit in world.visits:
        if visit.state in (State.CANCELLED, State.NO_SHOW):
            continue
        whole = (visit.start, visit.end)
        rows.add(
            "chair", visit.chair.pk, (visit.start, visit.end + buffers.get(visit.chair.pk, timedelta())), visit.id, None
        )
        rows.add("doctor", visit.doctor.staff.pk, whole, visit.id, None)
        rows.add("patient", visit.person.id, whole, visit.id, None)
    blocks = Table(Block, "chair_id", "doctor_id", "kind", "starts_at", "ends_at")
    for turn, begins, ends in world.facts["blocks"]:
        number = blocks.add(turn.chair.pk, turn.doctor.staff.pk, Block.Kind.LUNCH, begins, ends)
        rows.add("chair", turn.chair.pk, (begins, ends), None, number)
        rows.add("doctor", turn.doctor.staff.pk, (begins, ends), None, number)
    blocks.write()
    rows.write()

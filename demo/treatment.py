"""What is done in the visits: services by direction, diagnoses of teeth, plans approved, in work, done, declined."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from clinical.models import LineState, PlanLine, PlanStatus, ToothDiagnosis, TreatmentPlan
from clinical.teeth import PERMANENT, PRIMARY
from demo.bulk import Table, links_write
from demo.prices import price_of
from demo.world import Line, Person, Visit, World
from scheduling.models import Appointment, State

FIRST = {
    "therapy": "B01.065.001", "endodontics": "B01.065.001", "periodontology": "B01.065.001", "surgery": "B01.067.001",
    "prosthetics": "B01.066.001", "orthodontics": "B01.063.001", "pediatric": "B01.064.003", "hygiene": "B01.065.005",
}  # fmt: skip
AGAIN = {
    "therapy": "B01.065.002", "endodontics": "B01.065.002", "periodontology": "B01.065.002", "surgery": "B01.067.002",
    "prosthetics": "B01.066.002", "orthodontics": "B01.063.002", "pediatric": "B01.064.004", "hygiene": "B01.065.006",
}  # fmt: skip
PICTURE = [("A06.07.004", 55), ("A06.07.012", 30), ("A06.07.013", 15)]
LOCAL, NERVE, TOPICAL = "B01.003.004.005", "B01.003.004.002", "B01.003.004.004"

# What is done in one visit: (weight, diagnosis, [(code, quantity)], needs a tooth of its own)
DONE = {
    "therapy": [
        (34, "K02.1", [(LOCAL, 1), ("A16.07.002.010", 1)]), (30, "K02.1", [(LOCAL, 1), ("A16.07.002.011", 1)]),
        (14, "K02.1", [(LOCAL, 1), ("A16.07.002.010", 2)]), (10, "K02.1", [(LOCAL, 1), ("A16.07.002.012", 1)]),
        (6, "K03.0", [(LOCAL, 1), ("A16.07.003.001", 1)]), (6, "", [("B01.065.002", 1)]),
    ],
    "endodontics": [
        (40, "K04.0", [(NERVE, 1), ("A16.07.030.001", 2), ("A16.07.008.002", 2), ("A06.07.012", 2)]),
        (25, "K04.5", [(NERVE, 1), ("A16.07.082.001", 2), ("A16.07.030.002", 2), ("A06.07.012", 1)]),
        (25, "K04.0", [(NERVE, 1), ("A16.07.008.002", 3), ("A16.07.002.009", 1), ("A06.07.012", 1)]),
        (10, "", [("B01.065.002", 1), ("A06.07.012", 1)]),
    ],
    "surgery": [
        (30, "K04.5", [(NERVE, 1), ("A16.07.001.002", 1)]), (20, "K04.5", [(NERVE, 1), ("A16.07.001.003", 1)]),
        (12, "K01.1", [(NERVE, 1), ("A16.07.024", 1)]), (11, "K08.1", [(NERVE, 1), ("A16.07.054.002", 1)]),
        (2, "K08.1", [(NERVE, 1), ("A16.07.055", 1)]), (20, "", [("B01.067.002", 1)]), (5, "", [("A16.07.042", 1), (LOCAL, 1)]),
    ],
    "prosthetics": [
        (22, "K08.1", [("A16.07.004.005", 1)]), (16, "K02.1", [("A16.07.004.003", 1)]), (24, "", [("B01.066.002", 1)]),
        (20, "K08.1", [("A16.07.004.001", 1), ("A02.07.010.001", 2)]), (10, "", [("A16.07.049", 1)]),
        (3, "K08.1", [("A16.07.006.001", 1)]), (5, "K02.1", [("A16.07.033", 1)]),
    ],
    "orthodontics": [
        (46, "", [("B01.063.002", 1), ("A16.07.028", 1)]), (34, "", [("B01.063.002", 1)]), (12, "", [("A23.07.001", 1)]),
        (3, "K07.2", [("A16.07.048", 1)]), (5, "K07.3", [("A16.07.047", 1)]),
    ],
    "pediatric": [
        (32, "K02.1", [(TOPICAL, 1), ("A16.07.002.002", 1)]), (26, "", [("A16.07.057", 2)]), (20, "K02.1", [(LOCAL, 1), ("A16.07.001.001", 1)]),
        (14, "", [("B01.064.004", 1)]), (8, "K02.0", [("A11.07.023", 3)]),
    ],
    "hygiene": [(70, "K03.6", [("A16.07.051", 1)]), (20, "K03.6", [("A16.07.051", 1), ("A14.07.008", 1)]), (3, "", [("A16.07.050", 1)]), (7, "", [("A16.07.020", 1)])],
    "periodontology": [
        (50, "K05.3", [(LOCAL, 1), ("A16.07.039", 6)]), (25, "K05.3", [("A22.07.001", 8), ("A11.07.010", 4)]),
        (10, "K05.3", [(NERVE, 1), ("A16.07.040", 1)]), (15, "", [("B01.065.002", 1), ("A02.07.003", 1)]),
    ],
}  # fmt: skip
WHOLE_MOUTH = {"K03.6", "K05.3", "K07.2", "K07.3"}
DISCOUNTS = [
    (5, "по карте постоянного пациента"),
    (10, "пенсионер"),
    (10, "акция месяца"),
    (15, "сотрудник партнёра"),
    (7, "за отзыв"),
]
DISCOUNTED = 0.15
IN_A_PLAN = 0.75
DECLINES = ["Дорого", "Думает", "Лечится в другой клинике", "Переехал"]
MORE = {"therapy": "prosthetics", "surgery": "prosthetics", "endodontics": "prosthetics", "pediatric": "pediatric"}


class Mouths:
    """Which teeth of whom have been treated, so that no tooth is filled twice in a year."""

    def __init__(self, world: World) -> None:
        self.dice = world.dice
        self.used: dict[int, set[int]] = defaultdict(set)

    def teeth(self, person: Person, day: date, count: int) -> tuple[int, ...]:
        pool = PRIMARY if person.age(day) < 9 else PERMANENT
        free = [tooth for tooth in pool if tooth not in self.used[person.id]]
        chosen = self.dice.sample(free, min(count, len(free)))
        self.used[person.id].update(chosen)
        return tuple(sorted(chosen))


def build(world: World) -> None:
    """Lines of every visit that took place, then what is noted and planned around them."""
    mouths = Mouths(world)
    notes = Table(
        ToothDiagnosis,
        "patient_id",
        "tooth",
        "diagnosis_id",
        "noted_on",
        "doctor_id",
        "branch_id",
        "closed_on",
        "created_at",
    )
    open_ones: set[tuple[int, int | None, str]] = set()
    for visit in sorted(world.visits, key=lambda each: (each.start, each.id)):
        if visit.state == State.COMPLETED:
            treat(world, visit, mouths, notes, open_ones)
    notes.write()
    Plans(world, mouths).build()
    appointments_services(world)


def treat(
    world: World, visit: Visit, mouths: Mouths, notes: Table, open_ones: set[tuple[int, int | None, str]]
) -> None:
    direction, day = visit.doctor.direction, visit.start.date()
    minutes = (visit.end - visit.start).total_seconds() / 60
    wanted: list[tuple[str, int]] = []
    if visit.is_first:
        wanted.append((FIRST[direction], 1))
        if direction != "hygiene" and world.chance(0.5):
            wanted.append((world.weighted(PICTURE), 1))
    teeth: tuple[int, ...] = ()
    if not visit.is_first or minutes >= 60 or direction == "hygiene":
        diagnosis, done = chosen(world, direction, minutes)
        wanted += [(code, quantity) for code, quantity in done if (code, quantity) not in wanted]
        if diagnosis:
            count = max((q for code, q in done if code.startswith(("A16", "A11"))), default=1)
            teeth = () if diagnosis in WHOLE_MOUTH else mouths.teeth(visit.person, day, min(count, 2))
            note(world, visit, diagnosis, teeth, notes, open_ones, closes=world.chance(0.8))
    if world.chance(DISCOUNTED):
        visit.discount, visit.why = world.dice.choice(DISCOUNTS)
    for code, quantity in wanted:
        price = price_of(world, code, day)
        line = Line(code, quantity, teeth if code.startswith(("A16", "A22")) else (), price)
        line.discount = round(price * quantity * visit.discount / 100)
        visit.lines.append(line)


def chosen(world: World, direction: str, minutes: float) -> tuple[str, list[tuple[str, int]]]:
    """A short visit is more often a look, a long one the treatment."""
    options = DONE[direction]
    if minutes <= 30 and direction in ("surgery", "prosthetics", "therapy"):
        options = [option for option in options if len(option[2]) == 1] or options
    weights = [weight for weight, _diagnosis, _done in options]
    _weight, diagnosis, done = world.dice.choices(options, weights)[0]
    return diagnosis, done


def note(
    world: World,
    visit: Visit,
    code: str,
    teeth: tuple[int, ...],
    notes: Table,
    open_ones: set[tuple[int, int | None, str]],
    *,
    closes: bool,
) -> None:
    """A diagnosis of each tooth, open once; what is healed is closed on the day."""
    number = world.diagnoses.get(code)
    if number is None:
        return
    day = visit.start.date()
    for tooth in teeth or (None,):
        key = (visit.person.id, tooth, code)
        if key in open_ones:
            continue
        if not closes or code in WHOLE_MOUTH:
            open_ones.add(key)
        closed = day if closes and code not in WHOLE_MOUTH else None
        notes.add(visit.person.id, tooth, number, day, visit.doctor.staff.pk, visit.branch.pk, closed, visit.start)


class Plans:
    """Visits of one person to one doctor within weeks are an episode; most episodes go by a plan."""

    def __init__(self, world: World, mouths: Mouths) -> None:
        self.world, self.mouths = world, mouths
        self.plans = Table(
            TreatmentPlan, "number", "patient_id", "doctor_id", "branch_id", "status", "name", "priced_on", "approved_at", "approved_by_id",
            "declined_at", "decline_reason", "created_at", "created_by_id",
        )  # fmt: skip
        self.lines = Table(
            PlanLine, "plan_id", "service_id", "teeth", "quantity", "price", "discount", "phase", "position", "state", "done_on",
            "done_by_id", "appointment_id",
        )  # fmt: skip
        self.counts: dict[int, int] = defaultdict(int)
        self.coming = {
            visit.person.id for visit in world.visits if visit.state in (State.BOOKED, State.CONFIRMED, State.ARRIVED)
        }

    def build(self) -> None:
        for visits in episodes(self.world):
            lines = [
                (visit, line) for visit in visits for line in visit.lines if line.code.startswith(("A16", "A22", "A11"))
            ]
            if lines and self.world.chance(IN_A_PLAN):
                self.carried_out(visits, lines)
            elif visits[0].is_first and self.world.chance(0.35):
                self.only_proposed(visits[0])
        self.plans.write()
        self.lines.write()

    def carried_out(self, visits: list[Visit], lines: list[tuple[Visit, Line]]) -> None:
        first, last = visits[0], visits[-1]
        is_running = first.person.id in self.coming or (self.world.today - last.start.date()).days < 30
        more = self.more(first) if is_running or self.world.chance(0.12) else []
        approved = min(first.start + timedelta(minutes=25), self.world.now)
        number = self.add(first, PlanStatus.IN_WORK if more else PlanStatus.DONE, approved=approved)
        for position, (visit, line) in enumerate(lines):
            line.price = price_of(self.world, line.code, first.start.date())  # frozen by the approval (CLN-15)
            line.discount = round(line.price * line.quantity * visit.discount / 100)
            line.plan_line = self.lines.add(
                number, self.world.services[line.code], list(line.teeth), line.quantity, line.price, line.discount, 1, position,
                LineState.DONE, visit.start.date(), visit.doctor.staff.pk, visit.id,
            )  # fmt: skip
            visit.plan = number
        self.planned(number, first, more, phase=2, position=len(lines))

    def only_proposed(self, visit: Visit) -> None:
        status = self.world.weighted([(PlanStatus.DRAFT, 45), (PlanStatus.APPROVED, 25), (PlanStatus.DECLINED, 30)])
        approved = visit.start + timedelta(days=1) if status == PlanStatus.APPROVED else None
        if approved and approved > self.world.now:
            status, approved = PlanStatus.DRAFT, None
        number = self.add(visit, status, approved=approved)
        self.planned(number, visit, self.more(visit) + self.more(visit), phase=1, position=0)

    def more(self, visit: Visit) -> list[tuple[str, int, tuple[int, ...]]]:
        """What is still to be done: (code, quantity, teeth)."""
        direction = visit.doctor.direction if self.world.chance(0.6) else MORE.get(visit.doctor.direction, "hygiene")
        diagnosis, done = chosen(self.world, direction, 90)
        day = visit.start.date()
        teeth = self.mouths.teeth(visit.person, day, 1) if diagnosis and diagnosis not in WHOLE_MOUTH else ()
        return [(code, quantity, teeth if code.startswith("A16") else ()) for code, quantity in done]

    def add(self, visit: Visit, status: str, *, approved: datetime | None) -> int:
        self.counts[visit.person.id] += 1
        declined = min(visit.start + timedelta(days=6), self.world.now) if status == PlanStatus.DECLINED else None
        return self.plans.add(
            self.counts[visit.person.id], visit.person.id, visit.doctor.staff.pk, visit.branch.pk, status, "",
            approved.date() if approved else None, approved, self.world.writer(visit.branch).pk if approved else None, declined,
            self.world.dice.choice(DECLINES) if declined else "", visit.start + timedelta(minutes=15), self.world.writer(visit.branch).pk,
        )  # fmt: skip

    def planned(
        self, plan: int, visit: Visit, more: list[tuple[str, int, tuple[int, ...]]], *, phase: int, position: int
    ) -> None:
        for place, (code, quantity, teeth) in enumerate(more, position):
            price = price_of(self.world, code, visit.start.date())
            self.lines.add(
                plan,
                self.world.services[code],
                list(teeth),
                quantity,
                price,
                0,
                phase,
                place,
                LineState.PLANNED,
                None,
                None,
                None,
            )


def episodes(world: World) -> Iterator[list[Visit]]:
    """Visits that took place, by person and doctor, broken where weeks lie between them."""
    by_pair: dict[tuple[int, str], list[Visit]] = defaultdict(list)
    for visit in world.visits:
        if visit.lines:
            by_pair[visit.person.id, visit.doctor.code].append(visit)
    for _pair, visits in sorted(by_pair.items()):
        visits.sort(key=lambda visit: visit.start)
        episode: list[Visit] = []
        for visit in visits:
            if episode and (visit.start - episode[-1].start).days > 45:
                yield episode
                episode = []
            episode.append(visit)
        yield episode


def appointments_services(world: World) -> None:
    """What each visit was booked for: what was done, or for those to come the usual thing of the direction."""
    pairs = []
    for visit in world.visits:
        codes = [line.code for line in visit.lines if not line.code.startswith("B01.003")][:2]
        if not codes:
            codes = [FIRST[visit.doctor.direction] if visit.is_first else AGAIN[visit.doctor.direction]]
        pairs += [(visit.id, world.services[code]) for code in dict.fromkeys(codes)]
    links_write(Appointment.services.through, "appointment_id", "service_id", pairs)

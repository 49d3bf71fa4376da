"""Two approved plans that wait to be booked as a whole: a crown after hygiene, and an implant that heals for months."""

from catalog.models import Service
from clinic.models import Profession
from clinical.services import LineIn, plan_approve, plan_create
from demo.world import Person, World
from scheduling.models import State

# Who does services of a category, by the code of his profession.
WHO = {
    "therapy": "therapy", "endodontics": "therapy", "surgery": "surgery", "implantology": "surgery", "hygiene": "hygiene",
    "prosthetics": "prosthetics", "orthodontics": "orthodontics", "pediatric": "pediatric", "periodontology": "periodontology",
}  # fmt: skip
HEALING = {
    "A16.07.001.002": (7, None), "A16.07.001.003": (10, None), "A16.07.024": (10, None), "A16.07.054": (90, 180),
    "A16.07.054.002": (90, 180), "A16.07.055": (120, None),
}  # fmt: skip
CROWN = (
    "Санация и коронка 36", ("Гигиена", "Лечение", "Слепок", "Коронка"), ((1, None), (2, None), (7, 21)),
    (("A16.07.051", (), 1), ("A16.07.002.011", (35,), 2), ("A16.07.002.010", (37,), 2), ("A02.07.010.001", (), 3), ("A16.07.004.005", (36,), 4)),
)  # fmt: skip
IMPLANT = (
    "Имплантат 46", ("Подготовка", "Имплантация", "Коронка"), (),
    (("A16.07.051", (), 1), ("A16.07.001.003", (46,), 1), ("A16.07.054.002", (46,), 2), ("A16.07.004.005", (46,), 3)),
)  # fmt: skip


def build(world: World) -> None:
    services_tell(world)
    people = free_people(world)
    for person, wanted, doctor in zip(people, (CROWN, IMPLANT), ("prosthetics", "surgery"), strict=False):
        plan_make(world, person, wanted, doctor)


def services_tell(world: World) -> None:
    for category, profession in WHO.items():
        found = Profession.objects.filter(kind=Profession.Kind.DOCTOR, code=profession, staff__isnull=False).first()
        if found:
            Service.objects.filter(category__code=category).update(profession=found)
    for code, (least, most) in HEALING.items():
        Service.objects.filter(code=code).update(healing_days=least, healing_most=most)


def free_people(world: World) -> list[Person]:
    """Grown-ups of the first branch with no visit ahead."""
    coming = {visit.person.id for visit in world.visits if visit.end > world.now and visit.state != State.CANCELLED}
    here = {visit.person.id for visit in world.visits if visit.branch == world.branches[0]}
    grown = [each for each in world.people if each.phone and each.age(world.today) > 25]
    return [each for each in grown if each.id in here and each.id not in coming][3:5]


def plan_make(world: World, person: Person, wanted: tuple, direction: str) -> None:  # type: ignore[type-arg]
    name, phases, gaps, lines = wanted
    doctor = next(
        row for row in world.doctors.values() if row.direction == direction and row.branch == world.branches[0]
    )
    plan = plan_create(
        patient_id=person.id, doctor=doctor.staff, branch=world.branches[0], name=name, phases=phases, phase_gaps=gaps,
        lines=[
            LineIn(service_id=world.services[code], teeth=teeth, phase=phase)
            for code, teeth, phase in lines if code in world.services
        ], actor=world.users["doctor"],
    )  # fmt: skip
    plan_approve(plan_id=plan.pk, actor=world.users["coordinator"])

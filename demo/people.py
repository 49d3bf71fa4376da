"""Four thousand invented people: names by frequency, ages of a city, families, children with who speaks for them."""

from datetime import date, datetime, timedelta
from typing import Any

from demo.bulk import Table
from demo.world import Person, World, moment, rows_of
from patients.models import Family, Group, Patient, Representative, Source

AGES = [((3, 14), 15), ((15, 29), 20), ((30, 49), 40), ((50, 80), 25)]
KNOWN_BEFORE = 0.10  # of all, when the year begins
SOURCES = [
    ("Рекомендация", 30), ("Сайт", 18), ("Яндекс Карты", 14), ("2ГИС", 8), ("ПроДокторов", 8), ("СберЗдоровье", 4), ("ВКонтакте", 6),
    ("Проходил мимо", 6), ("Яндекс Директ", 6),
]  # fmt: skip
GROUPS = ["Терапия", "Хирургия и имплантация", "Ортопедия", "Ортодонтия", "Детство", "Профилактика"]
COMMENTS = [
    "Просит звонить после 18:00", "Приходит с супругом", "Боится уколов, заранее предупредить врача", "Удобно по субботам",
    "Нужна парковка", "Просит напоминать за день", "Всегда опаздывает минут на десять",
]  # fmt: skip


KINDS = ("first_name", "patronymic", "surname")
# How treatment stands with those who have not come for long.
LONG_AGO = [
    (Patient.TreatmentStatus.SANATED, 50),
    (Patient.TreatmentStatus.THINKING, 25),
    (Patient.TreatmentStatus.NONE, 25),
]


def build(world: World) -> None:
    """People, so far only in memory: when each becomes known is told by the story of the visits."""
    names = Names(world)
    adults = max(2, round(world.patients * 0.85))
    for _number in range(adults):
        add(world, names, birth_of(world, world.weighted(AGES[1:])))
    parents = [person for person in world.people if 24 <= person.age(world.today) <= 50]
    for _number in range(world.patients - adults):
        child = add(world, names, birth_of(world, AGES[0][0]))
        make_child(world, names, child, parents)
    make_couples(world, names)
    world.dice.shuffle(world.people)
    for person in world.people[: round(len(world.people) * KNOWN_BEFORE)]:
        person.known_since = world.first - timedelta(days=world.dice.randrange(1, 900))


class Names:
    """Weighted names; a surname knows its other gender."""

    def __init__(self, world: World) -> None:
        self.dice = world.dice
        rows = rows_of("ru_names")
        self.first = {
            sex: [(r["value"], float(r["weight"])) for r in rows if r["kind"] == "first_name" and r["sex"] == sex]
            for sex in "mf"
        }
        self.middle = {sex: [r["value"] for r in rows if r["kind"] == "patronymic" and r["sex"] == sex] for sex in "mf"}
        male, female = ([r["value"] for r in rows if r["kind"] == "surname" and r["sex"] == sex] for sex in "mf")
        self.surnames = list(zip(male, female, strict=True))

    def surname(self) -> int:
        return self.dice.randrange(len(self.surnames))

    def full(self, sex: str, surname: int) -> tuple[str, str, str]:
        first = self.dice.choices(
            [name for name, _w in self.first[sex]], [weight for _name, weight in self.first[sex]]
        )[0]
        return self.surnames[surname][sex == "f"], first, self.dice.choice(self.middle[sex])


def birth_of(world: World, ages: tuple[int, int]) -> date:
    years = world.dice.randint(*ages)
    return world.today - timedelta(days=years * 365 + years // 4 + world.dice.randrange(1, 364))


def add(world: World, names: Names, birth: date) -> Person:
    number = len(world.people)
    sex = world.weighted([("f", 58), ("m", 42)])
    surname = names.surname()
    home = world.weighted([(0, 46), (1, 32), (2, 22)])
    person = Person(0, sex, birth, f"+7900000{number + 100:04}", "", "", home, date.max)
    world.people.append(person)
    world.facts.setdefault("names", {})[id(person)] = [surname, *names.full(sex, surname)]
    return person


def rename(world: World, names: Names, person: Person, surname: int) -> None:
    world.facts["names"][id(person)][:2] = [surname, names.surnames[surname][person.sex == "f"]]


def make_child(world: World, names: Names, child: Person, parents: list[Person]) -> None:
    """Six of ten children have a parent among the patients; the others' parents are only named."""
    told = world.facts.setdefault("parents", {})
    if parents and world.chance(0.6):
        parent = world.dice.choice(parents)
        rename(world, names, child, world.facts["names"][id(parent)][0])
        child.home = parent.home
        told[id(child)] = parent
        world.facts.setdefault("families", {}).setdefault(id(parent), [parent]).append(child)
    else:
        told[id(child)] = None


def make_couples(world: World, names: Names) -> None:
    """Some families have a second grown-up."""
    families: dict[int, list[Person]] = world.facts.setdefault("families", {})
    taken = {id(person) for members in families.values() for person in members}
    free = [person for person in world.people if 25 <= person.age(world.today) <= 65 and id(person) not in taken]
    world.dice.shuffle(free)
    by_sex = {sex: [person for person in free if person.sex == sex] for sex in "mf"}
    for members in list(families.values()):
        head = members[0]
        others = by_sex["m" if head.sex == "f" else "f"]
        if others and world.chance(0.35):
            partner = others.pop()
            rename(world, names, partner, world.facts["names"][id(head)][0])
            partner.home = head.home
            members.insert(1, partner)


def write(world: World) -> None:
    """The cards, once the visits have told who came and when."""
    sources = {name: Source.objects.get_or_create(name=name)[0].pk for name, _weight in SOURCES}
    groups = {name: Group.objects.get_or_create(name=name)[0].pk for name in GROUPS}
    world.facts |= {"sources": sources, "groups": groups}
    families = Table(Family, "name", "card_number")
    family_of: dict[int, int] = {}
    for members in world.facts["families"].values():
        last = world.facts["names"][id(members[0])][1]
        number = families.add(last, f"С-{len(families) + 1:04}")
        family_of |= {id(person): number for person in members}
    families.write()
    write_cards(world, family_of)
    set_guarantors(world, family_of)
    write_representatives(world)


COLUMNS = (
    "card_number", "last_name", "first_name", "middle_name", "sex", "birth_date", "phone", "email", "comment", "branch_id", "source_id",
    "group_id", "coordinator_id", "doctor_id", "family_id", "family_role", "mailing_allowed", "reminders_allowed", "language", "kind",
    "treatment_status", "created_at", "created_by_id",
)  # fmt: skip


def write_cards(world: World, family_of: dict[int, int]) -> None:
    cards = Table(Patient, *COLUMNS)
    world.people.sort(key=lambda person: (person.known_since, person.phone))
    for number, person in enumerate(world.people, 1):
        if person.known_since > world.today:  # asked once, never came
            person.known_since = world.first + timedelta(
                days=world.dice.randrange((world.today - world.first).days + 1)
            )
        _surname, last, first, middle = world.facts["names"][id(person)]
        person.id = cards.add(f"{number:06}", last, first, middle, *facts_of(world, person, family_of))
        person.name, person.first_name = f"{last} {first} {middle}", first
    cards.write()


def facts_of(world: World, person: Person, family_of: dict[int, int]) -> tuple[Any, ...]:
    age = person.age(world.today)
    branch = world.branches[person.home]
    phone = phone_of(world, person)
    parent = world.facts.get("parents", {}).get(id(person))
    role = (
        "ребёнок" if id(person) in world.facts.get("parents", {}) else ("родитель" if id(person) in family_of else "")
    )
    return (
        person.sex, person.birth, phone, f"p{person.phone[-4:]}@example.com" if world.chance(0.45) and not parent else "",
        world.dice.choice(COMMENTS) if world.chance(0.06) else "", branch.pk,
        world.facts["sources"][world.weighted(SOURCES)], world.facts["groups"][group_of(world, person, age)],
        world.staff["S07"].pk if world.chance(0.12) else None, doctor_of(world, person), family_of.get(id(person)), role,
        world.chance(0.62), world.chance(0.97), "en" if world.chance(0.01) else "ru", kind_of(person), status_of(world, person),
        known_at(world, person), world.writer(branch).pk,
    )  # fmt: skip


def phone_of(world: World, person: Person) -> str:
    """A small child has its parent's phone."""
    parent = world.facts.get("parents", {}).get(id(person))
    return parent.phone if parent and person.age(world.today) < 14 else person.phone


def group_of(world: World, person: Person, age: int) -> str:
    if age < 15:
        return "Детство"
    direction = world.facts.get("direction_of", {}).get(id(person), "therapy")
    return {
        "surgery": GROUPS[1], "prosthetics": GROUPS[2], "orthodontics": GROUPS[3], "hygiene": GROUPS[5], "periodontology": GROUPS[5],
    }.get(direction, GROUPS[0])  # fmt: skip


def doctor_of(world: World, person: Person) -> int | None:
    code = world.facts.get("doctor_of", {}).get(id(person))
    return world.doctors[code].staff.pk if code else None


def kind_of(person: Person) -> str:
    return Patient.Kind.SECONDARY if person.visits > 1 else Patient.Kind.PRIMARY


def status_of(world: World, person: Person) -> str:
    if not person.visits:
        return Patient.TreatmentStatus.NONE
    if person.last_visit and (world.today - person.last_visit).days < 45 and person.visits > 1:
        return Patient.TreatmentStatus.IN_TREATMENT
    return world.weighted(
        [
            (Patient.TreatmentStatus.SANATED, 50),
            (Patient.TreatmentStatus.THINKING, 25),
            (Patient.TreatmentStatus.NONE, 25),
        ]
    )


def known_at(world: World, person: Person) -> datetime:
    at = moment(person.known_since, world.dice.randrange(9 * 60, 20 * 60))
    return min(at, world.now - timedelta(minutes=world.dice.randrange(5, 300)))


def set_guarantors(world: World, family_of: dict[int, int]) -> None:
    heads = [(family_of[id(members[0])], members[0].id) for members in world.facts["families"].values()]
    rows = [Family(pk=family, guarantor_id=head) for family, head in heads]
    Family.objects.bulk_update(rows, ["guarantor"], batch_size=1000)


def write_representatives(world: World) -> None:
    """Whoever is under eighteen has somebody who answers for him (PAT-26)."""
    names = Names(world)
    table = Table(
        Representative,
        "patient_id",
        "card_id",
        "full_name",
        "relation",
        "phone",
        "is_responsible",
        "pays",
        "signs",
        "may_know",
    )
    for person in world.people:
        if person.age(world.today) >= 18:
            continue
        parent = world.facts["parents"].get(id(person))
        if parent:
            sex, name, card, phone = parent.sex, parent.name, parent.id, parent.phone
        else:
            sex = world.weighted([("f", 75), ("m", 25)])
            name, card, phone = " ".join(names.full(sex, world.facts["names"][id(person)][0])), None, person.phone
        relation = Representative.Relation.MOTHER if sex == "f" else Representative.Relation.FATHER
        table.add(person.id, card, name, relation, phone, True, True, True, True)
    table.write()

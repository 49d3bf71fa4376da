"""The clinic itself: legal entity, branches with hours and holidays, chairs, staff, accounts."""

from datetime import date, time, timedelta

from django.contrib.auth.hashers import make_password

from clinic.models import Branch, BranchDay, BranchHours, Chair, LegalEntity, Profession, Role, Staff, User
from clinic.services.start import guide_note
from demo.world import ZONE, Doctor, World, rows_of

PASSWORD = "demo"
# login: (role, row of staff.csv, index of the branch that it is bound to)
LOGINS = {
    "director": ("director", "S10", None),
    "administrator": ("administrator", "S04", 0),
    "senior": ("senior", "S03", None),
    "callcentre": ("callcentre", "S11", None),
    "doctor": ("doctor", "D01", 0),
    "assistant": ("assistant", "S08", 0),
    "coordinator": ("coordinator", "S07", None),
    "marketer": ("marketer", "S09", None),
    "sales": ("sales", "S12", None),
    "finance": ("finance", "S13", None),
}
# Receptions of the other branches have accounts too, without a password: they only stand as authors.
RECEPTIONS = {1: "S05", 2: "S06"}
DIRECTIONS_TREATED = {"hygiene"}  # employees who receive patients in a chair of their own
TONES = ("blue", "teal", "violet", "green", "amber", "pink", "red", "grey")
HOLIDAYS = {
    (1, 1): "Новый год", (1, 2): "Новогодние каникулы", (1, 7): "Рождество", (2, 23): "День защитника Отечества",
    (3, 8): "Международный женский день", (5, 1): "Праздник Весны и Труда", (5, 9): "День Победы", (6, 12): "День России",
    (11, 4): "День народного единства",
}  # fmt: skip
SHORT_HOURS = time(10), time(16)  # on holidays that are not wholly free
WHOLLY_FREE = {(1, 1), (1, 2), (1, 7), (5, 9)}


def build(world: World) -> None:
    world.entity = LegalEntity.objects.create(
        name="Общество с ограниченной ответственностью «Улыбка»", short_name="ООО «Улыбка»", inn="7707083893", kpp="770701001",
        ogrn="1027700132195", address="115184, Москва, ул. Пятницкая, д. 12", phone="+79000000001", email="info@ulybka.example",
        licence="Л041-01137-77/00300001 от 12.03.2019, Департамент здравоохранения города Москвы",
        director_name="Ковалёв Андрей Борисович", bank_details="р/с 40702810000000000001 в АО «Пример», БИК 044525000",
    )  # fmt: skip
    build_branches(world)
    build_staff(world)
    build_users(world)
    guide_note(finished=True)


def build_branches(world: World) -> None:
    for position, row in enumerate(rows_of("branches")):
        branch = Branch.objects.create(
            legal_entity=world.entity, name=row["name_ru"].removeprefix("Клиника «Улыбка» — "), address=row["address"],
            timezone=ZONE, area_sqm=int(row["area_sqm"]), position=position, phone=f"+7900000000{position + 1}",
        )  # fmt: skip
        world.branches.append(branch)
        weekly = {**dict.fromkeys(range(5), row["hours_mon_fri"]), 5: row["hours_sat"], 6: row["hours_sun"]}
        BranchHours.objects.bulk_create(
            BranchHours(branch=branch, weekday=day, opens=text[:5], closes=text[6:])
            for day, text in weekly.items()
            if text != "closed"
        )
    by_code = {row["branch_id"]: world.branches[index] for index, row in enumerate(rows_of("branches"))}
    for position, row in enumerate(rows_of("chairs")):
        world.chairs[row["chair_id"]] = Chair.objects.create(
            branch=by_code[row["branch_id"]], name=row["name_ru"], purpose=row["purpose"], position=position
        )
    build_holidays(world)


def build_holidays(world: World) -> None:
    days = []
    for day in world.days():
        name = HOLIDAYS.get((day.month, day.day))
        if name:
            world.closed_days[day] = name if (day.month, day.day) in WHOLLY_FREE else ""
            opens, closes = (None, None) if (day.month, day.day) in WHOLLY_FREE else SHORT_HOURS
            days += [
                BranchDay(branch=branch, date=day, opens=opens, closes=closes, reason=name) for branch in world.branches
            ]
    BranchDay.objects.bulk_create(days)


def build_staff(world: World) -> None:
    by_code = {row["branch_id"]: world.branches[index] for index, row in enumerate(rows_of("branches"))}
    professions: dict[str, Profession] = {}
    for number, row in enumerate(rows_of("staff")):
        last, first, middle = row["full_name"].split()
        treats = row["staff_id"].startswith("D") or row["direction"] in DIRECTIONS_TREATED
        profession = professions.get(row["profession_ru"])
        if profession is None:
            kind = Profession.Kind.DOCTOR if treats else Profession.Kind.STAFF
            name = row["profession_ru"][0].upper() + row["profession_ru"][1:]
            profession, _made = Profession.objects.get_or_create(
                name=name, kind=kind, defaults={"code": row["direction"]}
            )
            professions[row["profession_ru"]] = profession
        person = Staff.objects.create(
            last_name=last, first_name=first, middle_name=middle, sex=row["sex"], is_doctor=treats, is_employee=True,
            phone=f"+790000001{number:02}", tone=TONES[number % len(TONES)], hired_on=date(2019, 3, 1) + timedelta(days=47 * number),
            birth_date=date(1972, 1, 15) + timedelta(days=331 * number),
        )  # fmt: skip
        person.professions.add(profession)
        # Those who keep the whole clinic going are bound to no branch (SCH-36).
        if treats or (row["direction"] in {"admin", "assistant"} and row["staff_id"] != "S03"):
            person.branches.add(by_code[row["branch_id"]])
        world.staff[row["staff_id"]] = person
        if treats:
            world.doctors[row["staff_id"]] = Doctor(
                person, row["staff_id"], row["direction"], by_code[row["branch_id"]]
            )
    world.doctors["D02"].staff.branches.add(world.branches[2])  # he also works in the third branch


def build_users(world: World) -> None:
    roles = {role.code: role for role in Role.objects.all()}
    password = make_password(PASSWORD)
    for login, (role, staff_code, branch) in LOGINS.items():
        person = world.staff[staff_code]
        user = User.objects.create(
            username=login, password=password, name=person.full_name, staff=person, language="ru"
        )
        user.roles.add(roles[role])
        if branch is not None:
            user.branches.add(world.branches[branch])
        world.users[login] = user
    receptions = {world.branches[0].pk: world.users["administrator"]}
    for index, staff_code in RECEPTIONS.items():
        person = world.staff[staff_code]
        user = User.objects.create(
            username=f"reception{index + 1}", password=make_password(None), name=person.full_name, staff=person
        )
        user.roles.add(roles["administrator"])
        user.branches.add(world.branches[index])
        receptions[world.branches[index].pk] = user
    world.facts["receptions"] = receptions

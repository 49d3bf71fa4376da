"""Branches, chairs, doctors, the price list, users: what the rest stands on."""

from datetime import date
from typing import Any

from benchmarks.data.loading import Loader
from benchmarks.data.size import CHAIRS, DOCTORS, SERVICES_A_DIRECTION, Size
from billing.models import CashDesk
from catalog.models import Category, Service, ServicePrice
from clinic.models import Branch, BranchHours, Chair, LegalEntity, Staff
from scheduling.models import VisitType

ZONE = "'Europe/Moscow'"
DIRECTIONS = ("Терапия", "Хирургия", "Ортопедия", "Ортодонтия", "Гигиена", "Детская стоматология")
FIRST = 1001  # numbers of our own directories: what a new clinic is loaded with stands below


def place_make(load: Loader, size: Size) -> None:
    load.fill(LegalEntity, "", id="1", name="'ООО «Улыбка»'", short_name="'Улыбка'", inn="'7707083893'")
    load.fill(
        Branch, f"FROM generate_series(1, {size.branches}) n", id="n", legal_entity_id="1", timezone=ZONE,
        name="'Филиал ' || n", position="n",
    )  # fmt: skip
    load.fill(
        BranchHours, f"FROM generate_series(1, {size.branches}) b, generate_series(0, 6) d",
        branch_id="b", weekday="d", opens="'09:00'", closes="'21:00'",
    )  # fmt: skip
    load.fill(
        Chair, f"FROM generate_series(0, {size.branches * CHAIRS - 1}) n", id="n + 1", branch_id=f"n / {CHAIRS} + 1",
        name=f"'Кресло ' || n % {CHAIRS} + 1", position=f"n % {CHAIRS}",
    )  # fmt: skip
    load.fill(
        CashDesk, f"FROM generate_series(1, {size.branches}) n", id="n", branch_id="n", name="'Касса'", position="0"
    )
    load.fill(VisitType, "", id=f"{FIRST}", name="'Приём'", duration_min="30", position="0")
    doctors_make(load, size)
    prices_make(load, size)


def doctors_make(load: Loader, size: Size) -> None:
    count = size.branches * DOCTORS
    load.fill(
        Staff,
        f"""FROM generate_series(1, {count}) n
        JOIN bench.name surname ON surname.kind = 'surname' AND surname.sex = 'f'
            AND surname.place = n * 37 % (SELECT count(*) FROM bench.name WHERE kind = 'surname' AND sex = 'f')
        JOIN bench.name first ON first.kind = 'first_name' AND first.sex = 'f' AND first.place = n % 20
        JOIN bench.name middle ON middle.kind = 'patronymic' AND middle.sex = 'f' AND middle.place = n % 19""",
        id="n", last_name="surname.value", first_name="first.value", middle_name="middle.value", sex="'f'",
        is_doctor="true", is_employee="false",
    )  # fmt: skip
    load.fill(
        Staff.branches.through,
        f"FROM generate_series(1, {count}) n",
        staff_id="n",
        branch_id=f"(n - 1) / {DOCTORS} + 1",
    )


def prices_make(load: Loader, size: Size) -> None:
    directions = len(DIRECTIONS)
    load.run("CREATE TABLE bench.direction (id int PRIMARY KEY, name text)")
    for number, name in enumerate(DIRECTIONS):
        load.run("INSERT INTO bench.direction VALUES (%s, %s)", [FIRST + number, name])
    load.fill(Category, "FROM bench.direction d", id="d.id", name="d.name || ' (нагрузка)'", position="d.id")
    services = f"FROM generate_series(0, {directions * SERVICES_A_DIRECTION - 1}) n"
    load.fill(
        Service, services, id=f"{FIRST} + n", category_id=f"{FIRST} + n % {directions}", code="'B.' || lpad(n::text, 3, '0')",
        name="'Услуга ' || n", duration_min="30",
    )  # fmt: skip
    load.fill(
        ServicePrice, services, service_id=f"{FIRST} + n", starts_on="'2015-01-01'", amount="1000 + n * 250",
    )  # fmt: skip


def users_make(size: Size) -> None:
    """By the ORM: a director, a receptionist of the first branch, each with an API token."""
    from rest_framework.authtoken.models import Token

    from clinic.models import Role, User

    branch = Branch.objects.get(pk=1)
    for username, role, branches in (("director", "director", []), ("reception", "senior", [branch])):
        user, _made = User.objects.get_or_create(username=username, defaults={"name": username, "password": "!"})
        user.roles.set(Role.objects.filter(code=role))
        user.branches.set(branches)
        Token.objects.get_or_create(user=user)


def days_make(load: Loader, size: Size, last: date) -> None:
    """The clinic's working days: Monday to Saturday, the last one yesterday."""
    load.run("CREATE TABLE bench.day (place int PRIMARY KEY, day date NOT NULL)")
    load.run(
        """INSERT INTO bench.day SELECT row_number() OVER (ORDER BY day) - 1, day FROM (
            SELECT day::date FROM generate_series(%s::date - 3000, %s::date, interval '1 day') day
            WHERE extract(isodow FROM day) < 7 ORDER BY day DESC LIMIT %s) AS days""",
        [last, last, size.days],
    )


def names_make(load: Loader) -> None:
    from benchmarks.data import names

    load.run("CREATE TABLE bench.name (kind text, sex text, place int, value text, PRIMARY KEY (kind, sex, place))")
    rows: list[Any] = names.rows()
    load.run(
        "INSERT INTO bench.name SELECT * FROM unnest(%s::text[], %s::text[], %s::int[], %s::text[])",
        [list(column) for column in zip(*rows, strict=True)],
    )
    load.run("ANALYZE bench.name")

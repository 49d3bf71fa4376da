"""Every route of the running program, asked as nobody, as everyone-but, as only-this; and the matrix route by role.

`python -m tests.matrix` writes the matrix anew (`make matrix`); the test compares it with the committed one, so that
a change of who may open what is seen in the review of every change.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from core.access import ANYBODY, PARTNER, PUBLIC, SIGNED_IN, Permission, Route, is_foreign, routes

MATRIX = Path(__file__).parent / "access_matrix.txt"
ROLES = {
    "director": "Dir", "administrator": "Adm", "senior": "Sen", "callcentre": "Cal", "doctor": "Doc", "assistant": "Ass",
    "coordinator": "Coo", "marketer": "Mar", "sales": "Sal", "finance": "Fin", "partner": "Par",
}  # fmt: skip
HEAD = f"""# Who may ask what: method, address, right, roles of a new clinic. Written by `make matrix`, compared by tests.
# {", ".join(f"{short} {code}" for code, short in ROLES.items())}; «all» is every signed-in person, «open» everybody.
"""
# Routes that ask for a second right inside, by their address: it is given in the test of «only this».
FURTHER: dict[str, frozenset[str]] = {
    r"^api/v1/reports/[\w-]+/export/$": frozenset({"reports.export"}),
    r"^reports/day/day\.xlsx$": frozenset({"reports.export"}),
}
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")


@dataclass(frozen=True, slots=True)
class Asked:
    """One method of one route and the right that it declares."""

    method: str
    route: Route
    needs: Permission

    @property
    def is_api(self) -> bool:
        return self.route.path.startswith("/api/")

    @property
    def all_needs(self) -> set[str]:
        """The declared right and those that the route asks for inside."""
        more = [codes for pattern, codes in FURTHER.items() if re.search(pattern, self.route.route)]
        return {self.needs.code}.union(*more)

    def __str__(self) -> str:
        return f"{self.method} /{self.route.route}"


def ours(found: Iterable[Route] | None = None) -> Iterator[Route]:
    """Routes that ask for a right; those of libraries stand in config/public_routes.py with a reason each."""
    for route in routes() if found is None else found:
        if not is_foreign(route.route, route.name):
            yield route


def asked(route: Route) -> list[Asked]:
    """The methods of a route that differ: what the requirement names, and POST for what it calls otherwise."""
    requirement = route.requirement
    if requirement is None:
        return []
    named = list(requirement.methods)
    if not route.path.startswith("/api/"):
        named = list(dict.fromkeys(["GET", *named, "POST"]))
    return [Asked(method, route, requirement.for_method(method)) for method in METHODS if method in named]


def unmarked(found: Iterable[Route] | None = None) -> list[str]:
    """Routes without a right and without a reason: the program answers 403 to everybody there, which nobody wants."""
    return [str(route) for route in ours(found) if route.requirement is None]


def may(role: str, needs: Permission) -> bool:
    """What a role of a new clinic may: its default rights, as the permissions declare them."""
    if needs in (PUBLIC, ANYBODY):
        return True
    if role == "partner":
        return needs is PARTNER
    return needs is SIGNED_IN or role in needs.roles


def roles_word(needs: Permission) -> str:
    if needs is PUBLIC:
        return "open"
    held = [code for code in ROLES if may(code, needs)]
    if len(held) == len(ROLES) - 1 and "partner" not in held:
        return "all"
    return " ".join(ROLES[code] for code in held) or "nobody"


def lines(found: Iterable[Route] | None = None) -> list[str]:
    """The matrix, a line a method of a route."""
    rows = [each for route in ours(found) for each in asked(route)]
    return sorted(f"{each.method:6} /{each.route.route}  {each.needs.code}  {roles_word(each.needs)}" for each in rows)


def written() -> list[str]:
    return [line for line in MATRIX.read_text("utf8").splitlines() if line and not line.startswith("#")]


def differences(found: Iterable[Route] | None = None) -> list[str]:
    """What the matrix has that the program has not (-), and the other way round (+)."""
    now, before = set(lines(found)), set(written())
    return sorted([f"- {line}" for line in before - now] + [f"+ {line}" for line in now - before])


def foreign_without_use(found: Iterable[Route] | None = None) -> list[str]:
    """Entries of the public routes that fit no route any more."""
    every = list(routes()) if found is None else list(found)

    def fits(entry: Any) -> bool:
        wanted = entry.name_or_prefix
        if wanted.startswith("/"):
            return any(("/" + route.route).startswith(wanted) for route in every)
        return any(route.name.startswith(wanted) if wanted.endswith(":") else route.name == wanted for route in every)

    return [entry.name_or_prefix for entry in settings.PUBLIC_ROUTES if not fits(entry)]


def write() -> None:
    MATRIX.write_text(HEAD + "\n".join(lines()) + "\n", "utf8")

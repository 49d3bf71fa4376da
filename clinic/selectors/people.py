"""Who works here, who may see whom, and users with all their rights."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat, Lower, Replace

from clinic.models import Profession, Staff, User
from core.text import fold


def works_in(*branch_ids: int) -> Q:
    """Staff of these branches and those who are bound to none (SCH-36); no join, so no doubled rows."""
    bound = Staff.branches.through.objects.filter(staff_id=OuterRef("pk"))
    return Q(Exists(bound.filter(branch_id__in=branch_ids))) | ~Q(Exists(bound))


def staff_visible_to(user: Any) -> QuerySet[Staff]:
    """Colleagues of the user's branches and those who are bound to none."""
    return Staff.objects.live().filter(works_in(*user.branch_ids))


def staff_with_places(user: Any) -> QuerySet[Staff]:
    """The same with `profession_ids`, `own_branch_ids` and `name_folded`, for lists, in one statement."""
    branches = Staff.branches.through.objects.filter(staff_id=OuterRef("pk")).order_by("branch_id")
    professions = Staff.professions.through.objects.filter(staff_id=OuterRef("pk")).order_by("profession_id")
    return staff_visible_to(user).annotate(
        own_branch_ids=ArraySubquery(branches.values("branch_id")),
        profession_ids=ArraySubquery(professions.values("profession_id")),
        name_folded=name_folded("last_name", "first_name", "middle_name"),
    )


def name_folded(*names: str) -> Any:
    """Lower case, ё as е: what core.text.fold makes of a query."""
    text = TextField()
    parts: list[Any] = [F(names[0])]
    for name in names[1:]:
        parts += [Value(" ", text), F(name)]
    lower = Lower(Concat(*parts, output_field=text), output_field=text)
    return Replace(lower, Value("ё", text), Value("е", text), output_field=text)


def name_has(text: str) -> Q:
    """Every word of a query stands somewhere in `name_folded`, in any order."""
    found = Q()
    for word in fold(text).split():
        found &= Q(name_folded__contains=word)
    return found


def professions_live() -> QuerySet[Profession]:
    return Profession.objects.live()


def doctors_of_branch(branch_id: int, on: date) -> QuerySet[Staff]:
    """Doctors who may work in a branch on a day: its own and those bound to no branch."""
    working = Q(dismissed_on__isnull=True) | Q(dismissed_on__gt=on)
    return Staff.objects.live().filter(works_in(branch_id), working, is_doctor=True)


def professions_of(staff_ids: Iterable[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = Staff.professions.through.objects.filter(staff_id__in=list(staff_ids), profession__deleted_at__isnull=True)
    for staff_id, name in rows.order_by("profession__name").values_list("staff_id", "profession__name"):
        found[staff_id].append(name)
    return found


def branch_names_of(staff_ids: Iterable[int]) -> dict[int, list[str]]:
    """The branches that a person is bound to; nothing for one who works in all of them."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = Staff.branches.through.objects.filter(staff_id__in=list(staff_ids), branch__deleted_at__isnull=True)
    for staff_id, name in rows.order_by("branch__position", "branch_id").values_list("staff_id", "branch__name"):
        found[staff_id].append(name)
    return found


def user_loaded(pk: int) -> User | None:
    """A user with everything that access asks for, in one statement."""
    return User.objects.with_rights().filter(pk=pk).first()

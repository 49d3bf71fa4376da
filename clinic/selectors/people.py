"""Who works here, who may see whom, and users with all their rights."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Concat, Lower, Replace

from clinic.models import Profession, Staff, User
from core.errors import NotFound
from core.prepared import INTEGER, TEXT, Prepared
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
        account_active=F("user__is_active"),
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


def full_name_of(person: str = "") -> Any:
    """«Соколова Марина Андреевна» by the database; `person` is the path to whom, nothing for the row itself."""
    last, first, middle = (
        F(f"{person}__{name}" if person else name) for name in ("last_name", "first_name", "middle_name")
    )
    return Func(Value(" "), last, first, _or_null(middle), function="concat_ws", output_field=TextField())


def short_name_of(person: str) -> Any:
    """«Соколова М. А.» by the database, as Staff.short_name; empty where there is nobody."""
    letters = [_initial(F(f"{person}__{name}")) for name in ("first_name", "middle_name")]
    return Func(Value(" "), F(f"{person}__last_name"), *letters, function="concat_ws", output_field=TextField())


def _initial(name: Any) -> Any:
    """«М.», or null, which concat_ws leaves out."""
    letter = _or_null(Func(name, Value(1), function="left", output_field=TextField()))
    return Func(
        letter, Value(".", TextField()), template="(%(expressions)s)", arg_joiner=" || ", output_field=TextField()
    )


def _or_null(text: Any) -> Any:
    return Func(text, Value("", TextField()), function="nullif", output_field=TextField())


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


def person_of(user: Any, pk: int) -> Staff:
    """A colleague's card; a stranger's is NotFound."""
    person = (
        staff_visible_to(user).select_related("user").prefetch_related("professions", "branches").filter(pk=pk).first()
    )
    if person is None:
        raise NotFound
    return person


def users_of_clinic() -> QuerySet[User]:
    """Accounts of the clinic's own people, with their rights and the moment of the last use."""
    seen = UserSession.objects.filter(user=OuterRef("pk")).order_by("-last_seen_at").values("last_seen_at")[:1]
    return User.objects.with_rights().filter(partner_id__isnull=True).annotate(seen_at=Subquery(seen))


def second_factor_of(user_ids: Iterable[int]) -> set[int]:
    """Those of the users who sign in with a second factor."""
    rows = Authenticator.objects.filter(user__in=list(user_ids), type=Authenticator.Type.TOTP)
    return set(rows.values_list("user_id", flat=True))


def account_of(pk: int) -> User:
    user = users_of_clinic().filter(pk=pk).first()
    if user is None:
        raise NotFound
    return user


def sessions_of(user: User) -> list[UserSession]:
    """Open sessions, the latest used first; those that have ended by themselves are swept on the way."""
    return sorted(UserSession.objects.purge_and_list(user), key=lambda row: row.last_seen_at, reverse=True)


def people_of_machine(ids: Iterable[int]) -> list[User]:
    """Those who may take a machine over by PIN: known to it, active, with a PIN; in the order of the machine's list."""
    order = list(ids)
    found = User.objects.filter(pk__in=order, is_active=True, partner_id__isnull=True).exclude(pin_hash="")
    return sorted(found, key=lambda user: order.index(user.pk))


def staff_without_account(user: Any) -> QuerySet[Staff]:
    return staff_visible_to(user).filter(user__isnull=True, dismissed_on__isnull=True)


def user_loaded(pk: int) -> User | None:
    """A user with everything that access asks for, in one statement."""
    found = USER_OF_KEY(pk)
    return found[0] if found else None


def user_of_token(key: str) -> User | None:
    """Whose API token this is, loaded the same way."""
    found = USER_OF_TOKEN(key)
    return found[0] if found else None


# Asked by every request: their SQL is written once.
USER_OF_KEY = Prepared(lambda pk: User.objects.with_rights().order_by().filter(pk=pk), INTEGER)
USER_OF_TOKEN = Prepared(
    lambda key: User.objects.with_rights().order_by().filter(auth_token__key=key, is_active=True), TEXT
)

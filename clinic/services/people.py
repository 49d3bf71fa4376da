"""Staff: entering, changing, leaving with everything handed over, coming back (HR-01..HR-04)."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from clinic.errors import StillNeeded
from clinic.events import StaffLeft, StaffReturned
from clinic.models import Staff
from clinic.services.accounts import user_switch
from clinic.services.common import bump, changed, labels, locked
from clinic.slots import LEAVING, Obligation
from core.audit import audit, sentence
from core.command import command
from core.errors import Invalid, NotFound
from core.events import publish
from core.trash import trash_put

QUIET = {"is_timeline": False}
sentence("clinic.staff.added", _("%(object)s was entered on the staff"), "user-plus", "green", **QUIET)
sentence("clinic.staff.changed", _("%(object)s was changed: %(fields)s"), "user-edit", **QUIET)
sentence("clinic.staff.left", _("%(object)s leaves on %(on)s"), "user-off", "amber", **QUIET)
sentence("clinic.staff.returned", _("%(object)s works here again"), "user-check", "green", **QUIET)

MANY = ("professions", "branches")


@command
def staff_save(*, pk: int | None = None, values: Mapping[str, Any], actor: Any, version: int | None = None) -> Staff:
    """Enter a person or change one; doctor and employee may be ticked both (HR-01, HR-02, HR-04).

    Reverse: staff_leave, trash through staff_trash.
    """
    if not values.get("is_doctor") and not values.get("is_employee"):
        raise Invalid(fields={"is_employee": say("Tick doctor, employee, or both.")})
    plain = {name: value for name, value in values.items() if name not in MANY}
    if pk is None:
        person = Staff.objects.create(**plain)
        set_many(person, values)
        audit(actor, "clinic.staff.added", person)
        return person
    person = locked(Staff.objects.live(), pk, version)
    names = changed(person, plain)
    more = set_many(person, values)
    if more and not names:
        bump(person)
    if names or more:
        audit(actor, "clinic.staff.changed", person, fields=labels(person, [*names, *more]))
    return person


def set_many(person: Staff, values: Mapping[str, Any]) -> list[str]:
    """Professions and branches; the names of those that changed."""
    names = []
    for name in MANY:
        if name in values:
            wanted = {row.pk for row in values[name]}
            relation = getattr(person, name)
            if set(relation.values_list("pk", flat=True)) != wanted:
                relation.set(wanted)
                names.append(name)
    return names


def obligations_of(staff_id: int, on: date) -> list[tuple[str, Any, list[Obligation]]]:
    """What a leaving person must hand over, a part for each app that found something: (module, provider, found)."""
    found = [(provider, provider.find(staff_id, on)) for provider in LEAVING]
    return [(provider.__class__.__module__.partition(".")[0], provider, rows) for provider, rows in found if rows]


@command
def obligations_settle(
    *, staff_id: int, on: date, module: str, keys: Iterable[str], way: str, to_staff_id: int | None, actor: Any
) -> None:
    """Hand over or give up what an app found, as the app itself does it."""
    locked(Staff.objects.live(), staff_id)
    for name, provider, rows in obligations_of(staff_id, on):
        if name == module:
            chosen = next((each for each in provider.ways if each.code == way), None)
            if chosen is None:
                raise Invalid(fields={"way": say("Choose what becomes of them.")})
            if chosen.needs_person and to_staff_id in (None, staff_id):
                raise Invalid(fields={"to_staff": say("Choose who takes them over.")})
            known = {row.key for row in rows}
            provider.settle(staff_id, on, [key for key in keys if key in known], way, to_staff_id, actor)
            return
    raise NotFound


@command
def staff_leave(*, pk: int, on: date, actor: Any, version: int | None = None) -> Staff:
    """Let a person go: his sessions and tokens die at once (HR-03). Reverse: staff_return.

    Raises StillNeeded while visits or tasks from that day on stand in his name.
    """
    person = locked(Staff.objects.live(), pk, version)
    left = [row for _module, _provider, rows in obligations_of(pk, on) for row in rows]
    if left:
        raise StillNeeded(obligations=len(left))
    changed(person, {"dismissed_on": on})
    user = getattr(person, "user", None)
    if user is not None and user.is_active:
        user_switch(pk=user.pk, on=False, actor=actor)
    audit(actor, "clinic.staff.left", person, on=on)
    publish(StaffLeft(staff_id=person.pk, on=on))
    return person


@command
def staff_return(*, pk: int, actor: Any, version: int | None = None) -> Staff:
    """The person works here again; the account stays off until it is switched on."""
    person = locked(Staff.objects.live(), pk, version)
    if changed(person, {"dismissed_on": None}):
        audit(actor, "clinic.staff.returned", person)
        publish(StaffReturned(staff_id=person.pk))
    return person


@command
def staff_trash(*, pk: int, on: date, actor: Any, reason: str = "") -> None:
    """Delete a person who was entered by mistake or has left; what stands in his name must be handed over first.

    Reverse: trash_restore.
    """
    person = locked(Staff.objects.live(), pk)
    left = [row for _module, _provider, rows in obligations_of(pk, on) for row in rows]
    if left:
        raise StillNeeded(obligations=len(left))
    user = getattr(person, "user", None)
    if user is not None and user.is_active:
        user_switch(pk=user.pk, on=False, actor=actor)
    trash_put(person, actor=actor, reason=reason)

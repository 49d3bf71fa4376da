"""Legal entities, branches, their hours and exceptions, chairs (SET-03, SET-11, SCH-19, SCH-54)."""

from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import available_timezones

from django.db.models import Max
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from clinic import rules
from clinic.errors import HoursLeaveVisits
from clinic.events import OpeningHoursChanged
from clinic.models import Branch, BranchDay, BranchHours, Chair, LegalEntity
from clinic.services.common import bump, changed, labels, locked
from clinic.slots import HOURS_WARNINGS
from core import clock, live
from core.audit import audit, sentence
from core.command import command, lock
from core.errors import Invalid, NotFound
from core.events import publish

QUIET = {"is_timeline": False}
sentence("clinic.entity.added", _("Legal entity %(object)s was added"), "building-bank", "green", **QUIET)
sentence("clinic.entity.changed", _("Legal entity %(object)s was changed: %(fields)s"), "building-bank", **QUIET)
sentence("clinic.branch.added", _("Branch %(object)s was opened"), "building", "green", **QUIET)
sentence("clinic.branch.changed", _("Branch %(object)s was changed: %(fields)s"), "building", **QUIET)
sentence("clinic.hours.changed", _("Opening hours of %(object)s were changed"), "clock", **QUIET)
sentence(
    "clinic.days.set", _("%(object)s: other hours from %(first)s to %(last)s (%(hours)s)"), "calendar-event", **QUIET
)
sentence("clinic.day.removed", _("%(object)s works as usual again on %(day)s"), "calendar-event", **QUIET)
sentence("clinic.chair.added", _("Chair %(object)s was added"), "armchair", "green", **QUIET)
sentence("clinic.chair.changed", _("Chair %(object)s was changed: %(fields)s"), "armchair", **QUIET)
sentence("clinic.chairs.ordered", _("Chairs of %(object)s were put in another order"), "arrows-sort", **QUIET)

LONGEST_EXCEPTION = 366  # days at once


@command
def entity_save(
    *, pk: int | None = None, values: Mapping[str, Any], actor: Any, version: int | None = None
) -> LegalEntity:
    """Add or change who signs contracts and gives receipts (SET-11). Reverse: trash_put, or the former values."""
    entity_check(values)
    if pk is None:
        entity = LegalEntity.objects.create(**values)
        audit(actor, "clinic.entity.added", entity)
        return entity
    entity = locked(LegalEntity.objects.live(), pk, version)
    names = changed(entity, dict(values))
    if names:
        audit(actor, "clinic.entity.changed", entity, fields=labels(entity, names))
    return entity


def entity_check(values: Mapping[str, Any]) -> None:
    wrong = {}
    if values.get("inn") and not rules.inn_fits(values["inn"]):
        wrong["inn"] = say("This INN is mistyped: 10 or 12 digits with a control digit.")
    if values.get("ogrn") and not rules.ogrn_fits(values["ogrn"]):
        wrong["ogrn"] = say("This OGRN is mistyped: 13 or 15 digits with a control digit.")
    if values.get("kpp") and not (len(values["kpp"]) == 9 and values["kpp"][:4].isdigit()):
        wrong["kpp"] = say("A KPP has 9 signs.")
    if wrong:
        raise Invalid(fields=wrong)


@command
def branch_save(*, pk: int | None = None, values: Mapping[str, Any], actor: Any, version: int | None = None) -> Branch:
    """Open a branch, or change one (SET-03, C11). A new one works from 9 to 21 until its hours are set.

    Reverse: trash_put (its chairs go with it), or the former values.
    """
    if values.get("timezone", "Europe/Moscow") not in available_timezones():
        raise Invalid(fields={"timezone": say("There is no such time zone.")})
    name_is_free(Branch.objects.live(), "name", values.get("name", ""), pk)
    if pk is None:
        last = Branch.objects.aggregate(last=Max("position"))["last"]
        branch = Branch.objects.create(**values, position=0 if last is None else last + 1)
        BranchHours.objects.bulk_create([BranchHours(branch=branch, weekday=day) for day in range(7)])
        audit(actor, "clinic.branch.added", branch, branch_id=branch.pk)
    else:
        branch = locked(Branch.objects.live(), pk, version)
        if names := changed(branch, dict(values)):
            audit(actor, "clinic.branch.changed", branch, branch_id=branch.pk, fields=labels(branch, names))
    live.announce("branch", branch.pk, branch_id=branch.pk, version=branch.version)
    return branch


def name_is_free(rows: Any, field: str, name: str, but: int | None = None) -> None:
    """Say it beside the field; the unique constraint has the last word."""
    if name and rows.filter(**{f"{field}__iexact": name}).exclude(pk=but).exists():
        raise Invalid(fields={field: say("There is one of this name already.")})


@command
def hours_set(
    *,
    branch_id: int,
    hours: Mapping[int, tuple[time, time]],
    actor: Any,
    version: int | None = None,
    sure: bool = False,
) -> Branch:
    """The weekly hours: weekday (0 is Monday) -> (opens, closes); a weekday left out is closed (SCH-19).

    Raises HoursLeaveVisits when booked visits would stand outside, unless the caller is sure.
    """
    wrong = [day for day, (opens, closes) in hours.items() if not rules.hours_fit(opens, closes) or not 0 <= day <= 6]
    if wrong:
        raise Invalid(fields={f"day_{day}": say("A branch closes after it opens.") for day in wrong})
    branch = locked(Branch.objects.live(), branch_id, version)
    today = clock.today(branch.timezone)
    special = set(BranchDay.objects.filter(branch=branch, date__gte=today).values_list("date", flat=True))
    ahead = [today + timedelta(days=offset) for offset in range(LONGEST_EXCEPTION)]
    warn(branch.pk, {day: hours.get(day.weekday()) for day in ahead if day not in special}, sure)
    BranchHours.objects.filter(branch=branch).delete()
    BranchHours.objects.bulk_create(
        [BranchHours(branch=branch, weekday=day, opens=opens, closes=closes) for day, (opens, closes) in hours.items()]
    )
    bump(branch)
    audit(actor, "clinic.hours.changed", branch, branch_id=branch.pk, hours={
        str(day): f"{opens:%H:%M}–{closes:%H:%M}" for day, (opens, closes) in sorted(hours.items())
    })  # fmt: skip
    publish(OpeningHoursChanged(branch_id=branch.pk))
    live.announce("branch", branch.pk, branch_id=branch.pk, version=branch.version)
    return branch


def warn(branch_id: int, days: dict[date, tuple[time, time] | None], sure: bool) -> None:
    if sure:
        return
    sentences = [str(text) for provider in HOURS_WARNINGS for text in provider(branch_id, days)]
    if sentences:
        raise HoursLeaveVisits(" ".join(sentences), obstacles=sentences)


@command
def days_set(
    *, branch_ids: Iterable[int], first: date, last: date, opens: time | None, closes: time | None, reason: str = "",
    actor: Any, sure: bool = False,
) -> int:  # fmt: skip
    """Other hours for single days, or closed when both are empty; holidays of several branches at once (SCH-54).

    Returns how many days were set. Reverse: day_remove.
    """
    days_check(first, last, opens, closes)
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    branches = list(Branch.objects.live().select_for_update().filter(pk__in=list(branch_ids)).order_by("pk"))
    if not branches:
        raise Invalid(fields={"branches": say("Choose a branch.")})
    hours = (opens, closes) if opens and closes else None
    for branch in branches:
        warn(branch.pk, dict.fromkeys(days, hours), sure)
        BranchDay.objects.bulk_create(
            [BranchDay(branch=branch, date=day, opens=opens, closes=closes, reason=reason) for day in days],
            update_conflicts=True, unique_fields=["branch", "date"], update_fields=["opens", "closes", "reason"],
        )  # fmt: skip
        bump(branch)
        words = f"{opens:%H:%M}–{closes:%H:%M}" if opens and closes else say("closed")
        audit(actor, "clinic.days.set", branch, branch_id=branch.pk, first=first, last=last, hours=words, reason=reason)
        publish(OpeningHoursChanged(branch_id=branch.pk, days=[day.isoformat() for day in days]))
        live.announce("branch", branch.pk, branch_id=branch.pk, version=branch.version)
    return len(days) * len(branches)


def days_check(first: date, last: date, opens: time | None, closes: time | None) -> None:
    wrong = {}
    if last < first:
        wrong["last"] = say("The last day stands before the first.")
    elif (last - first).days >= LONGEST_EXCEPTION:
        wrong["last"] = say("At most a year at once.")
    if not rules.hours_fit(opens, closes):
        wrong["closes"] = say("Give both times, the later one last; or none, then the branch is closed.")
    if wrong:
        raise Invalid(fields=wrong)


@command
def day_remove(*, branch_id: int, day: date, actor: Any) -> None:
    """The day follows the weekly rule again. Reverse: days_set."""
    branch = locked(Branch.objects.live(), branch_id)
    if not BranchDay.objects.filter(branch=branch, date=day).delete()[0]:
        raise NotFound
    bump(branch)
    audit(actor, "clinic.day.removed", branch, branch_id=branch.pk, day=day)
    publish(OpeningHoursChanged(branch_id=branch.pk, days=[day.isoformat()]))
    live.announce("branch", branch.pk, branch_id=branch.pk, version=branch.version)


@command
def chair_save(*, pk: int | None = None, values: Mapping[str, Any], actor: Any, version: int | None = None) -> Chair:
    """Add or change a column of the calendar; a chair stays in its branch. Reverse: trash_put, or the former values."""
    if pk is None:
        branch = locked(Branch.objects.live(), values["branch"].pk)
        name_is_free(branch.chairs.live(), "name", values["name"])
        last = branch.chairs.aggregate(last=Max("position"))["last"]
        chair = Chair.objects.create(**values, position=0 if last is None else last + 1)
        audit(actor, "clinic.chair.added", chair)
    else:
        chair = locked(Chair.objects.live(), pk, version)
        name_is_free(Chair.objects.live().filter(branch=chair.branch_id), "name", values.get("name", ""), pk)
        if names := changed(chair, {name: value for name, value in values.items() if name != "branch"}):
            audit(actor, "clinic.chair.changed", chair, fields=labels(chair, names))
    live.announce("chair", chair.pk, branch_id=chair.branch_id, version=chair.version)
    return chair


@command
def chair_move(*, pk: int, steps: int, actor: Any) -> None:
    """Move a chair among those of its branch; −1 is one to the left in the calendar."""
    chair = locked(Chair.objects.live(), pk)
    lock(("branch.chairs", chair.branch_id))
    row = list(Chair.objects.live().filter(branch=chair.branch_id).order_by("position", "pk"))
    at = row.index(chair)
    row.insert(max(0, min(len(row) - 1, at + steps)), row.pop(at))
    for position, each in enumerate(row):
        each.position = position
    Chair.objects.bulk_update(row, ["position"])
    audit(actor, "clinic.chairs.ordered", chair.branch)
    live.announce("chair", chair.pk, branch_id=chair.branch_id, version=chair.version)

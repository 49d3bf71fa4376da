"""Tasks that come again by themselves."""

from datetime import date, time, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from core import clock
from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import Forbidden, Invalid, NotFound
from work import rules
from work.kinds import REPEATED
from work.models import Task, TaskRule
from work.permissions import EDIT_ALL_TASKS
from work.selectors import may_edit
from work.services.tasks import check_addressees, tasks_give

sentence("work.rule.made", _lazy("Repeating task: %(object)s"), "repeat", "violet", is_timeline=False)
sentence("work.rule.changed", _lazy("Repeating task changed: %(object)s"), "edit", "grey", is_timeline=False)
sentence("work.rule.stopped", _lazy("Repeating task stopped: %(object)s"), "player-stop", "grey", is_timeline=False)


@command
def rule_create(*, actor: Any, starts_on: date, **given: Any) -> TaskRule:
    """A task for every day of a rhythm (TSK-12); its first comes at once when its day is today. Reverse: rule_stop."""
    rule = TaskRule(starts_on=starts_on, created_by=actor, **given)
    check_rule(rule)
    rule.next_on = next_day(rule, starts_on)
    rule.save(force_insert=True)
    audit(actor, "work.rule.made", rule)
    if rule.next_on and rule.next_on <= today_of(rule):
        tasks_make(rule, today_of(rule))
    return rule


def check_rule(rule: TaskRule) -> None:
    check_addressees(rule)
    if rule.rhythm == TaskRule.Rhythm.WEEKLY and not rule.weekdays:
        raise Invalid(fields={"weekdays": _("Choose days of the week.")})
    if rule.ends_on and rule.ends_on < rule.starts_on:
        raise Invalid(fields={"ends_on": _("The last day must not be before the first.")})


def next_day(rule: TaskRule, from_day: date) -> date | None:
    day = rules.day_of_rhythm(rule.rhythm, rule.starts_on, rule.weekdays, from_day)
    return day if rule.ends_on is None or day <= rule.ends_on else None


def zone_of(rule: TaskRule) -> str:
    return rule.branch.timezone if rule.branch else "Europe/Moscow"


def today_of(rule: TaskRule) -> date:
    return clock.today(zone_of(rule))


def _locked(rule_id: int, actor: Any) -> TaskRule:
    rule = TaskRule.objects.select_for_update(of=("self",)).select_related("branch").filter(pk=rule_id).first()
    if rule is None:
        raise NotFound
    if not may_edit(rule, actor):
        raise Forbidden(needs=EDIT_ALL_TASKS.code)
    return rule


@command
def rule_change(*, rule_id: int, actor: Any, expected_version: int | None = None, **changes: Any) -> TaskRule:
    """From the next task on; those that were given stay as they are. Raises Stale."""
    rule = _locked(rule_id, actor)
    check_version(expected_version, rule.version)
    for name, value in changes.items():
        setattr(rule, name, value)
    check_rule(rule)
    rule.next_on = next_day(rule, max(today_of(rule), rule.starts_on))
    if rule.next_on and Task.objects.filter(key__startswith=key_of(rule, rule.next_on)).exists():
        rule.next_on = next_day(rule, rule.next_on + timedelta(days=1))
    rule.version += 1
    rule.save()
    audit(actor, "work.rule.changed", rule)
    return rule


@command
def rule_stop(*, rule_id: int, actor: Any) -> TaskRule:
    """No more of them; those that were given stay. Reverse: rule_change, which finds the next day again."""
    rule = _locked(rule_id, actor)
    rule.next_on, rule.version = None, rule.version + 1
    rule.save()
    audit(actor, "work.rule.stopped", rule)
    return rule


def key_of(rule: TaskRule, day: date) -> str:
    return f"rule:{rule.pk}:{day.isoformat()}"


@command
def tasks_repeat() -> int:
    """Give what is due today; a worker that finds another at a rule leaves that rule alone. Twice gives nothing twice."""
    made = 0
    latest = clock.now().date() + timedelta(days=1)  # the day in the easternmost branch
    due = TaskRule.objects.select_for_update(skip_locked=True, of=("self",)).filter(next_on__lte=latest)
    for rule in due.select_related("branch", "created_by").order_by("pk"):
        if rule.next_on <= today_of(rule):
            made += tasks_make(rule, today_of(rule))
    return made


def tasks_make(rule: TaskRule, today: date) -> int:
    """Of days that were missed while nothing ran only the last is given: nobody needs five waterings of one plant."""
    day = rule.next_on
    while day and (following := next_day(rule, day + timedelta(days=1))) and following <= today:
        day = following
    given = tasks_give(
        each=rule.each, actor=rule.created_by, title=rule.title, text=rule.text, person_ids=rule.person_ids,
        roles=rule.roles, profession_ids=rule.profession_ids, branch_id=rule.branch_id, is_urgent=rule.is_urgent,
        due_at=clock.at(day, rule.due_time or time(18), zone_of(rule)), kind=REPEATED, key=key_of(rule, day),
        checklist=rule.checklist, rule_id=rule.pk,
    )  # fmt: skip
    rule.next_on = next_day(rule, day + timedelta(days=1))
    rule.save(update_fields=["next_on"])
    return len(given)

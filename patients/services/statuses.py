"""Statuses and types of patients by the clinic's rules, each night and on asking; every change says why (PAT-23..25)."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Case, F, IntegerField, Max, Min, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.audit import audit, audit_many, entry, sentence
from core.command import command
from core.events import publish
from core.worker import alone
from patients import policies
from patients.events import PatientKindChanged, PatientStatusChanged
from patients.models import Patient, Status
from patients.rules.statuses import Condition
from patients.selectors.statuses import active_statuses, condition_q, facts, with_facts, words_of

sentence("patients.status.given", _("Status: %(status)s (%(why)s)"), "tag", "blue")
sentence("patients.status.taken", _("No status fits any more"), "tag-off", "grey")
sentence("patients.kind.primary", _("Primary again: has not come for %(months)s months"), "user-plus", "blue")
sentence("patients.kind.came", _("Secondary: has come"), "user-check", "grey")
sentence("patients.kind.quiet", _("Secondary: no activity for %(months)s months"), "user", "grey")
sentence(
    "patients.statuses.computed", _("Statuses by rules: %(statuses)s changed, types: %(kinds)s changed"), "tags",
    is_timeline=False,
)  # fmt: skip

STEP = 5000
LAST_VISIT, VISITS = "months_since_visit", "visits_count"
PRIMARY, SECONDARY = Patient.Kind.PRIMARY, Patient.Kind.SECONDARY


def statuses_nightly(today: date | None = None) -> dict[str, int]:
    """Bring every card to what the rules say today. Safe twice: a second run changes nothing."""
    today = today or timezone.localdate()
    done = {"statuses": 0, "kinds": 0}
    for rows in steps():
        changed = statuses_compute(rows, today=today)
        done = {key: done[key] + changed[key] for key in done}
    log(done)
    return done


def steps() -> Iterator[QuerySet[Patient]]:
    """Live cards by ranges of ids: each range is a short transaction of its own."""
    edges = Patient.objects.live().aggregate(first=Min("pk"), last=Max("pk"))
    for start in range(edges["first"] or 0, (edges["last"] or -1) + 1, STEP):
        yield Patient.objects.live().filter(pk__gte=start, pk__lt=start + STEP)


@command
def log(done: dict[str, int]) -> None:
    audit(None, "patients.statuses.computed", **done)


@command
def statuses_compute(rows: QuerySet[Patient], *, today: date) -> dict[str, int]:
    """Give these cards the status and the type that the rules say. Its reverse is another rule."""
    if not alone("patients.statuses"):
        return {"statuses": 0, "kinds": 0}
    return {"statuses": give_statuses(rows, today), "kinds": give_kinds(rows, today)}


def give_statuses(rows: QuerySet[Patient], today: date) -> int:
    active = active_statuses()
    codes = {condition.fact for _status, conditions in active for condition in conditions}
    whens = [When(all_of(conditions), then=Value(status.pk)) for status, conditions in active]
    wanted = Case(*whens, default=Value(None), output_field=IntegerField()) if whens else Value(None, IntegerField())
    found = with_facts(rows, codes, today).annotate(wanted=wanted)
    differ = found.filter(
        Q(wanted__isnull=True, status__isnull=False)
        | Q(wanted__isnull=False, status__isnull=True)
        | ~Q(wanted=F("status_id"))
    ).exclude(wanted__isnull=True, status__isnull=True)
    changed = list(differ.select_for_update(of=("self",)).order_by("pk"))
    names = {status.pk: status for status, _conditions in active}
    entries = [status_give(row, names.get(row.wanted), codes, today) for row in changed]
    Patient.objects.bulk_update(changed, ["status", "status_since", "status_why"], batch_size=500)
    audit_many(entries)
    return len(changed)


def all_of(conditions: list[Condition]) -> Q:
    found = Q()
    for condition in conditions:
        found &= condition_q(condition)
    return found


def status_give(row: Any, status: Status | None, codes: set[str], today: date) -> Any:
    """Set the status on the row and say why: the rule and the figures of the day."""
    before = row.status_id
    row.status, row.status_since = status, today if status else None
    used = [condition["fact"] for condition in status.conditions] if status else []
    known = facts()
    figures = [
        {"fact": code, "title": str(known[code].title), "value": shown(getattr(row, f"fact_{code}"))} for code in used
    ]
    row.status_why = [{"rule": words_of(status.conditions), "figures": figures}] if status else []
    publish(PatientStatusChanged(patient_id=row.pk, before_id=before, after_id=row.status_id))
    if status is None:
        return entry(None, "patients.status.taken", row, patient_id=row.pk)
    why = words_of(status.conditions)
    return entry(None, "patients.status.given", row, patient_id=row.pk, status=status.name, why=why)


def shown(value: Any) -> Any:
    return str(value) if value is not None and not isinstance(value, int | str | bool) else value


def give_kinds(rows: QuerySet[Patient], today: date) -> int:
    """Primary and secondary by visits; nothing changes while the calendar does not tell of visits (C3)."""
    if not {LAST_VISIT, VISITS} <= set(facts()):
        return 0
    again, quiet = policies.PRIMARY_AGAIN.get(), policies.SECONDARY_AGAIN.get()
    found = with_facts(rows, (LAST_VISIT, VISITS, "months_since_registration"), today)
    absent = Q(fact_months_since_visit__gte=again) if again else Q(pk=None)
    silent = Q(pk=None)
    if quiet:
        never = Q(fact_months_since_visit__isnull=True, fact_months_since_registration__gte=quiet)
        silent = (Q(fact_months_since_visit__gte=quiet) | never) & ~absent_or_none(absent, again)
    came = Q(fact_visits_count__gte=1) & ~absent_or_none(absent, again)
    done = kind_set(found.filter(absent, kind=SECONDARY), PRIMARY, "primary", months=again)
    done += kind_set(found.filter(came, kind=PRIMARY), SECONDARY, "came")
    return done + kind_set(found.filter(silent, kind=PRIMARY), SECONDARY, "quiet", months=quiet)


def absent_or_none(absent: Q, again: int) -> Q:
    """The condition of absence that is also true or false, never unknown, for those who have not come at all."""
    return Q(fact_months_since_visit__isnull=False) & absent if again else Q(pk=None)


def kind_set(rows: QuerySet[Patient], kind: str, why: str, **figures: int) -> int:
    changed = list(rows.select_for_update(of=("self",)).order_by("pk"))
    for row in changed:
        row.kind, row.kind_why = kind, {"rule": why, "on": timezone.localdate().isoformat(), **figures}
        publish(PatientKindChanged(patient_id=row.pk, kind=kind))
    Patient.objects.bulk_update(changed, ["kind", "kind_why"], batch_size=500)
    audit_many([entry(None, f"patients.kind.{why}", row, patient_id=row.pk, **figures) for row in changed])
    return len(changed)


@command
def patient_status_refresh(*, patient_id: int, today: date | None = None) -> None:
    """The rules for one card now, for example when a visit was closed; the night would do the same."""
    rows = Patient.objects.live().filter(pk=patient_id)
    today = today or timezone.localdate()
    give_statuses(rows, today)
    give_kinds(rows, today)

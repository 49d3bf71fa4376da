"""How patients come onto the lists of those without a date and leave them: by a booking, by a cancelling (SCH-15, SCH-43)."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from core import clock, live
from core.audit import audit
from core.errors import Invalid
from scheduling import audit as said
from scheduling import policies
from scheduling.models import Appointment, PlannedVisit, WaitingEntry
from scheduling.services.call_rows import calls_refresh

FIELDS = ("branch_id", "doctor_id", "visit_type_id", "duration_min", "due_on", "opens_on", "comment")
LATER = timedelta(days=30)  # «later» without a word when
EARLY = timedelta(days=30)  # a visit so long before its window is not the planned one


def waiting_end(entry: WaitingEntry, outcome: str, actor: Any, *, appointment: Appointment | None = None) -> None:
    entry.outcome, entry.appointment = outcome, appointment
    entry.version += 1
    entry.save()
    if outcome == WaitingEntry.Outcome.BOOKED:
        audit(
            actor,
            said.WAITING_BOOKED,
            entry,
            patient_id=entry.patient_id,
            branch_id=entry.branch_id,
            when=str(appointment or ""),
        )
    else:
        audit(actor, said.WAITING_REMOVED, entry, patient_id=entry.patient_id, branch_id=entry.branch_id)
    waiting_tell(entry)


def waiting_tell(entry: WaitingEntry) -> None:
    """Who waits is called; open pages hear of it."""
    if entry.outcome == WaitingEntry.Outcome.WAITING:
        calls_refresh(codes=("waiting",), patient_id=entry.patient_id)
    live.announce("waiting", entry.pk, branch_id=entry.branch_id, version=entry.version)


def window_of(due_on: date) -> date:
    """From when on the patient is called: some days before, but never before today."""
    return max(due_on - timedelta(days=policies.CALL_DAYS_BEFORE.get()), min(clock.now().date(), due_on))


def planned_end(row: PlannedVisit, outcome: str, actor: Any, *, appointment: Appointment | None = None) -> None:
    """The caller has locked the row."""
    row.outcome, row.appointment = outcome, appointment
    row.version += 1
    row.save()
    code = said.PLANNED_BOOKED if appointment else said.PLANNED_REMOVED
    audit(actor, code, row, patient_id=row.patient_id, branch_id=row.branch_id, when=str(appointment or ""))
    planned_tell(row)


def planned_tell(row: PlannedVisit) -> None:
    """Whose window is open already is called; open pages hear of it."""
    if row.outcome == PlannedVisit.Outcome.PLANNED:
        calls_refresh(codes=("planned",), patient_id=row.patient_id)
    live.announce("planned", row.pk, branch_id=row.branch_id, version=row.version)


def planned_checked(values: dict[str, Any]) -> dict[str, Any]:
    unknown = set(values) - set(FIELDS) - {"origin"}
    if unknown:
        raise Invalid(fields={name: _("Unknown field.") for name in sorted(unknown)})
    values = {name: value for name, value in values.items() if name in FIELDS}
    values["opens_on"] = values.get("opens_on") or window_of(values["due_on"])
    wrong: dict[str, Any] = {}
    if values["opens_on"] > values["due_on"]:
        wrong["opens_on"] = _("The window opens before the visit is due.")
    if values["due_on"] > clock.now().date() + timedelta(days=3653):
        wrong["due_on"] = _("This day is too far away.")
    if not 5 <= (values.get("duration_min") or 30) <= 720:
        wrong["duration_min"] = _("From 5 minutes to 12 hours.")
    if wrong:
        raise Invalid(fields=wrong)
    return values


# After a cancelled visit (SCH-43): nobody is lost without a word


def then_apply(row: Appointment, then: str, actor: Any, *, plan_on: date | None = None) -> None:
    """What was chosen happens in the cancelling's own transaction; «rebook» puts the patient on the list of calls."""
    services = list(row.service_ids)
    if then == Appointment.Then.PLAN:
        made = PlannedVisit(
            patient_id=row.patient_id, branch_id=row.branch_id, doctor_id=row.doctor_id, visit_type_id=row.visit_type_id,
            duration_min=min(max(row.minutes, 5), 720), created_by=_person(actor), origin=row,
            **planned_checked({"due_on": plan_on or clock.now().date() + LATER, "comment": row.comment[:300]}),
        )  # fmt: skip
        made.save(force_insert=True)
        made.services.set(services)
        audit(actor, said.PLANNED, made, patient_id=row.patient_id, when=f"{made.due_on:%d.%m.%Y}")
        planned_tell(made)
    elif then == Appointment.Then.WAIT:
        entry = WaitingEntry(
            patient_id=row.patient_id, branch_id=row.branch_id, duration_min=min(max(row.minutes, 5), 720),
            comment=row.comment[:300], created_by=_person(actor), origin=row,
        )  # fmt: skip
        entry.save(force_insert=True)
        entry.doctors.set([row.doctor_id])
        entry.services.set(services)
        audit(actor, said.WAITING_ADDED, entry, patient_id=row.patient_id, branch_id=row.branch_id)
        waiting_tell(entry)


def _person(actor: Any) -> Any:
    return actor if getattr(actor, "pk", None) else None


def then_undo(row: Appointment, actor: Any) -> None:
    """The visit is back, so nobody waits or is planned instead of it."""
    for entry in WaitingEntry.objects.select_for_update().filter(origin=row, outcome=WaitingEntry.Outcome.WAITING):
        waiting_end(entry, WaitingEntry.Outcome.REMOVED, actor)
    for plan in PlannedVisit.objects.select_for_update().filter(origin=row, outcome=PlannedVisit.Outcome.PLANNED):
        planned_end(plan, PlannedVisit.Outcome.REMOVED, actor)


def lists_leave(visit: Appointment, actor: Any) -> None:
    """Who is booked neither waits for this nor is planned for it any more, whoever booked him (SCH-15)."""
    services = set(visit.services.values_list("pk", flat=True))
    waiting = WaitingEntry.objects.select_for_update(of=("self",)).filter(
        Q(branch=visit.branch_id) | Q(branch__isnull=True),
        patient=visit.patient_id,
        outcome=WaitingEntry.Outcome.WAITING,
    )
    taken: Appointment | None = visit
    for entry in waiting.order_by("pk"):
        doctors = set(entry.doctors.values_list("pk", flat=True))
        wanted = set(entry.services.values_list("pk", flat=True))
        if (not doctors or visit.doctor_id in doctors) and _is_same_work(wanted, services):
            waiting_end(entry, WaitingEntry.Outcome.BOOKED, actor, appointment=taken)
            taken = None
    planned = PlannedVisit.objects.select_for_update(of=("self",)).filter(
        Q(doctor=visit.doctor_id) | Q(doctor__isnull=True),
        patient=visit.patient_id,
        outcome=PlannedVisit.Outcome.PLANNED,
        opens_on__lte=visit.local_start.date() + EARLY,
    )
    for plan in planned.order_by("pk"):
        if _is_same_work(set(plan.services.values_list("pk", flat=True)), services):
            planned_end(plan, PlannedVisit.Outcome.BOOKED, actor, appointment=visit)


def _is_same_work(wanted: set[int], booked: set[int]) -> bool:
    return not wanted or not booked or bool(wanted & booked)


def lists_return(visit: Appointment, actor: Any) -> None:
    """The booking is taken back: whom it took off the lists stands there again. Reverse: lists_leave."""
    for entry in WaitingEntry.objects.select_for_update().filter(appointment=visit, outcome="booked").order_by("pk"):
        entry.outcome, entry.appointment = WaitingEntry.Outcome.WAITING, None
        entry.version += 1
        entry.save()
        audit(actor, said.WAITING_ADDED, entry, patient_id=entry.patient_id, branch_id=entry.branch_id)
        waiting_tell(entry)
    for plan in PlannedVisit.objects.select_for_update().filter(appointment=visit, outcome="booked").order_by("pk"):
        plan.outcome, plan.appointment = PlannedVisit.Outcome.PLANNED, None
        plan.version += 1
        plan.save()
        audit(actor, said.PLANNED, plan, patient_id=plan.patient_id, when=f"{plan.due_on:%d.%m.%Y}")
        planned_tell(plan)

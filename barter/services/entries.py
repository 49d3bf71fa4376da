"""Entries of the register: added, walked through their steps, granted more."""

from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from barter import rules
from barter.errors import ConsentMissing
from barter.models import Beneficiary, Contract, Grant, State
from barter.models.entries import PAYING
from barter.services.telling import exhausted_key, step_task, tell
from billing.services import limit_close, limit_grant, limit_open
from clinic.models import Staff
from clinical.models import TreatmentPlan
from core import clock, live
from core.access import REGISTRY, check
from core.command import check_version, command, lock
from core.errors import IllegalMove, Invalid, NotFound
from core.money import Money
from ledger.services import payer_ensure
from patients.models import Patient
from patients.selectors import patients_visible_to
from work.services import tasks_end_by_key


@command
def entry_add(
    *, contract_id: int, limit: Money, actor: Any, patient_id: int | None = None, name: str = "", phone: str = "",
    doctor_id: int | None = None, field: str = "",
) -> Beneficiary:  # fmt: skip
    """A person of a contract with the next number of the register (BAR-03, BAR-05, BAR-06). Reverse: entry_step to closed.

    With a card and a contract in force he may be treated at once. Raises Invalid, EntryExists, NotFound.
    """
    contract = Contract.objects.select_for_update(of=("self",)).filter(pk=contract_id).first()
    if contract is None:
        raise NotFound
    if not contract.is_open:
        raise IllegalMove(source=contract.status, to="open")
    prefix = f"{field}." if field else ""
    if limit < 0:
        raise Invalid(fields={f"{prefix}limit": _("A limit is not negative.")})
    if patient_id is None and not name.strip():
        raise Invalid(fields={f"{prefix}patient": _("Choose a card, or give a name.")})
    if patient_id is not None:
        card_check(patient_id, actor)
    lock(("barter_register", 0))
    last = Beneficiary.objects.aggregate(last=Max("number"))["last"] or 0
    entry = Beneficiary.objects.create(
        contract=contract, number=last + 1, patient_id=patient_id, name=name.strip()[:200], phone=phone.strip()[:20],
        announced=limit, doctor_id=doctor_id, state=rules.FIRST[contract.kind], created_by=actor,
    )  # fmt: skip
    tell(actor, "entry.added", entry, amount=limit)
    if limit:
        Grant.objects.create(beneficiary=entry, amount=limit, reason=str(_("to begin with")), actor=actor)
    if patient_id is not None and contract.status == "active":
        entry_pays(entry.pk, actor)
    else:
        step_task(entry, actor)
    announce(entry)
    return entry


def card_check(patient_id: int, actor: Any) -> None:
    if not patients_visible_to(actor).filter(pk=patient_id).exists():
        raise NotFound(patient=patient_id)


def entry_locked(pk: int) -> Beneficiary:
    rows = Beneficiary.objects.select_for_update(of=("self",)).select_related(
        "contract__organisation", "limit", "patient"
    )
    entry = rows.filter(pk=pk).first()
    if entry is None:
        raise NotFound
    return entry


def entry_pays(entry_id: int, actor: Any) -> Beneficiary:
    """The entry's limit is opened and its card turns pink; nothing where it pays already or is closed.

    Called inside a command, when the contract comes into force or the card is linked.
    """
    entry = entry_locked(entry_id)
    if entry.limit_id is not None or entry.state in (State.CLOSED, State.FINISHED) or entry.contract.status != "active":
        return entry
    payer = payer_ensure("barter", entry.pk, f"{entry.contract.partner}, {entry.who}")
    entry.payer = payer
    entry.limit = limit_open(payer=payer, granted=entry.announced, actor=actor, name=str(entry))
    if entry.state not in PAYING:
        entry.state = rules.PAYS_FROM[entry.contract.kind]
    saved(entry)
    tell(actor, "entry.step", entry, state=entry.get_state_display())
    step_task(entry, actor)
    return entry


@command
def patient_link(*, entry_id: int, patient_id: int, actor: Any) -> Beneficiary:
    """The call-centre has made or found the card: from now on the entry is his (BAR-08). Raises EntryExists, IllegalMove."""
    entry = entry_locked(entry_id)
    if entry.patient_id is not None:
        raise IllegalMove(source=entry.state, to="linked")
    card_check(patient_id, actor)
    entry.patient = Patient.objects.get(pk=patient_id)
    saved(entry)
    return entry_pays(entry.pk, actor)


@command
def entry_step(
    *, entry_id: int, to: str, actor: Any, expected_version: int | None = None, patient_id: int | None = None,
    agent_id: int | None = None, doctor_id: int | None = None, plan_id: int | None = None, has_consent: bool = False,
) -> Beneficiary:  # fmt: skip
    """One step of the algorithm, by who may take it (section 8). Raises IllegalMove, Forbidden, Stale, ConsentMissing.

    `finished` and the end are entry_sign and debt_write_off.
    """
    entry = entry_locked(entry_id)
    check_version(expected_version, entry.version)
    right = rules.right_for(entry.contract.kind, entry.state, to)
    if right is None or (to == State.CLOSED and entry.limit_id is not None):
        raise IllegalMove(source=entry.state, to=to)
    check(actor, REGISTRY[right])
    if to in PAYING and entry.patient_id is None:
        if patient_id is None:
            raise Invalid(fields={"patient": _("Link the patient's card first.")})
        card_check(patient_id, actor)
        entry.patient = Patient.objects.get(pk=patient_id)
    if to in PAYING and entry.contract.status != "active":
        raise IllegalMove(_("The contract is not in force yet."), source=entry.state, to=to)
    if doctor_id is not None:
        entry.doctor = Staff.objects.filter(pk=doctor_id).first()
    entry.agent_id = agent_id or entry.agent_id
    if to == State.MET and has_consent and entry.photo_consent_on is None:
        entry.photo_consent_on = clock.now().date()
    if to == State.IN_CHAIR and entry.photo_consent_on is None:
        raise ConsentMissing
    if to in (State.PLAN_PROPOSED, State.TREATING):
        plan_set(entry, plan_id)
    entry.state = to
    if to == State.CLOSED:
        entry.closed_at = clock.now()
    saved(entry)
    tell(actor, "entry.step", entry, state=entry.get_state_display())
    if to in PAYING and entry.limit_id is None:
        return entry_pays(entry.pk, actor)
    step_task(entry, actor)
    return entry


def plan_set(entry: Beneficiary, plan_id: int | None) -> None:
    """Which plan is agreed on: the one named, else the newest of the patient (BAR-26)."""
    plans = TreatmentPlan.objects.filter(patient=entry.patient_id).exclude(status="declined").order_by("-number")
    plan = plans.filter(pk=plan_id).first() if plan_id else entry.plan or plans.first()
    if plan is None:
        raise Invalid(fields={"plan": _("Make a treatment plan first.")})
    entry.plan = plan


@command
def entry_grant(
    *, entry_id: int, amount: Money, reason: str, actor: Any, expected_version: int | None = None
) -> Beneficiary:
    """More limit, or with a negative sum less, never below what is used and reserved (BAR-13, BAR-26).

    Grants are not edited: a wrong one is corrected by another. Raises OverLimit, Invalid, IllegalMove.
    """
    if not reason.strip():
        raise Invalid(fields={"reason": _("Say why.")})
    if not amount:
        raise Invalid(fields={"amount": _("Enter a sum.")})
    entry = entry_locked(entry_id)
    check_version(expected_version, entry.version)
    if entry.state in (State.CLOSED, State.FINISHED):
        raise IllegalMove(source=entry.state, to="granted")
    if entry.limit_id is None and entry.announced + amount < 0:
        raise Invalid(fields={"amount": _("A limit is not negative.")})
    Grant.objects.create(beneficiary=entry, amount=amount, reason=reason.strip()[:300], actor=actor)
    if entry.limit_id is not None:
        entry.limit = limit_grant(limit_id=entry.limit_id, amount=amount, actor=actor, reason=reason)
    entry.announced += amount
    saved(entry)
    tell(actor, "entry.granted", entry, amount=amount, reason=reason.strip())
    if not entry.is_exhausted:
        tasks_end_by_key(key=exhausted_key(entry), actor=actor)
    return entry


def limit_shut(entry: Beneficiary) -> None:
    if entry.limit_id is not None:
        limit_close(limit_id=entry.limit_id)


def saved(entry: Beneficiary) -> None:
    entry.version += 1
    entry.save()
    announce(entry)


def announce(entry: Beneficiary) -> None:
    live.announce("barter_entry", entry.pk, version=entry.version)
    if entry.patient_id:
        live.announce("patient", entry.patient_id)

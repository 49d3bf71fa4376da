"""Contracts and organisations: registered, sent, signed, in force, closed; what was got in exchange; who pays the excess."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from barter import rules
from barter.errors import RegulationMissing
from barter.models import Beneficiary, Contract, ContractStatus, Kind, Organisation, Receipt
from barter.policies import SCAN_REQUIRED
from barter.selectors.money import shares_owed_by
from barter.services.entries import entry_add, entry_pays, entry_step
from barter.services.telling import tell
from billing.services import settlement_accept
from catalog.models import Service
from clinic.models import LegalEntity
from clinic.numbers import number_next
from core import clock, live
from core.access import REGISTRY, check
from core.command import check_version, command
from core.errors import IllegalMove, Invalid, NotFound
from core.money import ZERO, Money
from ledger.services import payer_ensure


@dataclass(frozen=True, slots=True)
class EntryInput:
    """A person of a contract as announced: a card, or a name and a phone until there is one."""

    limit: Money
    patient_id: int | None = None
    name: str = ""
    phone: str = ""
    doctor_id: int | None = None


@command
def organisation_ensure(*, name: str, actor: Any) -> Organisation:
    """The organisation of that name, made when first named; with its payer in the book."""
    if not name.strip():
        raise Invalid(fields={"organisation": _("Name the organisation.")})
    row = Organisation.objects.filter(name__iexact=name.strip()).first()
    return payer_given(row or Organisation.objects.create(name=name.strip()[:200]))


def payer_given(row: Organisation) -> Organisation:
    if row.payer_id is None:
        row.payer = payer_ensure("organisation", row.pk, row.name)
        row.save(update_fields=["payer"])
    return row


@command
def contract_create(
    *, kind: str, actor: Any, organisation: Organisation | None = None, over_limit: str = "",
    allowed_services: Sequence[int] = (), beneficiaries: Sequence[EntryInput] = (), starts_on: date | None = None,
    ends_on: date | None = None, note: str = "",
) -> Contract:  # fmt: skip
    """Register a contract with its people (BAR-01, BAR-02, BAR-05, BAR-06). Raises Invalid. Reverse: contract_close.

    Where nothing is said of the excess, an organisation pays it once it has signed, a public person's is not sold.
    """
    if kind == Kind.ORGANISATION and organisation is None:
        raise Invalid(fields={"organisation": _("Name the organisation.")})
    entity = LegalEntity.objects.order_by("pk").first()
    if entity is None:
        raise Invalid(_("The clinic has no legal entity yet."))
    over = over_limit or rules.over_limit_default(kind, is_signed=organisation is not None)
    checked(over, organisation, starts_on, ends_on)
    contract = Contract.objects.create(
        legal_entity=entity, number=number_next("barter_contract", legal_entity_id=entity.pk), kind=kind,
        organisation=payer_given(organisation) if organisation else None, over_limit=over, starts_on=starts_on,
        ends_on=ends_on, note=note[:500], created_by=actor,
    )  # fmt: skip
    services_set(contract, allowed_services)
    tell(actor, "contract.created", contract, partner=contract.partner)
    for number, each in enumerate(beneficiaries):
        entry_add(
            contract_id=contract.pk, limit=each.limit, patient_id=each.patient_id, name=each.name, phone=each.phone,
            doctor_id=each.doctor_id, actor=actor, field=f"beneficiaries.{number}",
        )  # fmt: skip
    live.announce("barter_contract", contract.pk, version=contract.version)
    return contract


def checked(over: str, organisation: Organisation | None, starts_on: date | None, ends_on: date | None) -> None:
    if over == "organisation" and organisation is None:
        raise Invalid(fields={"over_limit": _("There is no organisation that could pay.")})
    if starts_on and ends_on and ends_on < starts_on:
        raise Invalid(fields={"ends_on": _("It ends before it begins.")})


def services_set(contract: Contract, ids: Sequence[int]) -> None:
    found = set(Service.objects.live().filter(pk__in=ids).values_list("pk", flat=True))
    if missing := set(ids) - found:
        raise Invalid(fields={"allowed_services": _("There is no such service.")}, services=sorted(missing))
    contract.allowed_services.set(found)


def contract_locked(pk: int) -> Contract:
    row = Contract.objects.select_for_update(of=("self",)).select_related("organisation").filter(pk=pk).first()
    if row is None:
        raise NotFound
    return row


@command
def contract_change(
    *, contract_id: int, actor: Any, expected_version: int | None = None, over_limit: str, starts_on: date | None,
    ends_on: date | None, note: str, allowed_services: Sequence[int], organisation: Organisation | None = None,
) -> Contract:  # fmt: skip
    """Change an open contract; what was issued by it stays. Raises IllegalMove for a closed one, Stale, Invalid."""
    contract = contract_locked(contract_id)
    check_version(expected_version, contract.version)
    if not contract.is_open:
        raise IllegalMove(source=contract.status, to=contract.status)
    organisation = organisation or contract.organisation
    checked(over_limit, organisation, starts_on, ends_on)
    contract.over_limit, contract.starts_on, contract.ends_on, contract.note = (
        over_limit,
        starts_on,
        ends_on,
        note[:500],
    )
    contract.organisation = payer_given(organisation) if organisation else None
    services_set(contract, allowed_services)
    saved(contract)
    tell(actor, "contract.changed", contract)
    return contract


@command
def contract_step(
    *, contract_id: int, to: str, actor: Any, signed_on: date | None = None, regulation: Any = None
) -> Contract:
    """Send the regulation, or note that it is signed (BAR-04). Raises IllegalMove, Forbidden."""
    contract = contract_locked(contract_id)
    step_check(contract, to, actor)
    contract.status = to
    if to == ContractStatus.SIGNED:
        contract.signed_on = signed_on or clock.now().date()
        contract.regulation = regulation or contract.regulation
    saved(contract)
    tell(actor, "contract.step", contract, state=contract.get_status_display())
    return contract


@command
def contract_activate(
    *, contract_id: int, actor: Any, signed_on: date | None = None, regulation: Any = None,
    expected_version: int | None = None,
) -> Contract:  # fmt: skip
    """Bring a signed contract into force: its people who have a card may be treated by it (BAR-04, BAR-11).

    Whoever activates says that the regulation is signed, today where no day is given. Raises IllegalMove,
    RegulationMissing, Stale. Reverse: contract_close.
    """
    contract = contract_locked(contract_id)
    check_version(expected_version, contract.version)
    step_check(contract, ContractStatus.ACTIVE, actor)
    contract.regulation = regulation or contract.regulation
    if SCAN_REQUIRED.get() and contract.regulation is None:
        raise RegulationMissing
    contract.signed_on = contract.signed_on or signed_on or clock.now().date()
    contract.status = ContractStatus.ACTIVE
    saved(contract)
    tell(actor, "contract.step", contract, state=contract.get_status_display())
    for entry in Beneficiary.objects.filter(contract=contract, patient__isnull=False).order_by("pk"):
        entry_pays(entry.pk, actor)
    return contract


@command
def contract_close(*, contract_id: int, actor: Any) -> Contract:
    """End a contract whose people are all closed or not begun. Raises IllegalMove naming those who are still treated."""
    contract = contract_locked(contract_id)
    step_check(contract, ContractStatus.CLOSED, actor)
    entries = list(Beneficiary.objects.filter(contract=contract).exclude(state="closed").order_by("pk"))
    begun = [str(entry) for entry in entries if entry.limit_id is not None]
    if begun:
        raise IllegalMove(
            _("These are still being treated: %(names)s. Close their entries first.") % {"names": ", ".join(begun)},
            source=contract.status, to="closed",
        )  # fmt: skip
    for entry in entries:
        entry_step(entry_id=entry.pk, to="closed", actor=actor)
    contract.status, contract.closed_at = ContractStatus.CLOSED, clock.now()
    saved(contract)
    tell(actor, "contract.step", contract, state=contract.get_status_display())
    return contract


def step_check(contract: Contract, to: str, actor: Any) -> None:
    right = rules.CONTRACT_STEPS.get((contract.status, to))
    if right is None:
        raise IllegalMove(source=contract.status, to=to)
    check(actor, REGISTRY[right])


def saved(contract: Contract) -> None:
    contract.version += 1
    contract.save()
    live.announce("barter_contract", contract.pk, version=contract.version)


# What the clinic got, and money over the limits


@command
def receipt_save(
    *, contract_id: int, title: str, actor: Any, receipt_id: int | None = None, planned: Money = ZERO,
    planned_on: date | None = None, received: Money | None = None, received_on: date | None = None, act_number: str = "",
) -> Receipt:  # fmt: skip
    """What the organisation gives in exchange, planned and by its act (BAR-29). Reverse: save it without what was received."""
    contract = contract_locked(contract_id)
    row = Receipt(contract=contract, created_by=actor)
    if receipt_id is not None:
        found = Receipt.objects.filter(pk=receipt_id, contract=contract).first()
        if found is None:
            raise NotFound
        row = found
    if (received is None) != (received_on is None):
        raise Invalid(fields={"received_on": _("Give both the sum and the day, or neither.")})
    row.title, row.planned, row.planned_on = title[:200], planned, planned_on
    row.received, row.received_on, row.act_number = received, received_on, act_number[:40]
    row.save()
    tell(actor, "receipt.saved", contract, what=row.title)
    return row


@command
def payment_of_organisation(*, organisation_id: int, amount: Money, actor: Any, paid_on: date | None = None) -> Money:
    """The organisation pays by bank what is over the limits, oldest lines first (BAR-19, BIL-28).

    Raises Invalid for more than it owes in the user's branches. Gives what it still owes. Reverse: payment_void.
    """
    row = Organisation.objects.select_for_update(of=("self",)).filter(pk=organisation_id).first()
    if row is None or row.payer_id is None:
        raise NotFound
    owed = list(shares_owed_by(row, actor).order_by("invoice__issued_on", "invoice_id", "pk"))
    total = sum((share.left for share in owed), ZERO)
    if not ZERO < amount <= total:
        raise Invalid(fields={"amount": _("There is not so much to pay.")})
    rest, parts = amount, {}
    for share in owed:
        piece = min(rest, share.left)
        if piece:
            parts.setdefault(share.invoice.branch_id, []).append((share.pk, piece))
            rest -= piece
    for branch_id, amounts in sorted(parts.items()):
        settlement_accept(payer_id=row.payer_id, amounts=amounts, actor=actor, branch_id=branch_id, paid_on=paid_on)
    tell(actor, "organisation.paid", row, amount=amount)
    return total - amount

"""Lines of an invoice as asked for and as sold: patient, people, prices, discounts, and who pays (BIL-02, BIL-04)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from billing import rules
from billing.errors import NothingToInvoice
from billing.models import InvoiceLine, Share
from billing.permissions import GIVE_DISCOUNT, SET_PRICE
from billing.policies import MAX_DISCOUNT
from billing.rules.sharing import Choice
from billing.selectors.patients import branch_for_money
from billing.selectors.promotions import promotions_now
from billing.services.promotions import Part, parts_of, promotions_give
from billing.services.sharing import Deal, payer_named, payers_ask
from billing.slots import PAYERS, Quote, QuoteLine
from billing.words import sentence_of, sentences_of
from catalog.models import Service
from clinic.models import Branch, Staff
from core import clock
from core.access import check, is_allowed
from core.errors import Invalid, NotFound
from core.money import ZERO, Money
from ledger.models import Payer
from ledger.services import payer_ensure
from patients.models import Patient
from patients.selectors import patients_visible_to
from scheduling.models import Appointment

Services = Mapping[tuple[int, date], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInput:
    """One line as asked for; what is left out follows from the price list, the appointment and the payer engine.

    `list_price` is the main list's as a plan froze it; `is_agreed` says that price and discount are an approved
    plan's, so that no right is asked for again; `parts` are the promotions of that discount. A `discount` that is named,
    even none, keeps promotions away from the line.
    """

    service_id: int
    quantity: int = 1
    doctor_id: int | None = None
    assistant_id: int | None = None
    teeth: Sequence[int] = ()
    price: Money | None = None
    list_price: Money | None = None
    discount: Money | None = None
    discount_reason: str = ""
    payer: str | int | None = None
    plan_line_id: int | None = None
    service_on: date | None = None
    is_agreed: bool = False
    parts: Sequence[Part] = ()


@dataclass(slots=True)
class Basis:
    """Everything that an invoice is made from, read at once."""

    patient: Patient
    branch: Branch
    appointment: Appointment | None
    payer_id: int | None
    day: date
    staff: set[int] = field(default_factory=set)
    has_promotions: bool = True
    kinds: frozenset[str] | None = None

    @property
    def service_day(self) -> date:
        """The appointment's day once it has come, else today: nothing is income before its day (3.0)."""
        if self.appointment is None:
            return self.day
        return min(self.day, clock.local(self.appointment.starts_at, self.branch.timezone).date())


def basis_read(
    patient_id: int, lines: Sequence[LineInput], actor: Any, appointment_id: int | None, branch_id: int | None
) -> Basis:
    """The patient with his payer's key and the people named, in one statement; the appointment in another."""
    if not lines:
        raise NothingToInvoice
    named = {pk for line in lines for pk in (line.doctor_id, line.assistant_id) if pk}
    payer = Payer.objects.filter(kind="patient", subject_id=OuterRef("pk"))
    staff = Staff.objects.live().filter(pk__in=named)
    known = {f"has_{kind.kind}": each for kind in PAYERS if (each := kind.known(OuterRef("pk"))) is not None}
    patient = (
        patients_visible_to(actor)
        .filter(pk=patient_id)
        .select_related("branch__legal_entity")
        .annotate(
            payer_id=Subquery(payer.values("pk")[:1]),
            known_staff=ArraySubquery(staff.values("pk")),
            has_promotions=Exists(promotions_now()),
            **known,
        )
        .first()
    )
    if patient is None:
        raise NotFound
    appointment = None
    if appointment_id is not None:
        appointment = Appointment.objects.select_related("branch__legal_entity").filter(
            pk=appointment_id, branch_id__in=actor.branch_ids
        ).first()  # fmt: skip
        if appointment is None:
            raise NotFound
        if appointment.patient_id != patient_id:
            raise Invalid(fields={"appointment": _("This appointment is another patient's.")})
    branch = appointment.branch if appointment else branch_for_money(patient, actor, branch_id)
    unknown = named - set(patient.known_staff or ())
    if unknown:
        raise NotFound(staff=sorted(unknown))
    today = clock.today(branch.timezone)
    return Basis(
        patient, branch, appointment, patient.payer_id, today, has_promotions=patient.has_promotions,
        kinds=frozenset(kind.kind for kind in PAYERS if getattr(patient, f"has_{kind.kind}", True)),
    )  # fmt: skip


def lines_make(
    basis: Basis, lines: Sequence[LineInput], actor: Any, discount: Money, discount_reason: str, *, is_firm: bool,
    plan_id: int | None = None, picked: Iterable[int] | None = None,
) -> tuple[list[InvoiceLine], list[Share], Deal]:  # fmt: skip
    """Lines with price, discount and shares, as the engine decides; `is_firm` locks limits and refuses what it must.

    `picked` are the promotions that a person has chosen, None the best ones by themselves (BIL-24).
    """
    services = services_read(basis, lines)
    quote = Quote(
        patient_id=basis.patient.pk, branch_id=basis.branch.pk, on=basis.service_day, actor=actor, plan_id=plan_id,
        kinds=basis.kinds, lines=[_quote_line(index, basis, line, services) for index, line in enumerate(lines)],
    )  # fmt: skip
    deal = payers_ask(quote, is_firm=is_firm)
    made = _lines_price(basis, lines, services, deal, actor)
    own = {line.position for line, asked in zip(made, lines, strict=True) if asked.discount is not None}
    agreed = {line.position for line, asked in zip(made, lines, strict=True) if asked.is_agreed}
    promotions_give(basis, [line for line in made if line.position not in agreed], own, deal, picked, is_firm=is_firm)
    if discount:
        _discount_spread(made, deal.choices, discount, discount_reason)
    _by_hand_check(made, lines, deal, discount, actor)
    return made, shares_decide(basis, made, deal, is_firm=is_firm), deal


def services_read(basis: Basis, lines: Sequence[LineInput]) -> Services:
    """Services with their price on the day of each line."""
    found: dict[tuple[int, date], Any] = {}
    for day in {line.service_on or basis.service_day for line in lines}:
        rows = Service.objects.live().filter(pk__in={line.service_id for line in lines}).priced(day)
        found |= {(service.pk, day): service for service in rows}
    return found


def _quote_line(index: int, basis: Basis, line: LineInput, services: Services) -> QuoteLine:
    service = services.get((line.service_id, line.service_on or basis.service_day))
    if service is None:
        raise NotFound(service=line.service_id)
    price = next((each for each in (line.list_price, service.price, line.price) if each is not None), None)
    if price is None:
        raise Invalid(fields={f"lines.{index}.service": _("This service has no price on this day.")})
    if not 1 <= line.quantity <= 999:
        raise Invalid(fields={f"lines.{index}.quantity": _("Check the quantity and the price.")})
    doctor_id = line.doctor_id or (basis.appointment.doctor_id if basis.appointment else None)
    return QuoteLine(
        index=index, service_id=line.service_id, quantity=line.quantity, price=price, teeth=line.teeth,
        doctor_id=doctor_id, plan_line_id=line.plan_line_id, named=payer_named(line.payer),
    )  # fmt: skip


# Prices and discounts: the line's own, by hand or agreed in a plan, else the clinic's promotions, then the whole's.


def _lines_price(
    basis: Basis, lines: Sequence[LineInput], services: Services, deal: Deal, actor: Any
) -> list[InvoiceLine]:
    """Lines with price and their own discount (BIL-02)."""
    made = [
        _line_price(choice, basis, asked, services[asked.service_id, asked.service_on or basis.service_day], actor)
        for choice, asked in zip(deal.choices, lines, strict=True)
    ]
    for line, asked in zip(made, lines, strict=True):
        if asked.parts and line.discount == asked.discount:
            deal.discounts[line.position] = list(asked.parts)
    return made


def _line_price(choice: Choice, basis: Basis, asked: LineInput, service: Any, actor: Any) -> InvoiceLine:
    index = choice.line.index
    price = choice.price if choice.is_priced_by_payer or asked.price is None else asked.price
    if price < 0:
        raise Invalid(fields={f"lines.{index}.quantity": _("Check the quantity and the price.")})
    if price != service.price and not asked.is_agreed and not choice.is_priced_by_payer:
        check(actor, SET_PRICE)
    discount = _own_discount(choice, asked, price)
    doctor_id = asked.doctor_id or (basis.appointment.doctor_id if basis.appointment else None)
    is_listed = not (choice.is_priced_by_payer or asked.is_agreed) and service.price is not None
    return InvoiceLine(
        position=index,
        service=service,
        direction_id=service.category_id,
        code=service.code,
        name=service.name,
        doctor_id=doctor_id,
        assistant_id=asked.assistant_id,
        teeth=list(asked.teeth),
        quantity=asked.quantity,
        list_price=service.price if is_listed else price,
        price=price,
        discount=discount,
        discount_reason=asked.discount_reason[:200] if discount else "",
        sum=rules.line_sum(price, asked.quantity, discount),
        service_on=min(asked.service_on or basis.service_day, basis.day),
        plan_line_id=asked.plan_line_id,
        asked_payer=str(asked.payer or ""),
    )


def _own_discount(choice: Choice, asked: LineInput, price: Money) -> Money:
    """What was asked for; nothing where the payer forbids discounts (BIL-26), whoever asks."""
    if choice.bans_discount:
        return ZERO
    discount = asked.discount or ZERO
    if not ZERO <= discount <= price * asked.quantity:
        raise Invalid(fields={f"lines.{choice.line.index}.discount": _("A discount is not more than the price.")})
    return discount


def _discount_spread(made: Sequence[InvoiceLine], choices: Sequence[Choice], discount: Money, reason: str) -> None:
    """The whole's discount comes after the lines' own, over lines whose payer takes discounts."""
    lines = [line for line, choice in zip(made, choices, strict=True) if not choice.bans_discount]
    if discount < 0 or discount > sum((line.sum for line in lines), ZERO):
        bans = [reason for choice in choices for reason in choice.reasons if reason.about == "discount"]
        said = sentence_of(bans[0]) if bans and not lines else _("A discount is not more than the price.")
        raise Invalid(fields={"discount": said})
    for line, piece in zip(lines, rules.spread_discount([line.sum for line in lines], discount), strict=True):
        line.discount += piece
        line.sum -= piece
        line.discount_reason = line.discount_reason or reason[:200]


def _by_hand_check(
    made: Sequence[InvoiceLine], asked: Sequence[LineInput], deal: Deal, discount: Money, actor: Any
) -> None:
    """What a person gives off, beside promotions and plans, needs a right and keeps to the clinic's limit."""
    by_hand = {
        line.position: line.discount - sum((part.amount for part in deal.discounts.get(line.position, ())), ZERO)
        for line, each in zip(made, asked, strict=True)
        if discount or not each.is_agreed
    }
    if not any(by_hand.values()):
        return
    check(actor, GIVE_DISCOUNT)
    limit = MAX_DISCOUNT.get()
    for line in made:
        most = line.price * line.quantity * limit
        if by_hand.get(line.position, ZERO) * 100 > most and not is_allowed(actor, SET_PRICE):
            said = _("Discounts by hand go up to %(limit)s percent.") % {"limit": limit}
            raise Invalid(fields={f"lines.{line.position}.discount": said})


# Shares


def shares_decide(basis: Basis, made: Sequence[InvoiceLine], deal: Deal, *, is_firm: bool) -> list[Share]:
    """Divide the lines among their payers; the patient pays what nobody took (BIL-04)."""
    deal.divide([line.sum for line in made])
    if is_firm:
        deal.refuse()
    for line, choice in zip(made, deal.choices, strict=True):
        line.reasons = sentences_of(choice.reasons)
    by_index = {choice.line.index: line for choice, line in zip(deal.choices, made, strict=True)}
    shares = []
    for piece in deal.pieces:
        payer = patient_payer(basis) if piece.payer is None else piece.payer
        why = sentence_of(piece.reason)[:200]
        shares.append(Share(line=by_index[piece.index], payer=payer, kind=payer.kind, amount=piece.amount, why=why))
    return shares


def patient_payer(basis: Basis) -> Payer:
    if basis.payer_id is None:
        basis.payer_id = payer_ensure("patient", basis.patient.pk, basis.patient.full_name).pk
    return Payer(pk=basis.payer_id, kind="patient", subject_id=basis.patient.pk, label=basis.patient.full_name)


# A draft that is issued


def lines_decide_again(
    basis: Basis, made: Sequence[InvoiceLine], actor: Any, had_payer: set[int], picked: Iterable[int] | None
) -> tuple[list[Share], Deal]:
    """Decide once more about the lines of a draft, under the limits' locks: what it said may no longer hold.

    A line whose payer forbids discounts loses its own; one that has lost its payer goes back to the main list's price.
    Promotions are looked for anew, but for lines of plans, whose discount is agreed.
    """
    asked = [_as_asked(line, line.pk in had_payer) for line in made]
    services = services_read(basis, asked)
    quote = Quote(
        patient_id=basis.patient.pk, branch_id=basis.branch.pk, on=basis.service_day, actor=actor,
        lines=[_quote_line(index, basis, line, services) for index, line in enumerate(asked)],
    )  # fmt: skip
    deal = payers_ask(quote, is_firm=True)
    had = parts_of(made)
    own = {line.position for line in made if line.discount and not had.get(line.pk)}
    by_hand = {line.pk: line.discount - sum((part.amount for part in had.get(line.pk, ())), ZERO) for line in made}
    for line, choice in zip(made, deal.choices, strict=True):
        _draft_line_reset(line, choice, line.pk in had_payer, had.get(line.pk, []), deal)
    free = [line for line in made if line.plan_line_id is None]
    promotions_give(basis, free, own, deal, picked, is_firm=True)
    for line, choice in zip(made, deal.choices, strict=True):
        _by_hand_again(line, choice, by_hand[line.pk])
    return shares_decide(basis, made, deal, is_firm=True), deal


def _draft_line_reset(
    line: InvoiceLine, choice: Choice, had_payer: bool, parts: Sequence[Part], deal: Deal
) -> None:  # fmt: skip
    """Its price as of now; of its discount only the promotions that a plan has agreed."""
    if choice.is_priced_by_payer or (choice.candidate is None and had_payer):
        line.price = line.list_price = choice.price
    agreed = list(parts) if line.plan_line_id and not choice.bans_discount else []
    line.discount = sum((part.amount for part in agreed), ZERO)
    if line.discount > line.price * line.quantity:
        agreed, line.discount = [], ZERO
    if agreed:
        deal.discounts[line.position] = agreed
    elif not line.plan_line_id and parts:
        line.discount_reason = ""
    line.sum = rules.line_sum(line.price, line.quantity, line.discount)


def _by_hand_again(line: InvoiceLine, choice: Choice, by_hand: Money) -> None:
    """What a person gave off the draft's line stays, as far as the line goes."""
    line.discount += ZERO if choice.bans_discount else min(by_hand, line.sum)
    line.discount_reason = line.discount_reason if line.discount else ""
    line.sum = rules.line_sum(line.price, line.quantity, line.discount)


def _as_asked(line: InvoiceLine, had_payer: bool) -> LineInput:
    """A draft's line as if it were asked for now; its main price is known, unless another payer had priced it."""
    is_frozen = line.plan_line is not None and not line.plan_line.has_own_price
    listed = line.plan_line.price if is_frozen else None if had_payer else line.list_price  # type: ignore[union-attr]
    return LineInput(
        service_id=line.service_id, quantity=line.quantity, doctor_id=line.doctor_id, teeth=line.teeth,
        price=line.price, list_price=listed, payer=line.asked_payer or None, plan_line_id=line.plan_line_id,
        service_on=line.service_on, is_agreed=True,
    )  # fmt: skip

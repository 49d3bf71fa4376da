"""Barter of the demo: a radio with two people, one of whom has spent most of his sum, and a blogger still to be met."""

from datetime import timedelta
from decimal import Decimal

from barter.services import (
    contract_activate,
    contract_create,
    contract_step,
    entry_grant,
    entry_step,
    organisation_ensure,
    receipt_save,
)
from barter.services.contracts import EntryInput
from billing.services import LineInput, invoice_make
from catalog.models import Service
from core import clock
from demo.world import World
from patients.models import Patient
from scheduling.models import Appointment, State

USED = (6400, 9100)
GOT = (
    ("Ролики в эфире, 20 выходов", 24000, 18000, "17", -9),
    ("Упоминание в утреннем шоу", 6000, None, "", 12),
)


def build(world: World) -> None:
    """After the money: invoices by barter are made as the desk makes them."""
    boss = world.users["director"]
    cards = coming(world)
    if len(cards) < 3:
        return
    radio = contract_create(
        kind="organisation", organisation=organisation_ensure(name="Радио «Волна»", actor=boss),
        over_limit="organisation", starts_on=world.today - timedelta(days=60), ends_on=world.today + timedelta(days=300),
        note="Ролики в утреннем и вечернем эфире", actor=boss,
        beneficiaries=[
            EntryInput(Decimal(20000), cards[0]), EntryInput(Decimal(30000), cards[1]),
            EntryInput(Decimal(15000), name="Орлова Светлана", phone="+79000004477"),
        ],
    )  # fmt: skip
    contract_activate(contract_id=radio.pk, actor=boss, signed_on=world.today - timedelta(days=60))
    first = radio.beneficiaries.order_by("number").first()
    for price in USED:
        treat(first.patient_id, price, world)
    entry_grant(entry_id=first.pk, amount=Decimal(5000), reason="Письмо маркетолога: ещё пять тысяч", actor=boss)
    for title, planned, received, act, days in GOT:
        day = world.today + timedelta(days=days)
        receipt_save(
            contract_id=radio.pk, title=title, planned=Decimal(planned), planned_on=day, act_number=act, actor=boss,
            received=Decimal(received) if received else None, received_on=day if received else None,
        )  # fmt: skip
    blogger = contract_create(
        kind="public_person", note="Блог о городе, 80 тысяч читателей", actor=boss,
        beneficiaries=[EntryInput(Decimal(60000), name="Белова Алиса", phone="+79000004488")],
    )  # fmt: skip
    contract_activate(contract_id=blogger.pk, actor=boss)
    entry_step(entry_id=blogger.beneficiaries.get().pk, to="contact_given", actor=boss)
    paper = contract_create(
        kind="organisation", organisation=organisation_ensure(name="Газета «Город»", actor=boss), over_limit="patient",
        actor=boss, beneficiaries=[EntryInput(Decimal(10000), name="Савин Игорь", phone="+79000004499")],
    )  # fmt: skip
    contract_step(contract_id=paper.pk, to="terms_sent", actor=boss)


def coming(world: World) -> list[int]:
    """Patients with a visit in the next days, so that the calendar shows their marks."""
    rows = Appointment.objects.filter(starts_at__gt=clock.now(), state__in=(State.BOOKED, State.CONFIRMED))
    seen = dict.fromkeys(rows.order_by("starts_at", "pk").values_list("patient_id", flat=True)[:40])
    grown = Patient.objects.filter(pk__in=seen, birth_date__lt=world.today - timedelta(days=9000))
    known = set(grown.values_list("pk", flat=True))
    return [pk for pk in seen if pk in known][:3]


def treat(patient_id: int, price: int, world: World) -> None:
    """A visit whose services come to about this sum by the price list; the price is the list's, as barter has it."""
    rows = Service.objects.live().priced(world.today).filter(price__lte=price, price__gt=0).order_by("-price", "pk")
    service = rows.first()
    if service is not None:
        patient = Patient.objects.get(pk=patient_id)
        invoice_make(
            patient_id=patient_id, lines=[LineInput(service_id=service.pk)], actor=world.users["director"],
            branch_id=patient.branch_id,
        )  # fmt: skip

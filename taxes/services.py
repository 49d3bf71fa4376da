"""Tax certificates: issued, corrected, cancelled, given to the tax office (PAT-17, PAT-18, DOC-06; domain 3.2)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from billing.selectors.patients import branch_for_money, patient_for_money
from clinic.models import LegalEntity
from clinic.numbers import number_next
from core import clock, live
from core.audit import audit, sentence
from core.command import command, lock
from core.errors import Invalid, NotFound
from core.files import Purpose
from core.models import StoredFile
from core.money import ZERO
from patients.models import Patient
from taxes import rules
from taxes.errors import CertificateExists, NothingToCertify, NothingToSend, NotTheLast, PaymentCertified
from taxes.models import (
    CANCELS,
    Certificate,
    CertificateNumber,
    CertificatePayment,
    CertifiedPayment,
    Relation,
    TaxRegister,
    TaxRegisterEntry,
)
from taxes.policies import OFFICE
from taxes.rules import Paid, Person
from taxes.selectors import (
    PayerChoice,
    Year,
    entities_of,
    entities_whole,
    payers_of,
    register_sums,
    unsent,
    year_of,
)
from taxes.xml import Clinic, Entry, file_name, register_xml

FINANCIAL: dict[str, Any] = {"compartment": "financial"}
ISSUED = sentence(
    "taxes.certificate.issued", _("Tax certificate %(object)s for %(year)s issued to %(payer)s: %(amount)s"),
    "file-certificate", "green", **FINANCIAL,
).code  # fmt: skip
CORRECTED = sentence(
    "taxes.certificate.corrected", _("Tax certificate %(object)s corrected, %(amount)s: %(reason)s"), "file-certificate",
    "amber", **FINANCIAL,
).code  # fmt: skip
CANCELLED = sentence(
    "taxes.certificate.cancelled", _("Tax certificate %(object)s cancelled: %(reason)s"), "circle-x", "red",
    **FINANCIAL,
).code  # fmt: skip
PRINTED = sentence(
    "taxes.certificate.printed", _("Tax certificate %(object)s printed"), "printer", is_timeline=False, **FINANCIAL
).code
REGISTERED = sentence(
    "taxes.register.made", _("Register of %(count)s tax certificates for %(year)s made"), "table-export",
    is_timeline=False, **FINANCIAL,
).code  # fmt: skip

# Given out only by the register's own address, which checks its rights.
REGISTER_FILE = Purpose("taxes.register", ("application/xml",), may_read=lambda user, row: False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked: the persons as they shall stand, the payments that are his (None: all that are free)."""

    payer: Person
    subject: Person | None = None  # the patient, where another pays
    relation: str = ""
    payments: Sequence[int] | None = None
    signer: str = ""
    authority: str = ""


@command
def certificate_issue(
    *, patient_id: int, year: int, payer_key: str, request: Request, actor: Any, entity_id: int | None = None
) -> Certificate:
    """Say what a person paid in a year for a patient (PAT-17, DOC-06); barter and insurers stay out (PAT-18).

    Raises NothingToCertify with the payer engine's sentences, CertificateExists, PaymentCertified, Invalid.
    Reverse: certificate_cancel.
    """
    patient = patient_for_money(patient_id, actor)
    branch = branch_for_money(patient, actor, None)
    entity = entity_meant(patient, entity_id, actor)
    year_checked(year, clock.today(branch.timezone).year)
    choice = payer_chosen(patient, payer_key)
    relation = relation_checked(choice, request.relation)
    lock(("tax_certificates", patient.pk))
    told = year_of(patient, entity_id=entity.pk, year=year, payer_card=choice.card_id)
    something_left(told, year)
    known = CertificateNumber.objects.filter(
        legal_entity=entity, year=year, patient=patient, payer_key=choice.key, is_cancelled=False
    ).first()
    if known is not None:
        raise CertificateExists(certificate=known.certificates.get(correction=known.correction).pk)
    persons = persons_checked(request, relation, patient, year)
    paid = payments_ticked(told, request.payments)
    number = CertificateNumber.objects.create(
        legal_entity=entity, year=year, patient=patient, payer_key=choice.key,
        number=number_next("tax_certificate", legal_entity_id=entity.pk, period=str(year)),
    )  # fmt: skip
    made = written(number, patient, branch, relation, persons, paid, request, actor)
    audit(
        actor, ISSUED, made, patient_id=patient.pk, branch_id=branch.pk, year=year, payer=made.payer_name,
        amount=made.total, code1=made.code1, code2=made.code2,
    )  # fmt: skip
    return made


@command
def certificate_correct(*, certificate_id: int, request: Request, reason: str, actor: Any) -> Certificate:
    """Say it anew under the same number with the next correction: other sums, other words of the persons (domain 3.2).

    What was said before stays as it was. Raises NotTheLast, NothingToCertify, PaymentCertified. Reverse: correct again.
    """
    found, patient = last_lock(certificate_id, reason, actor)
    number = found.number
    choice = next((each for each in payers_of(patient) if each.key == number.payer_key), None)
    card_id = choice.card_id if choice else None
    told = year_of(
        patient, entity_id=number.legal_entity_id, year=number.year, payer_card=card_id, own_number=number.pk
    )
    something_left(told, number.year)
    persons = persons_checked(request, found.relation, patient, number.year)
    paid = payments_ticked(told, request.payments)
    number.correction += 1
    number.save()
    branch = branch_for_money(patient, actor, None)
    made = written(number, patient, branch, found.relation, persons, paid, request, actor, reason)
    audit(
        actor, CORRECTED, made, patient_id=patient.pk, branch_id=branch.pk, amount=made.total, reason=reason,
        code1=made.code1, code2=made.code2,
    )  # fmt: skip
    return made


@command
def certificate_cancel(*, certificate_id: int, reason: str, actor: Any) -> Certificate:
    """Annul what was said under a number: a correction 999 without sums; its payments are free again (domain 3.2).

    Raises NotTheLast. Cannot be undone: a new certificate is issued.
    """
    found, patient = last_lock(certificate_id, reason, actor)
    number = found.number
    number.correction, number.is_cancelled = CANCELS, True
    number.save()
    number.certified.all().delete()
    branch = branch_for_money(patient, actor, None)
    made = Certificate.objects.create(
        number=number, correction=CANCELS, patient=patient, branch=branch, relation=found.relation,
        payer_name=found.payer_name, payer=found.payer, subject=found.subject, code1=ZERO, code2=ZERO,
        signer=found.signer, authority=found.authority, reason=reason.strip()[:300],
        issued_on=clock.today(branch.timezone), issued_by=actor,
    )  # fmt: skip
    audit(actor, CANCELLED, made, patient_id=patient.pk, branch_id=branch.pk, reason=reason)
    live.announce("tax_certificate", made.pk, branch_id=branch.pk)
    return made


@command
def register_make(*, entity_id: int, year: int, actor: Any) -> TaxRegister:
    """The file for the tax office: what no register holds yet of a year, each certificate once (KND 1184043).

    Raises NotFound, NothingToSend, Invalid where the legal entity lacks its head or INN. Cannot be undone.
    """
    if entity_id not in entities_whole(actor):
        raise NotFound
    lock(("tax_register", entity_id))
    entity = LegalEntity.objects.live().get(pk=entity_id)
    rows = unsent(entity_id, year)
    if not rows:
        raise NothingToSend
    teller, on, tail = clinic_of(entity), clock.now().date(), uuid4().hex[:12]
    body = register_xml(teller, [entry_of(row) for row in rows], year=year, on=on, tail=tail)
    name = f"{file_name(teller, on, tail)}.xml"
    file = StoredFile(
        purpose=REGISTER_FILE.name, name=name, content_type="application/xml", size=len(body),
        sha256=hashlib.sha256(body).hexdigest(), uploaded_by=actor,
    )  # fmt: skip
    file.content.save(name, ContentFile(body), save=True)
    code1, code2 = register_sums(rows)
    made = TaxRegister.objects.create(
        legal_entity=entity, year=year, count=len(rows), code1=code1, code2=code2, file=file, made_on=on, made_by=actor
    )
    TaxRegisterEntry.objects.bulk_create(TaxRegisterEntry(register=made, certificate=row) for row in rows)
    audit(actor, REGISTERED, made, count=len(rows), year=year, code1=code1, code2=code2)
    return made


@command
def certificate_note_printed(*, certificate: Certificate, actor: Any) -> None:
    """Who printed it stands in the audit: it names documents of persons."""
    audit(actor, PRINTED, certificate, patient_id=certificate.patient_id, branch_id=certificate.branch_id)


# Checks


def entity_meant(patient: Patient, entity_id: int | None, actor: Any) -> LegalEntity:
    """The one that was named, else the only one that the patient has paid."""
    offered = entities_of(patient, actor)
    found = next((each for each in offered if entity_id is None or each.pk == entity_id), None)
    if found is None or (entity_id is None and len(offered) > 1):
        raise Invalid(fields={"legal_entity": _("Choose the legal entity.")})
    return found


def year_checked(year: int, this: int) -> None:
    if year < rules.FIRST_YEAR:
        text = say("For years before %(first)s the tax office takes the form of that time.")
        raise Invalid(fields={"year": text % {"first": rules.FIRST_YEAR}})
    if year > this:
        raise Invalid(fields={"year": _("This year has not come yet.")})


def payer_chosen(patient: Patient, key: str) -> PayerChoice:
    found = next((each for each in payers_of(patient) if each.key == key), None)
    if found is None:
        text = _("The patient himself, his spouse, parents, children or guardian: from the card or the family.")
        raise Invalid(fields={"payer": text})
    return found


def relation_checked(choice: PayerChoice, asked: str) -> str:
    """What the card tells; of a member of the family a person has to say it."""
    relation = choice.relation or asked
    if relation not in Relation.values or (relation == Relation.SELF) != (choice.relation == Relation.SELF):
        raise Invalid(fields={"relation": _("Say who the payer is to the patient.")})
    return relation


def persons_checked(request: Request, relation: str, patient: Patient, year: int) -> tuple[Person, Person]:
    """Payer and patient, each with what the form cannot do without."""
    problems: dict[str, Any] = {}
    subject = request.payer if relation == Relation.SELF else request.subject
    assert subject is not None
    for prefix, person in (("payer", request.payer), ("patient", subject)):
        if prefix == "patient" and relation == Relation.SELF:
            continue
        for name in rules.missing_of(person):
            problems[f"{prefix}_{name}"] = (
                _("This is not an INN of a person.") if name == "inn" else _("The tax office asks for this.")
            )
    if rules.too_old(relation, subject.birth_date, year):
        problems["payer"] = _("The patient was too old in that year for a deduction of a parent or guardian.")
    if not request.signer.strip():
        problems["signer"] = _("Say who signs.")
    if problems:
        raise Invalid(fields=problems)
    return request.payer, subject


def something_left(told: Year, year: int) -> None:
    """PAT-18: a patient of barter or insurance alone is refused, and told why."""
    if told.free:
        return
    if taken := {offer.taken_by for offer in told.offers if offer.taken_by}:
        text = say("All payments of the year stand in certificate %(numbers)s.") % {"numbers": ", ".join(sorted(taken))}
        raise PaymentCertified(text, payments=[offer.paid.payment for offer in told.offers])
    reasons = [row.why for row in told.left_out]
    text = say("No money was paid for treatment in %(year)s.") % {"year": year}
    raise NothingToCertify(" ".join([text, *(f"{why.rstrip('.')}." for why in reasons)]), reasons=reasons)


def payments_ticked(told: Year, asked: Sequence[int] | None) -> list[Paid]:
    """The payments that were named, each free; without names all that are."""
    if asked is None:
        return told.free
    wanted = set(asked)
    if not wanted:
        raise Invalid(fields={"payments": _("Tick the payments that this person made.")})
    found = [row for row in told.free if row.payment in wanted]
    if len(found) != len(wanted):
        taken = [offer.paid.payment for offer in told.offers if offer.taken_by and offer.paid.payment in wanted]
        if taken:
            raise PaymentCertified(payments=taken)
        raise Invalid(fields={"payments": _("One of the payments is not of this year, patient and payer.")})
    return found


def last_lock(certificate_id: int, reason: str, actor: Any) -> tuple[Certificate, Patient]:
    """The certificate that stands under its number, with everything of its patient locked."""
    if not reason.strip():
        raise Invalid(fields={"reason": _("Say why.")})
    found = Certificate.objects.select_related("number").filter(pk=certificate_id).first()
    if found is None:
        raise NotFound
    patient = patient_for_money(found.patient_id, actor)
    lock(("tax_certificates", patient.pk))
    found.number = CertificateNumber.objects.select_for_update().get(pk=found.number_id)
    if not found.is_last:
        raise NotTheLast
    return found, patient


# How it is written


def written(
    number: CertificateNumber, patient: Patient, branch: Any, relation: str, persons: tuple[Person, Person],
    paid: Sequence[Paid], request: Request, actor: Any, reason: str = "",
) -> Certificate:  # fmt: skip
    code1, code2 = rules.sums_of(paid)
    payer, subject = persons
    made = Certificate.objects.create(
        number=number, correction=number.correction, patient=patient, branch=branch, relation=relation,
        payer_name=payer.full_name[:250], payer=payer.as_kept(), subject=subject.as_kept(), code1=code1, code2=code2,
        signer=request.signer.strip()[:200], authority=request.authority.strip()[:200], reason=reason.strip()[:300],
        issued_on=clock.today(branch.timezone), issued_by=actor,
    )  # fmt: skip
    CertificatePayment.objects.bulk_create(
        CertificatePayment(
            certificate=made, payment_id=row.payment, paid_on=row.paid_on, code1=row.code1, code2=row.code2
        )
        for row in paid
    )
    number.certified.exclude(payment__in=[row.payment for row in paid]).delete()
    kept = set(number.certified.values_list("payment", flat=True))
    CertifiedPayment.objects.bulk_create(
        CertifiedPayment(number=number, payment_id=row.payment, patient=patient)
        for row in paid
        if row.payment not in kept
    )
    live.announce("tax_certificate", made.pk, branch_id=branch.pk)
    return made


def clinic_of(entity: LegalEntity) -> Clinic:
    """Who tells; a company needs INN, KPP and its head, a person in business INN and name."""
    last, first, _middle = rules.names_of(entity.director_name)
    problems = []
    if not last or not first:
        problems.append(say("the full name of the head"))
    if len(entity.inn) not in (10, 12):
        problems.append(say("the INN"))
    if len(entity.inn) == 10 and len(entity.kpp) != 9:
        problems.append(say("the KPP"))
    if problems:
        text = say("%(entity)s lacks: %(what)s. Fill it in on its page.")
        raise Invalid(fields={"legal_entity": text % {"entity": entity, "what": ", ".join(problems)}})
    kpp = entity.kpp if len(entity.inn) == 10 else ""
    office = OFFICE.get() or (kpp or entity.inn)[:4]
    return Clinic(name=entity.name, inn=entity.inn, kpp=kpp, head=entity.director_name, office=office)


def entry_of(row: Certificate) -> Entry:
    return Entry(
        number=str(row.number), correction=row.correction, payer=rules.person_of(row.payer),
        patient=None if row.relation == Relation.SELF else rules.person_of(row.subject), code1=row.code1, code2=row.code2,
    )  # fmt: skip

"""What a certificate may say, who may pay for whom, and certificates that a user may see."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from billing.models import Payment, PaymentPart, Share
from billing.models.invoices import STANDING
from billing.slots import PAYERS
from clinic.models import Branch, LegalEntity
from core import clock
from core.access import is_allowed
from core.errors import NotFound
from core.money import ZERO, Money
from ledger.selectors import money_window
from patients.models import DocumentKind, Identity, Patient, Representative
from patients.permissions import SEE_IDENTITY
from patients.selectors import patients_visible_to
from patients.selectors.cards import merged_ids
from taxes import rules
from taxes.models import Certificate, CertifiedPayment, Relation, TaxRegister
from taxes.rules import Paid, Part, Person

PASSPORT = "21"
RELATIONS = {
    Representative.Relation.MOTHER: Relation.PARENT, Representative.Relation.FATHER: Relation.PARENT,
    Representative.Relation.GUARDIAN: Relation.GUARDIAN, Representative.Relation.SPOUSE: Relation.SPOUSE,
    Representative.Relation.CHILD: Relation.CHILD,
}  # fmt: skip


# Certificates


def certificates_visible_to(user: Any) -> QuerySet[Certificate]:
    """For lists: of the user's branches and his days of money (SET-14)."""
    rows = Certificate.objects.filter(branch_id__in=user.branch_ids)
    if window := money_window(user, "issued_on"):
        rows = rows.filter(window)
    return rows.select_related("number__legal_entity", "patient", "branch", "issued_by").prefetch_related("sent")


def certificate_get(user: Any, pk: int) -> Certificate:
    """One that the user may open: of his branches, or of a card that he sees; a stranger's is NotFound."""
    mine = Q(branch_id__in=user.branch_ids) | Q(patient__in=patients_visible_to(user))
    rows = Certificate.objects.filter(mine, pk=pk)
    found = rows.select_related("number__legal_entity", "patient", "branch", "issued_by").first()
    if found is None:
        raise NotFound
    return found


def certificates_of(patient_id: int) -> list[Certificate]:
    """All of a card, the newest first."""
    rows = Certificate.objects.filter(patient__in=[patient_id, *merged_ids(patient_id)])
    return list(rows.select_related("number", "issued_by").order_by("-pk"))


def history_of(certificate: Certificate) -> list[Certificate]:
    """Everything that was said under its number, the newest first."""
    rows = certificate.number.certificates.select_related("number", "issued_by").prefetch_related("sent__register")
    return list(rows.order_by("-pk"))


def registers_visible_to(user: Any) -> QuerySet[TaxRegister]:
    """Registers speak of a whole legal entity: only those who see all its branches see them."""
    return TaxRegister.objects.filter(legal_entity__in=entities_whole(user)).select_related(
        "legal_entity", "made_by", "file"
    )


def register_get(user: Any, pk: int) -> TaxRegister:
    found = registers_visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def entities_whole(user: Any) -> list[int]:
    from_branches: dict[int, set[int]] = defaultdict(set)
    for pk, entity in Branch.objects.live().values_list("pk", "legal_entity_id"):
        from_branches[entity].add(pk)
    return [entity for entity, branches in from_branches.items() if branches <= set(user.branch_ids)]


def entities_offered(user: Any) -> list[LegalEntity]:
    return list(LegalEntity.objects.live().filter(pk__in=entities_whole(user)).order_by("pk"))


def unsent(entity_id: int, year: int) -> list[Certificate]:
    """The last word under each number that no register holds; of a cancelled number only where it was sent before."""
    rows = Certificate.objects.filter(number__legal_entity=entity_id, number__year=year)
    rows = rows.filter(correction=F("number__correction"), sent__isnull=True)
    found = list(rows.select_related("number", "patient").order_by("number__number"))
    cancelled = [row.number_id for row in found if row.cancels]
    told = set(Certificate.objects.filter(number__in=cancelled, sent__isnull=False).values_list("number", flat=True))
    return [row for row in found if not row.cancels or row.number_id in told]


# Who pays


@dataclass(frozen=True, slots=True)
class PayerChoice:
    """Somebody whom the law lets deduct this treatment; `relation` is empty where the card does not tell it."""

    key: str
    name: str
    relation: str
    card_id: int | None = None


def payers_of(patient: Patient) -> list[PayerChoice]:
    """The patient, those who speak for him, his family (PAT-13, PAT-26); each person once."""
    found = [PayerChoice(f"patient/{patient.pk}", patient.full_name, Relation.SELF, patient.pk)]
    cards = {patient.pk}
    for row in patient.representatives.filter(relation__in=RELATIONS).order_by("-pays", "-is_responsible", "pk"):
        if row.card_id not in cards:
            relation = RELATIONS[Representative.Relation(row.relation)]
            found.append(PayerChoice(f"representative/{row.pk}", row.full_name, relation, row.card_id))
            cards |= {row.card_id} - {None}
    if patient.family_id:
        for member in Patient.objects.live().filter(family=patient.family_id).exclude(pk__in=cards).order_by("pk"):
            found.append(PayerChoice(f"patient/{member.pk}", member.full_name, "", member.pk))
    return found


def person_told(patient: Patient, choice: PayerChoice | None, user: Any) -> Person:
    """What the cards tell of the patient (no choice) or of who pays; documents only to who may see them."""
    sees = is_allowed(user, SEE_IDENTITY)
    if choice is not None and choice.key.startswith("representative/"):
        return _person_of_representative(patient.representatives.get(pk=int(choice.key.partition("/")[2])), sees)
    card = patient if choice is None or choice.card_id == patient.pk else Patient.objects.get(pk=choice.card_id)
    return _person_of_card(card, sees)


def _person_of_card(card: Patient, sees: bool) -> Person:
    kept = Identity.objects.filter(patient=card).select_related("document_kind").first() if sees else None
    told: dict[str, Any] = {}
    if kept is not None:
        code = (kept.document_kind.tax_code if kept.document_kind else "") if kept.is_foreign else PASSPORT
        number = kept.document_number if kept.is_foreign else kept.document
        told = {"inn": kept.inn, "document_on": kept.issued_on}
        told |= {"document_code": code, "document_number": number} if number else {}
    return Person(
        last_name=card.last_name, first_name=card.first_name, middle_name=card.middle_name, birth_date=card.birth_date,
        **told,
    )  # fmt: skip


def _person_of_representative(row: Representative, sees: bool) -> Person:
    """His own card knows most; what was written of him as a representative goes first."""
    own = _person_of_card(row.card, sees) if row.card else Person()
    last, first, middle = rules.names_of(row.full_name)
    return Person(
        last_name=last, first_name=first, middle_name=middle, inn=(row.inn if sees else "") or own.inn,
        birth_date=row.birth_date or own.birth_date, document_code=own.document_code,
        document_number=own.document_number, document_on=own.document_on,
    )  # fmt: skip


def document_codes() -> list[tuple[str, str]]:
    """Codes of documents with their names: the passport, and the directory's."""
    found = {PASSPORT: "Паспорт гражданина РФ"}
    for code, name in DocumentKind.objects.live().exclude(tax_code="").values_list("tax_code", "name"):
        found.setdefault(code, name)
    return [(code, f"{code} · {name}") for code, name in found.items()]


# What was paid


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Money that a certificate does not speak of, and the payer engine's sentence why (PAT-18, BAR-21)."""

    why: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Offer:
    """A payment for the list before issuing: may be ticked unless another certificate has it."""

    paid: Paid
    payment: Payment
    taken_by: str = ""  # the number that has it
    is_others: bool = False  # another person's own money

    @property
    def is_free(self) -> bool:
        return not self.taken_by and not self.is_others


@dataclass(frozen=True, slots=True)
class Year:
    """A patient's year at one legal entity, as one taxpayer may deduct it."""

    offers: list[Offer]
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def free(self) -> list[Paid]:
        return [offer.paid for offer in self.offers if offer.is_free]


def year_of(
    patient: Patient, *, entity_id: int, year: int, payer_card: int | None = None, own_number: int | None = None
) -> Year:
    """Payments of the year with refunds taken off; `own_number` is the certificate that is corrected."""
    ids = [patient.pk, *merged_ids(patient.pk)]
    rows = [row for row in rules.net(_parts_of(ids, entity_id)) if row.paid_on.year == year]
    payments = Payment.objects.select_related("payer").in_bulk([row.shown for row in rows])
    keys = [row.payment for row in rows]
    certified = CertifiedPayment.objects.filter(payment__in=keys, patient__in=ids).select_related("number")
    taken = {row.payment_id: str(row.number) for row in certified if row.number_id != own_number}
    offers = []
    for row in rows:
        payer = payments[row.shown].payer
        others = payer.kind == "patient" and payer.subject_id not in (*ids, payer_card)
        offers.append(Offer(row, payments[row.shown], taken.get(row.payment, ""), others))
    return Year(offers, left_out_of(ids, entity_id, year))


def kinds_counted() -> list[str]:
    return ["patient", *(kind.kind for kind in PAYERS if kind.counts_for_tax)]


def _parts_of(ids: Sequence[int], entity_id: int) -> Iterable[Part]:
    """Every part that went to the patient's own shares, in the order in which it happened.

    A payment that was corrected (its method, its patient) came on the day when it was taken first.
    """
    parts = PaymentPart.objects.filter(
        share__kind__in=kinds_counted(), invoice__patient__in=ids, invoice__legal_entity=entity_id
    )
    asked = parts.order_by("payment__taken_at", "payment_id", "pk").values_list(
        "payment_id", "share_id", "method", "amount", "payment__taken_on", "share__line__service__tax_code",
        "payment__reverses_id",
    )  # fmt: skip
    rows = list(asked)
    roots = _roots_of({row[0] for row in rows} | {row[-1] for row in rows if row[-1]})
    for payment, share, method, amount, on, code, reverses in rows:
        root, day = roots.get(payment, (payment, on))
        first = roots.get(reverses, (reverses, on))[0]
        yield Part(
            payment=root, share=share, method=method, amount=amount, paid_on=day, code=code, reverses=first, shown=payment
        )  # fmt: skip


def _roots_of(payments: set[int]) -> dict[int, tuple[int, date]]:
    """Of each payment that stands in place of another one: the first of the row, and its day."""
    corrects: dict[int, int] = {}
    ask = payments
    while ask:
        found = dict(Payment.objects.filter(pk__in=ask, corrects__isnull=False).values_list("pk", "corrects"))
        corrects |= found
        ask = set(found.values()) - set(corrects)

    def root(pk: int) -> int:
        return root(corrects[pk]) if pk in corrects else pk

    days = dict(Payment.objects.filter(pk__in={root(pk) for pk in corrects}).values_list("pk", "taken_on"))
    return {pk: (root(pk), days[root(pk)]) for pk in corrects}


def left_out_of(ids: Sequence[int], entity_id: int, year: int) -> list[LeftOut]:
    """Shares of other payers of the year's invoices, by the sentence that the payer engine gave."""
    rows = Share.objects.filter(
        invoice__patient__in=ids, invoice__legal_entity=entity_id, invoice__status__in=STANDING,
        invoice__issued_on__year=year, amount__gt=0,
    ).exclude(kind__in=kinds_counted()).select_related("line", "payer")  # fmt: skip
    found: dict[str, Money] = defaultdict(lambda: ZERO)
    for share in rows:
        said = next((text for about, text in share.line.reasons if about == "tax"), "") or str(share.payer)
        found[said] += share.amount
    return [LeftOut(why, amount) for why, amount in found.items()]


def years_of(patient: Patient, today: date) -> list[int]:
    """Years that may be asked: those with invoices, and this and the last one."""
    ids = [patient.pk, *merged_ids(patient.pk)]
    paid = set(
        PaymentPart.objects.filter(invoice__patient__in=ids)
        .values_list("payment__taken_on__year", flat=True)
        .distinct()
    )
    return sorted(
        (year for year in paid | {today.year, today.year - 1} if rules.FIRST_YEAR <= year <= today.year), reverse=True
    )


def entities_of(patient: Patient, user: Any) -> list[LegalEntity]:
    """Legal entities with invoices of the patient; where there is none, of the user's branches."""
    ids = [patient.pk, *merged_ids(patient.pk)]
    known = LegalEntity.objects.live()
    found = list(
        known.filter(pk__in=PaymentPart.objects.filter(invoice__patient__in=ids).values("invoice__legal_entity"))
    )
    return found or list(known.filter(branches__in=user.branch_ids).distinct().order_by("pk")[:1])


def sums_changed(certificate: Certificate) -> tuple[Money, Money] | None:
    """What the certificate's payments come to now, where refunds have changed that since (PAT-17); None: as said."""
    if not certificate.is_last:
        return None
    year = year_of(
        certificate.patient, entity_id=certificate.number.legal_entity_id, year=certificate.number.year,
        own_number=certificate.number_id,
    )  # fmt: skip
    named = set(certificate.payments.values_list("payment", flat=True))
    now = rules.sums_of([offer.paid for offer in year.offers if offer.paid.payment in named])
    return now if now != (certificate.code1, certificate.code2) else None


def today_of(user: Any) -> date:
    branch = Branch.objects.live().filter(pk__in=user.branch_ids).first()
    return clock.today(branch.timezone) if branch else clock.now().date()


def register_sums(rows: Iterable[Certificate]) -> tuple[Money, Money]:
    listed = list(rows)
    return sum((row.code1 for row in listed), ZERO), sum((row.code2 for row in listed), ZERO)


def standing_sum(column: str) -> Sum:
    """A total of certificates that stand: corrected and cancelled ones are not counted twice."""
    return Sum(column, filter=Q(number__is_cancelled=False, correction=F("number__correction")))

"""The certificate as paper: plain values, its machine-read fields cut into cells (KND 1151156)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from core.money import Money
from taxes import rules
from taxes.models import Certificate, Relation
from taxes.rules import Person

KND = "1151156"
NAME_ROW = 36  # cells of a name on one row; a longer name goes on in the next


@dataclass(frozen=True, slots=True)
class PersonPaper:
    """Rows of cells; names in capitals as the form wants them."""

    last_name: list[str]
    first_name: list[str]
    middle_name: list[str]
    inn: str
    birth_date: str
    document_code: str
    document_number: str
    document_on: str


@dataclass(frozen=True, slots=True)
class CertificatePaper:
    knd: str
    inn: str
    kpp: str
    pages: int
    number: str
    correction: str
    year: str
    company: str
    address: str
    licence: str
    payer: PersonPaper
    same: str
    patient: PersonPaper | None
    code1: str
    code2: str
    total: Money
    signer: str
    authority: str
    day: date
    issued: str
    cancels: bool
    reason: str


def certificate_paper(row: Certificate) -> CertificatePaper:
    entity = row.number.legal_entity
    own = row.relation == Relation.SELF
    return CertificatePaper(
        knd=KND, inn=entity.inn.ljust(12, "-"), kpp=entity.kpp.ljust(9, "-"), pages=1 if own else 2,
        number=str(row.number).ljust(12, "-"), correction=str(row.correction).ljust(3, "-"), year=str(row.number.year),
        company=entity.name, address=entity.address, licence=entity.licence,
        payer=person_paper(rules.person_of(row.payer)), same="1" if own else "0",
        patient=None if own else person_paper(rules.person_of(row.subject)), code1=sum_cells(row.code1),
        code2=sum_cells(row.code2), total=row.total, signer=row.signer, authority=row.authority, day=row.issued_on,
        issued=day_cells(row.issued_on), cancels=row.cancels, reason=row.reason,
    )  # fmt: skip


def person_paper(who: Person) -> PersonPaper:
    return PersonPaper(
        last_name=rows_of(who.last_name), first_name=rows_of(who.first_name), middle_name=rows_of(who.middle_name),
        inn=(who.inn or "").ljust(12, "-"), birth_date=day_cells(who.birth_date),
        document_code=("" if who.inn else who.document_code).ljust(2, "-"),
        document_number=("" if who.inn else who.document_number).ljust(20, "-"),
        document_on=day_cells(None if who.inn else who.document_on),
    )  # fmt: skip


def rows_of(text: str) -> list[str]:
    """A name over as many rows of cells as it takes, the rest dashes."""
    text = text.upper()
    rows = [text[start : start + NAME_ROW] for start in range(0, len(text), NAME_ROW)] or [""]
    return [row.ljust(NAME_ROW, "-") for row in rows]


def day_cells(day: Any) -> str:
    return f"{day:%d.%m.%Y}" if day else "--.--.----"


def sum_cells(amount: Money) -> str:
    """Thirteen cells of roubles, a dot, two of kopecks; nothing is dashes."""
    roubles, _dot, kopecks = f"{amount:.2f}".partition(".")
    return f"{roubles:->13}.{kopecks}" if amount else f"{'':->13}.--"

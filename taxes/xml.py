"""The register as a file: KND 1184043, format 5.01, windows-1251 (order EA-7-11/824@; attributes, no child texts)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as Tree

from core.money import Money
from taxes.rules import Person, names_of

SCHEMA = Path(__file__).parent / "schema" / "UT_SVOPLMEDUSL_1_278_00_05_01_02.xsd"
PROGRAM, FORMAT, KND = "Kabinet", "5.01", "1184043"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """Who tells: a company, or a person in business whose INN has twelve digits."""

    name: str
    inn: str
    kpp: str
    head: str
    office: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One certificate of the file."""

    number: str
    correction: int
    payer: Person
    patient: Person | None  # None: the payer himself
    code1: Money
    code2: Money


def file_name(clinic: Clinic, on: date, tail: str) -> str:
    """Prefix, both tax offices, INN with KPP, the day, a tail of its own; without the ending."""
    return f"UT_SVOPLMEDUSL_{clinic.office}_{clinic.office}_{clinic.inn}{clinic.kpp}_{on:%Y%m%d}_{tail}"


def register_xml(clinic: Clinic, entries: Sequence[Entry], *, year: int, on: date, tail: str) -> bytes:
    root = Tree.Element("Файл", {"ИдФайл": file_name(clinic, on, tail), "ВерсПрог": PROGRAM, "ВерсФорм": FORMAT})
    document = Tree.SubElement(
        root, "Документ", {"КНД": KND, "ДатаДок": day(on), "КодНО": clinic.office, "ОтчГод": str(year)}
    )
    teller = Tree.SubElement(document, "СвНП")
    if len(clinic.inn) == 12:
        named(Tree.SubElement(teller, "НПИП", {"ИННФЛ": clinic.inn}), *names_of(clinic.head))
    else:
        Tree.SubElement(teller, "НПЮЛ", {"НаимОрг": clinic.name, "ИННЮЛ": clinic.inn, "КПП": clinic.kpp})
    named(Tree.SubElement(document, "Подписант", {"ПрПодп": "1"}), *names_of(clinic.head))
    for entry in entries:
        certificate(document, entry)
    Tree.indent(root, " ")
    return Tree.tostring(root, encoding="windows-1251", xml_declaration=True)


def certificate(document: Tree.Element, entry: Entry) -> None:
    """One certificate; a sum of nothing is left out."""
    told = {
        "НомерСвед": entry.number, "НомКорр": str(entry.correction), "ПрПациент": "1" if entry.patient is None else "0",
    }  # fmt: skip
    if entry.code1:
        told["СуммаКод1"] = str(entry.code1)
    if entry.code2:
        told["СуммаКод2"] = str(entry.code2)
    node = Tree.SubElement(document, "СведРасхУсл", told)
    person(node, "НППлатМедУсл", entry.payer)
    if entry.patient is not None:
        person(node, "Пациент", entry.patient)


def person(parent: Tree.Element, tag: str, who: Person) -> None:
    """Name, birth date, INN; a document only of who has none."""
    told = {"ИНН": who.inn} if who.inn else {}
    if who.birth_date:
        told["ДатаРожд"] = day(who.birth_date)
    node = Tree.SubElement(parent, tag, told)
    named(node, who.last_name, who.first_name, who.middle_name)
    if not who.inn and who.document_on:
        Tree.SubElement(
            node, "СведДок",
            {"КодВидДок": who.document_code, "СерНомДок": who.document_number, "ДатаДок": day(who.document_on)},
        )  # fmt: skip


def named(parent: Tree.Element, last: str, first: str, middle: str) -> None:
    told = {"Фамилия": last, "Имя": first} | ({"Отчество": middle} if middle else {})
    Tree.SubElement(parent, "ФИО", told)


def day(value: date) -> str:
    return f"{value:%d.%m.%Y}"

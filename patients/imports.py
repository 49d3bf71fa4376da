"""What a file of patients may hold, and how one of its rows is read (PAT-44).

Three shapes are known by their headings: cards of another program (number, full name, phone…), one column with the
full name, and a table with surname, name and patronymic apart. A row is read into plain values or into sentences
about what is wrong with it; nothing here touches the database.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.phones import WRONG_PHONE, phone_of
from core.tables import Field, Row, date_of, flag_of
from core.text import fold
from patients.rules.identity import digits_only, is_person_inn, is_snils

NAME = re.compile(r"[^\W\d_][\w'’.\-]*")
PHONE_LIKE = re.compile(r"^\+?[\d\s()\-]{10,20}$")
SEXES = {
    "м": "m",
    "муж": "m",
    "мужской": "m",
    "male": "m",
    "m": "m",
    "ж": "f",
    "жен": "f",
    "женский": "f",
    "female": "f",
    "f": "f",
}


def looks_like_date(text: str) -> bool:
    try:
        return 1900 <= date_of(text).year <= 2100
    except ValueError:
        return False


def looks_like_name(text: str) -> bool:
    return bool(re.fullmatch(r"[А-ЯЁA-ZȘȚĂÂÎ][\w'’\-]+(\s+[А-ЯЁA-ZȘȚĂÂÎ][\w'’.\-]*){1,3}", text.strip()))


FIELDS = (
    Field("full_name", pgettext_lazy("person", "Full name"), ("фио", "ф и о", "пациент", "фамилия имя отчество", "клиент",
          "name", "patient", "full name"), looks=looks_like_name),
    Field("last_name", _("Surname"), ("фамилия", "surname", "last name", "прізвище")),
    Field("first_name", _("First name"), ("имя", "first name")),
    Field("middle_name", _("Patronymic"), ("отчество", "patronymic", "middle name")),
    Field("phone", _("Phone"), ("телефон", "мобильный", "моб телефон", "сотовый", "тел", "phone", "mobile", "номер телефона",
                                "контактный телефон", "мобильный телефон"), looks=lambda text: bool(PHONE_LIKE.match(text))),
    Field("home_phone", _("Home phone"), ("домашний телефон", "дом телефон", "телефон 2", "доп телефон", "второй телефон")),
    Field("birth_date", _("Birth date"), ("дата рождения", "д р", "др", "рождение", "birth date", "birthday", "date of birth"),
          looks=looks_like_date),
    Field("sex", _("Sex"), ("пол", "sex", "gender"), looks=lambda text: fold(text).rstrip(".") in SEXES),
    Field("email", _("E-mail"), ("email", "e mail", "почта", "эл почта", "электронная почта"), looks=lambda text: "@" in text),
    Field("card_number", _("Card number"), ("номер карты", "карта", "амбулаторная карта", "№ карты", "код", "card number", "id", "номер",
                                            "№", "номер амбулаторной карты", "№ амб карты")),
    Field("source", _("Marketing channel"), ("источник", "рекламный источник", "канал", "откуда узнал", "source", "реклама")),
    Field("group", _("CLV group"), ("группа", "направление", "group")),
    Field("branch", _("Branch"), ("филиал", "клиника", "branch")),
    Field("doctor", _("Treating doctor"), ("лечащий врач", "врач", "доктор", "doctor")),
    Field("comment", _("Comment"), ("комментарий", "примечание", "заметка", "comment", "note", "примечания")),
    Field("mailing_allowed", _("Agrees to marketing messages"), ("рассылка", "согласие на рассылку", "смс рассылка")),
    Field("passport", _("Passport (series and number)"), ("паспорт", "серия и номер паспорта", "паспорт серия номер", "passport")),
    Field("issued_by", _("Issued by"), ("кем выдан", "паспорт выдан")),
    Field("issued_on", _("Issued on"), ("дата выдачи", "когда выдан")),
    Field("snils", _("SNILS"), ("снилс", "snils")),
    Field("inn", _("INN"), ("инн", "inn")),
    Field("policy_number", _("Policy"), ("полис", "омс", "полис омс", "номер полиса", "policy")),
    Field("insurance_company", _("Insurance company"), ("страховая", "страховая компания", "смо")),
    Field("registered_address", _("Address"), ("адрес", "адрес регистрации", "место жительства", "address")),
)  # fmt: skip
LABELS = {each.name: each.label for each in FIELDS}
IDENTITY = ("snils", "inn", "policy_number", "insurance_company", "registered_address", "issued_by", "issued_on")
LONGEST = {"last_name": 80, "first_name": 80, "middle_name": 80, "card_number": 20, "email": 254, "comment": 4000,
           "policy_number": 40, "insurance_company": 160, "registered_address": 400, "issued_by": 300}  # fmt: skip


@dataclass(slots=True)
class Read:
    """A row as it was read. `errors` are by field; a row with any is not imported."""

    number: int
    card: dict[str, Any] = field(default_factory=dict)
    identity: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # directories by the names that the file gives
    errors: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=dict)

    def error(self, name: str, text: Any) -> None:
        self.errors.setdefault(name, text)


def row_read(row: Row, columns: dict[str, int], today: date) -> Read:
    """One line of the file. `columns` says which column is which field."""
    made = Read(row.number, raw={name: row.get(column) for name, column in columns.items()})
    read_names(made)
    read_phones(made)
    read_birth(made, today)
    read_sex(made)
    read_documents(made, today)
    for name in ("email", "card_number", "comment"):
        if text := made.raw.get(name, "").strip():
            made.card[name] = text
    if "email" in made.card and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", made.card["email"]):
        made.error("email", _("This is not an e-mail address."))
    if flag := made.raw.get("mailing_allowed"):
        try:
            made.card["mailing_allowed"] = flag_of(flag)
        except ValueError:
            made.error("mailing_allowed", _("Yes or no is expected."))
    made.names = {
        name: made.raw[name].strip()
        for name in ("source", "group", "branch", "doctor")
        if made.raw.get(name, "").strip()
    }
    for name, limit in LONGEST.items():
        if len(str(made.card.get(name, made.identity.get(name, "")))) > limit:
            made.error(name, _("At most %(limit)s characters.") % {"limit": limit})
    return made


def read_names(made: Read) -> None:
    """Surname, name and patronymic, from one column or from three."""
    parts = [made.raw.get(name, "").strip() for name in ("last_name", "first_name", "middle_name")]
    if whole := " ".join(made.raw.get("full_name", "").split()):
        words = whole.split(" ")
        split = [words[0], words[1] if len(words) > 1 else "", " ".join(words[2:])]
        parts = [own or found for own, found in zip(parts, split, strict=True)]
    made.card |= dict(
        zip(("last_name", "first_name", "middle_name"), (" ".join(part.split()) for part in parts), strict=True)
    )
    where = "full_name" if "full_name" in made.raw else "last_name"
    if not made.card["last_name"]:
        made.error(where, _("There is no surname."))
    elif not made.card["first_name"]:
        made.error("full_name" if "full_name" in made.raw else "first_name", _("There is no first name."))
    elif re.search(r"\d", made.card["last_name"] + made.card["first_name"]):
        made.error(where, _("A name has no digits."))


def read_phones(made: Read) -> None:
    """The first number of the cell is the main one, the others are kept too."""
    found: list[str] = []
    for name in ("phone", "home_phone"):
        for text in re.split(r"[,;/\n]|\s{2,}", made.raw.get(name, "")):
            if not re.search(r"\d", text):
                if text.strip():
                    made.error(name, WRONG_PHONE)
                continue
            try:
                number = phone_of(text)
            except ValueError:
                made.error(name, WRONG_PHONE)
                continue
            if name == "home_phone" and "home_phone" not in made.card:
                made.card["home_phone"] = number
            elif number not in found:
                found.append(number)
    if found:
        made.card["phone"], made.card["more_phones"] = found[0], " ".join(found[1:])[:200]


def read_birth(made: Read, today: date) -> None:
    """A two-digit year that would lie in the future is of the last century; a bare year is no birth date."""
    text = made.raw.get("birth_date", "").strip()
    if not text:
        return
    try:
        born = date_of(text)
    except ValueError:
        made.error("birth_date", _("This is not a date."))
        return
    if born > today and re.search(r"\D\d{2}$", text):
        born = born.replace(year=born.year - 100)
    if born > today:
        made.error("birth_date", _("The birth date lies in the future."))
    elif born.year < today.year - 130:
        made.error("birth_date", _("This is not a date."))
    else:
        made.card["birth_date"] = born


def read_sex(made: Read) -> None:
    """As the file says, else by the ending of the patronymic."""
    word = fold(made.raw.get("sex", "")).rstrip(".")
    if word:
        if word in SEXES:
            made.card["sex"] = SEXES[word]
        else:
            made.error("sex", _("Male or female is expected."))
        return
    ending = fold(made.card.get("middle_name", ""))[-3:]
    if ending in ("вич", "ьич", "мич"):
        made.card["sex"] = "m"
    elif ending in ("вна", "чна"):
        made.card["sex"] = "f"


def read_documents(made: Read, today: date) -> None:
    """Passport, SNILS and INN with their check digits."""
    for name in IDENTITY:
        if text := " ".join(made.raw.get(name, "").split()):
            made.identity[name] = text
    if "issued_on" in made.identity:
        try:
            made.identity["issued_on"] = date_of(made.identity["issued_on"])
        except ValueError:
            made.error("issued_on", _("This is not a date."))
    if passport := digits_only(made.raw.get("passport", "")):
        if len(passport) == 10:
            made.identity |= {"passport_series": passport[:4], "passport_number": passport[4:]}
        else:
            made.error("passport", _("A passport has 4 digits of the series and 6 of the number."))
    for name, is_right, text in (
        ("snils", is_snils, _("The check digits of this SNILS do not match.")),
        ("inn", is_person_inn, _("The check digits of this INN do not match: a person has 12 digits.")),
    ):
        if name in made.identity:
            made.identity[name] = digits_only(made.identity[name])
            if not is_right(made.identity[name]):
                made.error(name, text)

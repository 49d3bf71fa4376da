"""Folding of names, phones and codes, so that people find what they mean."""

import re

LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
CYRILLIC = "йцукенгшщзхъфывапролджэячсмитьбюё"
_TO_CYRILLIC = str.maketrans(LATIN, CYRILLIC)
_TO_LATIN = str.maketrans(CYRILLIC, LATIN)
_LOOK_ALIKE = str.maketrans("АВЕКМНОРСТУХЗавекмнорстух", "ABEKMHOPCTYX3ABEKMHOPCTYX")


def fold(text: str) -> str:
    """Lower case, ё as е, one blank between words: «Ёлкина  Анна» -> «елкина анна»."""
    return " ".join(text.lower().replace("ё", "е").split())


def keyboard_twins(text: str) -> list[str]:
    """What was meant when the wrong keyboard was on: «bdfyjd» -> «иванов»; both ways, without the text itself."""
    lower = text.lower()
    twins = [fold(lower.translate(_TO_CYRILLIC)), fold(lower.translate(_TO_LATIN))]
    return [twin for twin in twins if twin != fold(text)]


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def code(text: str) -> str:
    """A service or diagnosis code with Cyrillic look-alikes made Latin and blanks dropped: «А 16.07» -> «A16.07»."""
    return re.sub(r"\s+", "", text).translate(_LOOK_ALIKE).upper()


def own_code(text: str) -> str:
    """As `code` for what is a code of Order 804n or of ICD-10 («ВОЗ.003» too); a clinic's «ЗУБ-1» only loses blanks."""
    made = code(text)
    made = made[:1] + made[1:].replace("O", "0")
    return made if is_code(made) else re.sub(r"\s+", "", text).upper()


def is_code(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Z][0-9]{1,2}(\.[0-9]+)*[A-Z0-9.]*", code(text)))


_LETTERS = dict(zip("абвгдезийклмнопрстуфхцыэ", "abvgdeziyklmnoprstufhcye", strict=True)) | {
    "ё": "e", "ж": "zh", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ь": "", "ю": "yu", "я": "ya",
}  # fmt: skip


def login_of(name: str) -> str:
    """A login proposed for a name: «Щёголева» -> «schegoleva»."""
    latin = "".join(_LETTERS.get(char, char) for char in name.strip().lower())
    return re.sub(r"[^a-z0-9.-]", "", latin)


def as_id(text: str) -> int | None:
    """A row's number as a form sends it; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None

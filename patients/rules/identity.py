"""Documents of identity: check digits and forms."""

import re

INN_10 = (2, 4, 10, 3, 5, 9, 4, 6, 8)
INN_12 = ((7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8))


def digits_only(text: str) -> str:
    return re.sub(r"\D", "", text)


def is_snils(text: str) -> bool:
    """Eleven digits whose last two are the check number; numbers up to 001-001-998 carry none."""
    if not re.fullmatch(r"\d{11}", text):
        return False
    number, check = text[:9], int(text[9:])
    if int(number) <= 1001998:
        return True
    total = sum(int(digit) * weight for digit, weight in zip(number, range(9, 0, -1), strict=True))
    return total % 101 % 100 == check


def is_person_inn(text: str) -> bool:
    """Twelve digits, the last two of them check digits (a person's INN, not a company's)."""
    if not re.fullmatch(r"\d{12}", text) or text == "0" * 12:
        return False
    return all(weighted(text, weights) == int(text[len(weights)]) for weights in INN_12)


def is_company_inn(text: str) -> bool:
    return bool(re.fullmatch(r"\d{10}", text)) and text != "0" * 10 and weighted(text, INN_10) == int(text[9])


def weighted(text: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(text, weights, strict=False)) % 11 % 10


def masked(text: str, shown: int = 3) -> str:
    """«4512604318» -> «•••••••318»: enough to recognise, not enough to use (PAT-04)."""
    plain = re.sub(r"\s", "", text)
    return "•" * (len(plain) - shown) + plain[-shown:] if len(plain) > shown else "•" * len(plain)


def snils_shown(text: str) -> str:
    return f"{text[:3]}-{text[3:6]}-{text[6:9]} {text[9:]}" if len(text) == 11 else text

"""Sums in words, as papers want them: Russian and English."""

from decimal import Decimal

ONES_RU = ("", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять", "одиннадцать",
           "двенадцать", "тринадцать", "четырнадцать", "пятнадцать", "шестнадцать", "семнадцать", "восемнадцать",
           "девятнадцать")  # fmt: skip
TENS_RU = ("", "", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто")
HUNDREDS_RU = ("", "сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот")
# One, two, five of it; whether it is feminine.
SCALES_RU = (
    (("", "", ""), False),
    (("тысяча", "тысячи", "тысяч"), True),
    (("миллион", "миллиона", "миллионов"), False),
    (("миллиард", "миллиарда", "миллиардов"), False),
)
# By the sign that the clinic writes: one, two, five of it, and of its hundredth.
MONEY_RU = {
    "₽": (("рубль", "рубля", "рублей"), ("копейка", "копейки", "копеек")),
    "Br": (("белорусский рубль", "белорусских рубля", "белорусских рублей"), ("копейка", "копейки", "копеек")),
    "lei": (("лей", "лея", "леев"), ("бан", "бана", "банов")),
    "€": (("евро", "евро", "евро"), ("цент", "цента", "центов")),
    "$": (("доллар США", "доллара США", "долларов США"), ("цент", "цента", "центов")),
    "₸": (("тенге", "тенге", "тенге"), ("тиын", "тиына", "тиынов")),
    "₴": (("гривна", "гривны", "гривен"), ("копейка", "копейки", "копеек")),
}
FEMININE = frozenset({"₴"})
ONES_EN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
           "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")  # fmt: skip
TENS_EN = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SCALES_EN = ("", "thousand", "million", "billion")
MONEY_EN = {
    "₽": (("rouble", "roubles"), ("kopeck", "kopecks")),
    "Br": (("Belarusian rouble", "Belarusian roubles"), ("kopeck", "kopecks")),
    "lei": (("leu", "lei"), ("ban", "bani")),
    "€": (("euro", "euros"), ("cent", "cents")),
    "$": (("dollar", "dollars"), ("cent", "cents")),
    "₸": (("tenge", "tenge"), ("tiyn", "tiyns")),
    "₴": (("hryvnia", "hryvnias"), ("kopiyka", "kopiykas")),
}


def plural_ru(number: int, forms: tuple[str, str, str]) -> str:
    """1 рубль, 2 рубля, 5 рублей, 11 рублей, 21 рубль."""
    if 10 < number % 100 < 20:
        return forms[2]
    return forms[{1: 0, 2: 1, 3: 1, 4: 1}.get(number % 10, 2)]


def under_thousand_ru(number: int, is_feminine: bool) -> list[str]:
    words = [HUNDREDS_RU[number // 100]]
    rest = number % 100
    if rest < 20:
        ones = rest
    else:
        words.append(TENS_RU[rest // 10])
        ones = rest % 10
    words.append({1: "одна", 2: "две"}.get(ones, ONES_RU[ones]) if is_feminine else ONES_RU[ones])
    return [word for word in words if word]


def number_ru(number: int, is_feminine: bool = False) -> str:
    """0..999 999 999 999; `is_feminine` for what is counted."""
    if number == 0:
        return "ноль"
    words: list[str] = []
    for place in range(len(SCALES_RU) - 1, -1, -1):
        part = number // 1000**place % 1000
        if part:
            forms, is_scale_feminine = SCALES_RU[place]
            words += under_thousand_ru(part, is_scale_feminine if place else is_feminine)
            words.append(plural_ru(part, forms))
    return " ".join(word for word in words if word)


def under_thousand_en(number: int) -> str:
    words = [f"{ONES_EN[number // 100]} hundred"] if number >= 100 else []
    rest = number % 100
    if rest:
        small = ONES_EN[rest] if rest < 20 else TENS_EN[rest // 10] + (f"-{ONES_EN[rest % 10]}" if rest % 10 else "")
        words.append(f"and {small}" if words else small)
    return " ".join(words)


def number_en(number: int) -> str:
    if number == 0:
        return ONES_EN[0]
    parts = []
    for place in range(len(SCALES_EN) - 1, -1, -1):
        part = number // 1000**place % 1000
        if part:
            parts.append(f"{under_thousand_en(part)} {SCALES_EN[place]}".strip())
    return " ".join(parts)


def amount_in_words(amount: Decimal, currency: str = "₽", language: str = "ru") -> str:
    """«Четыре тысячи восемьсот шестьдесят рублей 00 копеек»; another language than Russian reads English."""
    whole, cents = divmod(int((abs(amount) * 100).to_integral_value()), 100)
    if language == "ru":
        units, parts = MONEY_RU.get(currency, MONEY_RU["₽"])
        text = (
            f"{number_ru(whole, currency in FEMININE)} {plural_ru(whole, units)} {cents:02} {plural_ru(cents, parts)}"
        )
    else:
        names, small = MONEY_EN.get(currency, MONEY_EN["₽"])
        text = f"{number_en(whole)} {names[whole != 1]} {cents:02} {small[cents != 1]}"
    return text[0].upper() + text[1:]

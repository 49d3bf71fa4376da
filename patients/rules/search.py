"""What a typed line asks for: words of a name, runs of digits, a birth date."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from core.text import keyboard_twins

ROMANIAN = str.maketrans("ёăâîșşțţ", "еaaisstt")
SORT_MARKS = {"ё": "е", "ă": "a~", "â": "a~~", "î": "i~", "ș": "s~", "ş": "s~", "ț": "t~", "ţ": "t~"}
BLANK = "\x01"  # sorts before every letter
DAY = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?![\d.])")
RUN = re.compile(r"(?<!\S)[+(]?\d[\d\s()+.\-/]*(?!\S)|(?<!\S)№?\d+(?!\S)")
MAX_WORDS = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """All parts must fit. Each word stands with what it would be on the other keyboard."""

    words: tuple[tuple[str, ...], ...] = ()
    runs: tuple[str, ...] = ()
    days: tuple[date, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.runs or self.days)

    @property
    def is_one_word(self) -> bool:
        return len(self.words) == 1 and not self.runs and not self.days

    @property
    def beginnings(self) -> list[str]:
        """Sort keys that a surname may begin with: the words as typed, then one word on the other keyboard."""
        typed = [sort_key(word) for word, *_twins in self.words]
        twins = [sort_key(twin) for twin in self.words[0][1:]] if len(self.words) == 1 else []
        return [key for key in typed + twins if key]


def name_folded(text: str) -> str:
    """As Patient.search_name is folded: lower case, ё as е, Romanian letters without marks."""
    return " ".join(text.lower().translate(ROMANIAN).split())


def sort_key(text: str) -> str:
    """The same as the database's sort_key()."""
    plain = "".join(SORT_MARKS.get(char, char) for char in text.lower().strip())
    return re.sub(r" +", BLANK, re.sub(r"['’-]", "", plain))


def asked_for(text: str) -> Asked:
    """«Ковал мар 204-17» -> words «ковал», «мар» and the run 20417. Too many words are cut, not refused."""
    text = text.replace("\x00", "")[:200]
    days, rest = take_days(text)
    runs = [re.sub(r"\D", "", found) for found in RUN.findall(rest)]
    rest = RUN.sub(" ", rest)
    words = [word for word in name_folded(rest).split() if re.search(r"\w", word) or twins_of(word)][:MAX_WORDS]
    return Asked(tuple((word, *twins_of(word)) for word in words), tuple(run for run in runs if run), tuple(days))


def take_days(text: str) -> tuple[list[date], str]:
    days = []
    for found in DAY.finditer(text):
        try:
            days.append(datetime.strptime(found.group(), "%d.%m.%Y").date())
        except ValueError:
            return [], text
    return days, DAY.sub(" ", text)


def twins_of(word: str) -> list[str]:
    """The word on the other keyboard, where that makes a word at all."""
    return [twin for twin in keyboard_twins(word) if re.fullmatch(r"[\w'’-]+", twin) and not twin.isdigit()]


def run_variants(run: str) -> tuple[str, ...]:
    """A number that begins with 8 is kept as +7: «8900» finds both."""
    return (run, "7" + run[1:]) if run.startswith("8") and len(run) >= 4 else (run,)

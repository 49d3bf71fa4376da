"""Finding a patient: two words, a fragment, the last digits of any phone."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from benchmarks.bench import Bench
from benchmarks.measure import Line

# Sorting by an expression keeps the planner from walking the dictionary: the trigram index answers.
TRIGRAMS = """
SELECT id, card_number, last_name, first_name, middle_name, phone, birth_date FROM patients_patient
WHERE {conditions} AND deleted_at IS NULL AND merged_into_id IS NULL ORDER BY sort_key || '', id LIMIT 20
"""


def measure(bench: Bench) -> Iterator[Line]:
    people = bench.sql(
        "SELECT lower(last_name), lower(first_name), phone FROM patients_patient WHERE length(last_name) > 6"
        " AND length(first_name) > 4 AND last_name !~* 'ё' AND first_name !~* 'ё' AND id % 997 = 5 LIMIT 60"
    )
    ask = partial(found, bench)
    yield bench.line(
        "patient search, two words", "SQL on the trigram index",
        lambda n: like(bench, *two_words(people, n)), lambda n: ask(" ".join(two_words(people, n))),
        aim=2.5, peer=186, peer_aim=0.05, budget=3,
    )  # fmt: skip
    yield bench.line(
        "patient search, first 5 letters", "SQL on the trigram index",
        lambda n: like(bench, person(people, n)[0][:5]), lambda n: ask(person(people, n)[0][:5]),
        aim=1.3, peer=171, peer_aim=0.2, budget=3,
    )  # fmt: skip
    yield bench.line(
        "patient search, 5 inner letters", "SQL on the trigram index",
        lambda n: like(bench, person(people, n)[0][1:6]), lambda n: ask(person(people, n)[0][1:6]),
        aim=1.3, peer=171, peer_aim=0.2, budget=3,
    )  # fmt: skip
    yield bench.line(
        "patient by the last digits of a phone", "empty Django view + SQL",
        lambda n: bench.bare.get("/digits", {"search": person(people, n)[2][-7:]}),
        lambda n: ask(person(people, n)[2][-7:]), aim=10, peer=54, peer_aim=0.1, budget=3,
    )  # fmt: skip


def person(people: list[Any], number: int) -> Any:
    return people[number % len(people)]


def two_words(people: list[Any], number: int) -> tuple[str, str]:
    """As typed at the desk: the beginning of the surname, that of the name."""
    surname, name, _phone = person(people, number)
    return surname[:5], name[:3]


def like(bench: Bench, *fragments: str) -> None:
    conditions = " AND ".join(["search_name LIKE %s"] * len(fragments))
    rows = bench.sql(TRIGRAMS.format(conditions=conditions), [f"%{fragment}%" for fragment in fragments])
    assert rows, fragments


def found(bench: Bench, text: str) -> None:
    answer = bench.reception.get("patients/", search=text, page_size=20)
    assert answer.json()["results"], text

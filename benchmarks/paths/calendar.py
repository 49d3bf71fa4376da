"""A day of twelve chairs and sixty visits, for programs and for people."""

from collections.abc import Iterator

from benchmarks.bench import Bench, Missing, bounds
from benchmarks.measure import Line


def measure(bench: Bench) -> Iterator[Line]:
    days = bench.days(30)

    def limit(address: str, number: int) -> None:
        first, last = bounds(days[number % len(days)])
        bench.bare.get(address, {"branch": 1, "from": first.isoformat(), "to": last.isoformat()})

    def api(number: int) -> None:
        day = days[number % len(days)].isoformat()
        answer = bench.reception.get("appointments/", branch=1, page_size=100, **{"from": day, "to": day})
        assert len(answer.json()["results"]) == bench.size.visits_a_day

    yield bench.line(
        "calendar day as JSON: 60 visits of the API", "bare Django view with .values()",
        lambda n: limit("/day.json", n), api, aim=2, peer=308, peer_aim=0.03, budget=4,
    )  # fmt: skip
    yield from pages(bench, limit, days)


def pages(bench: Bench, limit, days) -> Iterator[Line]:  # type: ignore[no-untyped-def]
    from django.urls import NoReverseMatch, reverse

    feeds = (
        ("scheduling:feed", "calendar day as JSON: events of the page", "/day.json", "bare Django view with .values()"),
        ("scheduling:calendar", "calendar day as a page", "/day", "bare Django template of 60 rows"),
    )
    for name, title, address, limit_is in feeds:
        try:
            url = reverse(name)
        except NoReverseMatch:
            yield Line(title, limit_is, note="not there yet")
            continue

        def ours(number: int, url: str = url) -> None:
            bench.reception.page(url, branch=1, date=days[number % len(days)].isoformat())

        try:
            yield bench.line(title, limit_is, lambda n, address=address: limit(address, n), ours, aim=2, budget=4)
        except Missing as error:
            yield Line(title, limit_is, note=str(error))

"""Every page that a link leads to, as each role: it opens, it speaks Russian, it counts and dates as Russians do."""

import re
from collections import deque
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from django.template import Context, Template
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import translation

from tests.small_clinic import ROLES, kept_clinic

pytestmark = [pytest.mark.feature("SET-25"), pytest.mark.slow]
# Latin words that Russians use as they are: names of formats, keys, codes, things.
ALLOWED = set(
    """
    Excel CSV XLSX SMS PDF HTTP HTTPS Ctrl Shift Enter Esc K N Tab Alt API JSON WhatsApp Telegram Viber VK PIN QR ID URL IP INN
    e mail E SNILS FDI CLV NPS EBITDA AM PM GMT UTC MSK DMS Kabinet English Română Linux Windows Chrome Chromium
    macOS PostgreSQL Valkey Celery Python Europe Moscow Asia MB GB KB ms s M D O B L V I II III IV VI VII X XX
    """.split()
)
# What is a value and not a word: logins, codes of diagnoses and services, addresses, e-mails, placeholders, versions.
VALUES = re.compile(
    r"""https?://\S+ | \S+@\S+ | \b[A-ZА-Я]\d{1,2}(?:\.\d+)*\b | \bA\d\d(?:\.\d+)+\b | \{\w+\} | \b[\w/-]+\.(?:csv|xlsx|pdf|ru|py)\b
    | \b[a-z]+(?:_[a-z]+)+\b | \b\w+/\w+(?:/\w+)*\b | \b[0-9a-f]{8}-[0-9a-f-]{27}\b | \bv?\d+(?:\.\d+)+\w*""",
    re.X,
)
LOGINS = set(ROLES)
SILENT = {"script", "style", "svg", "code", "kbd", "pre", "template"}
SPOKEN = ("title", "aria-label", "placeholder", "alt", "data-confirm", "hx-confirm", "data-yes", "data-label", "reason")
# Not pages of the clinic's people: the page of the design, the API's own pages, what ends the session.
SKIPPED = ("/styleguide/", "/api/", "/accounts/logout/", "/static/", "/live/")


class Reading(HTMLParser):
    """What a page says, to the eye and to the ear, and where it leads."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.words, self.links, self.hushed = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if self.hushed:
            if tag == self.hushed[0]:
                self.hushed.append(tag)
            return
        if tag in SILENT or told.get("lang") in ("en", "ro"):
            if tag not in ("img", "input", "br", "link", "meta", "hr"):
                self.hushed.append(tag)
            return
        self.words += [told[name] for name in SPOKEN if told.get(name)]
        if tag == "input" and told.get("type") in ("submit", "button") and told.get("value"):
            self.words.append(told["value"])
        leads = told.get("href") if tag == "a" else told.get("hx-get")
        if leads:
            self.links.append(leads)

    def handle_endtag(self, tag):
        if self.hushed and tag == self.hushed[0]:
            self.hushed.pop()

    def handle_data(self, data):
        if not self.hushed and data.strip():
            self.words.append(data.strip())


def english(words):
    """Latin words that are none of the allowed."""
    found = set()
    for said in words:
        rest = VALUES.sub(" ", said)
        found |= {word for word in re.findall(r"[A-Za-zÀ-ÿ]+", rest) if word not in ALLOWED | LOGINS}
    return found


def route_of(path):
    try:
        return resolve(path).route
    except Resolver404:
        return path


def crawl(user, *starts, limit=2):
    """(address, status, reading) of what is reached from `starts`, at most `limit` pages of one route."""
    client = Client(raise_request_exception=False, headers={"Accept-Language": "ru"})
    client.force_login(user)
    line, seen, routes = deque((start, "") for start in starts), set(), {}
    while line:
        address, source = line.popleft()
        place = urlsplit(address)
        path = place.path
        if place.netloc or not path.startswith("/") or path.startswith(SKIPPED):
            continue
        route = route_of(path)
        if address in seen or routes.get(route, 0) >= limit or "/export." in path:
            continue
        seen.add(address)
        routes[route] = routes.get(route, 0) + 1
        answer = client.get(address)
        if answer.status_code == 302:
            line.append((urljoin(address, answer["Location"]), address))
            continue
        is_page = answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming
        reading = Reading(answer.content.decode()) if is_page else None
        yield address, source, answer.status_code, reading
        if reading:
            line.extend((urljoin(address, link.partition("#")[0]), address) for link in reading.links)


@pytest.fixture(scope="module")
def it(django_db_setup, django_db_blocker):
    with kept_clinic(django_db_blocker) as made:
        yield made


def cards(it):
    return (
        "/", f"/patients/{it.anna.pk}/", f"/appointments/{it.visit.pk}/", f"/invoices/{it.invoice.pk}/",
        f"/treatment-plans/{it.plan.pk}/", f"/payments/{it.payment.pk}/", f"/cash-shifts/{it.cash_shift.pk}/",
    )  # fmt: skip


def test_pages_hold_no_english_words(it):
    wrong, pages = {}, 0
    for address, _source, status, reading in crawl(it.boss, *cards(it)):
        assert status == 200, address
        pages += 1
        for word in english(reading.words) if reading else ():
            wrong.setdefault(word, address)
    print(f"\n{pages} pages read")
    assert pages > 60
    assert not wrong, "\n".join(f"{word}: {address}" for word, address in sorted(wrong.items()))


@pytest.mark.parametrize("role", ROLES)
def test_no_link_that_a_role_sees_is_dead(it, role):
    user = it.people[role]
    dead = [
        f"{status} {address} (from {source})"
        for address, source, status, _reading in crawl(user, "/", f"/patients/{it.anna.pk}/", limit=1)
        if status >= 400
    ]
    assert not dead, "\n".join(dead)


def test_the_crawl_knows_an_english_word():
    assert english(["Сохранить and close", "Excel", "K02.1", "A16.07.002", "boss@example.test"]) == {"and", "close"}
    assert Reading('<a href="/x/" title="Open">да<svg><title>no</title></svg></a>').words == ["Open", "да"]


@pytest.mark.parametrize(
    ("filter", "values"),
    [
        ("age", {1: "1 год", 2: "2 года", 5: "5 лет", 21: "21 год"}),
        ("minutes", {1: "1 мин", 2: "2 мин", 5: "5 мин", 21: "21 мин"}),
    ],
)
def test_plurals_are_right(filter, values):
    with translation.override("ru"):
        found = {n: Template("{{ n|%s }}" % filter).render(Context({"n": n})).replace("\xa0", " ") for n in values}
    assert found == values


def test_every_russian_plural_has_its_forms():
    """1 приём, 2 приёма, 5 приёмов, 21 приём: three forms that differ, wherever a sentence counts."""
    from pathlib import Path

    wrong = []
    for catalogue in Path("locale").glob("*/ru/LC_MESSAGES/django.po"):
        for block in catalogue.read_text("utf8").split("\n\n"):
            if "msgid_plural" not in block or block.startswith("#~"):
                continue
            forms = re.findall(r'msgstr\[\d\] ((?:".*"\n?)+)', block)
            if len(forms) != 3 or not all(form.strip().strip('"') for form in forms):
                wrong.append(f"{catalogue}: {block.splitlines()[-1]}")
    assert not wrong, "\n".join(wrong)


def test_days_and_sums_are_written_as_russians_write_them():
    from datetime import date

    with translation.override("ru"):
        said = Template("{{ d|day }} {{ d|day_short }} {{ s|money }} {{ n|number }}").render(
            Context({"d": date(2026, 5, 1), "s": 12400.5, "n": 1234567})
        )
    assert said.replace("\xa0", " ").replace("\u202f", " ") == "1 мая 2026 01.05.2026 12 400,50 ₽ 1 234 567"

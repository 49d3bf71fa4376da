"""Every page that a link or an address leads to, as each role: it opens, speaks Russian, counts and dates as Russians do.

The crawl follows links and HTMX fragments of a small clinic; what no link reaches is asked by the table of routes, its
numbers those of the same clinic.
"""

import re
from collections import deque
from datetime import date
from decimal import Decimal
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import polib
import pytest
from django.conf import settings
from django.db import transaction
from django.template import Context, Template
from django.test import Client
from django.test.utils import _TestState
from django.urls import Resolver404, resolve
from django.utils import translation

from core import modules, policies
from core.access import is_foreign, routes
from messaging.models import Template as MessageTemplate
from patients.models import ConsentKind, CustomField, Group, Source
from patients.services import consent_sign, family_create, representative_add
from scheduling.models import StatusLabel
from scheduling.services import block_create, waiting_add
from tests.factories import ProfessionFactory
from tests.small_clinic import ROLES, kept_clinic, moment
from work.models import Notification

pytestmark = [pytest.mark.feature("SET-25"), pytest.mark.slow]
# Latin words that Russians use as they are: names of formats, keys, codes, things.
ALLOWED = set(
    """
    Excel CSV XLSX SMS PDF HTTP HTTPS Ctrl Shift Enter Esc K N Tab Alt API JSON WhatsApp Telegram Viber VK PIN QR ID URL IP INN
    e mail E SNILS FDI CLV NPS EBITDA AM PM GMT UTC  Kabinet English Română Linux Windows Chrome Chromium
    Google Authenticator BotFather GET POST RU EN RO PNG JPEG WebP lei Br Pt macOS PostgreSQL Valkey Celery Python ms II III IV VI VII
    iPhone iPad Mac Outlook iCalendar ICS
    """.split()
)
# What is a value and not a word: logins, codes of diagnoses and services, addresses, e-mails, placeholders, versions.
VALUES = re.compile(
    r"""https?://\S+ | \S+@\S+ | \b[A-ZА-Я]\d{1,2}(?:\.\d+)*\b | \bA\d\d(?:\.\d+)+\b | \{[\w, ]+\} | (?<!\S)/\w+
    | \b[\w/-]+\.(?:csv|xlsx|pdf|ru|py)\b | \b[a-z]+(?:[._][a-z_]+)+\b | \bmake\ backup\b
    | \b\w+/\w+(?:/\w+)*\b | \b[0-9a-f]{8}-[0-9a-f-]{27}\b | \bv?\d+(?:\.\d+)+\w*""",
    re.X,
)
# What a page never says: a day as machines write it, what a template or a sentence has not filled in.
NEVER = re.compile(r"\b\d{4}-\d\d-\d\d\b|\bNone\b|\bTrue\b|\bFalse\b|\{\{ | \}\}|\{%|%\(\w+\)|&(?:amp|lt|quot|#\d+);")
# A number and the word it counts: which of the three forms does the word have?
COUNT = re.compile(r"(%\(\w+\)[sd]|%d)[ \xa0]([а-яё]+)")
COUNTED = re.compile(r"(?<![\d.,:№-])(\d[\d\xa0\u202f]*)[ \xa0]([а-яё]+)\b")
FORMS = {
    form: number
    for forms in (
        "визит визита визитов", "приём приёма приёмов", "запись записи записей", "услуга услуги услуг", "год года лет",
        "день дня дней", "час часа часов", "строка строки строк", "пациент пациента пациентов", "счёт счёта счетов",
        "оплата оплаты оплат", "карта карты карт", "карточка карточки карточек", "сотрудник сотрудника сотрудников",
        "врач врача врачей", "кресло кресла кресел", "филиал филиала филиалов", "смена смены смен",
        "задача задачи задач", "сообщение сообщения сообщений", "зуб зуба зубов", "план плана планов",
        "роль роли ролей", "право права прав", "диагноз диагноза диагнозов", "неделя недели недель",
        "месяц месяца месяцев", "событие события событий", "файл файла файлов", "колонка колонки колонок",
        "минута минуты минут", "рубль рубля рублей", "ошибка ошибки ошибок", "изменение изменения изменений",
    )
    for number, form in enumerate(forms.split())
}  # fmt: skip
SILENT = {"textarea", "script", "style", "svg", "code", "kbd", "pre", "template"}
EMPTY = {"img", "input", "br", "link", "meta", "hr", "wbr", "source", "col"}
SPOKEN = ("title", "aria-label", "placeholder", "alt", "data-confirm", "hx-confirm", "data-yes", "data-label", "reason")
# Not pages of the clinic's people: the page of the design, the API's own pages, what ends the session.
SKIPPED = ("/styleguide/", "/api/", "/accounts/logout/", "/static/", "/live/", "/view-as/stop/")


LEAVES = re.compile(r"/export\.|\.pdf$|^/files/")  # files, which have tests of their own


class Reading(HTMLParser):
    """What a page says, to the eye and to the ear, and where it leads."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.words, self.links, self.hushed = [], [], []
        self.opened, self.nameless = None, set()  # the link that we are in and what it says
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if self.hushed:
            if tag == self.hushed[0]:
                self.hushed.append(tag)
            return
        if tag in SILENT or told.get("lang") in ("en", "ro"):
            if tag not in EMPTY:
                self.hushed.append(tag)
            return
        self.words += [told[name] for name in SPOKEN if told.get(name)]
        if tag == "input" and told.get("type") in ("submit", "button") and told.get("value"):
            self.words.append(told["value"])
        leads = told.get("href") if tag == "a" else None
        if leads:
            self.opened = [leads, told.get("aria-label") or told.get("title") or ""]
        self.links += [link for link in (leads, told.get("hx-get")) if link]

    def handle_endtag(self, tag):
        if tag == "a" and self.opened and not self.hushed:
            if not self.opened[1].strip():
                self.nameless.add(self.opened[0])
            self.opened = None
        if self.hushed and tag == self.hushed[0]:
            self.hushed.pop()

    def handle_data(self, data):
        if not self.hushed and data.strip():
            self.words.append(data.strip())
            if self.opened:
                self.opened[1] += data


def form_of(number):
    """Which of the three forms a Russian noun has after a number."""
    if number % 10 == 1 and number % 100 != 11:
        return 0
    return 1 if 2 <= number % 10 <= 4 and not 12 <= number % 100 <= 14 else 2


def faults(words):
    """English words, days of machines, holes of templates, wrong plurals; each with the text that it stands in."""
    found = {}
    for said in words:
        latin = re.findall(r"[A-Za-zÀ-ɏ]{2,}", VALUES.sub(" ", said))
        wrong = [word for word in latin if word not in ALLOWED and word not in ROLES]
        wrong += [match[0] for match in NEVER.finditer(said)]
        for number, noun in COUNTED.findall(said):
            form = FORMS.get(noun.lower())
            if form is not None and form != form_of(int(re.sub(r"\D", "", number))):
                wrong.append(f"{number} {noun}")
        found |= {word: " ".join(said.split())[:80] for word in wrong}
    return found


@cache
def route_of(path):
    try:
        return resolve(path).route
    except Resolver404:
        return path


def crawl(user, *starts, limit=2, depth=99):
    """(address, from where, status, reading) of what is reached from `starts`, at most `limit` pages of one route.

    With `depth` 0 only what stands in `starts` and where it redirects to.
    """
    client = Client(raise_request_exception=False, headers={"Accept-Language": "ru"})
    client.force_login(user)
    line, seen, routes_seen = deque((start, "") for start in starts), set(), {}
    while line:
        address, source = line.popleft()
        place = urlsplit(address)
        path = place.path
        if place.netloc or not path.startswith("/") or path.startswith(SKIPPED) or LEAVES.search(path):
            continue
        if address in seen:
            continue
        seen.add(address)
        route = route_of(path)
        if routes_seen.get(route, 0) >= limit:
            continue
        routes_seen[route] = routes_seen.get(route, 0) + 1
        answer = client.get(address)
        if answer.status_code == 302:
            line.append((urljoin(address, answer["Location"]), address))
            continue
        reading = read(answer)
        yield address, source, answer.status_code, reading
        if reading and depth:
            line.extend((urljoin(address, link.partition("#")[0]), address) for link in reading.links)


def read(answer):
    """The reading of a page; nothing for a file."""
    is_page = answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming
    return Reading(answer.content.decode()) if is_page and answer.content else None


@pytest.fixture(scope="module")
def it(django_db_setup, django_db_blocker):
    with kept_clinic(django_db_blocker) as made:
        yield made


def quick_templates(monkeypatch):
    """Templates are rendered without the test client's copies of every context: they are much of the time."""
    monkeypatch.setattr(Template, "_render", _TestState.saved_data.template_render)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    quick_templates(monkeypatch)


def cards(it):
    return (
        "/", f"/patients/{it.anna.pk}/", f"/appointments/{it.visit.pk}/", f"/invoices/{it.invoice.pk}/",
        f"/treatment-plans/{it.plan.pk}/", f"/payments/{it.payment.pk}/", f"/cash/shifts/{it.cash_shift.pk}/",
    )  # fmt: skip


def walked(user, *starts, limit):
    """What is wrong on the way, the routes that it took, and how many pages were read."""
    found, taken, pages = {}, set(), 0
    for address, source, status, reading in crawl(user, *starts, limit=limit):
        pages += 1
        taken.add(route_of(urlsplit(address).path))
        if status >= 400:
            found[address] = f"{status}, linked from {source}"
        if not reading:
            continue
        for word, said in faults(reading.words).items():
            found.setdefault(word, f"{address} «{said}»")
        for leads in reading.nameless:
            found.setdefault(f"a link without words to {leads}", address)
    return {"found": found, "routes": taken, "pages": pages}


def told(found):
    return "\n" + "\n".join(f"{what}: {where}" for what, where in sorted(found.items()))


@pytest.fixture(scope="module")
def whole_walk(it):
    """The director sees everything, so his walk goes to two pages of each route."""
    patch = pytest.MonkeyPatch()
    quick_templates(patch)
    made = walked(it.boss, *cards(it), limit=2)
    patch.undo()
    return made


def test_pages_of_the_director_open_and_speak_russian(whole_walk):
    assert not whole_walk["found"], told(whole_walk["found"])
    assert whole_walk["pages"] > 200


@pytest.mark.parametrize("role", ROLES[1:])
def test_pages_of_a_role_open_and_speak_russian(it, role):
    way = walked(it.people[role], "/", f"/patients/{it.anna.pk}/", limit=1)
    assert not way["found"], told(way["found"])
    assert way["pages"] > 25


OPTIONAL = sorted(name for name, module in modules.REGISTRY.items() if module.optional)


@pytest.fixture
def without(it):
    """The same clinic with modules switched off, for one test."""

    def switch_off(*names):
        for name in names:
            policies.store(f"module.{name}", False)
        policies.forget()
        return {route.route for route in routes() if route.module in modules.off()}

    with transaction.atomic():
        yield switch_off
        transaction.set_rollback(True)
    policies.forget()


@pytest.mark.parametrize("name", OPTIONAL)
def test_cards_open_without_a_module_and_do_not_lead_to_it(it, without, name):
    gone = without(name)
    seen = list(crawl(it.boss, *cards(it), limit=1, depth=0))
    assert [(address, status) for address, _source, status, _reading in seen if status != 200] == []
    links = {(address, link) for address, _source, _status, reading in seen for link in reading.links}
    assert sorted((address, link) for address, link in links if route_of(urlsplit(link).path) in gone) == []


def test_the_program_stands_without_all_that_is_optional(it, without):
    gone = without(*OPTIONAL)
    way = walked(it.boss, *cards(it), limit=1)
    assert not way["found"], told(way["found"])
    assert not way["routes"] & gone
    assert way["pages"] > 100


def numbers(it):
    """The number of a route's object, by how the route begins; longest first."""
    anna = it.anna.pk
    source, group = Source.objects.create(name="Соседи"), Group.objects.create(name="Золото")
    field = CustomField.objects.create(code="hobby", name="Увлечение")
    label = StatusLabel.objects.create(state="booked", name="Ждёт звонка", tone="amber")
    family_create(patient_id=anna, name="Ёлкины", actor=it.boss)
    adult = representative_add(
        patient_id=anna, actor=it.boss, full_name="Ёлкин Олег", relation="father", phone="+79001112233"
    )
    consent = consent_sign(patient_id=anna, kind=ConsentKind.objects.first(), actor=it.boss)
    block = block_create(
        starts_at=moment(it.day, 13), ends_at=moment(it.day, 14), chair_id=it.chair.pk, actor=it.boss
    )  # fmt: skip
    wish = waiting_add(patient_id=it.boris.pk, actor=it.boss)
    note = Notification.objects.create(user=it.boss, kind="work.task.given", facts={"object": "Сверить кассу"})
    return {
        "patients/<int:pk>/representatives/<int:row>": (anna, adult.pk),
        "patients/<int:pk>/consents/<int:row>": (anna, consent.pk), "patients/": (anna,),
        "directories/sources": (source.pk,), "directories/groups": (group.pk,),
        "directories/custom-fields": (field.pk,), "directories/appointment-statuses": (label.pk,),
        "directories/doctor-professions": (ProfessionFactory().pk,), "directories/staff-professions": (ProfessionFactory(kind="staff").pk,),
        "blocks/": (block.pk,), "waiting-list/": (wish.pk,), "shifts/": (it.shift.pk,),
        "appointments/": (it.visit.pk,), "invoices/": (it.invoice.pk,), "cash/shifts/": (it.cash_shift.pk,),
        "messages/templates/": (MessageTemplate.objects.first().pk,), "notifications/": (note.pk,),
    }  # fmt: skip


# What needs a file that is being brought in, or a code: tests of those screens hold them.
APART = re.compile(
    r"^jobs/|import/<|import/jobs/|actions/<slug|errors\.csv|^files/|^my-day/|options/$|^schedule/feed/|/pairing/$"
)


def is_page(route):
    return not (is_foreign(route.route, route.name) or route.path.startswith(SKIPPED) or LEAVES.search(route.path))


def test_pages_that_no_link_leads_to_speak_russian_too(it, whole_walk):
    known = sorted(numbers(it).items(), key=lambda pair: -len(pair[0]))
    client = Client(raise_request_exception=False, headers={"Accept-Language": "ru"})
    client.force_login(it.boss)
    found, pages = {}, 0
    for route in routes():
        if route.route in whole_walk["routes"] or APART.search(route.route) or not is_page(route):
            continue
        rows = next((rows for start, rows in known if route.route.startswith(start)), ())
        if len(rows) < route.route.count("<int:"):
            continue  # an object that the small clinic lacks
        given = iter(rows)
        path = re.sub(r"\d{9}", lambda _match, given=given: str(next(given, 1)), route.path)
        answer = client.get(path)
        if answer.status_code == 405:
            continue
        pages += 1
        if answer.status_code not in (200, 302, 409):
            found[path] = f"{answer.status_code} for {route.route}"
        reading = read(answer)
        for word, said in faults(reading.words).items() if reading else ():
            found.setdefault(word, f"{path} «{said}»")
    assert not found, told(found)
    assert pages > 40


def test_the_crawl_knows_what_is_wrong():
    assert set(faults(["Сохранить and close", "Excel", "K02.1", "A16.07.002", "boss@example.test"])) == {"and", "close"}
    assert set(faults(["1 визитов", "2 визита", "21 визит", "12 визита", "1\xa0000 визитов"])) == {
        "1 визитов",
        "12 визита",
    }
    assert set(faults(["с 2026-11-24", "24.11.2026", "Врач: None", "{{ name }}", "%(n)s"])) >= {
        "2026-11-24", "None", "{{ ", "%(n)",
    }  # fmt: skip
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
        found = {n: Template("{{ n|" + filter + " }}").render(Context({"n": n})).replace("\xa0", " ") for n in values}
    assert found == values


def test_every_russian_plural_has_its_three_forms():
    """1 приём, 2 приёма, 5 приёмов, 21 приём, wherever a sentence counts; a form holds the number it is for."""
    wrong = []
    for catalogue in Path(settings.BASE_DIR, "locale").glob("*/ru/LC_MESSAGES/django.po"):
        for entry in polib.pofile(str(catalogue)):
            if not entry.msgid_plural or entry.obsolete:
                continue
            forms = [entry.msgstr_plural.get(number, "") for number in range(3)]
            nouns = [FORMS.get(found[2].lower()) for form in forms if (found := COUNT.search(form))]
            if not all(forms) or any(noun not in (None, number) for number, noun in enumerate(nouns)):
                wrong.append(f"{catalogue.parts[-4]}: {entry.msgid}: {forms}")
    assert not wrong, "\n".join(wrong)


def test_days_and_sums_are_written_as_russians_write_them(it):
    with translation.override("ru"):
        said = Template("{{ d|day }} {{ d|day_short }} {{ s|money }} {{ n|number }}").render(
            Context({"d": date(2026, 5, 1), "s": Decimal("12400.50"), "n": 1234567})
        )
    assert re.sub(r"[\xa0\u202f]", " ", said) == "1 мая 2026 01.05.2026 12 400,50 ₽ 1 234 567"

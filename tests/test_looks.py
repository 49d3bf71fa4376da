"""Pages at a desk and on a phone, light and dark, with the longest names there are: nothing sticks out, axe is content.

Each page is loaded once, at the desk in light; then the same page is looked at as a phone in the dark, and what axe has
to say of both. Pages that differ by the window they are opened in (the calendar) are loaded on the phone as well.
"""

import csv

import pytest
from django.conf import settings
from django.test import Client

from clinic.models import Staff
from messaging.happenings import REGISTRY as HAPPENINGS
from messaging.models import Template
from messaging.services import incoming_receive, mailing_make, trigger_save
from patients.models import Patient
from scheduling.models import CallTask
from scheduling.services import waiting_add
from tests.closing import closing_in_time
from tests.probe import AXE, AXE_RUN, OVERFLOW, SIZES, is_ours
from tests.small_clinic import small_clinic
from work.services import message_post, room_of_record

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DESK, PHONE = ({"width": width, "height": height} for width, height in SIZES.values())
# Fonts are there and nothing is on its way; then two frames.
SETTLED = """() => document.fonts.ready.then(() => new Promise((done) => {
  const tick = (left) => left && document.querySelector('.htmx-request, .htmx-settling')
    ? setTimeout(() => tick(left - 1), 50) : requestAnimationFrame(() => requestAnimationFrame(done));
  tick(40);
}))"""
# In the dark only the colours can differ.
COLOURS = AXE_RUN.replace("resultTypes", "runOnly: ['color-contrast'], resultTypes")
SHELVES = {
    "days": """
        /schedule/?view=day /schedule/?view=week /appointments/ /appointments/new/ /appointments/{visit}/
        /appointments/{visit}/close/ /appointments/{visit}/move/ /appointments/{visit}/cancel/ /shifts/ /shifts/new/
        /blocks/new/ /waiting-list/new/ /schedule/search/ /tasks/ /tasks/new/ /tasks/{task}/ /now/ /notifications/
        /directories/visit-types/ /directories/visit-types/new/ /pools/ /pools/new/ /phone-calls/
        /directories/phone-lines/ /directories/phone-lines/new/ /schedule/print/?as=page /appointments/{visit}/slip/?as=page
    """,
    "people": """
        /patients/ /patients/new/ /patients/{anna}/ /patients/{anna}/info/ /patients/{anna}/visits/
        /patients/{anna}/papers/ /document-templates/ /document-templates/new/
        /patients/{anna}/history/ /patients/{anna}/merge/ /patients/{anna}/arrival/ /patients/{anna}/online/
        /patients/duplicates/ /patients/import/ /staff/ /staff/new/ /staff/{sokolova}/ /staff/{sokolova}/leave/
        /users/ /users/{boss}/ /users/{boss}/sessions/ /users/invite/ /roles/ /audit/ /trash/ /messages/
        /messages/new/ /messages/{message}/ /messages/templates/ /messages/templates/{template}/
    """,
    "medicine": """
        /patients/{anna}/diagnostics/ /patients/{anna}/plans/ /patients/{anna}/plans/new/ /treatment-plans/
        /treatment-plans/{plan}/ /treatment-plans/{plan}/book/
        /diagnoses/ /diagnoses/new/ /diagnoses/import/ /prices/ /prices/{service}/ /prices/new/
        /prices/change/ /prices/import/ /branches/ /branches/{branch}/ /branches/new/ /entities/ /chairs/
        /directories/ /directories/online-services/ /online-booking/links/ /settings/ /settings/modules/
        /settings/periods/ /health/ /styleguide/
    """,
    "money": """
        /patients/{anna}/payments/ /patients/{anna}/deposit/ /patients/{anna}/pay-debts/ /patients/{anna}/statement/
        /patients/{anna}/discounts/ /invoices/ /invoices/new/?patient={anna}
        /invoices/{invoice}/ /invoices/{invoice}/rollback/ /invoices/{invoice}/instalments/
        /payments/ /payments/{payment}/ /payments/{payment}/void/
        /payments/{payment}/method/ /payments/{payment}/move/
        /cash/ /cash-shifts/ /cash-desks/ /cash/desks/new/ /debts/ /discounts/ /discounts/new/ /discounts/try/
        /discounts-given/ /ledger/ /home/ /reports/ /reports/income/
        /insurers/ /insurers/new/ /insurers/{insurer}/ /insurers/{insurer}/programmes/ /insurers/{insurer}/templates/
        /insurers/{insurer}/templates/new/ /insurers/{insurer}/prices/import/ /patients/{gleb}/dms/ /patients/{gleb}/dms/new/
        /policies/ /approvals/ /approvals/{approval}/ /approvals/{approval}/decide/ /registers/ /registers/new/ /reports/dms/
        /reports/finance/ /reports/debt/ /reports/patient-flow/ /reports/bookings/ /reports/no-shows/
        /barter-contracts/ /barter-contracts/new/ /barter-contracts/{barter}/ /barter-contracts/{barter}/activate/
        /barter-contracts/{barter}/people/new/ /barter-beneficiaries/ /barter-beneficiaries/{entry}/
        /directories/organisations/ /tax-certificates/ /tax-certificates/{certificate}/ /patients/{anna}/tax-certificate/
        /tax-certificates/{certificate}/correct/ /tax-registers/ /tax-registers/new/
    """,
    "desk": """
        /mailings/ /mailings/new/?listing=patients /mailings/{mailing}/ /mailing-people/?mailing={mailing}
        /messages/triggers/ /messages/triggers/new/{event}/ /messages/triggers/{trigger}/ /incoming/ /incoming/{reply}/
        /call-tasks/ /call-tasks/{call}/ /confirmations/ /planned-visits/ /refills/ /flow/ /tasks/board/ /task-rules/
        /chat/ /chat/{room}/ /time/ /now/?team /settings/integrations/ /settings/integrations/smsc/
        /settings/integrations/whatsapp/ /settings/integrations/beeline/ /integration-log/
    """,
}


def longest(kind):
    with open(settings.BASE_DIR / "demo/data/ru_names.csv", encoding="utf-8", newline="") as table:
        return max((row["value"] for row in csv.DictReader(table) if (row["kind"], row["sex"]) == (kind, "f")), key=len)


@pytest.fixture
def stretched(web):
    """The small clinic, everybody in it renamed to the longest."""
    it = small_clinic()
    fields = {"last_name": "surname", "first_name": "first_name", "middle_name": "patronymic"}
    names = {name: longest(kind) for name, kind in fields.items()}
    Patient.objects.update(**names)
    Staff.objects.update(**names)
    it.template = Template.objects.first()
    desk_filled(it)
    return it


def desk_filled(it):
    """Something on each page of the desk: who waits, who has answered, a mailing, a trigger, a talk."""
    text = "{{name}}, ждём вас на осмотр. {{phone}}"
    more = {"kind": "service", "per_minute": 60, "listing": "patients", "query": "", "branch": it.branch}
    it.mailing = mailing_make(name="Приглашение на осенний осмотр", text=text, actor=it.boss, **more)
    it.trigger = trigger_save(name="После визита", event=next(iter(HAPPENINGS)), text="Спасибо!", actor=it.boss)
    it.reply = incoming_receive(
        gateway="x",
        provider_key="1",
        channel="sms",
        address=it.anna.phone,
        phone=it.anna.phone,
        text="Можно на час позже?",
    )
    waiting_add(patient_id=it.anna.pk, actor=it.boss)
    it.call = CallTask.objects.filter(patient=it.anna).latest("pk")
    it.room = room_of_record(actor=it.boss, kind="patients.patient", pk=it.anna.pk)
    message_post(room_id=it.room.pk, actor=it.boss, text="Просила утренние часы, после девяти.")


@pytest.fixture
def looked_at(browser, web):
    """`looked_at(user, address, on_phone=True)`: what is wrong with a page, at both sizes and in both lights."""
    made = []

    def page_of(user, size):
        client = Client()
        client.force_login(user)
        context = browser.new_context(
            viewport=size, locale="ru-RU", timezone_id="Europe/Moscow", color_scheme="light", has_touch=size == PHONE
        )
        context.add_cookies(
            [
                {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": web},
                {"name": "django_language", "value": "ru", "url": web},
            ]
        )
        made.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: notes.append(f"SCRIPT {str(error)[:200]}"))
        page.on(
            "console",
            lambda said: notes.append(said.text[:200]) if said.type == "error" and is_ours(said.text) else None,
        )
        return page

    pages, notes = {}, []  # one page goes from address to address: what it has parsed it need not parse again

    def look(user, address, *, on_phone=False):
        first = PHONE if on_phone else DESK
        key = (user.pk, on_phone)
        if key not in pages:
            pages[key] = page_of(user, first)
        page = pages[key]
        notes.clear()
        page.set_viewport_size(first)
        page.emulate_media(color_scheme="light")
        answer = page.goto(web + address, wait_until="load")
        if answer.status != 200:
            notes.append(f"STATUS {answer.status}")
        for size, scheme in ((first, "light"), (PHONE, "dark")):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            page.evaluate(SETTLED)
            name = f"{size['width']} {scheme}"
            notes.extend(f"{name}: {what}" for what in page.evaluate(OVERFLOW))
            if scheme == "light":
                page.evaluate(AXE.read_text("utf8"))  # evaluate() is not bound by the page's policy
            notes.extend(f"{name}: {what}" for what in page.evaluate(AXE_RUN if scheme == "light" else COLOURS))
        return [f"{address} {note}" for note in dict.fromkeys(notes)]

    yield look
    for context in made:
        with closing_in_time():
            context.close()


@pytest.mark.parametrize("shelf", SHELVES)
def test_nothing_sticks_out_and_nothing_is_illegible(stretched, looked_at, shelf):
    numbers = {name: made.pk for name, made in vars(stretched).items() if getattr(made, "pk", None) is not None}
    numbers["event"] = stretched.trigger.event
    found = []
    for address in SHELVES[shelf].split():
        found += looked_at(stretched.boss, address.format_map(numbers))
    assert not found, "\n".join(found)


def test_the_days_on_a_phone_fit_it(stretched, looked_at):
    found = looked_at(stretched.boss, "/schedule/", on_phone=True)
    found += looked_at(stretched.people["doctor"], "/my-day/", on_phone=True)
    found += looked_at(stretched.people["doctor"], "/my-day/calendar/", on_phone=True)
    found += looked_at(stretched.people["callcentre"], f"/patients/{stretched.anna.pk}/", on_phone=True)
    assert not found, "\n".join(found)

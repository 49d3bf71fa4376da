"""Two receptions on two web servers: what one moves the other sees; who works elsewhere hears nothing of it."""

import socket
import threading
import time
from urllib.parse import urlsplit

import pytest
from django.test import Client

from patients.services import patient_change
from scheduling.services import appointment_book, appointment_move, appointment_set_state, hold_place
from tests.cast import person
from tests.small_clinic import moment, small_clinic

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.feature("SCH-56")]
SECOND, POLLED = 1.0, 20.0
SHOWN = "([id, time]) => document.querySelector(`[data-eid=v${id}]`)?.textContent.includes(time)"


def open_day(screen, clinic, time_shown="10:00"):
    screen.go(f"/schedule/?date={clinic.day}")
    screen.page.wait_for_function(SHOWN, arg=[clinic.visit.pk, time_shown])
    return screen.page


def moved(clinic, hour):
    """Moved and committed; gives the moment of it."""
    actor = clinic.people["administrator"]
    appointment_move(appointment_id=clinic.visit.pk, starts_at=moment(clinic.day, hour), actor=actor)
    return time.monotonic()


def seen(page, clinic, since, time_shown, within):
    page.wait_for_function(SHOWN, arg=[clinic.visit.pk, time_shown], timeout=within * 1000, polling=50)
    return time.monotonic() - since


def dragged(page, clinic, hours):
    """The visit is pulled down by so many hours with the mouse; gives the moment at which it is let go."""
    page.wait_for_timeout(300)  # what was drawn anew stands still
    card = page.locator(f"[data-eid=v{clinic.visit.pk}]")
    card.scroll_into_view_if_needed()
    box = card.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 8
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + box["height"] * hours / 2, steps=5)
    page.mouse.move(x, y + box["height"] * hours, steps=5)
    page.mouse.up()
    return time.monotonic()


def test_a_move_in_one_browser_shows_in_another_on_another_server(web2, at_work):
    """A busy machine of tests may stumble once: the best of three moves tells what the program does."""
    clinic = small_clinic()
    first = open_day(at_work(clinic.people["administrator"], address=web2[0]), clinic)
    second = open_day(at_work(clinic.people["senior"], address=web2[1]), clinic)
    took = []
    for hours, now in ((2, 12), (-1, 11), (2, 13)):
        took.append(seen(second, clinic, dragged(first, clinic, hours), f"{now}:00", 10))
        clinic.visit.refresh_from_db()
        assert clinic.visit.starts_at == moment(clinic.day, now)
    print("\na move shows on the other screen in", [f"{each:.2f} s" for each in took])
    assert min(took) <= SECOND


@pytest.mark.parametrize("how", ["refused", "silent", "refused with the log"])
def test_with_the_stream_down_the_page_asks_by_itself(web2, at_work, how):
    """Refused is a dead line or 503, silent a proxy that holds everything back; the log is the way to ask instead."""
    clinic = small_clinic()
    screen = at_work(clinic.people["senior"], address=web2[1])

    def is_blocked(url):
        path = urlsplit(url).path
        return path.startswith("/live/") if how == "refused with the log" else path == "/live/"

    screen.page.context.route(is_blocked, lambda route: None if how == "silent" else route.abort())
    page = open_day(screen, clinic)
    took = seen(page, clinic, moved(clinic, 14), "14:00", POLLED)
    print(f"\nwith the stream {how} it shows in {took:.1f} s")


def test_what_happens_between_the_page_and_its_stream_is_not_lost(web2, at_work):
    """The stream of a slow line comes late: it begins with what was said since the page was made."""
    clinic = small_clinic()
    screen = at_work(clinic.people["senior"], address=web2[1])
    late = []
    screen.page.context.route(lambda url: urlsplit(url).path == "/live/", lambda route: late.append(route))
    page = open_day(screen, clinic)
    since = moved(clinic, 14)
    page.wait_for_timeout(300)
    late[0].continue_()
    assert seen(page, clinic, since, "14:00", 8) < 8


# Bytes on the wire


@pytest.fixture
def listener():
    """`listener(address, user)` reads the raw stream in the background; gives the growing bytes."""
    lines = []

    def listen(address, user):
        client = Client()
        client.force_login(user)
        place = urlsplit(address)
        line = socket.create_connection((place.hostname, place.port), timeout=60)
        cookie = f"sessionid={client.cookies['sessionid'].value}"
        line.sendall(f"GET /live/ HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: {cookie}\r\n\r\n".encode())
        heard = bytearray()
        thread = threading.Thread(target=read, args=(line, heard), daemon=True)
        thread.start()
        lines.append((line, thread))
        assert until(lambda: b"data: {}" in heard), bytes(heard)
        assert heard.startswith(b"HTTP/1.1 200") and b"text/event-stream" in heard
        return heard

    yield listen
    for line, thread in lines:
        line.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        line.close()


def read(line, heard):
    while piece := line.recv(4096):
        heard.extend(piece)


def until(check, seconds=10):
    end = time.monotonic() + seconds
    while not check() and time.monotonic() < end:
        time.sleep(0.05)
    return check()


def said(heard):
    """What was told after the greeting, without signs of life and the marks of chunks."""
    return [line for line in bytes(heard).splitlines() if line.startswith(b"data: ") and line != b"data: {}"]


@pytest.mark.feature("SET-15", "SET-23")
def test_a_user_of_another_branch_gets_no_byte_of_it(web2, listener):
    clinic = small_clinic()
    stranger = person("stranger", "administrator", branches=[clinic.north])
    own, foreign = listener(web2[0], clinic.people["administrator"]), listener(web2[1], stranger)
    began = int(time.time() * 1000)
    moved(clinic, 14)
    everything_else(clinic)
    assert until(lambda: len(said(own)) >= 4), bytes(own)
    # What is said after it comes through: so nothing was only late.
    appointment_move(appointment_id=clinic.north_visit.pk, starts_at=moment(clinic.day, 17), actor=clinic.boss)
    assert until(lambda: said(foreign))
    assert len(said(foreign)) == 1 and b'"appointment"' in said(foreign)[0]
    assert f'"id": {clinic.north_visit.pk}, "branch": {clinic.north.pk}'.encode() in said(foreign)[0]
    assert not [line for line in said(own) if f'"branch": {clinic.north.pk}'.encode() in line]
    asked = Client()
    asked.force_login(stranger)
    told = asked.get(f"/live/poll/?since={began}-0").json()["messages"]
    assert {message["branch"] for message in told if message["kind"] != "task"} == {clinic.north.pk}


def everything_else(clinic):
    """What else happens in the branch while somebody moves visits there, with what it tells the doctor."""
    desk = clinic.people["administrator"]
    at = {"doctor_id": clinic.ivanov.pk, "chair_id": clinic.chair2.pk}
    hours = {"starts_at": moment(clinic.day, 19), "ends_at": moment(clinic.day, 20)}
    hold_place(**at, **hours, actor=desk)
    appointment_book(patient_id=clinic.boris.pk, **at, **hours, actor=desk)
    patient_change(patient_id=clinic.anna.pk, actor=desk, changes={"comment": "ждёт звонка"})
    appointment_set_state(appointment_id=clinic.visit.pk, state="confirmed", actor=desk)

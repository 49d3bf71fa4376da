"""A doctor's visits in his own calendar: a secret address, RFC 5545, nobody's name unless the clinic allows it."""

from datetime import UTC, timedelta

import pytest
from django.urls import reverse
from django.utils import translation
from icalendar import Calendar

from core import clock
from core.policies import forget, store
from core.throttle import digest as counted
from scheduling.models import CalendarFeed
from scheduling.services import appointment_cancel, appointment_move, block_create, feed_make, feed_revoke
from scheduling.services.feeds import digest
from scheduling.views.feeds import READS
from tests.factories import DoctorFactory, ServiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("SCH-57")]


def address(secret):
    return reverse("scheduling:feed-file", args=[secret])


def read(client, secret):
    answer = client.get(address(secret))
    assert answer.status_code == 200, answer.content
    return Calendar.from_ical(answer.content)


def test_a_calendar_program_reads_the_visits_without_signing_in(client, doctor, book, at):
    visit, secret = book(10), feed_make(actor=doctor)
    file = read(client, secret)
    (event,) = file.walk("VEVENT")
    assert (event["dtstart"].dt, event["dtend"].dt) == (at(10), at(11))
    assert event["dtstart"].params["TZID"] == "Europe/Moscow"
    assert event["uid"].startswith(f"visit-{visit.pk}.")
    assert event["status"] == "TENTATIVE"
    assert event["dtstamp"].dt.tzinfo in (UTC,) or event["dtstamp"].dt.utcoffset() == timedelta(0)
    assert (file["version"], file["prodid"], file["method"]) == ("2.0", "-//Kabinet//Schedule//EN", "PUBLISH")
    assert [zone.tz_name for zone in file.timezones] == ["Europe/Moscow"]
    assert file.get_missing_tzids() == set()


def test_every_line_is_what_the_standard_allows(client, doctor, book):
    """Lines end by CRLF, none is longer than 75 octets, the text is UTF-8 however long a chair is called."""
    visit = book(10)
    visit.chair.name = "Кресло у окна, второе; " * 3
    visit.chair.save()
    body = client.get(address(feed_make(actor=doctor))).content
    assert body.endswith(b"END:VCALENDAR\r\n")
    lines = body.split(b"\r\n")
    assert not [line for line in lines if b"\n" in line or len(line) > 75]
    (event,) = Calendar.from_ical(body).walk("VEVENT")
    assert visit.chair.name in str(event["location"])


def test_nobody_is_named_unless_the_clinic_allows_it(client, doctor, book, anna):
    secret = feed_make(actor=doctor)
    book(10, service_ids=[ServiceFactory(name="Удаление зуба").pk], comment="боится")
    body = client.get(address(secret)).content.decode()
    assert not [word for word in (anna.last_name, anna.phone[-7:], "Удаление", "боится") if word in body]
    store("scheduling.feed_names", True)
    forget()
    body = client.get(address(secret)).content.decode()
    assert anna.last_name in body and "Удаление" in body
    assert anna.phone[-7:] not in body and "боится" not in body


def test_a_cancelled_visit_is_struck_out_and_a_moved_one_is_newer(client, doctor, book, reception, at):
    first, second = book(10), book(14)
    secret = feed_make(actor=doctor)
    before = {str(event["uid"]): event for event in read(client, secret).walk("VEVENT")}
    appointment_cancel(appointment_id=first.pk, reason="заболел", then="lost", actor=reception)
    appointment_move(appointment_id=second.pk, starts_at=at(16), actor=reception)
    after = {str(event["uid"]): event for event in read(client, secret).walk("VEVENT")}
    assert set(before) == set(after)
    gone, moved = (
        next(event for uid, event in after.items() if uid.startswith(f"visit-{row.pk}.")) for row in (first, second)
    )
    assert (gone["status"], gone["transp"]) == ("CANCELLED", "TRANSPARENT")
    assert moved["dtstart"].dt == at(16)
    assert moved["sequence"] > before[str(moved["uid"])]["sequence"]


def test_only_ones_own_visits_and_blocked_time(client, doctor, director, book, at, other_chair):
    colleague = DoctorFactory()
    block_create(
        doctor_id=doctor.staff_id, starts_at=at(12), ends_at=at(13), kind="lunch", note="с Петровым", actor=director
    )
    block_create(doctor_id=colleague.pk, starts_at=at(12), ends_at=at(13), kind="lunch", actor=director)
    with translation.override("en"):
        (event,) = read(client, feed_make(actor=doctor)).walk("VEVENT")
    assert event["uid"].startswith("block-")
    assert "Петров" not in str(event["summary"])


def test_an_unchanged_calendar_is_not_sent_twice(client, doctor, book):
    book(10)
    secret = feed_make(actor=doctor)
    first = client.get(address(secret))
    again = client.get(address(secret), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first["Content-Type"] == "text/calendar; charset=utf-8"
    book(14)
    assert client.get(address(secret), headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a_new_link_ends_the_old_one_and_only_a_digest_is_kept(client, doctor):
    old, new = feed_make(actor=doctor), feed_make(actor=doctor)
    assert [client.get(address(secret)).status_code for secret in (old, new)] == [404, 200]
    assert set(CalendarFeed.objects.values_list("digest", flat=True)) == {digest(old), digest(new)}
    assert feed_revoke(actor=doctor) is True
    assert feed_revoke(actor=doctor) is False
    assert client.get(address(new)).status_code == 404


@pytest.mark.parametrize("change", ["switched off", "no doctor any more", "refused"])
def test_a_link_dies_with_the_rights_of_its_owner(client, doctor, change):
    secret = feed_make(actor=doctor)
    if change == "switched off":
        doctor.is_active = False
    elif change == "refused":
        doctor.refused = ["scheduling.see_my_day"]
    else:
        doctor.staff = None
    doctor.save()
    assert client.get(address(secret)).status_code == 404


def test_guessing_and_asking_too_often_are_stopped(client, doctor):
    secret = feed_make(actor=doctor)
    codes = [client.get(address(f"wrong{number}")).status_code for number in range(21)]
    assert codes[:20] == [404] * 20 and codes[20] == 429
    other = {"REMOTE_ADDR": "10.1.1.1"}
    codes = [client.get(address(secret), **other).status_code for _ in range(READS.tries + 1)]
    assert codes[-2:] == [200, 429]
    assert client.get(address(secret), **other)["Retry-After"]
    assert counted(1) != counted(2)


def test_the_link_is_made_shown_once_and_revoked_on_ones_own_page(client, doctor, settings):
    client.force_login(doctor)
    page = reverse("scheduling:my-feed")
    assert client.get(page).status_code == 200
    shown = client.post(page, {"do": "make"})
    link = shown.context["link"]
    assert client.get(link.removeprefix("http://testserver")).status_code == 200
    assert link not in client.get(page).content.decode()
    client.post(page, {"do": "revoke"})
    assert client.get(link.removeprefix("http://testserver")).status_code == 404


def test_an_account_without_a_person_has_no_calendar(client, director):
    client.force_login(director)
    assert client.post(reverse("scheduling:my-feed"), {"do": "make"}).status_code in (403, 404)
    assert not CalendarFeed.objects.exists()


def test_a_summer_time_of_another_country_is_told_with_its_rules(client, doctor, branch, book):
    """In Bucharest the clocks change: the file says when."""
    branch.timezone = "Europe/Bucharest"
    branch.save()
    CalendarFeed.objects.all().delete()
    made = book(10)
    body = client.get(address(feed_make(actor=doctor))).content.decode()
    assert "TZID:Europe/Bucharest" in body and "BEGIN:DAYLIGHT" in body
    (event,) = Calendar.from_ical(body).walk("VEVENT")
    assert event["dtstart"].dt == made.starts_at and clock.local(made.starts_at, "Europe/Bucharest").hour in (9, 8)

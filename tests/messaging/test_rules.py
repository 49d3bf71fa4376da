"""Parts of an SMS, quiet hours, places."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from messaging import rules

TEXTS = st.one_of(
    st.text(alphabet=st.sampled_from(rules.GSM + rules.GSM_TWICE), max_size=400),
    st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=300),
    st.text(alphabet=st.sampled_from("абвё🦷 a€"), max_size=300),
)


@pytest.mark.feature("MSG-01")
@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("я" * 70, 1), ("я" * 71, 2), ("я" * 134, 2),
        ("я" * 135, 3), ("a" * 159 + "€", 2), ("🦷" * 35, 1), ("🦷" * 36, 2), ("a" * 70 + "ё", 2),
    ],
)  # fmt: skip
def test_parts_of_a_text(text, parts):
    assert rules.segments(text) == parts


@pytest.mark.django_db
def test_the_database_counts_parts_as_we_do():
    @given(TEXTS)
    def check(text):
        with connection.cursor() as cursor:
            cursor.execute("SELECT messaging_segments(%s)", [text])
            assert cursor.fetchone()[0] == rules.segments(text)

    check()


MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.mark.feature("MSG-20")
@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        ("20:59", "24 20:59"),
        ("21:00", "25 09:00"),
        ("23:30", "25 09:00"),
        ("00:10", "24 09:00"),
        ("08:59", "24 09:00"),
        ("09:00", "24 09:00"),
    ],
)
def test_nobody_is_disturbed_at_night(now, allowed):
    moment = datetime.combine(datetime(2026, 11, 24), time.fromisoformat(now), MOSCOW)
    assert f"{rules.after_quiet(moment, time(21), time(9)):%d %H:%M}" == allowed


def test_equal_ends_mean_no_quiet_hours():
    moment = datetime(2026, 11, 24, 3, tzinfo=MOSCOW)
    assert rules.after_quiet(moment, time(9), time(9)) == moment


@given(
    st.datetimes(timezones=st.just(MOSCOW), min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1)),
    st.times(),
    st.times(),
)
def test_the_moment_found_is_never_quiet_and_never_earlier(moment, start, end):
    start, end = start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0)
    found = rules.after_quiet(moment, start, end)
    assert found >= moment
    assert not rules.is_quiet(found.time(), start, end)


def test_places_of_a_template():
    assert rules.places("{{fio}}, ждём {{ date }} в {{time}}. {{fio}}!") == ["fio", "date", "time"]
    assert rules.render("{{fio}}, {{ date }}{{gone}}", {"fio": "Анна", "date": "25.11"}) == "Анна, 25.11"


@pytest.mark.parametrize("text", ["{{diagnosis}}", "{{fio}", "{fio}}", "{fio}", "{{ФИО}}", "{{fio}} {{"])
def test_what_cannot_be_filled_is_found(text):
    assert rules.unknown_places(text, {"fio"})


def test_waits_grow_and_end():
    assert [rules.wait(n).seconds for n in (0, 1, 2, 99)] == [30, 30, 120, 14400]

"""Time zones are called by their cities, in the language of the page."""

import re

import pytest
from django.utils import translation

from core.zones import zone_choices, zone_name

pytestmark = pytest.mark.feature("SET-03")


def test_a_zone_is_its_city_and_hours():
    with translation.override("ru"):
        assert zone_name("Europe/Moscow") == "Москва, UTC+3"
        assert zone_name("Asia/Kolkata") == "Калькутта, UTC+5:30"
        assert zone_name("America/New_York").startswith("Нью-Йорк, UTC-")
    with translation.override("en"):
        assert zone_name("Europe/Moscow") == "Moscow, UTC+3"


def test_every_zone_offered_has_a_russian_name_and_stands_once():
    with translation.override("ru"):
        rows = zone_choices()
    names = [name.rpartition(", ")[0] for _zone, name in rows]
    assert len(set(names)) == len(names) > 100
    assert [name for name in names if re.search("[A-Za-z]", name)] == []
    assert {"Europe/Kaliningrad", "Europe/Moscow", "Asia/Kamchatka", "Asia/Almaty"} <= {zone for zone, _name in rows}

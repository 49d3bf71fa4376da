"""Time zones by the city's name in the language of the page, with the hours from UTC: «Москва, UTC+3»."""

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel.dates import get_timezone_location
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import clock

# Cities that the world's table of names lacks in Russian, and aliases of computers that are no places.
ALIASES = frozenset(
    "Asia/Calcutta Asia/Katmandu Asia/Rangoon Asia/Saigon Europe/Kiev Europe/Uzhgorod Europe/Zaporozhye".split()
)


def zone_name(zone: str) -> str:
    """The city of a zone with its hours now."""
    return f"{_city(zone, get_language() or 'en')}, {_offset(zone, clock.now())}"


def zone_choices() -> list[tuple[str, str]]:
    """Zones where a clinic may stand, by their hours from UTC and then by city; the service takes every other too."""
    language, now = get_language() or "en", clock.now()
    found: dict[str, str] = {}
    for zone in sorted(available_timezones()):
        if zone.startswith(("Europe/", "Asia/")) and zone not in ALIASES:
            found.setdefault(_city(zone, language), zone)
    rows = [(now.astimezone(ZoneInfo(zone)).utcoffset(), city, zone) for city, zone in found.items()]
    return [(zone, f"{city}, {_offset(zone, now)}") for _hours, city, zone in sorted(rows)]


@lru_cache(maxsize=2000)
def _city(zone: str, language: str) -> str:
    own = {
        "Asia/Kolkata": _("Kolkata"), "Asia/Kathmandu": _("Kathmandu"), "Asia/Yangon": _("Yangon"),
        "Asia/Ho_Chi_Minh": _("Ho Chi Minh City"), "Europe/Kyiv": _("Kyiv"),
    }  # fmt: skip
    return own.get(zone) or get_timezone_location(zone, locale=language, return_city=True)


def _offset(zone: str, now: datetime) -> str:
    hours = now.astimezone(ZoneInfo(zone)).utcoffset()
    minutes = int(hours.total_seconds()) // 60 if hours else 0
    whole, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{whole}" + (f":{rest:02}" if rest else "")

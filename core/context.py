"""What every page needs: sections that the user may open, who he is, words and addresses for JavaScript."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core import navigation, policies
from core.own_policies import BRAND, LOGO, OWN_LOGO
from core.slots import Slot
from core.templatetags.ui import currency


def js_strings() -> dict[str, Any]:
    """Every word that a script shows; scripts have no catalogue of their own."""
    months = [
        _("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July"),
        _("August"), _("September"), _("October"), _("November"), _("December"),
    ]  # fmt: skip
    days = [_("Sunday"), _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday")]
    short = [
        pgettext("weekday", "Su"), pgettext("weekday", "Mo"), pgettext("weekday", "Tu"), pgettext("weekday", "We"),
        pgettext("weekday", "Th"), pgettext("weekday", "Fr"), pgettext("weekday", "Sa"),
    ]  # fmt: skip
    return {
        "currency": currency(),
        "failed": _("Not saved. Nothing was lost, try again."),
        "forbidden": _("You have no right to do this."),
        "gone": _("This is no longer there. Refresh the page."),
        "offline": _("No connection. What you typed is kept on this device."),
        "signed_out": _("Your session has ended. Sign in again: what you typed is kept."),
        "too_many": _("Too many requests. Wait a minute."),
        "nothing": _("Nothing found"),
        "saved": _("Saved"),
        "saving": _("Saving…"),
        "kept": _("Kept on this device"),
        "unsaved": _("Not saved yet"),
        "copied": _("Link copied"),
        "undo": _("Undo"),
        "yes": _("Yes"),
        "changed": _("Somebody has just changed this. The newest is shown."),
        "moved": _("Appointment moved"),
        "status_changed": _("Status changed"),
        "booked": _("Appointment booked"),
        "list": _("List"),
        "today": _("Today"),
        "no_events": _("No appointments"),
        "tooth": _("Tooth"),
        "no_teeth": _("no teeth"),
        "phase": _("Phase"),
        "days_short": pgettext("short for days", "d."),
        "who_does": _("Who does it"),
        "as_in_plan": _("as in the plan"),
        "healing": _("Healing, days"),
        "healing_most": _("At most, days"),
        "phase_gap": _("Rest after the phase, days"),
        "quantity": _("Quantity"),
        "price": _("Price"),
        "discount": _("Discount"),
        "no_price": _("no price"),
        "wrong_discount": _("A discount is a percent or a sum up to the sum of the line."),
        "remove": _("Remove"),
        "selected": _("Selected"),
        "rows": _("rows"),
        "permanent": _("permanent"),
        "primary": _("primary"),
        "before": _("before"),
        "mm": _("mm"),
        "M": _("mesial"),
        "D": _("distal"),
        "V": _("vestibular"),
        "L": _("lingual"),
        "P": _("palatal"),
        "O": _("occlusal"),
        "I": _("incisal"),
        "calendar": {
            "days": days,
            "daysShort": short,
            "daysMin": short,
            "months": months,
            "monthsShort": [month[:3] for month in months],
            "today": _("Today"),
            "clear": _("Clear"),
        },
    }


def files() -> dict[str, Any]:
    """Addresses of what scripts load only when a page has a use for it."""
    return {
        "icons": static("vendor/icons.svg"),
        "select": [
            static("vendor/tom-select/tom-select.complete.min.js"),
            static("vendor/tom-select/tom-select.bootstrap5.min.css"),
        ],
        "date": [static("vendor/air-datepicker/air-datepicker.js"), static("vendor/air-datepicker/air-datepicker.css")],
        "alpine": [static("vendor/alpinejs-csp/cdn.min.js")],
        "chart": [static("js/teeth.js"), static("js/chart.js")],
        "plan": [static("js/plan.js")],
        "chain": [static("js/chain.js")],
    }


def active_key(path: str, items: Iterable[dict[str, Any]]) -> str:
    """The section whose address is the longest beginning of this page's address."""
    best = max(items, key=lambda item: len(item["url"]) if is_under(path, item["url"]) else 0, default=None)
    return best["key"] if best and is_under(path, best["url"]) else ""


def is_under(path: str, url: str) -> bool:
    url = url.partition("?")[0]
    return path == url or (url != "/" and path.startswith(url))


# What an app adds to every full page of a signed-in person: provider(request) -> {name of the template's: value}.
EXTRAS: Slot[Callable[[HttpRequest], dict[str, Any]]] = Slot("shell.extras")


def roles_of(user: Any) -> str:
    """What the user is here, for the foot of the sidebar."""
    return ", ".join(getattr(user, "role_names", ()))


def brand() -> dict[str, str]:
    """The clinic's own name and logo, where it has chosen them (SET-09)."""
    key = policies.raw().get(LOGO) if OWN_LOGO.get() else ""
    return {"name": BRAND.get() or _("Kabinet"), "logo_url": reverse("core:file", args=[key]) if key else ""}


def shell(request: HttpRequest) -> dict[str, Any]:
    """Never fails for a stranger: the sign-in page and the error pages ask for it too."""
    common = {
        "js_strings": lambda: js_strings() | files(),  # the template calls it
        "languages": settings.LANGUAGES,
        "brand": SimpleLazyObject(brand),
        "currency": SimpleLazyObject(currency),
        "nav": [],
        "tabbar": [],
        "create_items": [],
        "active": "",
        "user_name": "",
        "user_roles": "",
        "unread": 0,
    }
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return common
    # Fragments have no sidebar: what they do not show they do not ask for.
    sections = SimpleLazyObject(lambda: navigation.sections(user))
    own = common | {
        "nav": sections,
        "tabbar": SimpleLazyObject(lambda: [item for item in flat(sections) if item["tab"]][:4]),
        "create_items": SimpleLazyObject(lambda: navigation.create_items(user)),
        "active": SimpleLazyObject(lambda: active_key(request.path, flat(sections))),
        "user_name": SimpleLazyObject(lambda: user.get_full_name() or user.get_username()),
        "user_roles": SimpleLazyObject(lambda: roles_of(user)),
        "unread": SimpleLazyObject(lambda: unread(user)),
    }
    for provider in EXTRAS:
        own |= provider(request)
    return own


def flat(sections: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item for group in sections for item in group["items"]]


def unread(user: Any) -> int:
    """Notifications not yet read; 0 while no app above tells."""
    count = getattr(navigation, "unread", None)
    return count(user) if count else 0

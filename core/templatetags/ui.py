"""Tags of the interface, built into every template: icons, figures, dates, list cells, form fields.

Numbers and dates follow the language of the page; amounts and dates never break across lines.
"""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import cache
from html import escape
from typing import Any
from urllib.parse import urlencode

from django import forms, template
from django.conf import settings
from django.db.models import Model
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from core.access import REGISTRY as PERMISSIONS
from core.access import is_allowed
from core.own_policies import CURRENCY
from core.zones import zone_name

register = template.Library()

NBSP = "\u00a0"
MINUS = "\u2212"
DASH = mark_safe('<span class="muted">—</span>')
AVATAR_TONES = ("blue", "green", "amber", "violet", "teal", "red")

# Thousands and decimal marks of a language; anything unknown is written the Russian way.
MARKS = {"en": (",", "."), "ro": (".", ",")}
# Long date, short date, day and month.
DATES = {
    "en": ("j F Y", "j M Y", "j F"),
    "ro": ("j F Y", "d.m.Y", "j F"),
    "ru": ("j E Y", "d.m.Y", "j E"),
}


def _e(value: Any) -> str:
    """Escape unless already safe; Django's own does the same at four times the cost."""
    return value.__html__() if hasattr(value, "__html__") else escape(str(value))


def _language() -> str:
    return (get_language() or settings.LANGUAGE_CODE)[:2]


# --- figures ---------------------------------------------------------------------------------


def currency() -> str:
    """The sign put after an amount, as the clinic has chosen it."""
    return str(CURRENCY.get())


@register.simple_tag
def currency_sign() -> str:
    return currency()


def _decimal(value: Any) -> Decimal:
    """What is no number is an error of the page: a nought in its place would be a lie about money."""
    value = getattr(value, "amount", value)
    return value if isinstance(value, Decimal) else Decimal(str(value or 0))


def group_digits(value: Any, places: int | None = None) -> str:
    """12400.5 -> «12 400,50» or «12,400.50»; without kopecks when there are none."""
    amount = _decimal(value)
    if places is None:
        places = 0 if amount == amount.to_integral() else 2
    thousands, decimal = MARKS.get(_language(), (NBSP, ","))
    text = f"{abs(amount):,.{places}f}".translate({ord(","): thousands, ord("."): decimal})
    return MINUS + text if amount < 0 and text.strip("0" + decimal) else text


@register.filter
def zone(name: str) -> str:
    """A time zone by its city."""
    return zone_name(name)


@register.filter
def money(value: Any, sign: str | None = None) -> str:
    """12400 -> «12 400 ₽»; ``money:''`` leaves the currency out."""
    sign = currency() if sign is None else sign
    return f"{group_digits(value)}{NBSP}{sign}" if sign else group_digits(value)


@register.filter
def signed(value: Any, sign: str | None = None) -> str:
    """The same with a plus before a gain."""
    text = money(value, sign)
    return f"+{text}" if _decimal(value) > 0 else text


@register.filter
def number(value: Any, places: int | None = None) -> str:
    if value is None or value == "":
        return "—"
    amount = _decimal(value)
    if places is None and amount != amount.to_integral():
        places = min(3, max(1, -amount.normalize().as_tuple().exponent))
    return group_digits(amount, places)


@register.filter
def pct(value: Any) -> str:
    """12.4 -> «12,4 %»."""
    return f"{number(value)}{NBSP}%"


@register.filter
def percent(part: Any, whole: Any) -> int:
    """The whole percent that a part makes of a whole; 0 of nothing."""
    return round(100 * part / whole) if whole else 0


@register.filter
def age(years: int) -> str:
    return ngettext("%(n)s year", "%(n)s years", years) % {"n": years}


@register.filter
def minutes(value: int) -> str:
    """90 -> «1 h 30 min»."""
    hours, rest = divmod(int(value), 60)
    if not hours:
        return _("%(n)s min") % {"n": rest}
    if not rest:
        return _("%(n)s h") % {"n": hours}
    return _("%(h)s h %(m)s min") % {"h": hours, "m": rest}


@register.filter
def file_size(value: int) -> str:
    """Bytes in the words of the page."""
    size = float(value or 0)
    for unit in (_("B"), _("KB"), _("MB")):
        if size < 1024:
            return f"{group_digits(round(size, 1) if size % 1 else size, 0 if size >= 10 else None)}{NBSP}{unit}"
        size /= 1024
    return f"{group_digits(round(size, 1), 1)}{NBSP}{_('GB')}"


# --- dates -----------------------------------------------------------------------------------


def _local(value: date | datetime) -> date | datetime:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


def _dated(value: Any, which: int) -> str:
    if not value:
        return "—"
    pattern = DATES.get(_language(), DATES["ru"])[which]
    value = _local(value)
    if pattern == "d.m.Y":
        return f"{value.day:02}.{value.month:02}.{value.year}"
    return format_date(value, pattern).replace(" ", NBSP)


@register.filter
def day(value: Any) -> str:
    """«23 ноября 2026»."""
    return _dated(value, 0)


@register.filter
def day_short(value: Any) -> str:
    """«23.11.2026», in English «23 Nov 2026»."""
    return _dated(value, 1)


@register.filter
def day_month(value: Any) -> str:
    """«23 ноября»."""
    return _dated(value, 2)


@register.filter
def clock(value: Any) -> str:
    """«09:40»."""
    if not value:
        return "—"
    value = value if isinstance(value, time) else _local(value)
    return f"{value.hour:02}:{value.minute:02}"


@register.filter
def moment(value: Any) -> str:
    """«23.11.2026, 09:40»."""
    return f"{day_short(value)}, {clock(value)}" if value else "—"


@register.filter
def ago(value: datetime | None) -> str:
    """How a person would say when: «just now», «5 min ago», «today, 09:40», «yesterday, 18:04», a date."""
    if not value:
        return "—"
    here, now = _local(value), timezone.localtime()
    passed = (now - here).total_seconds()
    if 0 <= passed < 60:
        return _("just now")
    if 0 <= passed < 3600:
        return _("%(n)s min ago") % {"n": int(passed // 60)}
    days = (now.date() - here.date()).days
    if days == 0:
        return _("today, %(time)s") % {"time": clock(here)}
    if days == 1:
        return _("yesterday, %(time)s") % {"time": clock(here)}
    return moment(here)


# --- people and small marks ------------------------------------------------------------------


@register.simple_tag
@cache
def icon(name: str, cls: str = "") -> SafeString:
    """An icon of the sprite; decorative, so hidden from screen readers."""
    return mark_safe(
        f'<svg class="icon {_e(cls)}" aria-hidden="true"><use href="{static("vendor/icons.svg")}#tabler-{_e(name)}"/></svg>'
    )


@register.filter
def may(user: Any, code: str) -> bool:
    """``{% if request.user|may:"patients.change_patient" %}``: only to hide a button, the view guards itself."""
    needed = PERMISSIONS.get(code)
    return needed is not None and is_allowed(user, needed)


@register.filter
def own_roles(user: Any) -> list[tuple[str, str]]:
    """(code, name) of the roles that a user has."""
    return list(zip(getattr(user, "role_codes", ()), getattr(user, "role_names", ()), strict=False))


@register.filter
def initials(name: Any) -> str:
    words = [word for word in str(name).replace(".", " ").split() if word[:1].isalpha()]
    return "".join(word[0] for word in words[:2]).upper()


@register.filter
def avatar_tone(name: Any) -> str:
    """A steady tone for a name: the same person looks the same on every screen."""
    return AVATAR_TONES[sum(map(ord, str(name))) % len(AVATAR_TONES)]


@register.filter
def phone(value: Any) -> str:
    """«+79162041783» -> «+7 916 204-17-83»; a foreign number stays in groups of three."""
    text = str(value or "")
    digits = "".join(char for char in text if char.isdigit())
    if len(digits) == 11 and digits[0] in "78":
        return f"+7{NBSP}{digits[1:4]}{NBSP}{digits[4:7]}-{digits[7:9]}-{digits[9:]}"
    if len(digits) == 11 and digits.startswith("373"):
        return f"+373{NBSP}{digits[3:5]}{NBSP}{digits[5:8]}-{digits[8:]}"
    return text.replace(" ", NBSP)


@register.filter
def digits(value: Any) -> str:
    """Only what a ``tel:`` link needs."""
    text = str(value or "")
    return ("+" if text.strip().startswith("+") else "") + "".join(char for char in text if char.isdigit())


BROWSERS = (
    ("YaBrowser", "Yandex"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@register.filter
def device(user_agent: Any) -> str:
    """«Chrome, Windows» out of what a browser says of itself."""
    said = str(user_agent or "")
    known = [next((name for mark, name in table if mark in said), "") for table in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, known)) or said[:60] or _("Unknown device")


@register.filter
def get(mapping: Any, key: Any) -> Any:
    return mapping.get(key, "") if hasattr(mapping, "get") else ""


@register.simple_tag
def delta(value: float, good: str = "up") -> SafeString:
    """Change against the previous period: colour says good or bad, the arrow says direction."""
    if not value:
        return format_html('<span class="delta flat">0{}%</span>', NBSP)
    rising = value > 0
    tone = "good" if rising == (good == "up") else "bad"
    return format_html(
        '<span class="delta {}">{}{}{}%</span>', tone, "↑" if rising else "↓", number(abs(value), 1), NBSP
    )


@register.simple_tag
def spark(points: list[float], tone: str = "blue") -> SafeString:
    """Sparkline drawn on the server: 100 by 28 units, area and line."""
    if len(points) < 2:
        return mark_safe("")
    low, high = min(points), max(points)
    span = (high - low) or 1
    step = 100 / (len(points) - 1)
    line = " ".join(f"{i * step:.1f},{25 - (point - low) / span * 21:.1f}" for i, point in enumerate(points))
    return format_html(
        '<svg class="spark tone-{}" viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true">'
        '<polygon points="0,28 {} 100,28"/><polyline points="{}"/></svg>',
        tone,
        line,
        line,
    )


@register.simple_tag
def stack(parts: Iterable[tuple[str, float]], total: float | None = None) -> SafeString:
    """Stacked bar of (tone, value) pairs. Widths are SVG attributes, so no inline style is needed."""
    parts = list(parts)
    total = total or sum(value for _tone, value in parts) or 1
    start, out = 0.0, []
    for tone, value in parts:
        width = float(value / total) * 100  # sums are Decimals; this is only how wide they are drawn
        out.append((f"tone-{tone}", f"{start:.2f}%", f"{width:.2f}%"))
        start += width
    return format_html(
        '<svg class="stackbar" aria-hidden="true"><rect class="track" width="100%" height="100%"/>{}</svg>',
        format_html_join("", '<rect class="{}" x="{}" width="{}" height="100%"/>', out),
    )


# --- cells of a list -------------------------------------------------------------------------
# A kind known here is written by Python, which is several times cheaper than an included template
# (a page has hundreds of cells). A kind unknown here is the template ``cells/<kind>.html``
# with ``value``, ``row`` and ``column``.

Cell = Callable[[Any, str], str]
CELLS: dict[str, Cell] = {}
SHORT = 18  # characters of a cell that never break
RIGHT = frozenset({"money", "balance", "number", "percent"})


def _cell(*kinds: str) -> Callable[[Cell], Cell]:
    def add(write: Cell) -> Cell:
        for kind in kinds:
            CELLS[kind] = write
        return write

    return add


def _badge(text: Any, tone: Any = "grey", dot: bool = True) -> str:
    mark = '<i class="dot-k"></i>' if dot else ""
    return f'<span class="badge-k tone-{_e(tone)}">{mark}<span class="cut">{_e(text)}</span></span>'


def _pair(value: Any) -> tuple[Any, Any]:
    """A badge is (label, tone) or a bare label."""
    return (value[0], value[1]) if isinstance(value, (tuple, list)) and len(value) == 2 else (value, "grey")


@_cell("text")
def _text_cell(value: Any, url: str) -> str:
    """A short text, as a name with initials, stays on its line."""
    text = _e(value)
    return f'<span class="nowrap">{text}</span>' if " " in text and len(text) <= SHORT else text


@_cell("link")
def _link_cell(value: Any, url: str) -> str:
    if isinstance(value, (tuple, list)) and len(value) == 2:
        value, url = value
    if isinstance(value, Model) and hasattr(value, "get_absolute_url"):
        url = value.get_absolute_url()
    text = _e(value)
    short = " nowrap" if len(text) <= SHORT else ""
    return (
        f'<a class="name{short}" href="{_e(url)}">{text}</a>' if url else f'<span class="strong{short}">{text}</span>'
    )


@_cell("person")
def _person_cell(value: Any, url: str) -> str:
    """A face, a name, a line of small facts and marks: {"name", "sub": [..], "marks": [(label, tone)], "url"}."""
    if not isinstance(value, Mapping):
        value = {"name": value}
    name = _e(value["name"])
    sub = "".join(f'<span class="nowrap">{_e(item)}</span>' for item in value.get("sub", ()) if item)
    sub += "".join(f'<i class="mark tone-{_e(tone)}">{_e(label)}</i>' for label, tone in value.get("marks", ()))
    href = value.get("url", url)
    title = f'<a class="name cut" href="{_e(href)}">{name}</a>' if href else f'<span class="name cut">{name}</span>'
    face = f'<span class="ava tone-{avatar_tone(value["name"])}" aria-hidden="true">{initials(value["name"])}</span>'
    facts = f'<div class="xs muted row-x">{sub}</div>' if sub else ""
    return f'<div class="row-x">{face}<div class="grow">{title}{facts}</div></div>'


@_cell("money")
def _money_cell(value: Any, url: str) -> str:
    return _e(money(value))


@_cell("balance")
def _balance_cell(value: Any, url: str) -> str:
    """Debt is red, what the patient has left is green, nothing is grey."""
    amount = _decimal(value)
    tone = "neg" if amount < 0 else "pos" if amount > 0 else "muted"
    return f'<span class="{tone}">{_e(money(amount)) if amount else "0"}</span>'


@_cell("number")
def _number_cell(value: Any, url: str) -> str:
    return number(value)


@_cell("percent")
def _percent_cell(value: Any, url: str) -> str:
    return pct(value)


@_cell("date")
def _date_cell(value: Any, url: str) -> str:
    return day_short(value)


@_cell("datetime")
def _datetime_cell(value: Any, url: str) -> str:
    return moment(value)


@_cell("time")
def _time_cell(value: Any, url: str) -> str:
    return clock(value)


@_cell("bool")
def _bool_cell(value: Any, url: str) -> str:
    if not value:
        return DASH
    return f'{icon("check", "pos")}<span class="sr">{_("Yes")}</span>'


@_cell("badge")
def _badge_cell(value: Any, url: str) -> str:
    return _badge(*_pair(value))


@_cell("badges")
def _badges_cell(value: Any, url: str) -> str:
    return f'<span class="row-x wrap">{"".join(_badge(*_pair(item), dot=False) for item in value)}</span>'


@_cell("status")
def _status_cell(value: Any, url: str) -> str:
    """(code, label) of an appointment: the code is the tone."""
    code, label = _pair(value)
    return f'<span class="badge-k st-{_e(label and code)}"><i class="dot-k"></i>{_e(label)}</span>'


@_cell("phone")
def _phone_cell(value: Any, url: str) -> str:
    return f'<a class="num soft" href="tel:{digits(value)}">{_e(phone(value))}</a>'


@_cell("email")
def _email_cell(value: Any, url: str) -> str:
    return f'<a class="soft" href="mailto:{_e(value)}">{_e(value)}</a>'


@_cell("user")
def _user_cell(value: Any, url: str) -> str:
    return (
        f'<span class="row-x"><span class="ava sm tone-{avatar_tone(value)}" aria-hidden="true">{initials(value)}</span>'
        f'<span class="cut">{_e(value)}</span></span>'
    )


@_cell("progress")
def _progress_cell(value: Any, url: str) -> str:
    return f'<progress class="prog" value="{_decimal(value)}" max="100" aria-label="{pct(value)}"></progress>'


# More options than this and a filter shows a select that is searched by typing.
FEW_FILTERS = 14
NUMERIC = RIGHT | {"date", "datetime", "time"}


@cache
def _cell_template(kind: str) -> Any:
    try:
        return get_template(f"cells/{kind}.html")
    except TemplateDoesNotExist:
        return None


def cell_html(column: Any, value: Any, row: Any = None, url: str = "") -> str:
    """One value as its kind is written; an empty one is a dash."""
    if value is None or value == "" or value == ():
        return DASH
    write = CELLS.get(column.kind)
    if write:
        return write(value, url)
    found = _cell_template(column.kind)
    if found:
        return found.render({"value": value, "row": row, "column": column, "url": url})
    return _e(value)


@register.simple_tag
def cell(kind: str, value: Any, url: str = "") -> SafeString:
    """The same outside a list: ``{% cell "money" invoice.total %}``."""
    write = CELLS.get(kind, _text_cell)
    return mark_safe(DASH if value is None or value == "" else write(value, url))


def _align(column: Any) -> str:
    asked = "right" if column.kind in RIGHT else getattr(column, "align", "")
    return "r" if asked.startswith("r") else "c" if asked.startswith("c") else ""


@register.simple_tag
def list_rows(screen: Any, page: Any) -> SafeString:
    """The body of a list. Written whole by Python: a page has hundreds of cells, and a template costs ten times more."""
    plan = [
        (
            f'<td class="{" ".join(filter(None, _cell_classes(column, place)))}" data-col="{_e(column.name)}"'
            + (f' data-label="{_e(capfirst(column.label))}"' if place else ""),
            column,
            CELLS.get(column.kind),
        )
        for place, column in enumerate(screen.chosen)
    ]
    select, actions = _e(_("Select")), _e(_("Actions"))
    has_bulk, has_menu = bool(screen.actions), hasattr(screen, "row_actions")
    name_of = getattr(screen, "row_name", str)
    panel = getattr(screen, "row_panel", False)
    out: list[str] = []
    for row in page.rows:
        url = screen.row_url(row) or ""
        name = _e(name_of(row)) if has_bulk or has_menu else ""
        if url and panel:
            out.append(f'<tr data-row hx-get="{_e(url)}" hx-target="#panel-body" hx-trigger="click">')
        else:
            out.append(f'<tr data-row data-href="{_e(url)}">' if url else "<tr data-row>")
        if has_bulk:
            out.append(
                f'<td class="tick-cell"><input type="checkbox" class="tick" name="id" value="{_e(row.pk)}"'
                f' aria-label="{select}: {name}"></td>'
            )
        for place, ((start, column, write), (_column, value)) in enumerate(zip(plan, screen.cells(row), strict=True)):
            if value is None or value == "" or value == ():
                out.append(f"{start} data-empty>{DASH}</td>")
            else:
                link = "" if place else url
                inside = write(value, link) if write else cell_html(column, value, row, link)
                if (
                    link and "<a " not in inside
                ):  # the row has a name for the keyboard, of whatever kind its first cell is
                    inside = f'<a class="lead" href="{_e(link)}">{inside}</a>'
                out.append(f"{start}>{inside}</td>")
        if has_menu:
            out.append(f'<td class="w-act">{_row_menu(screen.row_actions(row), f"{actions}: {name}")}</td>')
        out.append("</tr>")
    return mark_safe("".join(out))


def _cell_classes(column: Any, place: int) -> tuple[str, ...]:
    return (
        f"k-{column.kind}",
        _align(column),
        "num" if column.kind in NUMERIC else "",
        "" if place else "lead-cell",
    )


def _row_menu(items: Iterable[Mapping[str, Any]], label: str) -> str:
    """Dicts of label, icon, url; and method="post", panel, confirm, tone."""
    written = []
    for item in items:
        inside = f"{icon(item.get('icon', 'point'))}{_e(item['label'])}"
        classes, url = f"dropdown-item {_e(item.get('tone', ''))}", _e(item["url"])
        if item.get("method") == "post":
            ask = f' hx-confirm="{_e(item["confirm"])}" data-yes="{_e(item["label"])}"' if item.get("confirm") else ""
            written.append(
                f'<button type="button" class="{classes}" hx-post="{url}" hx-swap="none"{ask}>{inside}</button>'
            )
        elif item.get("panel"):
            written.append(
                f'<button type="button" class="{classes}" hx-get="{url}" hx-target="#panel-body">{inside}</button>'
            )
        else:
            written.append(f'<a class="{classes}" href="{url}">{inside}</a>')
    if not written:
        return ""
    return (
        '<div class="dropdown"><button type="button" class="icon-btn sm" data-bs-toggle="dropdown" data-bs-strategy="fixed"'
        f' aria-expanded="false" aria-label="{label}">{icon("dots")}</button>'
        f'<div class="dropdown-menu dropdown-menu-end">{"".join(written)}</div></div>'
    )


@register.simple_tag
def heads(screen: Any) -> SafeString:
    """Column heads of a Listing, with sorting links that swap only the rows."""
    out = []
    for column in screen.chosen:
        align = _align(column)
        state = "ascending" if screen.sort == column.name else "descending" if screen.sort == f"-{column.name}" else ""
        text = _e(capfirst(column.label))
        if column.sort:
            url = _e(screen.sort_url(column))
            arrow = icon("chevron-down" if state == "descending" else "chevron-up") if state else ""
            text = f'<a href="{url}" hx-get="{url}" hx-target="#rows" hx-push-url="true">{text}{arrow}</a>'
        out.append(
            f'<th scope="col" data-col="{column.name}"{f" class={align}" if align else ""}'
            f"{f' aria-sort={state}' if state else ''}>{text}</th>"
        )
    return mark_safe("".join(out))


@register.filter
def has(thing: Any, name: str) -> bool:
    """Whether an object answers to a name; a template cannot ask it of a method that takes arguments."""
    return hasattr(thing, name)


@register.filter
def column_choices(screen: Any) -> list[dict[str, Any]]:
    """Columns for the picker: the chosen ones first, in their order."""
    chosen = [column.name for column in screen.chosen]
    available = screen.available_columns
    available = {c.name: c for c in (available.values() if hasattr(available, "values") else available)}
    order = chosen + [name for name in available if name not in chosen]
    return [
        {"name": name, "label": available[name].label, "is_on": name in chosen} for name in order if name in available
    ]


@register.simple_tag
def summary_cells(screen: Any) -> SafeString:
    """The foot of a list: a figure stands under its column when a column has its name, else in the first cell."""
    by_label = {str(label): (label, value, kind) for label, value, kind in screen.summary}
    columns = list(screen.chosen)
    placed = {}
    for column in columns[1:]:
        if str(column.label) in by_label:
            placed[column.name] = by_label.pop(str(column.label))
    first = "".join(
        f'<span class="nowrap">{_e(label)}: <b class="num">{_summary_value(value, kind)}</b></span>'
        for label, value, kind in by_label.values()
    )
    out = [f'<td class="lead-cell"><span class="row-x wrap sums-x">{first or _e(_("Total"))}</span></td>']
    for column in columns[1:]:
        if column.name in placed:
            label, value, kind = placed[column.name]
            out.append(
                f'<td class="num {_align(column)}" data-col="{column.name}" data-label="{_e(label)}">{_summary_value(value, kind)}</td>'
            )
        else:
            out.append(f'<td data-col="{column.name}" data-empty></td>')
    return mark_safe("".join(out))


def _summary_value(value: Any, kind: str) -> str:
    return CELLS.get(kind, _text_cell)(value, "") if value not in (None, "") else "—"


@register.simple_tag
def filter_fields(screen: Any, search: str = "search") -> list[dict[str, Any]]:
    """The fields of the filter form for the chip row; what is set carries its value and the link that drops it."""
    set_ones = {str(label): (value, remove) for label, value, remove in screen.filter_chips}
    out = []
    for field in screen.filter.form:
        if field.name == search or field.is_hidden:
            continue
        value, remove = set_ones.pop(str(field.label), ("", ""))
        out.append({"field": field, "label": capfirst(field.label), "value": value, "remove": remove})
    out += [
        {"field": None, "label": label, "value": value, "remove": remove} for label, (value, remove) in set_ones.items()
    ]
    return out


@register.simple_tag
def filter_options(field: forms.BoundField) -> dict[str, Any]:
    """How a filter is answered: one of few, several, a yes, or by its own control."""
    control, value = field.field.widget, field.value()
    chosen = {str(item) for item in (value if isinstance(value, (list, tuple)) else [value]) if item not in (None, "")}
    if isinstance(control, forms.CheckboxInput):
        return {"kind": "yes", "value": "true", "on": bool(value) and str(value).lower() not in ("false", "0")}
    choices = getattr(control, "choices", None)
    if choices is None or getattr(control, "widgets", None):
        return {"kind": "own"}
    items = []
    for option, label in choices:
        if isinstance(label, (list, tuple)):
            items += [(str(inner), text, str(inner) in chosen) for inner, text in label]
        else:
            items.append((str(option), label, str(option) in chosen or (not chosen and str(option) == "")))
    several = isinstance(control, (forms.SelectMultiple, forms.CheckboxSelectMultiple))
    if len(items) > FEW_FILTERS:
        return {"kind": "own"}
    if not several:
        items = [(option, _("Any") if option == "" else label, on) for option, label, on in items]
    return {"kind": "many" if several else "one", "items": items}


@register.simple_tag
def kept_params(request: Any, screen: Any) -> list[tuple[str, str]]:
    """What of the query string the filter form does not hold itself: sort, columns, view."""
    own = set()
    for name, field in screen.filter.form.fields.items():
        own.add(name)
        suffixes = getattr(field.widget, "suffixes", None) or [
            str(i) for i, _w in enumerate(getattr(field.widget, "widgets", ()))
        ]
        own.update(f"{name}_{suffix}" for suffix in suffixes)
    own.update({"search", "page"})
    return [(key, value) for key, values in request.GET.lists() if key not in own for value in values]


@register.simple_tag
def without(request: Any, *names: str, **changed: Any) -> str:
    """The address of this page with some parameters dropped or changed."""
    params = [
        (key, value)
        for key, values in request.GET.lists()
        if key not in names and key not in changed
        for value in values
    ]
    params += [(key, value) for key, value in changed.items() if value not in (None, "")]
    return f"{request.path}?{urlencode(params)}" if params else request.path


# --- form fields -----------------------------------------------------------------------------

ISO_DAY = re.compile(r"^(\d{4})-(\d\d)-(\d\d)([T ]\d\d:\d\d)?")
PHONE_MASK = "+7 000 000-00-00"
DATE_MASK = "00.00.0000"
LONG_LIST = 8  # more options than this and the select can be searched by typing


def _kind(bound: forms.BoundField) -> str:
    """How a field is drawn: the widget says most of it, ``data-kind`` on the widget says the rest."""
    widget, field = bound.field.widget, bound.field
    told = widget.attrs.get("data-kind")
    if told:
        return str(told)
    if "daterange" in type(field).__name__.lower():
        return "days"
    by_widget: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (forms.CheckboxSelectMultiple, "checks"),
        (forms.RadioSelect, "radio"),
        (forms.CheckboxInput, "check"),
        (forms.SelectMultiple, "select"),
        (forms.NullBooleanSelect, "select"),
        (forms.Select, "select"),
        (forms.Textarea, "textarea"),
        (forms.SplitDateTimeWidget, "multi"),
        (forms.DateTimeInput, "datetime"),
        (forms.DateInput, "date"),
        (forms.TimeInput, "time"),
        (forms.FileInput, "file"),
        (forms.PasswordInput, "password"),
        (forms.MultiWidget, "multi"),
        (forms.NumberInput, "number"),
    )
    for cls, kind in by_widget:
        if isinstance(widget, cls):
            return kind
    name = type(field).__name__.lower()
    if "money" in name:
        return "money"
    if widget.__dict__.get("input_type") == "tel" or "phone" in name:
        return "phone"
    return "text"


register.filter("field_kind", _kind)


@register.filter
def option_count(bound: forms.BoundField) -> int:
    known = getattr(bound.field.widget, "choices", None)  # counted by hand: a callable one has no length
    return sum(1 for _choice in known) if known is not None else 0


@register.simple_tag
def widget(bound: forms.BoundField, **extra: Any) -> SafeString:
    """The control of a field with our classes, mask, ids of its hint and error.

    What the form says of its widget beats our habits; what the template says beats both.
    """
    kind = _kind(bound)
    attrs: dict[str, Any] = {}
    notes = []
    if bound.errors:
        attrs["aria-invalid"] = "true"
        notes.append(f"{bound.id_for_label}-error")
    elif bound.help_text:
        notes.append(f"{bound.id_for_label}-hint")
    if notes and kind not in ("radio", "checks"):
        attrs["aria-describedby"] = " ".join(notes)
    classes = {
        "select": "form-select",
        "check": "",
        "radio": "",
        "checks": "",
        "file": "",
        "multi": "in",
    }.get(kind, "in")
    attrs["autocomplete"] = "off"
    if kind == "select":
        attrs.pop("autocomplete")
        if option_count(bound) > LONG_LIST or isinstance(bound.field.widget, forms.SelectMultiple):
            attrs["data-select"] = ""
        attrs["aria-label"] = str(bound.label)
    elif kind == "textarea":
        attrs["data-grow"] = ""
        attrs.setdefault(
            "rows", bound.field.widget.attrs.get("rows", 3) if bound.field.widget.attrs.get("rows") != "10" else 3
        )
    elif kind in ("date", "days"):
        classes += " num"
        attrs |= {"data-date": "", "data-mask": DATE_MASK, "inputmode": "numeric"}
        if kind == "date":
            attrs["placeholder"] = _("DD.MM.YYYY")
    elif kind == "datetime":
        classes += " num"
        attrs |= {"data-date": "time", "inputmode": "numeric", "placeholder": _("DD.MM.YYYY") + " 00:00"}
    elif kind == "time":
        classes += " num"
        attrs |= {"data-mask": "00:00", "inputmode": "numeric", "placeholder": "00:00"}
    elif kind == "phone":
        classes += " num"
        attrs |= {"data-mask": PHONE_MASK, "inputmode": "tel", "placeholder": "+7 ___ ___-__-__"}
    elif kind == "money":
        classes += " num sum-in"
        attrs |= {"data-money": "", "inputmode": "decimal"}
    elif kind == "number":
        classes += " num"
    own = bound.field.widget.attrs.get("class", "")
    for key in bound.field.widget.attrs:
        if key not in ("class", "rows", "cols"):
            attrs.pop(key, None)
    attrs |= {key.replace("_", "-"): value for key, value in extra.items()}
    if classes or own:
        attrs["class"] = f"{classes} {own}".strip()
    html = bound.as_widget(widget=_shown_as(kind, bound.field.widget), attrs=attrs)
    return file_pick(html) if kind == "file" else mark_safe(html.replace(">---------<", ">—<"))


@register.simple_block_tag
def file_pick(content: str) -> SafeString:
    """A file's control in our words instead of the browser's own: a button, and what was chosen or dropped on it."""
    button = f'<span class="b sm">{icon("upload")}{_e(_("Choose a file"))}</span>'
    said = f'<span class="muted cut" data-chosen>{_e(_("or drop it here"))}</span>'
    return mark_safe(
        f'<span class="in file-pick">{content.strip()}<span aria-hidden="true">{button}{said}</span></span>'
    )


def _shown_as(kind: str, control: forms.Widget) -> forms.Widget:
    """A copy of the control that shows days as 23.11.2026 and sums as 12 400,50 in every language.

    Scripts send both back plain (2026-11-23, 12400.50), which Django reads in every language too.
    """
    if kind in ("date", "datetime"):
        control = copy(control)
        control.format_value = _typed_day  # type: ignore[method-assign]
    elif kind == "days":
        control = copy(control)
        control.widgets = [_shown_as("date", part) for part in control.widgets]
        for part, word in zip(control.widgets, (_("from"), _("to")), strict=False):
            part.attrs = {**part.attrs, "placeholder": f"{word} {_('DD.MM.YYYY')}", "aria-label": word}
    elif kind == "money":
        control = copy(control)
        control.input_type = "text"
        control.format_value = _typed_sum  # type: ignore[method-assign]
    return control


def _typed_day(value: Any) -> str | None:
    if isinstance(value, str):
        found = ISO_DAY.match(value)
        return f"{found[3]}.{found[2]}.{found[1]}{(found[4] or '').replace('T', ' ')[:6]}" if found else value
    if isinstance(value, datetime):
        return _local(value).strftime("%d.%m.%Y %H:%M")
    return value.strftime("%d.%m.%Y") if value else None


def _typed_sum(value: Any) -> str | None:
    if value is None or value == "":
        return None
    try:
        return group_digits(Decimal(str(value)))
    except InvalidOperation:
        return str(value)


@register.filter
def fieldsets(form: forms.BaseForm) -> list[dict[str, Any]]:
    """Groups of fields: ``form.fieldsets = [(title, [names])]``, or one group without a title. Nothing is lost."""
    groups, used = [], set()
    for item in getattr(form, "fieldsets", ()):
        title, names = item[0], item[1]
        fields = [form[name] for name in names if name in form.fields and not form[name].is_hidden]
        used.update(names)
        if fields:
            groups.append({"title": title, "fields": fields, "note": item[2] if len(item) > 2 else ""})
    rest = [field for field in form.visible_fields() if field.name not in used]
    if rest:
        groups.append({"title": "", "fields": rest, "note": ""})
    return groups


@register.filter
def is_wide(bound: forms.BoundField) -> bool:
    """Whether a field takes the whole row of the two-column form."""
    told = bound.field.widget.attrs.get("data-wide")
    return bool(told) if told is not None else _kind(bound) in ("textarea", "checks", "file")


@register.simple_tag(takes_context=True)
def idempotency_key(context: template.Context) -> str:
    """The key that makes a repeated sending harmless: the one just sent, or a fresh one."""
    given = context.get("idempotency_key")
    if given:
        return str(given)
    request = context.get("request")
    sent = request.POST.get("idempotency_key", "") if request else ""
    return sent or uuid.uuid4().hex


@register.filter
def as_text(value: Any) -> str:
    """A value in a sentence or a difference: dates, booleans and nothing in words."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day_short(value)
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, (list, tuple, set)):
        return ", ".join(as_text(item) for item in value) or "—"
    return str(value)

"""The purposes with their first words, the clinic's choices, and what the reception hears."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from core import clock
from core.policies import Policy
from messaging.policies import SECTION, check_time
from messaging.purposes import Purpose
from work.notices import Notice

PLACES = {
    "name": _("first name and patronymic"), "fio": _("full name"), "date": _("day of the visit"), "time": _("time of the visit"),
    "doctor": _("doctor"), "branch": _("branch"), "address": _("address of the branch"), "phone": _("phone of the branch"),
}  # fmt: skip
SAMPLES = {
    "name": "Анна Петровна", "fio": "Ёлкина Анна Петровна", "date": "25.11", "time": "10:30", "doctor": "Соколова М. А.",
    "branch": "Центр", "address": "ул. Пятницкая, 12", "phone": "+79000000001",
}  # fmt: skip

REMINDER = Purpose(
    "visit_reminder", _("Reminder of tomorrow's visit"), PLACES,
    {
        "ru": "{{name}}, ждём вас {{date}} в {{time}}: {{address}}. Если планы изменились, позвоните: {{phone}}",
        "en": "{{name}}, we expect you on {{date}} at {{time}}, {{address}}. If your plans have changed, call {{phone}}",
        "ro": "{{name}}, vă așteptăm pe {{date}} la {{time}}, {{address}}. Dacă s-a schimbat ceva, sunați la {{phone}}",
    },
    SAMPLES, hint=_("Goes out on the day before, by the branch's clock."),
    line={"ru": "{{name}} в {{time}}", "en": "{{name}} at {{time}}", "ro": "{{name}} la {{time}}"}, joint="visit_reminder_several",
)  # fmt: skip
SEVERAL = Purpose(
    "visit_reminder_several", _("Reminder of several visits at one phone"),
    {name: PLACES[name] for name in ("date", "branch", "address", "phone")} | {"lines": _("who comes and when")},
    {
        "ru": "Ждём вас {{date}}: {{lines}}. {{address}}. Если планы изменились, позвоните: {{phone}}",
        "en": "We expect you on {{date}}: {{lines}}. {{address}}. If your plans have changed, call {{phone}}",
        "ro": "Vă așteptăm pe {{date}}: {{lines}}. {{address}}. Dacă s-a schimbat ceva, sunați la {{phone}}",
    },
    SAMPLES | {"lines": "Анна Петровна в 10:30, Пётр в 11:00"},
    hint=_("A family that shares a phone gets one SMS instead of several."),
)  # fmt: skip
BOOKED = Purpose(
    "visit_booked", _("Notice of a booking"), PLACES,
    {
        "ru": "{{name}}, вы записаны на {{date}} в {{time}}: {{address}}. Тел. {{phone}}",
        "en": "{{name}}, you are booked for {{date}} at {{time}}, {{address}}. Phone {{phone}}",
        "ro": "{{name}}, sunteți programat pe {{date}} la {{time}}, {{address}}. Tel. {{phone}}",
    },
    SAMPLES, hint=_("Waits for some minutes, so that a slip is undone in silence. Not for visits that get a reminder at once."),
)  # fmt: skip
MOVED = Purpose(
    "visit_moved", _("Notice of a move"), PLACES,
    {
        "ru": "{{name}}, ваш визит перенесён на {{date}} в {{time}}: {{address}}. Тел. {{phone}}",
        "en": "{{name}}, your visit is moved to {{date}} at {{time}}, {{address}}. Phone {{phone}}",
        "ro": "{{name}}, vizita dvs. este mutată pe {{date}} la {{time}}, {{address}}. Tel. {{phone}}",
    },
    SAMPLES,
)  # fmt: skip
CANCELLED = Purpose(
    "visit_cancelled", _("Notice of a cancelling"), PLACES,
    {
        "ru": "{{name}}, ваш визит {{date}} в {{time}} отменён. Записаться снова: {{phone}}",
        "en": "{{name}}, your visit on {{date}} at {{time}} is cancelled. To book again call {{phone}}",
        "ro": "{{name}}, vizita dvs. din {{date}} la {{time}} este anulată. Pentru o nouă programare: {{phone}}",
    },
    SAMPLES,
)  # fmt: skip
ONLINE = Purpose(
    "visit_booked_online", _("Notice of a booking made online"), PLACES | {"link": _("link to move or cancel")},
    {
        "ru": "{{name}}, вы записаны на {{date}} в {{time}}: {{address}}. Перенести или отменить: {{link}}",
        "en": "{{name}}, you are booked for {{date}} at {{time}}, {{address}}. To move or cancel: {{link}}",
        "ro": "{{name}}, sunteți programat pe {{date}} la {{time}}, {{address}}. Mutare sau anulare: {{link}}",
    },
    SAMPLES | {"link": "https://klinika.example/book/v/1a-Xb3dK9mQ/"},
    hint=_("Instead of the usual notice, for those who booked themselves; waits for the same minutes."),
)  # fmt: skip
ALL = (REMINDER, BOOKED, ONLINE, MOVED, CANCELLED)
BOOKINGS = (BOOKED.code, ONLINE.code)  # either tells of a booking

REMIND = Policy("scheduling.remind", bool, True, _("Remind of tomorrow's visits"), "", SECTION)
REMIND_AT = Policy(
    "scheduling.remind_at", str, "10:00", _("Remind from"), _("The hour of the day before, by the branch's clock."), SECTION,
    check=check_time,
)  # fmt: skip
TELL_BOOKED = Policy("scheduling.tell_booked", bool, True, _("Tell patients of bookings"), "", SECTION)
TELL_MOVED = Policy("scheduling.tell_moved", bool, True, _("Tell patients of moves"), "", SECTION)
TELL_CANCELLED = Policy(
    "scheduling.tell_cancelled", bool, True, _("Tell patients of cancelled visits"),
    _("Not of those that are booked anew at once."), SECTION,
)  # fmt: skip
HOLD_MINUTES = Policy(
    "scheduling.hold_minutes", int, 3, _("Minutes of silence after a booking, a move, a cancelling"),
    _("A mistake that is undone within these minutes reaches nobody."), SECTION, minimum=0, maximum=60,
)  # fmt: skip


def is_silent(made_at: datetime) -> bool:
    """Whether what was done then is still in its minutes of silence (SCH-53)."""
    return clock.now() < made_at + timedelta(minutes=HOLD_MINUTES.get())


UNDELIVERED = Notice(
    "scheduling.message_failed", _("A message about a visit did not reach the patient"),
    _("%(name)s: %(purpose)s was not delivered. Please call %(phone)s."), "message-x", "red",
    roles=("administrator", "senior", "callcentre"),
)  # fmt: skip

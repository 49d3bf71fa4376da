"""What the message of an offer says, what the clinic may choose, how reasons of a rank read."""

from django.utils.translation import gettext_lazy as _

from core.policies import Policy
from messaging.purposes import Purpose
from scheduling.policies import SECTION

PLACES = {
    "name": _("first name and patronymic"), "date": _("day of the visit"), "time": _("time of the visit"), "doctor": _("doctor"),
    "branch": _("branch"), "address": _("address of the branch"), "phone": _("phone of the branch"),
    "link": _("link to answer by"), "until": _("answer until"),
}  # fmt: skip
OFFER = Purpose(
    "slot_offer", _("Offer of a freed time"), PLACES,
    {
        "ru": "{{name}}, освободилось время {{date}} в {{time}}, {{doctor}}. Ответьте до {{until}}: {{link}}",
        "en": "{{name}}, a time is free on {{date}} at {{time}}, {{doctor}}. Answer until {{until}}: {{link}}",
        "ro": "{{name}}, s-a eliberat o oră pe {{date}} la {{time}}, {{doctor}}. Răspundeți până la {{until}}: {{link}}",
    },
    {
        "name": "Анна Петровна", "date": "25.11", "time": "17:30", "doctor": "Соколова М. А.", "branch": "Центр",
        "address": "ул. Пятницкая, 12", "phone": "+79000000001", "link": "https://klinika.example/o/1a-Xb3dK9mQ/", "until": "15:40",
    },
    hint=_("Goes to one patient of the waiting list after another, until somebody takes the time."),
)  # fmt: skip

REFILL = Policy(
    "scheduling.refill", bool, True, _("Offer freed time to those who wait"),
    _("When a visit is cancelled or moved, its time is offered by a message, to one patient after another."), SECTION,
)  # fmt: skip
OFFER_MINUTES = Policy(
    "scheduling.offer_minutes", int, 20, _("Minutes to answer an offer"), _("The time is held so long; then the next is asked."),
    SECTION, minimum=1, maximum=1440,
)  # fmt: skip
NOTICE_MINUTES = Policy(
    "scheduling.offer_notice_minutes", int, 120, _("Do not offer what begins sooner than, minutes"), "", SECTION,
    minimum=0, maximum=2880,
)  # fmt: skip
PUBLIC_ADDRESS = Policy(
    "scheduling.public_address", str, "", _("Address of the program for patients"),
    _("Links in messages begin with it, for example https://klinika.ru"), SECTION,
)  # fmt: skip

WHY = {
    "urgent": _("urgent"), "waits": _("waits long"), "doctor": _("wants this doctor"), "fills": _("fills the time"),
    "last_days": _("his last days"), "planned_due": _("planned visit is due"), "missed": _("did not come before"),
}  # fmt: skip
SKIPS = {
    "no_consent": _("no phone or no consent to messages"), "busy": _("has another visit then"), "taken": _("the time was taken"),
    "gone": _("no longer waits"), "no_offers": _("asked not to be offered"), "undelivered": _("the message did not reach him"),
}  # fmt: skip

"""What the desk and doctors hear of online bookings, how they read in the feeds, and the code that proves a phone."""

from django.utils.translation import gettext_lazy as _

from core.audit import sentence
from messaging.purposes import Purpose
from work.notices import Notice

DESK = ("administrator", "senior", "callcentre")
CODE = Purpose(
    "phone_code", _("Code that proves a phone"), {"code": _("the code"), "branch": _("branch")},
    {
        "ru": "Код для записи: {{code}}. Никому его не говорите. {{branch}}",
        "en": "Your code for the booking: {{code}}. Tell it to nobody. {{branch}}",
        "ro": "Codul pentru programare: {{code}}. Nu îl spuneți nimănui. {{branch}}",
    },
    {"code": "40218", "branch": "Центр"}, hint=_("Goes out at once, at night too: somebody waits for it."),
)  # fmt: skip

NEW = Notice(
    "scheduling.online_booked", _("Somebody has booked online"), _("%(time)s, %(doctor)s: %(patient)s"), "world", "violet",
    roles=DESK,
)  # fmt: skip
FOR_DOCTOR = Notice(
    "scheduling.online_for_doctor", _("A patient has booked a visit to you online"), _("%(time)s: %(patient)s"), "world", "violet",
)  # fmt: skip
MOVED = Notice(
    "scheduling.online_moved", _("A patient has moved his visit online"), _("%(patient)s: from %(old)s to %(time)s"),
    "calendar-due", "violet", roles=DESK,
)  # fmt: skip
CANCELLED = Notice(
    "scheduling.online_cancelled", _("A patient has cancelled his visit online"), _("%(time)s, %(doctor)s: %(patient)s"),
    "calendar-x", "red", roles=DESK,
)  # fmt: skip

CHECKED = sentence(
    "scheduling.online.checked", _("The online booking of %(object)s was checked"), "user-check", "green"
).code
UNCHECKED = sentence(
    "scheduling.online.unchecked",
    _("The online booking of %(object)s has to be checked again"),
    "user-question",
    "amber",
).code
RULE_SET = sentence("scheduling.online.rule", _("Online booking: %(rule)s"), "world", "violet").code
CODE_SENT = sentence(
    "scheduling.online.code", _("A code was sent to %(phone)s"), "message", "grey", is_timeline=False
).code

CHOOSE = _("Choose from the list.")
AS_EVERYBODY = _("as for everybody")

"""What a clinic decides about online booking (SCH-51..53)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, Staff
from core.policies import Policy
from scheduling.models import OnlineBooking, VisitType
from scheduling.online.rules import Terms

SECTION = _("Online booking")


def branches() -> tuple[tuple[Any, Any], ...]:
    return tuple(Branch.objects.live().order_by("position", "pk").values_list("pk", "name"))


def doctors() -> tuple[tuple[Any, Any], ...]:
    return tuple((row.pk, row.full_name) for row in Staff.objects.live().filter(is_doctor=True).order_by("last_name"))


def visit_types() -> tuple[tuple[Any, Any], ...]:
    return ((0, _("the first type that is a first visit")), *VisitType.objects.live().values_list("pk", "name"))


ON = Policy(
    "scheduling.online", bool, False, _("Patients book online"),
    _("Opens the page /book/ to everybody, without a sign-in. Its links are under “Links of online booking”."), SECTION,
)  # fmt: skip
BRANCHES = Policy(
    "scheduling.online_branches", list, [], _("Branches that are booked online"), _("Nobody chosen means every branch."),
    SECTION, choices=branches,
)  # fmt: skip
DOCTORS = Policy(
    "scheduling.online_doctors", list, [], _("Doctors who are booked online"),
    _("Nobody chosen means every doctor who has shifts. Services are chosen in the directory “Services booked online”."),
    SECTION, choices=doctors,
)  # fmt: skip
EXAMINATION = Policy(
    "scheduling.online_examination", bool, True, _("Offer “I don't know: examination”"),
    _("For those who cannot name a service."), SECTION,
)  # fmt: skip
EXAMINATION_TYPE = Policy(
    "scheduling.online_examination_type", int, 0, _("Visit type of the examination"), _("Its minutes are taken from it."),
    SECTION, choices=visit_types,
)  # fmt: skip
NOTICE_HOURS = Policy(
    "scheduling.online_notice_hours", int, 2, _("Book no later than, hours before"),
    _("What begins sooner is not offered online."), SECTION, minimum=0, maximum=720,
)  # fmt: skip
DAYS_AHEAD = Policy(
    "scheduling.online_days_ahead", int, 60, _("How far ahead, days"), "", SECTION, minimum=0, maximum=365,
)  # fmt: skip
SAME_DAY = Policy(
    "scheduling.online_same_day", bool, True, _("Today may be booked"), _("Off: the first day is tomorrow."), SECTION,
)  # fmt: skip
STEP_MINUTES = Policy(
    "scheduling.online_step_minutes", int, 30, _("Step of the times offered, minutes"), "", SECTION, minimum=5, maximum=120,
)  # fmt: skip
SHOW_PRICES = Policy(
    "scheduling.online_prices", bool, True, _("Show prices"), _("From the price list of the day."), SECTION
)
FIRST_ASK = Policy(
    "scheduling.online_first_visit", str, "none", _("A first visit asks for"),
    _("Nothing is paid on the page: it says what is asked for, and the reception sees it beside the booking and arranges it. "
      "Can be lifted for a patient on his card."),
    SECTION, choices=tuple(OnlineBooking.Ask.choices),
)  # fmt: skip
DEPOSIT = Policy(
    "scheduling.online_deposit", Decimal, Decimal("1000"), _("Deposit for a first visit"), "", SECTION, minimum=0,
)  # fmt: skip
FIRST_TEXT = Policy(
    "scheduling.online_first_text", str, "", _("The clinic's own words to it"),
    _("Shown under the rule of the first visit, for example how a deposit is returned."), SECTION,
)  # fmt: skip
CHANGE_HOURS = Policy(
    "scheduling.online_change_hours", int, 12, _("Move and cancel by the link no later than, hours before"),
    _("Later the page asks to call the branch."), SECTION, minimum=0, maximum=720,
)  # fmt: skip
HOLD_MINUTES = Policy(
    "scheduling.online_hold_minutes", int, 10, _("Minutes for which a chosen time is held"),
    _("While the patient types his name."), SECTION, minimum=1, maximum=30,
)  # fmt: skip
CODE = Policy(
    "scheduling.online_code", bool, False, _("Confirm phones by a code in SMS"),
    _("Needs a gateway of SMS. Only with it a patient who may not book online is refused at once; otherwise the reception "
      "decides, since a stranger could find out by a refusal who is treated here."), SECTION,
)  # fmt: skip
CONSENT_URL = Policy(
    "scheduling.online_consent_url", str, "", _("Page with the policy of personal data"),
    _("An address that begins with https://; the consent on the page links to it."), SECTION,
)  # fmt: skip


def terms() -> Terms:
    return Terms(timedelta(hours=NOTICE_HOURS.get()), DAYS_AHEAD.get(), SAME_DAY.get())


def change_notice() -> timedelta:
    return timedelta(hours=CHANGE_HOURS.get())

"""The clinic's own rules of booking."""

from django.utils.translation import gettext_lazy as _

from core.policies import Policy

SECTION = _("Schedule")

STEP_MINUTES = Policy(
    "scheduling.step_minutes", int, 15, _("Step of the schedule, minutes"),
    _("Appointments begin at these marks when they are dragged or offered."), SECTION, minimum=5, maximum=60,
)  # fmt: skip
GRACE_MINUTES = Policy(
    "scheduling.grace_minutes", int, 10, _("Minutes in which a cancelled appointment is a slip"),
    _("An appointment that is cancelled within these minutes of booking counts in no statistics."), SECTION,
    minimum=0, maximum=240,
)  # fmt: skip
WORK_ORDER_BY = Policy(
    "scheduling.work_order_by", str, "doctor", _("Who fills in the work order of a visit"),
    _("The services done, from which the invoice is made. An administrator fills it in at the desk, after the doctor has "
      "finished the visit; where it is the doctor's, the desk fills in what he has left empty."),
    SECTION, choices=(("doctor", _("Doctor")), ("administrator", _("Administrator"))),
)  # fmt: skip
HOLIDAY_COUNTRY = Policy(
    "scheduling.holiday_country", str, "RU", _("Public holidays of"),
    _("Shifts that are made by a rule leave these days out, if the rule says so."), SECTION,
    choices=(("RU", _("Russia")), ("MD", _("Moldova")), ("RO", _("Romania")), ("KZ", _("Kazakhstan")), ("BY", _("Belarus")),
             ("", _("no country"))),
)  # fmt: skip
CALL_DAYS_BEFORE = Policy(
    "scheduling.call_days_before", int, 14, _("Call about planned visits so many days before"),
    _("The window of a visit without a date opens so many days before it is due."), SECTION, minimum=0, maximum=120,
)  # fmt: skip
CLAIM_MINUTES = Policy(
    "scheduling.claim_minutes", int, 15, _("Minutes for which a call is kept for who took it"),
    _("Then it is shown to everybody again."), SECTION, minimum=1, maximum=240,
)  # fmt: skip
WAIT_MINUTES = Policy(
    "scheduling.wait_minutes", int, 15, _("Minutes of waiting that are too many"),
    _("On the flow board such a patient turns red, unless a status has minutes of its own."), SECTION, minimum=1, maximum=240,
)  # fmt: skip
FEED_NAMES = Policy(
    "scheduling.feed_names", bool, False, _("Names and services in doctors' own calendars"),
    _("A doctor may follow the visits in the calendar of a phone. Off, such an address gives times, chairs and kinds of visit "
      "only: it works without signing in, and the calendar keeps copies in somebody else's cloud."), SECTION,
)  # fmt: skip

"""Replies of patients and notices to doctors: «1» confirms, words go to the reception, a cancelling is told."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from clinic.models import User
from core import clock
from core.events import after, inside
from core.models import AuditEntry
from core.policies import Policy
from messaging.events import MessageReceived
from messaging.models import Incoming, Message
from messaging.policies import SECTION
from messaging.services import incoming_settle
from scheduling import audit as said
from scheduling.events import AppointmentCancelled
from scheduling.models import Appointment
from scheduling.reminders import words
from scheduling.reminders.finding import SUBJECT
from scheduling.services.replies import visits_confirm_by_reply
from work.notices import Notice
from work.services import notify

CONFIRMED = gettext_noop("the visit is confirmed")
TOLD = {words.REMINDER.code, *words.BOOKINGS, words.MOVED.code}

REPLY = Notice(
    "scheduling.reply", _("A patient has replied to a message"), _("%(name)s: “%(text)s”"), "message", "violet",
    roles=("administrator", "senior", "callcentre"),
)  # fmt: skip
DOCTOR_CANCELLED = Notice(
    "scheduling.cancelled_for_doctor", _("A visit to you is cancelled"), _("%(time)s: %(patient)s is not coming"),
    "calendar-x", "red",
)  # fmt: skip
DOCTOR_DAYS = Policy(
    "scheduling.doctor_cancel_days", int, 3, _("Tell doctors of cancelled visits, days ahead"),
    _("A visit that is cancelled so many days before it or fewer is told to its doctor. 0: never."), SECTION,
    minimum=0, maximum=60,
)  # fmt: skip


@inside(MessageReceived)
def confirmed(event: MessageReceived) -> None:
    """«1» to a reminder confirms the visits that it told of, those of the whole family too (MSG-21)."""
    if event.meaning != Incoming.Meaning.CONFIRM or not event.answers_id:
        return
    told = Message.objects.filter(Q(pk=event.answers_id) | Q(joined_to=event.answers_id), subject_kind=SUBJECT)
    ids = [row.subject_id for row in told if row.purpose in TOLD and row.subject_id]
    if ids and visits_confirm_by_reply(appointment_ids=ids):
        incoming_settle(incoming_id=event.incoming_id, outcome=CONFIRMED)


@after(MessageReceived)
def answered(event: MessageReceived) -> None:
    """What no machine has understood is read by the reception."""
    row = Incoming.objects.filter(pk=event.incoming_id, state=Incoming.State.NEW).first()
    if row:
        notify(
            REPLY, branch_id=row.branch_id, url=row.get_absolute_url(), key=f"incoming:{row.pk}",
            name=row.name or row.phone or row.address, text=row.text[:100],
        )  # fmt: skip


@inside(AppointmentCancelled)
def doctor_told(event: AppointmentCancelled) -> None:
    """The doctor hears of a visit that is cancelled within days, unless he has cancelled it himself (MSG-22).

    Of what is undone in the minutes of silence he hears as little as the patient (SCH-53).
    """
    starts, days = datetime.fromisoformat(event.starts_at), DOCTOR_DAYS.get()
    if event.is_mistake or not clock.now() < starts <= clock.now() + timedelta(days=days):
        return
    users = list(User.objects.filter(staff=event.doctor_id, is_active=True))
    rows = AuditEntry.objects.filter(object_kind=SUBJECT, object_id=event.appointment_id, code=said.CANCELLED)
    by = rows.order_by("-pk").values_list("actor_id", flat=True).first()
    hearers = [user for user in users if user.pk != by]
    visit = Appointment.objects.select_related("patient", "branch").get(pk=event.appointment_id)
    if hearers and not words.is_silent(visit.created_at):
        notify(
            DOCTOR_CANCELLED, users=hearers, url=visit.get_absolute_url(), key=f"cancelled:{visit.pk}:{visit.version}",
            time=f"{clock.local(visit.starts_at, visit.branch.timezone):%d.%m %H:%M}", patient=visit.patient.short_name,
        )  # fmt: skip

"""What is said with patients of the demo clinic: reminders that have gone, replies, a mailing, triggers, templates."""

from datetime import timedelta

from core import clock
from demo.world import World
from messaging import rules
from messaging.models import Incoming, Mailing, MailingPerson, Message, Trigger
from messaging.services import cost_of, templates_load

REPLIES = (
    ("1", "confirm", "understood"), ("Здравствуйте! Можно на час позже?", "free", "new"), ("не приду", "decline", "new"),
    ("Спасибо, буду", "free", "handled"), ("Сколько стоит чистка?", "free", "new"),
)  # fmt: skip
TRIGGERS = (
    ("Через час после визита", "visit_completed", 1, "hours", "service", False, True,
     "{{name}}, как вы себя чувствуете после визита? Если что-то беспокоит, звоните: {{phone}}"),
    ("Отзыв после санации", "patient_sanated", 1, "days", "marketing", False, True,
     "{{name}}, спасибо, что лечились у нас. Поделитесь, пожалуйста, впечатлением. {{branch}}"),
    ("Осмотр через полгода", "patient_sanated", 6, "months", "marketing", False, True,
     "{{name}}, прошло полгода: пора на осмотр. Записаться: {{phone}}"),
    ("Думающим — предложение", "patient_thinking", 3, "days", "marketing", True, True,
     "{{name}}, в этом месяце на ваш план действует выгодное предложение. {{branch}}, {{phone}}"),
)  # fmt: skip


def build(world: World) -> None:
    """After visits are written: past visits of the last weeks have been reminded of."""
    templates_load()
    for name, event, delay, unit, kind, is_approved, is_active, text in TRIGGERS:
        Trigger.objects.create(
            name=name, event=event, delay=delay, unit=unit, kind=kind, is_approved_by_people=is_approved,
            is_active=is_active, since=world.now, text=text,
        )  # fmt: skip
    told = [reminder(world, visit) for visit in recent(world)]
    Message.objects.bulk_create(told, batch_size=500)
    replies(world, told)
    mailing(world)


def recent(world: World) -> list:
    first = world.now - timedelta(days=14)
    return [visit for visit in world.visits if first < visit.start < world.now and visit.person.phone][:400]


def reminder(world: World, visit) -> Message:
    start = clock.local(visit.start, visit.branch.timezone)
    text = f"{visit.person.first_name}, ждём вас {start:%d.%m} в {start:%H:%M}: {visit.branch.address or visit.branch.name}"
    sent = visit.start - timedelta(days=1)
    fate = "failed" if world.dice.random() < 0.03 else "delivered"
    parts = rules.segments(text)
    return Message(
        purpose="visit_reminder", kind="service", branch=visit.branch, patient_id=visit.person.id, name=visit.person.name,
        phone=visit.person.phone, language="ru", text=text, segments=parts, cost=cost_of(parts), state=fate,
        subject_kind="scheduling.appointment", subject_id=visit.id, window=f"{start:%Y-%m-%d %H:%M}", gateway="file",
        send_after=sent, sent_at=sent, ended_at=sent + timedelta(seconds=20), created_at=sent, attempts=1,
        error="абонент недоступен" if fate == "failed" else "",
    )  # fmt: skip


def replies(world: World, told: list[Message]) -> None:
    for number, (text, meaning, state) in enumerate(REPLIES):
        if number < len(told):
            asked = told[-1 - number]
            Incoming.objects.create(
                gateway="demo", provider_key=f"demo-{number}", channel="sms", address=asked.phone, phone=asked.phone,
                patient_id=asked.patient_id, name=asked.name, branch=asked.branch, text=text, meaning=meaning, state=state,
                received_at=world.now - timedelta(minutes=17 * (number + 1)), handled_at=world.now if state == "handled" else None,
                outcome="the visit is confirmed" if state == "understood" else "", answers=asked,
            )  # fmt: skip


def mailing(world: World) -> None:
    """One that is ready, with its audience and who is left out."""
    row = Mailing.objects.create(
        name="Осенняя профгигиена", text="{{name}}, до конца месяца профгигиена со скидкой 15%. Записаться: {{phone}}",
        kind="marketing", per_minute=60, listing="patients", query="", state=Mailing.State.READY, counted_at=world.now,
    )  # fmt: skip
    taken: set[str] = set()
    for person in world.people[:120]:
        why = "no_phone" if not person.phone else "same_phone" if person.phone in taken else ""
        why = why or ("no_consent" if world.dice.random() < 0.4 else "")
        if not why:
            taken.add(person.phone)
        MailingPerson.objects.create(
            mailing=row,
            patient_id=person.id,
            name=person.name,
            phone=person.phone,
            branch=world.branches[person.home],
            state="out" if why else "in",
            why=why,
        )

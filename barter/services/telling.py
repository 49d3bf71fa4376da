"""How barter reads in feeds and audits, and the tasks that its steps give (TSK-05)."""

from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from barter.kinds import EXHAUSTED, STEP
from barter.models import Beneficiary, Extra
from core.audit import audit, sentence
from core.templatetags.ui import money
from work.services import task_create, tasks_end_by_key

FINANCIAL: dict[str, Any] = {
    "compartment": "financial",
    "words": lambda facts: {name: money(value) if name == "amount" else value for name, value in facts.items()},
}
for code, text, icon, tone in (
    ("contract.created", _("%(object)s registered: %(partner)s"), "file-plus", "violet"),
    ("contract.changed", _("%(object)s changed"), "pencil", "grey"),
    ("contract.step", _("%(object)s: %(state)s"), "arrows-exchange", "violet"),
    ("entry.added", _("%(object)s added, limit %(amount)s"), "user-plus", "pink"),
    ("entry.step", _("%(object)s: %(state)s"), "arrows-exchange", "pink"),
    ("entry.granted", _("Barter limit changed by %(amount)s: %(reason)s"), "plus", "pink"),
    ("entry.exhausted", _("The sum of barter is spent"), "alert-circle", "amber"),
    ("entry.signed", _("%(object)s, closing: %(part)s"), "signature", "grey"),
    ("entry.written_off", _("Barter debt of %(amount)s written off"), "eraser", "grey"),
    ("extra.asked", _("Extra work asked for: %(service)s"), "help", "amber"),
    ("extra.decided", _("Extra work %(service)s: %(state)s"), "circle-check", "grey"),
    ("receipt.saved", _("Received in exchange: %(what)s"), "package", "green"),
    ("organisation.paid", _("%(object)s paid %(amount)s over the limits"), "building-bank", "green"),
):  # fmt: skip
    sentence(f"barter.{code}", text, icon, tone, **FINANCIAL)


def tell(actor: Any, code: str, subject: Any, **facts: Any) -> None:
    patient_id = subject.patient_id if isinstance(subject, Beneficiary) else None
    audit(actor, f"barter.{code}", subject, patient_id=patient_id, **facts)


# Tasks

STEP_TASKS: dict[str, tuple[str, Any]] = {
    "announced": ("senior", _("Check the barter entry: %(who)s, %(partner)s")),
    "verified": ("senior", _("Pass the barter entry to the call-centre: %(who)s")),
    "assigned": ("callcentre", _("Call and book by barter: %(who)s, %(partner)s")),
    "invited": ("marketer", _("Give the call-centre the contacts of a public person: %(who)s")),
    "contact_given": ("callcentre", _("Call a public person and book at least an hour: %(who)s")),
    "booked": ("marketer", _("Meet a public person, agree on photographs: %(who)s")),
    "plan_proposed": ("marketer", _("Agree on the plan of a public person: %(who)s")),
    "finished": ("sales", _("Treatment by barter is finished, sign: %(who)s")),
}
ORGANISATION_SKIPS = frozenset({"booked"})


def step_key(entry: Beneficiary) -> str:
    return f"barter.step:{entry.pk}"


def step_task(entry: Beneficiary, actor: Any) -> None:
    """The last step's task is done, the next one is somebody's."""
    tasks_end_by_key(key=step_key(entry), actor=actor)
    if entry.state not in STEP_TASKS or (not entry.is_public and entry.state in ORGANISATION_SKIPS):
        return
    role, words = STEP_TASKS[entry.state]
    give(entry, role, words, key=step_key(entry), kind=STEP)
    if entry.state == "finished":
        give(
            entry,
            "senior",
            _("Announce the end of treatment by barter: %(who)s"),
            key=f"{step_key(entry)}:senior",
            kind=STEP,
        )


def give(
    entry: Beneficiary, role: str, words: Any, *, key: str, kind: Any, is_urgent: bool = False, **more: Any
) -> None:
    with translation.override(settings.LANGUAGE_CODE):
        # Names and no sums: the card's feed tells of tasks to those who see no money too.
        facts = {"who": entry.who, "partner": entry.contract.partner, **more}
        task_create(
            title=str(words) % facts, kind=kind, role=role, patient_id=entry.patient_id, actor=None, key=key,
            url=entry.get_absolute_url(), is_urgent=is_urgent,
        )  # fmt: skip


def exhausted_key(entry: Beneficiary) -> str:
    return f"barter.exhausted:{entry.pk}"


def exhausted_task(entry: Beneficiary) -> None:
    """The senior administrator asks the marketer whether there will be more; until then the patient pays (BAR-18)."""
    words = _("Barter is spent: ask the marketer for more, else the next visit is for money: %(who)s")
    give(entry, "senior", words, key=exhausted_key(entry), kind=EXHAUSTED, is_urgent=True)


def extra_key(extra: Extra) -> str:
    return f"barter.extra:{extra.pk}"


def extra_task(extra: Extra) -> None:
    words = _("Agree to extra work by barter: %(service)s, %(who)s")
    give(extra.beneficiary, "sales", words, key=extra_key(extra), kind=STEP, is_urgent=True, service=str(extra.service))

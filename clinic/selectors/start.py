"""How far the first start has come."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, Chair, LegalEntity, Staff, User
from clinic.slots import START_STEPS, StartStep
from core import policies

GUIDE = "start.guide"  # the key under which the guide keeps how far it has come
DONE_KEY = "clinic.start.done"
DONE_SECONDS = 3600


def guide_state() -> dict[str, Any]:
    return dict(policies.raw().get(GUIDE) or {})


def some(model: type[Model]) -> Callable[[], bool]:
    return lambda: bool(model.objects.live().exists())  # type: ignore[attr-defined]


OWN_STEPS = (
    StartStep(
        "kind", _("What kind of clinic is it?"),
        _("Modules that fit are switched on; everything can be changed later."), lambda: "kind" in guide_state(), "building-hospital",
    ),
    StartStep("clinic", _("The clinic"), _("It signs contracts and gives receipts."), some(LegalEntity), "building-bank"),
    StartStep("branch", _("The first branch"), _("Its clock and opening hours rule the calendar."), some(Branch), "building"),
    StartStep("chairs", _("Chairs"), _("A chair or a room is a column of the calendar."), some(Chair), "armchair"),
    StartStep("staff", _("Doctors and staff"), _("Begin with those who see patients; others can be added any time."), some(Staff), "users"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Progress:
    """A step with what became of it."""

    step: StartStep
    is_done: bool
    is_skipped: bool

    @property
    def is_open(self) -> bool:
        return not (self.is_done or self.is_skipped)


def anybody_exists() -> bool:
    """Is there an account at all? Once there is, the answer never changes."""
    return User.objects.exists()


def start_steps() -> list[StartStep]:
    return [*OWN_STEPS, *START_STEPS]


def start_progress() -> list[Progress]:
    skipped = set(guide_state().get("skipped", []))
    return [Progress(step, step.is_done(), step.key in skipped) for step in start_steps()]


def steps_open() -> list[StartStep]:
    """Steps that are neither done nor skipped. Every page asks, so that what is done is remembered and asked no more."""
    skipped = set(guide_state().get("skipped", []))
    keys = {f"{DONE_KEY}.{step.key}": step for step in start_steps()}
    known = cache.get_many(keys)
    done = {key: True for key, step in keys.items() if key not in known and step.is_done()}
    if done:
        cache.set_many(done, DONE_SECONDS)
    return [step for key, step in keys.items() if key not in known and key not in done and step.key not in skipped]


def start_left() -> dict[str, Any] | None:
    """For the card of the shell: how many steps are open; nothing when the guide is over. Asked once an hour then."""
    if guide_state().get("finished") or cache.get(DONE_KEY):
        return None
    left, total = steps_open(), len(start_steps())
    if not left:
        cache.set(DONE_KEY, True, DONE_SECONDS)
        return None
    return {"left": len(left), "all": total, "done": total - len(left), "next": left[0].title}


def links_of(step: StartStep) -> list[dict[str, Any]]:
    """Where a step is done; an app that is off leaves no dead link."""
    found = []
    for link in step.links:
        try:
            url = reverse(link.url_name)
        except NoReverseMatch:
            continue
        found.append({"label": link.label, "url": url, "icon": link.icon, "note": link.note})
    return found


def first_branch() -> Branch | None:
    return Branch.objects.live().order_by("position", "pk").first()


def first_entity() -> LegalEntity | None:
    return LegalEntity.objects.live().order_by("pk").first()


def staff_entered() -> list[Staff]:
    return list(Staff.objects.live().order_by("-pk")[:50])

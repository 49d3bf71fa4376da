"""The first start of an empty clinic: its owner, what kind it is, what it begins with. Every step can be skipped."""

from collections.abc import Iterable, Mapping
from datetime import time
from typing import Any

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from clinic.errors import AlreadyStarted
from clinic.models import Branch, LegalEntity, Profession, Role, Staff, User
from clinic.selectors.start import GUIDE
from clinic.services import places
from clinic.services.accounts import username_check
from clinic.services.people import staff_save
from core import modules, policies
from core.audit import audit, sentence
from core.command import command, lock
from core.errors import Invalid
from core.services import module_switch, policies_set

MOST_CHAIRS = 40
sentence("clinic.started", _("The clinic was founded by %(object)s"), "rocket", "green", is_timeline=False)

# Which optional modules a kind of clinic does without; a module that this version lacks is passed over.
WITHOUT: dict[str, tuple[str, ...]] = {
    "dental": ("stays", "partners"),
    "network": ("stays",),
    "medical": ("stays", "labs"),
    "inpatient": (),
}


@command
def owner_create(*, name: str, username: str, email: str, password: str, language: str) -> User:
    """The first account of all, a director. Raises AlreadyStarted when somebody was quicker: two open pages, two clicks."""
    lock(("clinic.start", 0))
    if User.objects.exists():
        raise AlreadyStarted
    username_check(username)
    user = User(username=username.strip(), name=name.strip(), email=email, language=language)
    try:
        password_validation.validate_password(password, user)
    except ValidationError as error:
        raise Invalid(fields={"password": list(error.messages)}) from error
    user.set_password(password)
    user.save()
    user.roles.set(Role.objects.filter(code="director"))
    audit(user, "clinic.started", user)
    return user


@command
def kind_choose(*, kind: str, actor: Any) -> list[str]:
    """Switch modules to fit a kind of clinic; each can be switched in the settings later. Returns those that are off."""
    if kind not in WITHOUT:
        raise Invalid(fields={"kind": say("Choose one.")})
    optional = [name for name, module in modules.REGISTRY.items() if module.optional]
    for name in optional:
        wanted = name not in WITHOUT[kind]
        if modules.is_switched_on(name) != wanted:
            module_switch(name=name, on=wanted, with_others=True, actor=actor)
    guide_note(kind=kind)
    return [name for name in optional if name in WITHOUT[kind]]


@command
def clinic_name(*, brand: str, currency: str, entity: Mapping[str, Any], actor: Any) -> LegalEntity:
    """Who the clinic is: its name in the menu, its currency, the legal entity that signs."""
    policies_set(values={"core.brand_name": brand, "core.currency": currency}, actor=actor)
    values = {**entity, "name": entity["name"] or entity["short_name"]}
    former = LegalEntity.objects.live().order_by("pk").first()
    return places.entity_save(pk=former.pk if former else None, values=values, actor=actor)


@command
def branch_first(
    *, values: Mapping[str, Any], weekdays: Iterable[int], opens: time, closes: time, actor: Any
) -> Branch:
    """The first branch with one rule of hours for the chosen weekdays."""
    entity = LegalEntity.objects.live().order_by("pk").first()
    if entity is None:
        entity = places.entity_save(values={"name": values["name"], "short_name": values["name"]}, actor=actor)
    former = Branch.objects.live().order_by("position", "pk").first()
    filled = dict(values) if former else {**values, "legal_entity": entity}
    branch = places.branch_save(pk=former.pk if former else None, values=filled, actor=actor)
    places.hours_set(branch_id=branch.pk, hours=dict.fromkeys(weekdays, (opens, closes)), actor=actor)
    return branch


@command
def chairs_first(*, branch: Branch, count: int, name: str, actor: Any) -> int:
    """So many chairs with numbered names; those that stand already are kept."""
    if not 1 <= count <= MOST_CHAIRS:
        raise Invalid(fields={"count": say("From 1 to %(n)s.") % {"n": MOST_CHAIRS}})
    taken = set(branch.chairs.live().values_list("name", flat=True))
    made = 0
    for number in range(1, count + 1):
        if (each := f"{name} {number}") not in taken:
            values = {"branch": branch, "name": each, "purpose": "", "buffer_minutes": 0}
            places.chair_save(values=values, actor=actor)
            made += 1
    return made


@command
def person_first(*, values: Mapping[str, Any], profession: str, branch: Branch | None, actor: Any) -> Staff:
    """One person of the staff; a profession that is not known yet is entered on the way."""
    rows = []
    if profession.strip():
        kind = Profession.Kind.DOCTOR if values.get("is_doctor") else Profession.Kind.STAFF
        found = Profession.objects.live().filter(name__iexact=profession.strip(), kind=kind).first()
        rows = [found or Profession.objects.create(name=profession.strip(), kind=kind)]
    branches = [branch] if branch else []
    return staff_save(values={**values, "professions": rows, "branches": branches}, actor=actor)


@command
def guide_note(**facts: Any) -> dict[str, Any]:
    """Keep how far the guide has come: skipped steps, the chosen kind, that it is finished."""
    lock(("clinic.start", 0))
    state = {**(policies.stored(GUIDE) or {}), **facts}
    policies.store(GUIDE, state)
    return state


@command
def step_skip(*, key: str, actor: Any) -> None:
    """Go on without a step; it can be opened again. The guide ends when every step is done or skipped."""
    skipped = set((policies.stored(GUIDE) or {}).get("skipped", []))
    guide_note(skipped=sorted(skipped | {key}))


@command
def guide_finish(*, actor: Any) -> None:
    """The card that asks to finish setting up is put away."""
    guide_note(finished=True)

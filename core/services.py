"""Changing the clinic's decisions: settings and modules; checked, audited, with a way back (SET-12, SET-13)."""

from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from core import modules, policies
from core.audit import entry, sentence
from core.command import command, lock
from core.errors import DomainError, Invalid, NotFound, Stale
from core.files import file_store
from core.models import AuditEntry
from core.own_policies import LOGO, LOGO_FILE

QUIET = {"is_timeline": False}
CHANGED = sentence(
    "core.policy.changed", _("Setting “%(title)s”: %(before)s → %(after)s"), "settings", "violet", **QUIET
).code
SWITCHED_ON = sentence("core.module.on", _("Module “%(title)s” was switched on"), "puzzle", "green", **QUIET).code
SWITCHED_OFF = sentence("core.module.off", _("Module “%(title)s” was switched off"), "puzzle-off", "red", **QUIET).code
LOGO_SET = sentence("core.logo.changed", _("The clinic's logo was changed"), "photo", "violet", **QUIET).code


class ModuleNeeded(DomainError):
    """Other modules that are on cannot do without this one; `facts.modules` names them."""

    code = "module_needed"
    message = _("Other modules need this one.")


@command
def policies_set(*, values: Mapping[str, Any], seen: Mapping[str, Any] | None = None, actor: Any) -> int:
    """Store several settings; `seen` are the values that the page showed. Returns how many changed.

    Raises Invalid beside the settings that do not fit, Stale for those that somebody changed meanwhile.
    Reverse: policy_undo.
    """
    lock(("core.policies", 0))
    wrong: dict[str, Any] = {}
    fresh = {}
    for key, value in values.items():
        if key not in policies.REGISTRY:
            raise NotFound
        try:
            fresh[key] = policies.REGISTRY[key].validated(value)
        except Invalid as error:
            wrong[key] = next(iter(error.fields.values()), [str(error)])
    if wrong:
        raise Invalid(fields=wrong)
    return sum(_policy_store(key, value, seen, actor) for key, value in fresh.items())


def _policy_store(key: str, value: Any, seen: Mapping[str, Any] | None, actor: Any) -> bool:
    policy = policies.REGISTRY[key]
    before = current(policy)
    if before == value:
        return False
    if seen is not None and key in seen and seen[key] != before:
        raise Stale(
            fields={key: say("Somebody has set it to “%(value)s” meanwhile.") % {"value": policy.words(before)}}
        )
    policies.store(key, value)
    shown = {} if policy.secret else {"was": before, "now": value}
    row = entry(
        actor,
        CHANGED,
        title=str(policy.title),
        before=policy.words(before),
        after=policy.words(value),
        key=key,
        **shown,
    )
    row.object_kind, row.object_label = kind_of(key), str(policy.title)[:300]
    row.save(force_insert=True)
    return True


def kind_of(key: str) -> str:
    """Under what the audit keeps the changes of a setting."""
    return f"policy.{key}"[:100]


def current(policy: policies.Policy) -> Any:
    """The value in force, as it is stored; read past the cache, under the lock."""
    stored = policies.stored(policy.key)
    return policies.plain(policy.default) if stored is None else stored


@command
def policy_undo(*, entry_id: int, actor: Any) -> str:
    """Put back what a change replaced, if nothing has changed it since. Returns the setting's key."""
    lock(("core.policies", 0))
    row = AuditEntry.objects.filter(pk=entry_id, code=CHANGED).first()
    if row is None or "was" not in row.facts or row.facts["key"] not in policies.REGISTRY:
        raise NotFound
    policy = policies.REGISTRY[row.facts["key"]]
    if current(policy) != row.facts["now"]:
        raise Stale(say("This setting was changed once more since. Undo the newest change first."))
    policies_set(values={policy.key: row.facts["was"]}, actor=actor)
    return policy.key


@command
def module_switch(*, name: str, on: bool, with_others: bool = False, actor: Any) -> list[str]:
    """Switch a part of the product; off leaves no trace but the tables. Returns the names that were switched.

    Raises ModuleNeeded when modules that are on need it, or it needs ones that are off, unless `with_others` switches
    those too. Reverse: itself.
    """
    lock(("core.policies", 0))
    module = modules.REGISTRY.get(name)
    if module is None or not module.optional:
        raise NotFound
    others = [
        other
        for other in (modules.needed_by(name) if on else modules.needing(name))
        if modules.is_switched_on(other) != on
    ]
    if others and not with_others:
        raise ModuleNeeded(
            say("First: %(names)s.") % {"names": ", ".join(str(modules.REGISTRY[other].title) for other in others)},
            modules=others,
        )
    switched = [each for each in [name, *others] if modules.is_switched_on(each) != on]
    for each in switched:
        policies.store(f"module.{each}", on)
        row = entry(actor, SWITCHED_ON if on else SWITCHED_OFF, title=str(modules.REGISTRY[each].title), module=each)
        row.object_kind = f"module.{each}"[:100]
        row.save(force_insert=True)
    return switched


@command
def logo_set(*, upload: UploadedFile | None, actor: Any) -> None:
    """Keep the clinic's own logo, or take it away with None (SET-09)."""
    key = str(file_store(upload, purpose=LOGO_FILE, actor=actor).key) if upload else ""
    before = policies.store(LOGO, key)
    if before != key:
        entry(actor, LOGO_SET).save(force_insert=True)

"""Insurers and their programmes."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core import live
from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import Invalid, NotFound
from core.trash import trash_put
from insurance.models import Cover, Insurer, InsurerPrice, Policy, Programme

ADDED = sentence(
    "insurance.insurer.added", _("Insurer %(object)s added"), "shield-plus", "green", is_timeline=False
).code
CHANGED = sentence("insurance.insurer.changed", _("Insurer %(object)s changed"), "pencil", is_timeline=False).code
ARCHIVED = sentence(
    "insurance.insurer.archived", _("%(object)s no longer works with us"), "archive", is_timeline=False
).code
RETURNED = sentence(
    "insurance.insurer.returned", _("%(object)s works with us again"), "archive-off", is_timeline=False
).code
COMBINED = sentence(
    "insurance.insurer.combined", _("%(other)s is now part of %(object)s"), "arrows-join", is_timeline=False
).code
PROGRAMME = sentence("insurance.programme.saved", _("Programme %(object)s saved"), "list-check", is_timeline=False).code
PROGRAMME_OFF = sentence(
    "insurance.programme.archived", _("Programme %(object)s: offered %(state)s"), "archive", is_timeline=False
).code
COVER = sentence(
    "insurance.cover.set", _("%(object)s: %(what)s — %(percent)s %%"), "list-check", is_timeline=False
).code
COVER_OFF = sentence(
    "insurance.cover.removed", _("%(object)s: the rule of %(what)s removed"), "list", is_timeline=False
).code

FIELDS = (
    "name", "full_name", "inn", "kpp", "ogrn", "address", "bank", "contact", "phone", "email", "contract_number",
    "contract_from", "contract_to", "prices", "answer_days", "note",
)  # fmt: skip


@command
def insurer_save(
    *, actor: Any, insurer_id: int | None = None, expected_version: int | None = None, **values: Any
) -> Insurer:
    """Add or change an insurer (INS-01). Raises Invalid on `name`, `contract_to`, Stale. Reverse: insurer_trash."""
    insurer = insurer_lock(insurer_id) if insurer_id else Insurer()
    if insurer_id:
        check_version(expected_version, insurer.version)
        insurer.version += 1
    for name in FIELDS:
        if name in values:
            given = values[name]
            setattr(insurer, name, given.strip() if isinstance(given, str) else given)
    if Insurer.objects.live().filter(name__iexact=insurer.name).exclude(pk=insurer.pk).exists():
        raise Invalid(fields={"name": _("This is in the directory already.")})
    if insurer.contract_from and insurer.contract_to and insurer.contract_to < insurer.contract_from:
        raise Invalid(fields={"contract_to": _("The end is before the beginning.")})
    insurer.save()
    audit(actor, CHANGED if insurer_id else ADDED, insurer)
    live.announce("insurers", insurer.pk)
    return insurer


@command
def insurer_archive(*, insurer_id: int, actor: Any) -> bool:
    """No longer work with an insurer, or work with him again: his policies then pay nothing. Its own reverse."""
    insurer = insurer_lock(insurer_id)
    insurer.is_active = not insurer.is_active
    insurer.version += 1
    insurer.save(update_fields=["is_active", "version"])
    audit(actor, RETURNED if insurer.is_active else ARCHIVED, insurer)
    return insurer.is_active


@command
def insurer_trash(*, insurer_id: int, actor: Any) -> None:
    """To the trash; InUse while policies are his. Reverse: core.trash.trash_restore."""
    trash_put(insurer_lock(insurer_id), actor=actor)


@command
def insurers_combine(*, survivor_id: int, duplicate_id: int, actor: Any) -> Insurer:
    """One company entered twice becomes one: policies and programmes of the duplicate go over (INS-01). Not undone.

    Prices stay the survivor's; the duplicate's registers and templates must not exist. Raises Invalid on `duplicate`.
    """
    if survivor_id == duplicate_id:
        raise Invalid(fields={"duplicate": _("Choose another insurer.")})
    for pk in sorted((survivor_id, duplicate_id)):
        insurer_lock(pk)
    survivor, duplicate = insurer_lock(survivor_id), insurer_lock(duplicate_id)
    if duplicate.registers.exists():
        raise Invalid(fields={"duplicate": _("It has registers: they stay with whom they were sent to.")})
    taken = set(survivor.policies.values_list("patient_id", "number"))
    if any(key in taken for key in duplicate.policies.values_list("patient_id", "number")):
        raise Invalid(fields={"duplicate": _("A patient has the same policy with both.")})
    names = {name.casefold() for name in survivor.programmes.live().values_list("name", flat=True)}
    for programme in duplicate.programmes.all():
        if programme.name.casefold() in names:
            programme.name = f"{programme.name} ({duplicate.name})"[:120]
        programme.insurer = survivor
        programme.save(update_fields=["insurer", "name"])
    Policy.objects.filter(insurer=duplicate).update(insurer=survivor)
    duplicate.templates.all().update(insurer=survivor)
    InsurerPrice.objects.filter(insurer=duplicate).delete()
    audit(actor, COMBINED, survivor, other=duplicate.name)
    trash_put(duplicate, actor=actor)
    return survivor


@command
def programme_save(
    *, insurer_id: int, actor: Any, programme_id: int | None = None, expected_version: int | None = None, **values: Any
) -> Programme:
    """Add or change a programme (INS-06). Raises Invalid on `name`, Stale. Reverse: programme_trash."""
    insurer = insurer_lock(insurer_id)
    programme = programme_lock(programme_id) if programme_id else Programme(insurer=insurer)
    if programme_id:
        check_version(expected_version, programme.version)
        programme.version += 1
    for name in ("name", "percent", "needs_approval", "copay_percent", "copay_amount", "note"):
        if name in values:
            setattr(programme, name, values[name])
    same = insurer.programmes.live().filter(name__iexact=programme.name).exclude(pk=programme.pk)
    if same.exists():
        raise Invalid(fields={"name": _("This is in the directory already.")})
    programme.save()
    audit(actor, PROGRAMME, programme)
    return programme


@command
def programme_archive(*, programme_id: int, actor: Any) -> bool:
    """No longer offer a programme to new policies, or offer it again. Its own reverse."""
    programme = programme_lock(programme_id)
    programme.is_active = not programme.is_active
    programme.save(update_fields=["is_active"])
    audit(actor, PROGRAMME_OFF, programme, state="+" if programme.is_active else "−")
    return programme.is_active


@command
def programme_trash(*, programme_id: int, actor: Any) -> None:
    trash_put(programme_lock(programme_id), actor=actor)


@command
def cover_set(
    *, programme_id: int, actor: Any, percent: int, needs_approval: bool, service_id: int | None = None,
    category_id: int | None = None,
) -> Cover:  # fmt: skip
    """How a programme treats a service or a category; said again it replaces what was said. Reverse: cover_remove."""
    if (service_id is None) == (category_id is None):
        raise Invalid(fields={"service": _("Choose a service or a category.")})
    if not 0 <= percent <= 100:
        raise Invalid(fields={"percent": _("From 0 to 100.")})
    programme = programme_lock(programme_id)
    cover, _made = Cover.objects.update_or_create(
        programme=programme, service_id=service_id, category_id=category_id,
        defaults={"percent": percent, "needs_approval": needs_approval},
    )  # fmt: skip
    audit(actor, COVER, programme, what=cover.service or cover.category, percent=percent)
    return cover


@command
def cover_remove(*, cover_id: int, actor: Any) -> Programme:
    cover = Cover.objects.select_related("programme", "service", "category").filter(pk=cover_id).first()
    if cover is None:
        raise NotFound
    programme_lock(cover.programme_id)
    cover.delete()
    audit(actor, COVER_OFF, cover.programme, what=cover.service or cover.category)
    return cover.programme


def insurer_lock(insurer_id: int | None) -> Insurer:
    insurer = Insurer.objects.select_for_update().filter(pk=insurer_id, deleted_at__isnull=True).first()
    if insurer is None:
        raise NotFound
    return insurer


def programme_lock(programme_id: int | None) -> Programme:
    rows = Programme.objects.select_for_update(of=("self",)).select_related("insurer")
    programme = rows.filter(pk=programme_id, deleted_at__isnull=True).first()
    if programme is None:
        raise NotFound
    return programme


def in_use(row: Any) -> list[Any]:
    """Why an insurer or a programme is archived rather than deleted."""
    if isinstance(row, Insurer) and (row.policies.exists() or row.registers.exists()):
        return [_("Policies of patients are his.")]
    if isinstance(row, Programme) and row.policies.exists():
        return [_("Policies of patients are of this programme.")]
    return []

"""The recycle bin: a row and its children go and return together; what is in use is archived instead (SET-04)."""

from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from core import clock
from core.audit import audit, sentence
from core.command import command
from core.errors import DomainError, NotFound
from core.models import TrashEntry
from core.slots import Slot

# A provider looks at a row that is about to be deleted and names what stands in the way: [sentence, ...].
OBSTACLES: Slot[Callable[[models.Model], list[str]]] = Slot("trash.obstacles")

sentence("core.trash.put", _("%(object)s was moved to the trash"), "trash", "red")
sentence("core.trash.restored", _("%(object)s was restored from the trash"), "trash-off", "green")


class InUse(DomainError):
    """Something still needs the row; `facts.obstacles` says what."""

    code = "trash_in_use"
    message = _("This cannot be deleted while it is in use.")


class RestoreBlocked(DomainError):
    """Another row has taken the place meanwhile."""

    code = "restore_blocked"
    message = _("This cannot be restored: something else has taken its place.")


class LiveQuerySet(models.QuerySet[Any]):
    def live(self) -> "LiveQuerySet":
        return self.filter(deleted_at__isnull=True)


class Trashable(models.Model):
    """A directory or card row that can go to the trash. `trash_children` names reverse relations that go with it."""

    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    trash_children: tuple[str, ...] = ()

    objects = LiveQuerySet.as_manager()

    class Meta:
        abstract = True


def children_of(row: Trashable) -> Iterable[Trashable]:
    for name in row.trash_children:
        yield from getattr(row, name).filter(deleted_at__isnull=True)


@command
def trash_put(row: Trashable, *, actor: Any, reason: str = "") -> TrashEntry:
    """Delete softly. Raises InUse with every obstacle. Reverse: trash_restore."""
    row = type(row).objects.select_for_update().get(pk=row.pk)
    obstacles = [text for provider in OBSTACLES for text in provider(row)]
    if obstacles:
        raise InUse("; ".join(str(text) for text in obstacles), obstacles=obstacles)
    moment = clock.now()
    children = [(child._meta.label_lower, child.pk) for child in children_of(row)]
    for label, pk in children:
        apps.get_model(label).objects.filter(pk=pk).update(deleted_at=moment)
    type(row).objects.filter(pk=row.pk).update(deleted_at=moment)
    audit(actor, "core.trash.put", row, reason=reason)
    return TrashEntry.objects.create(
        kind=row._meta.label_lower,
        row_id=row.pk,
        label=str(row)[:300],
        reason=reason[:500],
        children=children,
        deleted_at=moment,
        deleted_by_id=getattr(actor, "pk", None),
        deleted_by_name=str(actor or "")[:200],
    )


@command
def trash_restore(entry_id: int, *, actor: Any) -> models.Model:
    """Bring back a row with the children that went with it; a broken constraint becomes RestoreBlocked."""
    entry = TrashEntry.objects.select_for_update().filter(pk=entry_id, restored_at__isnull=True).first()
    if entry is None:
        raise NotFound
    model = apps.get_model(entry.kind)
    try:
        with transaction.atomic():
            model.objects.filter(pk=entry.row_id).update(deleted_at=None)
            for label, pk in entry.children:
                apps.get_model(label).objects.filter(pk=pk, deleted_at=entry.deleted_at).update(deleted_at=None)
    except IntegrityError as error:
        raise RestoreBlocked(label=entry.label) from error
    entry.restored_at = clock.now()
    entry.save(update_fields=["restored_at"])
    row = model.objects.get(pk=entry.row_id)
    audit(actor, "core.trash.restored", row)
    return row


def trash_restore_many(ids: Iterable[int], *, actor: Any) -> tuple[int, list[str]]:
    """Restore several, each on its own: how many came back, and the names of those whose place is taken."""
    back, blocked = 0, []
    for entry_id in ids:
        try:
            trash_restore(entry_id, actor=actor)
            back += 1
        except RestoreBlocked as error:
            blocked.append(str(error.facts.get("label", entry_id)))
    return back, blocked

"""Taking back the last command (MOON-18): a log of what each command owned before and after, and its inverse command.

A service wraps its work in `step`; an app says by `inverse` which service turns such a step back. Nothing is written
around the services, so that locks, rules and audit hold in both directions. The log is checked twice: what the step
left must still be there (nobody has worked on it since), and after the inverse every owned row must equal its snapshot;
otherwise nothing is changed and the refusal says what stands in the way (decision 0005).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import clock
from core.access import Permission, check
from core.audit import audit, sentence, text_of
from core.command import command, lock
from core.errors import DomainError, Forbidden
from core.models import AuditEntry, UndoEntry
from core.own_policies import UNDO_MINUTES

sentence("core.undo.done", _("Taken back: %(title)s"), "arrow-back-up", "amber")


class NothingToUndo(DomainError):
    """The person has done nothing lately that can be taken back."""

    code = "nothing_to_undo"
    message = _("There is nothing to take back.")


class UndoBlocked(DomainError):
    """Others have worked on it since, or a rule forbids the way back; the sentence says what stands in the way."""

    code = "undo_blocked"
    message = _("This can no longer be taken back.")


@dataclass(frozen=True, slots=True)
class Owned:
    """What a step answers for: rows of a model by `where`, and the columns that it may change.

    `back` is what the rows must be after the undo, where that is not what they were before: a message that was made
    is not erased but withdrawn.
    """

    model: type[Model]
    where: dict[str, Any]
    columns: tuple[str, ...]
    back: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the log as an inverse gets it: rows before, one list for each Owned, and the facts it was given."""

    before: list[list[dict[str, Any]]]
    where: list[dict[str, Any]]
    facts: dict[str, Any]


@dataclass(slots=True)
class Group:
    """Steps of one command of a person; only the outermost is written down."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)


INVERSES: dict[str, tuple[Permission, Callable[[Step, Any], None]]] = {}
_group: ContextVar[Group | None] = ContextVar("undo_group", default=None)
_is_quiet: ContextVar[bool] = ContextVar("undo_quiet", default=False)
# The last entry written in this request, for the toast's button.
written: ContextVar[int | None] = ContextVar("undo_written", default=None)


def inverse(code: str, needed: Permission) -> Callable[[Callable[[Step, Any], None]], Callable[[Step, Any], None]]:
    """Register what takes a step back: calls services as the same person, who must still have the right."""

    def register(run: Callable[[Step, Any], None]) -> Callable[[Step, Any], None]:
        if code in INVERSES:
            raise ValueError(f"Inverse of {code!r} is declared twice")
        INVERSES[code] = (needed, run)
        return run

    return register


@contextmanager
def quiet() -> Iterator[None]:
    """Inside, nothing is logged: a command whose parts must not be taken back one by one."""
    token = _is_quiet.set(True)
    try:
        yield
    finally:
        _is_quiet.reset(token)


@contextmanager
def together(actor: Any, title: Any) -> Iterator[None]:
    """Steps inside are one command of the person: a bulk change is taken back as a whole."""
    if _group.get() is not None or _is_quiet.get():
        yield
        return
    group = Group()
    token = _group.set(group)
    try:
        yield
    finally:
        _group.reset(token)
    _write(actor, str(title), group.steps)


@contextmanager
def step(actor: Any, code: str, title: Callable[[], Any] | Any, *owned: Owned, **facts: Any) -> Iterator[None]:
    """Log what the block does to the rows that it owns; inside the command's transaction.

    `title` may be a function, which is asked before the block runs.
    """
    if _is_quiet.get() or getattr(actor, "pk", None) is None:
        yield
        return
    words = str(title() if callable(title) else title)
    before = [_read(each.model, each.where, each.columns) for each in owned]
    yield
    rows = [
        {
            "model": each.model._meta.label_lower,
            "where": plain(each.where),
            "columns": list(each.columns),
            "before": was,
            "after": _read(each.model, each.where, each.columns),
        }
        for each, was in zip(owned, before, strict=True)
    ]
    if all(row["before"] == row["after"] for row in rows):
        return
    made = {"code": code, "rows": rows, "facts": plain(facts)}
    group = _group.get()
    if group is not None:
        group.steps.append(made)
    else:
        _write(actor, words, [made])


def made(actor: Any, code: str, title: Any, owned: Owned, **facts: Any) -> None:
    """Log rows that a command has just made; taken back they are no more, or are what `owned.back` says."""
    if _is_quiet.get() or getattr(actor, "pk", None) is None:
        return
    row = {
        "model": owned.model._meta.label_lower, "where": plain(owned.where), "columns": list(owned.columns),
        "before": [] if owned.back is None else [plain(owned.back)], "after": _read(owned.model, owned.where, owned.columns),
    }  # fmt: skip
    step_made = {"code": code, "rows": [row], "facts": plain(facts)}
    group = _group.get()
    if group is not None:
        group.steps.append(step_made)
    else:
        _write(actor, str(title), [step_made])


def _write(actor: Any, title: str, steps: list[dict[str, Any]]) -> None:
    if steps:
        made = UndoEntry.objects.create(actor_id=actor.pk, title=title[:300], steps=steps, at=clock.now())
        written.set(made.pk)


def _read(model: type[Model], where: dict[str, Any], columns: Any) -> list[dict[str, Any]]:
    return [plain(row) for row in model._default_manager.filter(**where).order_by("pk").values(*columns)]


def plain(value: Any) -> Any:
    """A value as JSON keeps it, alike before and after."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | UUID) else value


def last_of(actor: Any) -> UndoEntry | None:
    """The last command of a person that may be taken back; one that is too old counts no more."""
    horizon = clock.now() - timedelta(minutes=UNDO_MINUTES.get())
    return UndoEntry.objects.filter(actor_id=actor.pk, undone_at__isnull=True, at__gte=horizon).order_by("-pk").first()


@command
def undo_last(*, actor: Any, entry_id: int | None = None) -> UndoEntry:
    """Take back the last command of this person, others' later work permitting (MOON-18).

    `entry_id` is the command that the person saw; another in its place is refused. Raises NothingToUndo, UndoBlocked.
    """
    lock(("undo", actor.pk))
    entry = last_of(actor)
    if entry is None or (entry_id is not None and entry.pk != entry_id):
        raise NothingToUndo
    for made in entry.steps:
        check(actor, INVERSES[made["code"]][0])
    for made in reversed(entry.steps):
        _take_back(entry, made, actor)
    for made in entry.steps:
        for owned in made["rows"]:
            _compare(entry, owned, _first_before(entry, owned))
    entry.undone_at = clock.now()
    entry.save(update_fields=["undone_at"])
    audit(actor, "core.undo.done", title=entry.title)
    return entry


def _take_back(entry: UndoEntry, made: dict[str, Any], actor: Any) -> None:
    for owned in made["rows"]:
        model = apps.get_model(owned["model"])
        list(
            model._default_manager.select_for_update(of=("self",)).filter(**owned["where"]).order_by("pk").values("pk")
        )
        _compare(entry, owned, owned["after"])
    run = INVERSES[made["code"]][1]
    given = Step([owned["before"] for owned in made["rows"]], [owned["where"] for owned in made["rows"]], made["facts"])
    try:
        with quiet():
            run(given, actor)
    except Forbidden:
        raise
    except DomainError as error:
        raise UndoBlocked(_("%(title)s: %(why)s") % {"title": entry.title, "why": error}, because=error.code) from error


def _first_before(entry: UndoEntry, owned: dict[str, Any]) -> list[dict[str, Any]]:
    """Of several steps on the same rows the first one's snapshot is what the whole must come back to."""
    return next(
        row["before"]
        for made in entry.steps
        for row in made["rows"]
        if (row["model"], row["where"], row["columns"]) == (owned["model"], owned["where"], owned["columns"])
    )


def _compare(entry: UndoEntry, owned: dict[str, Any], wanted: list[dict[str, Any]]) -> None:
    model = apps.get_model(owned["model"])
    found = _read(model, owned["where"], owned["columns"])
    if found != wanted:
        raise UndoBlocked(
            _("%(title)s: changed since. %(who)s") % {"title": entry.title, "who": _who(entry, owned)},
            because="changed",
        )


def _who(entry: UndoEntry, owned: dict[str, Any]) -> str:
    """Who worked on the row last, when and how, in the words of the audit."""
    rows = AuditEntry.objects.filter(object_kind=owned["model"], at__gt=entry.at)
    pk = owned["where"].get("pk")
    last = rows.filter(object_id=pk).order_by("-pk").first() if pk else None
    if last is None:
        return ""
    return f"{last.actor_name}, {timezone.localtime(last.at):%H:%M}: {text_of(last)}"

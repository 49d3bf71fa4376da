"""Reads of the audit, the history of columns, and the trash, within the rights of the one who asks."""

import functools
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _

from core import modules
from core.access import REGISTRY as PERMISSIONS
from core.access import is_allowed
from core.audit import REGISTRY as SENTENCES
from core.audit import text_of
from core.column_words import WORDS, column_word
from core.errors import NotFound
from core.models import AuditEntry, HistoryEntry, TrashEntry

# Columns that say nothing to people: bookkeeping of the row itself, derived values, secrets.
SILENT = frozenset({
    "id", "version", "password", "pin_hash", "last_login", "search_name", "phone_digits", "sort_key", "digest", "position",
})  # fmt: skip
HIDDEN_FACTS = frozenset({"key", "was", "now", "right_code", "module"})


# The audit


def compartments_of(user: Any) -> list[str]:
    """Base, and each compartment in which the user has a right at all."""
    held = {each.compartment for each in PERMISSIONS.values() if is_allowed(user, each)}
    return ["base", *sorted(held - {"base"})]


def entries_visible_to(user: Any) -> QuerySet[AuditEntry]:
    """The audit of the compartments that the user may read; of his branches and of the clinic as a whole."""
    rows = AuditEntry.objects.filter(compartment__in=compartments_of(user))
    if user.scope == "all":
        return rows
    return rows.filter(Q(branch_id__isnull=True) | Q(branch_id__in=user.branch_ids))


def entry_of(user: Any, pk: int) -> AuditEntry:
    row = entries_visible_to(user).filter(pk=pk).first()
    if row is None:
        raise NotFound
    described([row])
    return row


def described(rows: Iterable[AuditEntry]) -> list[AuditEntry]:
    """Each with its sentence, icon and tone for a list."""
    found = list(rows)
    for row in found:
        declared = SENTENCES.get(row.code)
        row.sentence = text_of(row)  # type: ignore[attr-defined]
        row.icon = declared.icon if declared else "point"  # type: ignore[attr-defined]
        row.tone = declared.tone if declared else "grey"  # type: ignore[attr-defined]
        row.url = declared.url(row) if declared and declared.url else ""  # type: ignore[attr-defined]
    return found


def codes_by_app() -> list[tuple[str, Any]]:
    """Apps that write into the audit, for the filter."""
    names = {code.partition(".")[0] for code in SENTENCES}
    ours = [config.label for config in apps.get_app_configs() if config.label in names and modules.is_on(config.label)]
    return [(name, modules.title_of(name)) for name in ours]


def people() -> list[tuple[int, str]]:
    """Accounts by name, for the filter; those of partners too."""
    return sorted(
        ((user.pk, str(user)) for user in get_user_model()._default_manager.all()), key=lambda pair: pair[1].lower()
    )


def facts_of(row: AuditEntry) -> list[tuple[Any, Any]]:
    """What an entry knows besides its sentence, in words; what has no word is for the program."""
    declared = SENTENCES.get(row.code)
    said = str(declared.text) if declared and not declared.words else ""
    return [
        (WORDS[word], worded(value))
        for name, value in row.facts.items()
        if (word := name.replace("_", " ")) in WORDS
        and name not in HIDDEN_FACTS
        and f"%({name})" not in said
        and value not in ("", None, [])
    ]


def changes_of(row: AuditEntry) -> list[dict[str, Any]]:
    """Columns that the same transaction changed, in the words of the models."""
    found = []
    for change in HistoryEntry.objects.filter(transaction_id=row.transaction_id).order_by("pk")[:200]:
        model = models_by_table().get(change.table_name)
        if model is None or not modules.is_on(model._meta.app_label):
            continue
        lines = [
            line for name, pair in change.changes.items() if (line := change_line(model, name, pair, change.action))
        ]
        if lines or change.action == "delete":
            found.append(
                {"title": model._meta.verbose_name, "row_id": change.row_id, "action": change.action, "lines": lines}
            )
    return found


def change_line(model: type[Model], name: str, pair: Any, action: str) -> dict[str, Any] | None:
    if name in SILENT:
        return None
    try:
        column = (
            model._meta.get_field(name.removesuffix("_id")) if name.endswith("_id") else model._meta.get_field(name)
        )
    except FieldDoesNotExist:
        return None
    before, after = (pair, None) if action == "delete" else (pair[0], pair[1])
    choices = dict(getattr(column, "flatchoices", ()) or ())
    return {
        "label": column_word(column),
        "before": worded(choices.get(before, before), column),
        "after": worded(choices.get(after, after), column),
    }


def worded(value: Any, column: Any = None) -> Any:
    """A number that names a row becomes the row; days and moments that JSON holds as text become days and moments again."""
    if column is not None and column.is_relation and isinstance(value, int):
        row = column.related_model._default_manager.filter(pk=value).first()
        return f"{row} ({value})" if row else value
    if not isinstance(value, str) or value[4:5] != "-":
        return value
    try:
        return (parse_datetime(value) if len(value) >= 19 else parse_date(value)) or value
    except ValueError:
        return value


@functools.cache
def models_by_table() -> dict[str, type[Model]]:
    return {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}


# The trash


def trash_visible_to(user: Any) -> QuerySet[TrashEntry]:
    """What lies in the trash: of modules that are on, and where a row has a branch, of the user's branches."""
    rows = TrashEntry.objects.filter(restored_at__isnull=True)
    shown = Q(pk__in=[])
    for kind in kinds_in_trash():
        model = apps.get_model(kind)
        if not modules.is_on(model._meta.app_label):
            continue
        if user.scope == "all" or not has_branch(model):
            shown |= Q(kind=kind)
        else:
            mine = model._default_manager.filter(
                Q(branch_id__isnull=True) | Q(branch_id__in=user.branch_ids), pk=OuterRef("row_id")
            )
            shown |= Q(Exists(mine), kind=kind)
    return rows.filter(shown)


def kinds_in_trash() -> list[str]:
    found = (
        TrashEntry.objects.filter(restored_at__isnull=True).order_by("kind").values_list("kind", flat=True).distinct()
    )
    return [kind for kind in found if model_known(kind)]


def model_known(kind: str) -> bool:
    try:
        apps.get_model(kind)
    except (LookupError, ValueError):
        return False
    return True


def has_branch(model: type[Model]) -> bool:
    return any(each.name == "branch" for each in model._meta.fields)


def kind_title(kind: str) -> str:
    title = str(apps.get_model(kind)._meta.verbose_name)
    return title[:1].upper() + title[1:]


def trash_entry_of(user: Any, pk: int) -> TrashEntry:
    row = trash_visible_to(user).filter(pk=pk).first()
    if row is None:
        raise NotFound
    return row


NOBODY = _("by itself")

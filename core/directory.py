"""A simple directory is one declaration: list page, panel form, archive, trash, order (SET-01, SET-02).

`SOURCES = Directory(slug="sources", app="patients", model=Source, title=_("Marketing channels"), …)` in an app's
`directories.py`, `*directory_pages(SOURCES)` in its `urls.py`. What is in use is archived, never deleted.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import django_filters
from django import forms
from django.db import models
from django.db.models import Count, Q, QuerySet, UniqueConstraint
from django.forms import modelform_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.functional import lazy
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from core.access import Permission, is_allowed, requires
from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import Invalid, NotFound
from core.forms import Done, form_page, given_version, told
from core.listing import Column, Create, Listing
from core.permissions import SEE_DIRECTORIES
from core.screens import pages
from core.slots import Slot
from core.trash import InUse, trash_put

ADDED = sentence("core.directory.added", _("%(object)s added: %(directory)s"), "plus", is_timeline=False).code
CHANGED = sentence("core.directory.changed", _("%(object)s changed: %(directory)s"), "pencil", is_timeline=False).code
ARCHIVED = sentence(
    "core.directory.archived", _("%(object)s archived: %(directory)s"), "archive", is_timeline=False
).code
RETURNED = sentence(
    "core.directory.returned", _("%(object)s is used again: %(directory)s"), "archive-off", is_timeline=False
).code

REGISTRY: dict[str, "Directory"] = {}


@dataclass(frozen=True, slots=True)
class Shelf:
    """One line of the page of all directories."""

    title: Any
    url_name: str
    permission: Permission
    section: Any = ""
    icon: str = "list"
    hint: Any = ""


SHELVES: Slot[Shelf] = Slot("core.directories")


@dataclass(frozen=True, kw_only=True)
class Directory:
    """`archive` names the yes-no column that takes a row out of choice; empty where there is none.

    `defaults` are what a new row has besides its form, where `rows` shows a part of a table.
    """

    slug: str
    app: str
    model: type[models.Model]
    title: Any
    new_label: Any
    see: Permission
    edit: Permission
    fields: tuple[str, ...] = ("name",)
    columns: tuple[Column, ...] = ()
    search: tuple[str, ...] = ("name",)
    archive: str = ""
    order: tuple[str, ...] = ()
    form: type[forms.ModelForm] | None = None
    rows: Callable[[Any], QuerySet[Any]] | None = None
    defaults: dict[str, Any] = field(default_factory=dict)
    section: Any = ""
    icon: str = "list"
    hint: Any = ""
    listing: type[Listing] = field(init=False)

    def __post_init__(self) -> None:
        if self.slug in REGISTRY:
            raise ValueError(f"Directory {self.slug!r} is declared twice")
        REGISTRY[self.slug] = self
        object.__setattr__(self, "listing", listing_of(self))
        shelf = Shelf(self.title, self.url_name("list"), self.see, self.section, self.icon, self.hint)
        SHELVES.register(shelf, module=self.app)

    def url_name(self, view: str) -> str:
        return f"{self.app}:{self.slug}-{view}"

    def url(self, view: str, *args: Any) -> str:
        return reverse(self.url_name(view), args=args)

    def queryset(self, user: Any) -> QuerySet[Any]:
        found = self.rows(user) if self.rows else self.model._default_manager.all()
        return found.filter(deleted_at__isnull=True) if has_field(self.model, "deleted_at") else found

    @property
    def has_position(self) -> bool:
        return has_field(self.model, "position")

    @property
    def form_class(self) -> type[forms.ModelForm]:
        return self.form or modelform_factory(self.model, form=EntryForm, fields=self.fields)


class EntryForm(forms.ModelForm):
    """Uniqueness is the service's: its answer names the field and the language of the person."""

    def validate_constraints(self) -> None:
        return


def has_field(model: type[models.Model], name: str) -> bool:
    return any(each.name == name for each in model._meta.fields)


# The list


class DirectoryListing(Listing):
    """Rows of one directory with how often each is in use."""

    abstract = True
    row_panel = True
    directory: Directory
    empty_text = _("Add the first entry: it can be chosen at once everywhere.")

    def queryset(self) -> QuerySet[Any]:
        return self.directory.queryset(self.user)

    def row_url(self, row: Any) -> str:
        return self.directory.url("edit", row.pk) if is_allowed(self.user, self.directory.edit) else ""

    def decorate(self, rows: list[Any]) -> list[Any]:
        counted = usage(self.directory.model, [row.pk for row in rows], with_children=True)
        for row in rows:
            row.usage = counted.get(row.pk, 0)
        return rows

    def row_actions(self, row: Any) -> list[dict[str, Any]]:
        this = self.directory
        if not is_allowed(self.user, this.edit):
            return []
        menu = [{"label": _("Change"), "icon": "pencil", "url": this.url("edit", row.pk), "panel": True}]
        if this.has_position:
            menu += [
                {"label": _("Move up"), "icon": "arrow-up", "url": this.url("move", row.pk, "up"), "method": "post"},
                {
                    "label": _("Move down"),
                    "icon": "arrow-down",
                    "url": this.url("move", row.pk, "down"),
                    "method": "post",
                },
            ]
        if this.archive:
            word = _("To archive") if getattr(row, this.archive) else _("Use again")
            menu.append({"label": word, "icon": "archive", "url": this.url("archive", row.pk), "method": "post"})
        confirm = _("“%(name)s” goes to the trash and can be restored from there.") % {"name": row}
        url = this.url("trash", row.pk)
        menu.append(
            {
                "label": _("To trash"),
                "icon": "trash",
                "url": url,
                "method": "post",
                "confirm": confirm,
                "tone": "danger",
            }
        )
        return menu


def listing_of(directory: Directory) -> type[Listing]:
    shown = directory.columns or tuple(
        Column(name, label_of(directory, name), sort=name, kind=kind_of(directory, name)) for name in directory.fields
    )
    extra = [Column("usage", _("Uses"), kind="number")]
    if directory.archive:
        extra.insert(0, Column("state", _("State"), lambda row: badge(directory, row), directory.archive, kind="badge"))
    first = ("position", "pk") if directory.has_position else (directory.fields[0], "pk")
    body = {
        "__module__": f"{directory.app}.directories", "slug": directory.slug, "title": directory.title,
        "permission": directory.see, "directory": directory, "columns": (*shown, *extra),
        "filterset": filterset_of(directory), "order": directory.order or first,
        "creates": Create(directory.new_label, directory.url_name("new"), directory.edit),
        "empty_title": _("Nothing here yet"), "active": "directories",
        "subtitle": directory.hint,
    }  # fmt: skip
    return type(f"{directory.slug.title().replace('-', '')}Directory", (DirectoryListing,), body)


def label_of(directory: Directory, name: str) -> Any:
    """The column's own name, begun with a capital in the language of the page."""
    return lazy(lambda: capfirst(directory.model._meta.get_field(name).verbose_name), str)()


def kind_of(directory: Directory, name: str) -> str:
    column = directory.model._meta.get_field(name)
    if isinstance(column, models.BooleanField):
        return "bool"
    return "number" if isinstance(column, models.IntegerField | models.DecimalField) else "text"


def badge(directory: Directory, row: Any) -> tuple[Any, str]:
    return (_("Offered"), "green") if getattr(row, directory.archive) else (_("Archived"), "grey")


def filterset_of(directory: Directory) -> type[django_filters.FilterSet]:
    def search(rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        wanted = Q()
        for column in directory.search:
            wanted |= Q(**{f"{column}__icontains": value})
        return rows.filter(wanted)

    filters: dict[str, Any] = {
        "search": django_filters.CharFilter(method=lambda rows, name, value: search(rows, name, value))
    }
    if directory.archive:
        filters[directory.archive] = django_filters.BooleanFilter(label=_("Offered"))
    return type("DirectoryFilter", (django_filters.FilterSet,), filters)


def usage(model: type[models.Model], ids: Sequence[int], *, with_children: bool = False) -> Counter[int]:
    """How many rows of other tables point to each of these; one statement a table, whatever the number of rows.

    Children that go to the trash with their parent do not hold it, so they count only when asked for.
    """
    found: Counter[int] = Counter()
    for relation in references(model, with_children=with_children):
        column = relation.field.attname if not relation.many_to_many else relation.field.m2m_reverse_name()
        table = relation.related_model if not relation.many_to_many else relation.through
        rows = table._default_manager.filter(**{f"{column}__in": ids})
        if has_field(table, "deleted_at"):
            rows = rows.filter(deleted_at__isnull=True)
        found.update(dict(rows.order_by().values_list(column).annotate(Count("pk"))))
    return found


def children_usage(row: models.Model) -> int:
    """How much points to the rows that would go to the trash together with this one."""
    count = 0
    for name in getattr(row, "trash_children", ()):
        children = getattr(row, name)
        ids = list(children.filter(deleted_at__isnull=True).values_list("pk", flat=True))
        count += sum(usage(children.model, ids).values()) if ids else 0
    return count


def references(model: type[models.Model], *, with_children: bool = False) -> list[Any]:
    """Relations of other tables to this one."""
    own = () if with_children else getattr(model, "trash_children", ())
    return [each for each in model._meta.related_objects if each.get_accessor_name() not in own]


# Writes


@command
def entry_save(
    directory: Directory,
    *,
    values: dict[str, Any],
    actor: Any,
    pk: int | None = None,
    expected_version: int | None = None,
) -> models.Model:
    """Add or change an entry. Raises Invalid on a taken name, Stale. Reverse: entry_trash."""
    row = entry_locked(directory, pk, actor) if pk else directory.model(**directory.defaults)
    if pk and hasattr(row, "version"):
        check_version(expected_version, row.version)
        row.version += 1
    many = {column.name for column in directory.model._meta.many_to_many}
    for name, value in values.items():
        if name not in many:
            setattr(row, name, value)
    if not pk and directory.has_position and not row.position:
        row.position = (directory.queryset(actor).aggregate(last=models.Max("position"))["last"] or 0) + 1
    refuse_doubles(row)
    row.save()
    for name in many & set(values):
        getattr(row, name).set(values[name])
    audit(actor, CHANGED if pk else ADDED, row, directory=str(directory.title))
    return row


@command
def entry_archive(directory: Directory, *, pk: int, actor: Any) -> bool:
    """Take an entry out of choice, or back; tells whether it is in use now. Its own reverse."""
    row = entry_locked(directory, pk, actor)
    is_used = not getattr(row, directory.archive)
    setattr(row, directory.archive, is_used)
    row.save(update_fields=[directory.archive])
    audit(actor, RETURNED if is_used else ARCHIVED, row, directory=str(directory.title))
    return is_used


@command
def entry_trash(directory: Directory, *, pk: int, actor: Any) -> None:
    """To the trash, from where core.trash.trash_restore brings it back; InUse when anything points to it."""
    row = entry_locked(directory, pk, actor)
    count = usage(directory.model, [row.pk])[row.pk] + children_usage(row)
    if count:
        hint = _("Archive it instead.") if directory.archive else ""
        text = _("“%(name)s” is in use: %(count)s.") % {"name": row, "count": count}
        raise InUse(f"{text} {hint}".strip(), obstacles=[str(text)])
    trash_put(row, actor=actor)


@command
def entry_move(directory: Directory, *, pk: int, up: bool, actor: Any) -> None:
    """Change places with the neighbour; at the edge nothing happens."""
    rows = list(directory.queryset(actor).select_for_update(of=("self",)).order_by("position", "pk"))
    place = next((index for index, row in enumerate(rows) if row.pk == pk), None)
    if place is None:
        raise NotFound
    other = place + (-1 if up else 1)
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
        for index, row in enumerate(rows, start=1):
            row.position = index
        directory.model._default_manager.bulk_update(rows, ["position"])


def entry_locked(directory: Directory, pk: int, actor: Any) -> Any:
    row = directory.queryset(actor).select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None:
        raise NotFound
    return row


def refuse_doubles(row: models.Model) -> None:
    """A sentence beside the field before the database's own refusal."""
    for rule in row._meta.constraints:
        if not isinstance(rule, UniqueConstraint) or not rule.fields:
            continue
        same = type(row)._default_manager.filter(**{name: getattr(row, name) for name in rule.fields})
        same = same.filter(rule.condition) if rule.condition else same
        if same.exclude(pk=row.pk).exists():
            raise Invalid(fields={rule.fields[0]: _("This is in the directory already.")})


# Views


def views_of(this: Directory) -> dict[str, Callable[..., HttpResponse]]:
    """The pages of one directory, each with its requirement."""

    @requires(this.edit)
    def new(request: HttpRequest) -> HttpResponse:
        return entry_form(request, this, None)

    @requires(this.edit)
    def edit(request: HttpRequest, pk: int) -> HttpResponse:
        return entry_form(request, this, get_object_or_404(this.queryset(request.user), pk=pk))

    @requires(this.edit)
    @require_POST
    def archive(request: HttpRequest, pk: int) -> HttpResponse:
        is_used = entry_archive(this, pk=pk, actor=request.user)
        return told(
            Done(
                toast=str(_("It can be chosen again.") if is_used else _("Archived: it is no longer offered.")),
                event=this.slug,
            )
        )

    @requires(this.edit)
    @require_POST
    def trash(request: HttpRequest, pk: int) -> HttpResponse:
        entry_trash(this, pk=pk, actor=request.user)
        return told(Done(toast=str(_("Moved to the trash.")), event=this.slug))

    @requires(this.edit)
    @require_POST
    def move(request: HttpRequest, pk: int, where: str) -> HttpResponse:
        entry_move(this, pk=pk, up=where == "up", actor=request.user)
        return told(Done(event=this.slug))

    made: dict[str, Callable[..., HttpResponse]] = {"new": new, "edit": edit, "trash": trash}
    if this.archive:
        made["archive"] = archive
    if this.has_position:
        made["move"] = move
    for view in made.values():
        view.module = this.app  # type: ignore[attr-defined]
    return made


def entry_form(request: HttpRequest, this: Directory, row: Any) -> HttpResponse:
    form = this.form_class(request.POST or None, instance=row)

    def save(form: Any) -> Done:
        saved = entry_save(
            this, values=form.cleaned_data, actor=request.user, pk=row.pk if row else None,
            expected_version=given_version(request),
        )  # fmt: skip
        return Done(this.url("list"), str(_("“%(name)s” is saved.") % {"name": saved}), this.slug)

    return form_page(
        request, form, title=row or this.new_label, subtitle=this.title, save=save, current=row,
        cancel_url=this.url("list"), crumbs=[(this.title, this.url("list"))], active="directories",
    )  # fmt: skip


def directory_pages(*directories: Directory) -> list[Any]:
    """The URL patterns of directories, under /directories/<slug>/."""
    made: list[Any] = []
    for this in directories:
        made += pages(this.listing, prefix="directories/")
        addresses = {
            "new": "new/", "edit": "<int:pk>/", "trash": "<int:pk>/trash/", "archive": "<int:pk>/archive/",
            "move": "<int:pk>/move/<slug:where>/",
        }  # fmt: skip
        made += [
            path(f"directories/{this.slug}/{addresses[name]}", view, name=f"{this.slug}-{name}")
            for name, view in views_of(this).items()
        ]
    return made


@requires(SEE_DIRECTORIES)
def index(request: HttpRequest) -> HttpResponse:
    """Every directory that the user may see, by sections."""
    sections: dict[str, list[Shelf]] = {}
    for shelf in SHELVES:
        if is_allowed(request.user, shelf.permission):
            sections.setdefault(str(shelf.section), []).append(shelf)
    found = sorted(sections.items())
    return render(request, "core/directories.html", {"sections": found, "active": "directories"})

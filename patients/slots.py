"""What cards ask of the apps above: tabs, badges, blocks, who came to whom, what a merge or an erasure must heed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, Expression, QuerySet

from core.access import Permission
from core.slots import Slot


@dataclass(frozen=True, slots=True)
class Tab:
    """A section of the card. `url_name` takes the patient's id and answers card.html (or its #tab to HTMX).

    `count(patient, user)` may give the figure beside the title.
    """

    key: str
    title: Any
    order: int
    permission: Permission
    url_name: str
    count: Callable[[Any, Any], int] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the overview: `template` is rendered with what `context(patient, user)` gives; None shows nothing.

    `place`: "top" (a row of small cards), "main" (full width), "half" (two in a row).
    """

    key: str
    order: int
    permission: Permission
    template: str
    context: Callable[[Any, Any], dict[str, Any] | None] = field(compare=False)
    place: str = "half"


@dataclass(frozen=True, slots=True)
class CardAction:
    """A button of the card's head (`place="head"`), a line of its menus ("print", "more"), or a button beside the
    patient's invoices and on each of them ("money").

    `url(patient)` is opened in the side panel when `panel`, as a page otherwise. `shortcut` is its key on the card.
    """

    key: str
    label: Any
    icon: str
    permission: Permission
    url: Callable[[Any], str] = field(compare=False)
    order: int = 100
    place: str = "head"
    tone: str = ""
    panel: bool = False
    shortcut: str = ""


@dataclass(frozen=True, slots=True)
class Badge:
    """A mark on a patient wherever he is shown: «Barter · 6 400», «Allergy». `short` is for lists."""

    label: Any
    tone: str
    icon: str = ""
    short: Any = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """Who came to whom, for those who see only their own.

    `own(user)` gives ids of the patients of the user's visits; `of_branches(ids)` is a condition correlated by
    OuterRef("pk"): the patient has had or has a visit there.
    """

    own: Callable[[Any], QuerySet[Any]]
    of_branches: Callable[[list[int]], Exists]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a status rule may ask: `expression(today)` is annotated on patients (PAT-23).

    `kind` is number, choice or yes; `choices()` names the values of a choice.
    """

    code: str
    title: Any
    kind: str
    expression: Callable[[Any], Expression] = field(compare=False)
    unit: Any = ""
    choices: Callable[[], Iterable[tuple[str, Any]]] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two records of merged cards that exclude each other, and what may be done: [(value, words), ...]."""

    key: str
    text: Any
    choices: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class MergeCheck:
    """`find(survivor_id, retired_id)` names conflicts; `solve(key, choice, survivor_id, retired_id, actor)` ends one
    before anything is moved. A conflict without choices forbids the merge."""

    find: Callable[[int, int], list[Conflict]]
    solve: Callable[..., None] | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A column that holds a patient's id without being a foreign key or named `patient_id`.

    `where` narrows its rows: {"resource_kind": "patient"}.
    """

    model: str
    column: str
    where: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of what is handed over to a patient: rows of one kind, dictionaries of plain values."""

    key: str
    title: Any
    rows: list[dict[str, Any]]


OWN_SCOPE: Slot[Scope] = Slot("patients.own_scope")
TABS: Slot[Tab] = Slot("patients.tabs")
BLOCKS: Slot[Block] = Slot("patients.blocks")
ACTIONS: Slot[CardAction] = Slot("patients.actions")
# provider(patient_ids, user) -> {patient_id: [Badge, ...]}
BADGES: Slot[Callable[[list[int], Any], dict[int, list[Badge]]]] = Slot("patients.badges")
# provider(patient_id, user) -> [(label, figure, url), ...]: visits kept, missed, cancelled, moved (PAT-35)
STATISTICS: Slot[Callable[[int, Any], list[tuple[Any, int, str]]]] = Slot("patients.statistics")
# The documents block of the overview, bottom left (PAT-16).
DOCUMENTS: Slot[Block] = Slot("patients.documents")
# Parts of the history tab: plans, money operations, diagnoses (PAT-22).
HISTORY: Slot[Block] = Slot("patients.history")
# (patient ids) -> {patient: codes of consents}: what apps above want signed at the desk besides what everybody signs, as
# the consent to photography of public persons; "photo" asks for the photographs too (PAT-36).
ARRIVAL_ASKS: Slot[Callable[[list[int]], dict[int, list[str]]]] = Slot("patients.arrival_asks")
FACTS: Slot[Fact] = Slot("patients.facts")
MERGE_CONFLICTS: Slot[MergeCheck] = Slot("patients.merge_conflicts")
# prepare(survivor_id, retired_id): make rows of the retired card fit beside the survivor's, before they are moved.
MERGE_PREPARE: Slot[Callable[[int, int], None]] = Slot("patients.merge_prepare")
MERGE_LINKS: Slot[Link] = Slot("patients.merge_links")
# provider(patient_id, user) -> [Section, ...]
EXPORTS: Slot[Callable[[int, Any], list[Section]]] = Slot("patients.exports")
# provider(patient_id) -> [sentence, ...]: why the card must be kept
ERASURE_OBSTACLES: Slot[Callable[[int], list[Any]]] = Slot("patients.erasure_obstacles")

"""What is read from tables that a clinic brings: its price list and its diagnoses, row by row, checked before saved.

A code that is known already is updated; its new price starts on the day that was chosen. Rows with errors are
skipped and named by line, field and value. One transaction: a stopped or killed import leaves nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Diagnosis, DiagnosisGroup, Service, ServicePrice
from catalog.permissions import EDIT_DIAGNOSES, EDIT_PRICES
from catalog.reference import CATEGORIES
from catalog.services.prices import actor_id, today
from core import text
from core.access import Permission
from core.audit import audit, sentence
from core.command import command, lock
from core.money import Money, money
from core.tables import Field, Row, Table, decimal_of, whole_of
from core.text import fold

SHOWN_ERRORS = 200
IMPORTED = sentence(
    "catalog.import.done", _("%(title)s: %(added)s added, %(updated)s updated, %(skipped)s skipped"), "file-import",
    is_timeline=False,
).code  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    row: int
    field: str
    value: str
    text: str


@dataclass(slots=True)
class Outcome:
    """What an import did, or would do."""

    added: int = 0
    updated: int = 0
    same: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def skipped(self) -> int:
        return len({problem.row for problem in self.problems})

    def facts(self) -> dict[str, Any]:
        shown = [[each.row, each.field, each.value, each.text] for each in self.problems[:SHOWN_ERRORS]]
        return {
            "added": self.added, "updated": self.updated, "same": self.same, "skipped": self.skipped,
            "problems": shown, "more": max(0, len(self.problems) - SHOWN_ERRORS),
        }  # fmt: skip


class RowRefused(Exception):
    """A value that cannot be taken; the import goes on with the next row."""

    def __init__(self, field: str, value: str, text: Any) -> None:
        super().__init__(text)
        self.field, self.value, self.text = field, value, str(text)


def is_sum(value: str) -> bool:
    try:
        return decimal_of(value) >= 0
    except ValueError:
        return False


PRICE_FIELDS = (
    Field("code", _("Code"), ("код", "код услуги", "артикул", "code", "№", "внутренний код"), True, looks=text.is_code),
    Field("name", _("Name"), ("наименование", "название", "услуга", "наименование услуги", "service", "name"), True),
    Field("price", _("Price"), ("цена", "стоимость", "цена руб", "стоимость руб", "прайс", "price"), looks=is_sum),
    Field("category", _("Category"), ("категория", "раздел", "направление", "группа", "category")),
    Field("duration", _("Minutes"), ("длительность", "минут", "время", "мин", "duration", "duration min")),
    Field("code_804n", _("Code of Order 804n"), ("код 804н", "804н", "код по номенклатуре", "номенклатура")),
    Field("name_en", _("Name in English"), ("name en", "english", "на английском", "name_en")),
)
DIAGNOSIS_FIELDS = (
    Field("code", _("Code"), ("код", "код мкб", "мкб 10", "мкб", "icd", "code"), True, looks=text.is_code),
    Field("name", _("Name"), ("наименование", "название", "диагноз", "name"), True),
    Field("group", _("Group"), ("группа", "категория", "раздел", "group")),
    Field("name_en", _("Name in English"), ("name en", "english", "на английском", "name_en")),
)

Columns = Mapping[str, int]
Step = Callable[[int], None]


class Importer:
    """Reads rows one by one; `finish` writes what is still waiting."""

    def __init__(self, columns: Columns, options: Mapping[str, Any], actor: Any) -> None:
        self.columns, self.options, self.actor = columns, options, actor
        self.outcome = Outcome()
        self.seen: dict[str, int] = {}

    def value(self, row: Row, name: str) -> str:
        return row.get(self.columns.get(name))

    def take(self, row: Row) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        return

    def needed(self, row: Row, name: str, label: Any, longest: int) -> str:
        value = self.value(row, name)
        if not value:
            raise RowRefused(name, "", _("Fill in: %(field)s.") % {"field": label})
        if len(value) > longest:
            raise RowRefused(name, value[:60] + "…", _("Longer than %(count)s characters.") % {"count": longest})
        return value

    def own_code(self, row: Row, longest: int) -> str:
        """The row's code; one that stands twice in the file is refused the second time."""
        code = text.own_code(self.needed(row, "code", _("Code"), longest))
        if code in self.seen:
            told = _("The same code stands in row %(row)s.") % {"row": self.seen[code]}
            raise RowRefused("code", code, told)
        self.seen[code] = row.number
        return code


class PriceImporter(Importer):
    def __init__(self, columns: Columns, options: Mapping[str, Any], actor: Any) -> None:
        super().__init__(columns, options, actor)
        self.starts_on = date.fromisoformat(options["starts_on"]) if options.get("starts_on") else today()
        self.services = {row.code: row for row in Service.objects.live()}
        self.categories = {fold(row.name): row for row in Category.objects.live()}
        self.prices: dict[int, dict[date, Money]] = {}
        for service_id, day, amount in ServicePrice.objects.values_list("service_id", "starts_on", "amount"):
            self.prices.setdefault(service_id, {})[day] = amount
        self.waiting: list[ServicePrice] = []

    def take(self, row: Row) -> None:
        code, price = self.own_code(row, 40), self.price(row)
        minutes = self.minutes(row)
        known = self.services.get(code)
        wanted: dict[str, Any] = {"name_en": self.value(row, "name_en")[:300]}
        if known is None or self.value(row, "name"):
            wanted["name"] = self.needed(row, "name", _("Name"), 300)
        if given := text.own_code(self.value(row, "code_804n")):
            wanted["code_804n"] = given[:40]
        if minutes is not None:
            wanted["duration_min"] = minutes
        if known is None or self.value(row, "category"):
            wanted["category"] = self.category(row)
        self.save(code, known, {name: value for name, value in wanted.items() if value != ""}, price)

    def save(self, code: str, known: Service | None, wanted: dict[str, Any], price: Money | None) -> None:
        differs = known is None or any(getattr(known, name) != value for name, value in wanted.items())
        if known is None:
            wanted.setdefault("code_804n", code if text.is_code(code) else "")
            known = self.services[code] = Service.objects.create(code=code, **wanted)
            self.outcome.added += 1
            self.priced(known, price)
            return
        if differs:
            for name, value in wanted.items():
                setattr(known, name, value)
            known.version += 1
            known.save()
        if self.priced(known, price) or differs:
            self.outcome.updated += 1
        else:
            self.outcome.same += 1

    def priced(self, service: Service, price: Money | None) -> bool:
        """Queue a price from the chosen day, unless the list gives that price on it already."""
        own = self.prices.setdefault(service.pk, {})
        begun = [day for day in own if day <= self.starts_on]
        if price is None or (begun and own[max(begun)] == price):
            return False
        own[self.starts_on] = price
        made_by = actor_id(self.actor)
        self.waiting.append(ServicePrice(service=service, starts_on=self.starts_on, amount=price, set_by_id=made_by))
        return True

    def finish(self) -> None:
        """New prices replace those that were set for the same day, in one statement."""
        ServicePrice.objects.bulk_create(
            self.waiting, batch_size=2000, update_conflicts=True, unique_fields=["service", "starts_on"],
            update_fields=["amount", "set_by_id"],
        )  # fmt: skip

    def price(self, row: Row) -> Money | None:
        given = self.value(row, "price")
        if not given:
            return None
        try:
            price = money(decimal_of(given))
        except ValueError:
            raise RowRefused("price", given, _("This is not a sum.")) from None
        if not 0 <= price < 10**9:
            raise RowRefused("price", given, _("A price is never negative and less than a milliard."))
        return price

    def minutes(self, row: Row) -> int | None:
        given = self.value(row, "duration")
        try:
            minutes = whole_of(given) if given else None
        except ValueError:
            raise RowRefused("duration", given, _("Minutes are a whole number.")) from None
        if minutes is not None and not 0 < minutes <= 720:
            raise RowRefused("duration", given, _("From 1 to 720 minutes."))
        return minutes

    def category(self, row: Row) -> Category:
        """By name in any case; a new one is made. The bundled list names its categories by code."""
        name = self.value(row, "category") or gettext("Other")
        name, name_en = CATEGORIES.get(name, (name, ""))
        if len(name) > 120:
            raise RowRefused("category", name[:60] + "…", _("Longer than %(count)s characters.") % {"count": 120})
        if fold(name) not in self.categories:
            place = len(self.categories) + 1
            made = Category.objects.create(name=name, name_en=name_en, position=place)
            self.categories[fold(name)] = made
        return self.categories[fold(name)]


class DiagnosisImporter(Importer):
    def __init__(self, columns: Columns, options: Mapping[str, Any], actor: Any) -> None:
        super().__init__(columns, options, actor)
        self.diagnoses = {row.code: row for row in Diagnosis.objects.live()}
        self.groups: dict[str, DiagnosisGroup] = {}
        for group in DiagnosisGroup.objects.live():
            self.groups[fold(group.name)] = group
            if group.code:
                self.groups[fold(group.code)] = group

    def take(self, row: Row) -> None:
        code = self.own_code(row, 12)
        known = self.diagnoses.get(code)
        name, name_en = self.needed(row, "name", _("Name"), 300), self.value(row, "name_en")[:300]
        group = self.group(row, code) if known is None or self.value(row, "group") else known.group
        if known is None:
            Diagnosis.objects.create(group=group, code=code, name=name, name_en=name_en)
            self.outcome.added += 1
        elif (known.name, known.name_en, known.group_id) != (name, name_en or known.name_en, group.pk):
            known.name, known.name_en, known.group = name, name_en or known.name_en, group
            known.version += 1
            known.save()
            self.outcome.updated += 1
        else:
            self.outcome.same += 1

    def group(self, row: Row, code: str) -> DiagnosisGroup:
        """As the file says, else the chapter's group by the first three letters of the code, else «Other»."""
        name = self.value(row, "group")
        if not name and fold(code[:3]) in self.groups:
            return self.groups[fold(code[:3])]
        name = (name or gettext("Other"))[:200]
        if fold(name) not in self.groups:
            self.groups[fold(name)] = DiagnosisGroup.objects.create(name=name)
        return self.groups[fold(name)]


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of table that can be imported."""

    slug: str
    title: Any
    fields: tuple[Field, ...]
    importer: type[Importer]
    permission: Permission
    list_url: str
    rows_word: Any
    has_start: bool = False


KINDS = {
    kind.slug: kind
    for kind in (
        Kind(
            "prices", _("Import of the price list"), PRICE_FIELDS, PriceImporter, EDIT_PRICES, "catalog:prices-list",
            pgettext_lazy("import", "services"), has_start=True,
        ),
        Kind(
            "diagnoses", _("Import of diagnoses"), DIAGNOSIS_FIELDS, DiagnosisImporter, EDIT_DIAGNOSES,
            "catalog:diagnoses-list", pgettext_lazy("import", "diagnoses"),
        ),
    )
}  # fmt: skip


class DryRun(Exception):
    """Rolls back what a check has written; nobody else sees it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("dry run")
        self.outcome = outcome


def table_import(
    kind: Kind, table: Table, columns: Columns, *, options: Mapping[str, Any], actor: Any, dry_run: bool, step: Step
) -> Outcome:
    """Import a table, or only tell what would happen: a dry run is the real one, rolled back."""
    try:
        return _table_import(kind, table, columns, options=options, actor=actor, dry_run=dry_run, step=step)
    except DryRun as told:
        return told.outcome


@command
def _table_import(
    kind: Kind, table: Table, columns: Columns, *, options: Mapping[str, Any], actor: Any, dry_run: bool, step: Step
) -> Outcome:
    if not dry_run:
        lock(("price_list", 0))
    importer = kind.importer(columns, options, actor)
    labels = {each.name: str(each.label) for each in kind.fields}
    for done, row in enumerate(table.rows):
        step(done)
        try:
            importer.take(row)
        except RowRefused as refused:
            label = labels.get(refused.field, refused.field)
            importer.outcome.problems.append(Problem(row.number, label, refused.value, refused.text))
    importer.finish()
    outcome = importer.outcome
    if dry_run:
        raise DryRun(outcome)
    facts = {"added": outcome.added, "updated": outcome.updated, "skipped": outcome.skipped}
    audit(actor, IMPORTED, title=str(kind.title), **facts)
    return outcome


def list_rows(rows: list[dict[str, str]]) -> Table:
    """The bundled list as a table."""
    names = ["code", "name_ru", "name_en", "category", "price_rub", "duration_min"]
    return Table(names, [Row(number, [row[name] for name in names]) for number, row in enumerate(rows, start=2)])


LIST_COLUMNS = {"code": 0, "name": 1, "name_en": 2, "category": 3, "price": 4, "duration": 5}


def problem_lines(outcome: Mapping[str, Any]) -> Iterator[list[str]]:
    yield [gettext("Row"), gettext("Field"), gettext("Value"), gettext("What is wrong")]
    yield from outcome["problems"]

"""What insurers pay for services: by hand, copied from the main list, or brought as a table (INS-02, INS-03)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.models import Service
from catalog.selectors import services_offered
from catalog.services.prices import today
from core import text
from core.audit import audit, sentence
from core.command import command
from core.errors import Invalid
from core.money import Money, money
from core.tables import Field, Row, Table, decimal_of
from insurance.models import Insurer, InsurerPrice
from insurance.selectors.insurers import insurer_prices_on
from insurance.services.insurers import insurer_lock

FINANCIAL: dict[str, Any] = {"compartment": "financial", "is_timeline": False}
SET = sentence(
    "insurance.price.set", _("%(object)s pays %(amount)s for %(service)s from %(day)s"), "tag", **FINANCIAL
).code
GONE = sentence(
    "insurance.price.removed", _("%(object)s: %(service)s leaves the list from %(day)s"), "tag-off", **FINANCIAL
).code
COPIED = sentence(
    "insurance.prices.copied", _("%(object)s: %(count)s prices copied, %(percent)s %%"), "copy", **FINANCIAL
).code
IMPORTED = sentence(
    "insurance.prices.imported",
    _("%(object)s: %(added)s prices added, %(updated)s changed from a file"),
    "file-import",
    **FINANCIAL,
).code

WAYS = {"nearest": ROUND_HALF_UP, "up": ROUND_CEILING, "down": ROUND_FLOOR}


@command
def price_set(
    *, insurer_id: int, service_id: int, amount: Money, starts_on: date, actor: Any, code: str = "", name: str = ""
) -> InsurerPrice:
    """The insurer's price of a service from a day on; his list holds from now on. Raises Invalid. Reverse: price_remove.

    Past days keep what they had: invoices of them were made by it.
    """
    insurer = insurer_lock(insurer_id)
    service = Service.objects.live().filter(pk=service_id).first()
    if service is None:
        raise Invalid(fields={"service": _("Choose a service of the price list.")})
    if amount < 0:
        raise Invalid(fields={"amount": _("A price is never negative.")})
    refuse_past(insurer, service_id, starts_on)
    price = row_write(insurer, service_id, starts_on, amount, actor, code=code.strip(), name=name.strip())
    own_list(insurer)
    audit(actor, SET, insurer, amount=str(amount), service=service, day=f"{starts_on:%d.%m.%Y}")
    return price


@command
def price_remove(*, insurer_id: int, service_id: int, actor: Any, starts_on: date | None = None) -> None:
    """The service leaves the insurer's list from a day on, today by default. Reverse: price_set."""
    insurer, day = insurer_lock(insurer_id), starts_on or today()
    known = insurer_prices_on(insurer.pk, [service_id], day).get(service_id)
    if known is None:
        raise Invalid(fields={"service": _("The insurer's list does not have this service.")})
    if known.starts_on == day and not insurer.price_rows.filter(service=service_id, starts_on__lt=day).exists():
        known.delete()
    else:
        row_write(insurer, service_id, day, None, actor, code=known.code, name=known.name)
    audit(actor, GONE, insurer, service=known.service, day=f"{day:%d.%m.%Y}")


@command
def prices_copy(
    *, insurer_id: int, percent: Decimal, starts_on: date, actor: Any, step: Decimal = Decimal(1), way: str = "nearest",
    categories: Sequence[int] = (), only_new: bool = False,
) -> int:  # fmt: skip
    """The main list, or some of its categories, with `percent` added or taken off (INS-02). How many were set."""
    if not -100 < percent <= 1000:
        raise Invalid(fields={"percent": _("From −99 to 1000 percent.")})
    if step <= 0 or way not in WAYS:
        raise Invalid(fields={"step": _("Choose a rounding of the list.")})
    if starts_on < today():
        raise Invalid(fields={"starts_on": _("A new price starts today or later.")})
    insurer = insurer_lock(insurer_id)
    rows = services_offered(starts_on).filter(price__isnull=False)
    rows = rows.filter(category__in=categories) if categories else rows
    services: list[Any] = list(rows)
    known = insurer_prices_on(insurer.pk, [row.pk for row in services], starts_on)
    made = [
        InsurerPrice(
            insurer=insurer, service=row, starts_on=starts_on, amount=rounded(row.price * (100 + percent) / 100, step, way),
            code=known[row.pk].code if row.pk in known else "", name=known[row.pk].name if row.pk in known else "",
            set_by_id=getattr(actor, "pk", None),
        )
        for row in services if not (only_new and row.pk in known)
    ]  # fmt: skip
    if not made:
        raise Invalid(fields={"categories": _("The main list has no priced services here.")})
    InsurerPrice.objects.bulk_create(
        made, batch_size=2000, update_conflicts=True, unique_fields=["insurer", "service", "starts_on"],
        update_fields=["amount", "set_by_id"],
    )  # fmt: skip
    own_list(insurer)
    audit(actor, COPIED, insurer, count=len(made), percent=f"{percent:+g}")
    return len(made)


def rounded(amount: Decimal, step: Decimal, way: str) -> Money:
    return money((amount / step).quantize(Decimal(1), WAYS[way]) * step)


def row_write(
    insurer: Insurer, service_id: int, starts_on: date, amount: Money | None, actor: Any, *, code: str, name: str
) -> InsurerPrice:
    row, _made = InsurerPrice.objects.update_or_create(
        insurer=insurer, service_id=service_id, starts_on=starts_on,
        defaults={"amount": amount, "code": code[:40], "name": name[:300], "set_by_id": getattr(actor, "pk", None)},
    )  # fmt: skip
    return row


def own_list(insurer: Insurer) -> None:
    """An insurer with prices of his own pays by them."""
    if insurer.prices != Insurer.Prices.OWN:
        insurer.prices = Insurer.Prices.OWN
        insurer.version += 1
        insurer.save(update_fields=["prices", "version"])


def refuse_past(insurer: Insurer, service_id: int, starts_on: date) -> None:
    if starts_on < today() and insurer.price_rows.filter(service=service_id).exists():
        raise Invalid(fields={"starts_on": _("A new price starts today or later: invoices of past days keep theirs.")})


# A table that the insurer has sent


def is_sum(value: str) -> bool:
    try:
        return decimal_of(value) >= 0
    except ValueError:
        return False


IMPORT_FIELDS = (
    Field(
        "code",
        _("Code"),
        ("код", "код услуги", "артикул", "code", "код клиники", "внутренний код"),
        True,
        looks=text.is_code,
    ),
    Field("price", _("Price"), ("цена", "стоимость", "цена руб", "цена по дмс", "тариф", "price"), True, looks=is_sum),
    Field(
        "insurer_code", _("The insurer's code"), ("код ск", "код страховой", "код страховой компании", "insurer code")
    ),
    Field("name", _("The insurer's name"), ("наименование", "название", "услуга", "наименование услуги", "name")),
)


@dataclass(slots=True)
class Imported:
    """What an import did, or would do: `problems` are (row, field, value, sentence)."""

    added: int = 0
    updated: int = 0
    same: int = 0
    problems: list[tuple[int, Any, str, Any]] = field(default_factory=list)
    rows: list[InsurerPrice] = field(default_factory=list)


def prices_read(insurer: Insurer, table: Table, columns: Mapping[str, int], starts_on: date, actor: Any) -> Imported:
    """Read a table against the list, without writing: the check that stands before an import."""
    services = {row.code: row for row in Service.objects.live()}
    by_804n: dict[str, list[Service]] = {}
    for row in services.values():
        by_804n.setdefault(row.code_804n, []).append(row)
    known = insurer_prices_on(insurer.pk, [row.pk for row in services.values()], starts_on)
    found, seen = Imported(), {}
    for row in table.rows:
        problem = _row_read(row, columns, services, by_804n, seen)
        if isinstance(problem, tuple):
            found.problems.append((row.number, *problem))
            continue
        service, amount = problem.service, problem.amount
        old = known.get(service.pk)
        if old is not None and (old.amount, old.code, old.name) == (
            amount,
            problem.code or old.code,
            problem.name or old.name,
        ):
            found.same += 1
            continue
        found.updated, found.added = found.updated + (old is not None), found.added + (old is None)
        problem.insurer, problem.starts_on, problem.set_by_id = insurer, starts_on, getattr(actor, "pk", None)
        problem.code, problem.name = (
            problem.code or (old.code if old else ""),
            problem.name or (old.name if old else ""),
        )
        found.rows.append(problem)
    return found


def _row_read(
    row: Row, columns: Mapping[str, int], services: Mapping[str, Service], by_804n: Mapping[str, list[Service]],
    seen: dict[int, int],
) -> InsurerPrice | tuple[Any, str, Any]:  # fmt: skip
    code, price = text.own_code(row.get(columns.get("code"))), row.get(columns.get("price"))
    same = by_804n.get(code, [])
    service = services.get(code) or (same[0] if len(same) == 1 else None)
    if not code or service is None:
        several = len(same) > 1
        return (
            _("Code"),
            code,
            _("Several services have this code.") if several else _("The price list has no such code."),
        )
    if service.pk in seen:
        return _("Code"), code, _("The same code stands in row %(row)s.") % {"row": seen[service.pk]}
    try:
        amount = money(decimal_of(price))
    except ValueError:
        return _("Price"), price, _("This is not a sum.")
    if not 0 <= amount < 10**9:
        return _("Price"), price, _("A price is never negative and less than a milliard.")
    seen[service.pk] = row.number
    return InsurerPrice(
        service=service,
        amount=amount,
        code=row.get(columns.get("insurer_code"))[:40],
        name=row.get(columns.get("name"))[:300],
    )


@command
def prices_import(
    *, insurer_id: int, table: Table, columns: Mapping[str, int], starts_on: date, actor: Any
) -> Imported:
    """Take a checked table into the insurer's list; rows with problems are left out and named (INS-02)."""
    if starts_on < today():
        raise Invalid(fields={"starts_on": _("A new price starts today or later.")})
    insurer = insurer_lock(insurer_id)
    found = prices_read(insurer, table, columns, starts_on, actor)
    InsurerPrice.objects.bulk_create(
        found.rows, batch_size=2000, update_conflicts=True, unique_fields=["insurer", "service", "starts_on"],
        update_fields=["amount", "code", "name", "set_by_id"],
    )  # fmt: skip
    if found.rows:
        own_list(insurer)
    audit(actor, IMPORTED, insurer, added=found.added, updated=found.updated)
    return found

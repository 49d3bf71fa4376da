"""Registers for insurers: made of what is owed, frozen when sent (INS-04, INS-05, INS-11, INS-22)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from clinic.models import LegalEntity
from clinic.numbers import number_next
from clinic.selectors import zone_meant
from core import clock, live
from core.audit import audit, sentence
from core.command import check_version, command, lock
from core.errors import IllegalMove, Invalid, NotFound
from core.events import publish
from core.money import ZERO
from core.templatetags.ui import currency, day_short, money
from core.trash import trash_put
from documents.words import amount_in_words
from insurance import words
from insurance.errors import RegisterEmpty, RegisterSent
from insurance.events import RegisterWasSent
from insurance.models import CoveredLine, Insurer, Register, RegisterLine, RegisterTemplate
from insurance.selectors.insurers import insurer_prices_on
from insurance.selectors.registers import Wish, covered_for, covered_rows, diagnoses_for
from insurance.services.coverage import register_recount

FINANCIAL: dict[str, Any] = {"compartment": "financial", "is_timeline": False}


def said(verb: str, text: Any, icon: str, tone: str = "grey") -> str:
    return sentence(f"insurance.register.{verb}", text, icon, tone, **FINANCIAL).code


MADE = said("made", _("Register for %(insurer)s made: %(count)s services, %(total)s"), "table-plus")
DROPPED = said("dropped", _("Draft register for %(insurer)s dropped"), "trash")
SENT = said("sent", _("Register %(object)s sent to %(insurer)s: %(total)s"), "send", "blue")
TEMPLATE = sentence(
    "insurance.template.saved", _("Template of registers %(object)s saved"), "template", is_timeline=False
).code


@command
def template_save(
    *, insurer: Insurer, name: str, columns: Sequence[str], actor: Any, head: str = "", foot: str = "",
    template_id: int | None = None, expected_version: int | None = None,
) -> RegisterTemplate:  # fmt: skip
    """How an insurer wants his registers (INS-04, INS-05). An unknown place is Invalid on its field; Stale.

    Registers that are sent keep the words and columns that they had.
    """
    problems: dict[str, Any] = {}
    for field, text in (("head", head), ("foot", foot)):
        if strange := words.unknown_places(text):
            problems[field] = _("There is no such place: %(names)s.") % {
                "names": ", ".join(f"{{{{{n}}}}}" for n in strange)
            }
    if not columns or any(code not in words.COLUMNS for code in columns):
        problems["columns"] = _("Choose the columns.")
    template = template_lock(template_id) if template_id else RegisterTemplate(insurer=insurer)
    same = insurer.templates.live().filter(name__iexact=name.strip()).exclude(pk=template.pk)
    if same.exists():
        problems["name"] = _("This is in the directory already.")
    if problems:
        raise Invalid(fields=problems)
    if template_id:
        check_version(expected_version, template.version)
        template.version += 1
    template.name, template.head, template.foot = name.strip(), head, foot
    template.columns = list(dict.fromkeys(columns))
    template.save()
    audit(actor, TEMPLATE, template)
    return template


@command
def template_trash(*, template_id: int, actor: Any) -> None:
    trash_put(template_lock(template_id), actor=actor)


def template_lock(template_id: int) -> RegisterTemplate:
    template = RegisterTemplate.objects.select_for_update().filter(pk=template_id, deleted_at__isnull=True).first()
    if template is None:
        raise NotFound
    return template


@command
def register_make(*, wish: Wish, template: RegisterTemplate, actor: Any) -> Register:
    """A draft of everything that the insurer has to pay for the period and that no register has yet (INS-11).

    Raises RegisterEmpty. Reverse: register_drop.
    """
    lock(("dms_registers", wish.insurer.pk))
    rows = list(covered_for(wish))
    if not rows:
        raise RegisterEmpty
    register = Register.objects.create(
        insurer=wish.insurer, legal_entity_id=wish.legal_entity_id, date_from=wish.first, date_to=wish.last, template=template,
        columns=template.columns, total=sum((row.amount for row in rows), ZERO), count=len(rows), created_by=actor,
    )  # fmt: skip
    data = data_for(wish.insurer, rows)
    RegisterLine.objects.bulk_create(
        [
            RegisterLine(register=register, position=place, covered=row, amount=row.amount, data=data[row.pk])
            for place, row in enumerate(rows, start=1)
        ]
    )
    audit(actor, MADE, register, insurer=wish.insurer.name, count=len(rows), total=str(register.total))
    live.announce("register", register.pk)
    return register


def data_for(insurer: Insurer, rows: Sequence[CoveredLine]) -> dict[int, dict[str, Any]]:
    """What a register says of each line: the insurer's own codes and names where his list has them."""
    icd = diagnoses_for(rows)
    days = {row.share.line.service_on for row in rows}
    prices = {day: insurer_prices_on(insurer.pk, {row.share.line.service_id for row in rows}, day) for day in days}
    found = {}
    for row in rows:
        own = prices[row.share.line.service_on].get(row.share.line.service_id)
        more = {"code": own.code if own else "", "name": own.name if own else "", "icd": icd.get(row.pk, "")}
        found[row.pk] = words.data_of(row, more)
    return found


@command
def register_leave_out(*, register_id: int, line_ids: Sequence[int], actor: Any) -> Register:
    """Lines go out of a draft; the next register may take them. RegisterSent, RegisterEmpty."""
    register = register_lock(register_id)
    if not register.is_draft:
        raise RegisterSent(number=register.number)
    lines = register.lines.filter(pk__in=line_ids)
    if lines.count() == register.lines.count():
        raise RegisterEmpty
    lines.delete()
    for place, line in enumerate(register.lines.order_by("position"), start=1):
        RegisterLine.objects.filter(pk=line.pk).update(position=place)
    register_recount(register)
    live.announce("register", register.pk)
    return register


@command
def register_drop(*, register_id: int, actor: Any) -> None:
    """A draft is dropped: it has no number and nobody has seen it. RegisterSent."""
    register = register_lock(register_id)
    if not register.is_draft:
        raise RegisterSent(number=register.number)
    audit(actor, DROPPED, register, insurer=register.insurer.name)
    register.delete()


@command
def register_send(*, register_id: int, actor: Any, expected_version: int | None = None) -> Register:
    """Number it and freeze it as it is told to the insurer; the days of his debt begin. Not undone: refuse lines instead."""
    register = register_lock(register_id)
    check_version(expected_version, register.version)
    if not register.is_draft:
        raise IllegalMove(source=register.status, to=Register.Status.SENT)
    lines = list(register.lines.order_by("position"))
    if not lines:
        raise RegisterEmpty
    rows = {row.pk: row for row in covered_rows().filter(pk__in=[line.covered_id for line in lines])}
    data = data_for(register.insurer, list(rows.values()))
    for line in lines:
        line.data, line.amount = data[line.covered_id], rows[line.covered_id].amount
    RegisterLine.objects.bulk_update(lines, ["data", "amount"])
    register.count, register.total = len(lines), sum((line.amount for line in lines), ZERO)
    register.number = number_next("dms_register", legal_entity_id=register.legal_entity_id)
    register.sent_on, register.sent_by = clock.today(zone_meant(actor, None)), actor
    register.columns = register.template.columns
    values = places_of(register)
    register.head, register.foot = (
        words.filled(register.template.head, values),
        words.filled(register.template.foot, values),
    )
    register.status, register.version = Register.Status.SENT, register.version + 1
    register.save()
    audit(actor, SENT, register, insurer=register.insurer.name, total=str(register.total))
    publish(RegisterWasSent(register_id=register.pk))
    live.announce("register", register.pk)
    return register


def places_of(register: Register) -> Mapping[str, Any]:
    """What stands in the places of a template, in Russian: the papers go to Russian insurers."""
    entity: LegalEntity = register.legal_entity
    insurer = register.insurer
    with translation.override("ru"):
        return {
            "company_name": entity.short_name or entity.name, "company_full_name": entity.name, "company_inn": entity.inn,
            "company_address": entity.address, "insurer_name": insurer.name, "insurer_full_name": insurer.full_name or insurer.name,
            "insurer_inn": insurer.inn, "contract_number": insurer.contract_number,
            "contract_date": day_short(insurer.contract_from) if insurer.contract_from else "",
            "register_number": register.number or "—", "register_date": day_short(register.sent_on) if register.sent_on else "—",
            "date_from": day_short(register.date_from), "date_to": day_short(register.date_to), "count": register.count,
            "total": money(register.total), "total_words": amount_in_words(register.total, currency(), "ru"),
        }  # fmt: skip


def register_lock(register_id: int) -> Register:
    rows = Register.objects.select_for_update(of=("self",)).select_related("insurer", "template", "legal_entity")
    register = rows.filter(pk=register_id).first()
    if register is None:
        raise NotFound
    return register

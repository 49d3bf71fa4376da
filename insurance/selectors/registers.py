"""What insurers owe, what was told to them, what they paid."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet, Sum

from clinic.models import Branch, LegalEntity
from clinical.models import ToothDiagnosis
from clinical.permissions import SEE_CHART
from core.access import is_allowed
from core.errors import NotFound
from core.money import ZERO, Money
from insurance import words
from insurance.models import CoveredLine, Insurer, InsurerPayment, Register, RegisterLine, RegisterTemplate

STANDING = ("issued", "partly_paid", "paid")


def registers_visible_to(user: Any) -> QuerySet[Any]:
    """Registers of the legal entities whose branches the user sees all of; with what was paid and refused."""
    rows = Register.objects.select_related("insurer", "legal_entity", "template", "sent_by")
    rows = rows.filter(legal_entity__in=entities_of(user))
    return rows.annotate(paid_sum=Sum("lines__covered__share__paid"), refused_sum=Sum("lines__covered__refused"))


def entities_of(user: Any) -> list[int]:
    """A register speaks of all branches of its legal entity: only those who see them all see it."""
    from_branches: dict[int, set[int]] = {}
    for pk, entity in Branch.objects.live().values_list("pk", "legal_entity_id"):
        from_branches.setdefault(entity, set()).add(pk)
    return [entity for entity, branches in from_branches.items() if branches <= set(user.branch_ids)]


def register_get(user: Any, pk: int) -> Any:
    register = registers_visible_to(user).filter(pk=pk).first()
    if register is None:
        raise NotFound
    return register


def payments_visible_to(user: Any) -> QuerySet[InsurerPayment]:
    rows = InsurerPayment.objects.select_related("insurer", "register", "created_by")
    return rows.filter(register__legal_entity__in=entities_of(user))


def lines_of_register(register: Register) -> QuerySet[RegisterLine]:
    return register.lines.select_related("covered__share__invoice", "covered__policy__patient").order_by("position")


@dataclass(frozen=True, slots=True)
class Wish:
    """Which covered lines are asked for (INS-11)."""

    insurer: Insurer
    legal_entity_id: int
    first: date
    last: date
    approval: str = ""
    invoice: str = ""


def covered_for(wish: Wish) -> QuerySet[CoveredLine]:
    """Covered lines of a period that no register has yet."""
    rows = covered_rows().filter(
        policy__insurer=wish.insurer, register_line__isnull=True, outcome="open",
        share__invoice__legal_entity=wish.legal_entity_id, share__invoice__status__in=STANDING,
        share__line__service_on__gte=wish.first, share__line__service_on__lte=wish.last,
    )  # fmt: skip
    if wish.approval == "none":
        rows = rows.filter(approval_line__isnull=True)
    elif wish.approval:
        rows = rows.filter(approval_line__approval__status=wish.approval)
    return rows.filter(share__invoice__status=wish.invoice) if wish.invoice else rows


def covered_rows() -> QuerySet[CoveredLine]:
    """Covered lines with everything that a register or a report says of them."""
    return CoveredLine.objects.select_related(
        "share__invoice__branch", "share__line__service", "share__line__doctor", "policy__insurer", "policy__programme",
        "policy__patient", "approval_line__approval__letter",
    ).order_by("share__line__service_on", "policy__patient__sort_key", "pk")  # fmt: skip


def diagnoses_for(rows: Iterable[CoveredLine]) -> dict[int, str]:
    """ICD codes that stood on the day of the service: of the line's teeth, else of the whole mouth; by covered line."""
    rows = list(rows)
    patients = {row.policy.patient_id for row in rows}
    noted: dict[int, list[ToothDiagnosis]] = {}
    for one in ToothDiagnosis.objects.filter(patient__in=patients).select_related("diagnosis").order_by("pk"):
        noted.setdefault(one.patient_id, []).append(one)
    found = {}
    for row in rows:
        line = row.share.line
        standing = [
            one for one in noted.get(row.policy.patient_id, [])
            if one.noted_on <= line.service_on and (one.closed_on is None or one.closed_on >= line.service_on)
        ]  # fmt: skip
        own = [one for one in standing if one.tooth in line.teeth] or [one for one in standing if one.tooth is None]
        found[row.pk] = ", ".join(dict.fromkeys(one.diagnosis.code for one in own))
    return found


def dms_rows(user: Any, first: date, last: date, branch_ids: Sequence[int]) -> QuerySet[CoveredLine]:
    """Services under DMS by the day of the service, in the user's branches, for the report (INS-12, C1)."""
    rows = covered_rows().exclude(outcome="returned")
    return rows.filter(
        share__line__service_on__gte=first,
        share__line__service_on__lte=last,
        share__invoice__branch__in=list(branch_ids),
    ).order_by()


def sees_diagnoses(user: Any) -> bool:
    """ICD codes in registers and reports are for those who may see the chart."""
    return is_allowed(user, SEE_CHART)


def entities_for_registers(user: Any) -> QuerySet[LegalEntity]:
    return LegalEntity.objects.live().filter(pk__in=entities_of(user))


def month_before(day: date) -> tuple[date, date]:
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def templates_of(insurer: Insurer) -> list[RegisterTemplate]:
    return list(insurer.templates.live().order_by("name", "pk"))


def template_get(pk: int) -> RegisterTemplate:
    template = RegisterTemplate.objects.live().select_related("insurer").filter(pk=pk).first()
    if template is None:
        raise NotFound
    return template


def register_line_get(register: Register, pk: int) -> RegisterLine:
    line = lines_of_register(register).filter(pk=pk).first()
    if line is None:
        raise NotFound
    return line


def register_page(register: Register) -> dict[str, Any]:
    """Lines with what became of them, sums, payments."""
    lines = list(lines_of_register(register))
    for line in lines:
        line.day = date.fromisoformat(line.data["service_on"])
    paid = sum((line.covered.share.paid for line in lines if line.covered.outcome != "written_off"), ZERO)
    refused = sum((line.covered.refused for line in lines if line.covered.outcome in ("refused", "disputed")), ZERO)
    lost = sum((line.covered.refused for line in lines if line.covered.outcome in ("written_off", "rebilled")), ZERO)
    return {
        "lines": lines, "paid": paid, "refused": refused, "lost": lost, "left": register.total - paid - refused - lost,
        "payments": list(register.payments.select_related("created_by", "file")),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class RegisterPaper:
    """A register for the workbook and the printer: plain values."""

    head_lines: list[str]
    foot_lines: list[str]
    columns: list[words.RegisterColumn]
    rows: list[dict[str, Any]]
    total: Money

    @property
    def cells(self) -> list[list[tuple[str, Any]]]:
        return [cells_of(self.columns, row) for row in self.rows]


def cells_of(columns: Sequence[words.RegisterColumn], data: dict[str, Any]) -> list[tuple[str, Any]]:
    """(kind, value) by column, days as days."""
    cells = [(column.kind, data.get(column.code, "")) for column in columns]
    return [(kind, date.fromisoformat(value) if kind == "date" and value else value) for kind, value in cells]


def register_paper(register: Register, user: Any) -> RegisterPaper:
    """As it was sent; a draft as it would be sent now. Without diagnoses for those who may not see them."""
    head, foot, codes = register.head, register.foot, register.columns
    if register.is_draft:
        head, foot, codes = register.template.head, register.template.foot, register.template.columns
    rows = list(register.lines.order_by("position").values_list("data", flat=True))
    columns = words.columns_shown(codes, with_medical=sees_diagnoses(user))
    return RegisterPaper(head.splitlines(), foot.splitlines(), columns, rows, register.total)

"""What registers may say: columns with their values, places in a template's text."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

PLACE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class RegisterColumn:
    """A column of a register: `kind` is text, date, money or number; `is_medical` only for who may see the chart."""

    code: str
    label: Any
    value: Callable[[Any, Mapping[str, Any]], Any]
    kind: str = "text"
    is_medical: bool = False


def line(row: Any) -> Any:
    return row.share.line


def approval(row: Any) -> Any:
    return row.approval_line.approval if row.approval_line else None


def letter(row: Any) -> str:
    found = approval(row)
    return found.letter.number if found and found.letter else ""


COLUMNS: Mapping[str, RegisterColumn] = {
    column.code: column
    for column in (
        RegisterColumn("service_on", _("Service date"), lambda row, more: line(row).service_on.isoformat(), "date"),
        RegisterColumn("patient", _("Patient"), lambda row, more: row.policy.patient.full_name),
        RegisterColumn(
            "birth_date", _("Birth date"),
            lambda row, more: row.policy.patient.birth_date.isoformat() if row.policy.patient.birth_date else "", "date",
        ),
        RegisterColumn("card_number", _("Card number"), lambda row, more: row.policy.patient.card_number),
        RegisterColumn("policy", _("Policy No."), lambda row, more: row.policy.number),
        RegisterColumn("programme", _("Programme"), lambda row, more: str(row.policy.programme or "")),
        RegisterColumn("service_code", _("Service code"), lambda row, more: more["code"] or line(row).code),
        RegisterColumn("code_804n", _("Code of Order 804n"), lambda row, more: line(row).service.code_804n),
        RegisterColumn("service", _("Service"), lambda row, more: more["name"] or line(row).name),
        RegisterColumn("teeth", _("Tooth"), lambda row, more: ", ".join(map(str, line(row).teeth))),
        RegisterColumn("icd", _("ICD code"), lambda row, more: more["icd"], is_medical=True),
        RegisterColumn("doctor", _("Doctor"), lambda row, more: line(row).doctor.short_name if line(row).doctor else ""),
        RegisterColumn("quantity", _("Quantity"), lambda row, more: line(row).quantity, "number"),
        RegisterColumn("price", _("Service price"), lambda row, more: str(line(row).price), "money"),
        RegisterColumn("sum", _("Sum"), lambda row, more: str(line(row).sum), "money"),
        RegisterColumn("patient_part", _("Patient's part"), lambda row, more: str(line(row).sum - row.amount), "money"),
        RegisterColumn("amount", _("To be paid"), lambda row, more: str(row.amount), "money"),
        RegisterColumn("approval", _("Approval"), lambda row, more: approval_words(row)),
        RegisterColumn("letter", _("Guarantee letter"), lambda row, more: letter(row)),
        RegisterColumn("invoice", _("Invoice"), lambda row, more: str(row.share.invoice.number or "")),
        RegisterColumn("branch", _("Branch"), lambda row, more: row.share.invoice.branch.name),
    )
}  # fmt: skip
USUAL = (
    "service_on", "patient", "policy", "service_code", "service", "teeth", "icd", "doctor", "quantity", "price", "amount",
)  # fmt: skip


def approval_words(row: Any) -> str:
    found = approval(row)
    return "" if found is None else found.reference or str(found.number)


def data_of(row: Any, more: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that a template may show of a covered line, as plain values."""
    return {code: column.value(row, more) for code, column in COLUMNS.items()}


def columns_shown(codes: Sequence[str], *, with_medical: bool) -> list[RegisterColumn]:
    found = [COLUMNS[code] for code in codes if code in COLUMNS]
    return [column for column in found if with_medical or not column.is_medical]


PLACES: Mapping[str, Any] = {
    "company_name": _("Organisation's name"),
    "company_full_name": _("Organisation's full name"),
    "company_inn": _("Organisation's INN"),
    "company_address": _("Organisation's address"),
    "insurer_name": _("Insurer"),
    "insurer_full_name": _("Insurer's full name"),
    "insurer_inn": _("Insurer's INN"),
    "contract_number": _("Contract"),
    "contract_date": _("Date of the contract"),
    "register_number": _("Register's number"),
    "register_date": _("Register's date"),
    "date_from": _("Beginning of the period"),
    "date_to": _("End of the period"),
    "count": _("Services"),
    "total": _("Total"),
    "total_words": _("Total in words"),
}


def unknown_places(text: str) -> list[str]:
    return sorted({name for name in PLACE.findall(text) if name not in PLACES})


def filled(text: str, values: Mapping[str, Any]) -> str:
    """The text with its places filled in; nothing in it is run."""
    return PLACE.sub(lambda found: str(values.get(found.group(1), "")), text)

"""Who may be chosen to pay: for a form, for one patient on one day."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from billing.models import InvoiceLine, PlanPayer
from billing.slots import PAYERS, Quote
from clinical.models import PlanLine, TreatmentPlan
from clinical.selectors import lines_of, shares_of
from core import clock
from core.templatetags.ui import money


def payer_options(patient_id: int, branch: Any, user: Any) -> list[tuple[str, Any]]:
    """(value, label) for a choice of payers; empty where only the patient can pay, so that nobody is asked.

    The first is the engine's own choice. A kind stands for its only payer, else each is named by his key.
    """
    quote = Quote(patient_id=patient_id, branch_id=branch.pk, on=clock.today(branch.timezone), actor=user)
    found = [candidate for kind in PAYERS for candidate in kind.candidates(quote)]
    if not found:
        return []
    many = Counter(candidate.payer.kind for candidate in found)
    others = [
        (each.payer.kind if many[each.payer.kind] == 1 else str(each.payer.pk), str(each.title)) for each in found
    ]
    usual = next((str(each.title) for each in found if each.is_usual), "")
    first = _("as usual: %(payer)s") % {"payer": usual} if usual else _("as usual")
    return [("", first), ("patient", _("Patient")), *others]


@dataclass(frozen=True, slots=True)
class PlanLinePayer:
    """A line of a plan with who was chosen for it, and what the engine says now."""

    line: PlanLine
    asked: str
    title: str
    why: str


def plan_lines_with_payers(plan: TreatmentPlan) -> list[PlanLinePayer]:
    """Lines that no invoice holds: «Радио 9 500 · осталось 0; Пациент 2 500 · сверх лимита»."""
    held = set(
        InvoiceLine.objects.filter(plan_line__plan=plan, holds_plan_line=True).values_list("plan_line_id", flat=True)
    )
    lines = lines_of(plan)
    asked = dict(PlanPayer.objects.filter(plan_line__plan=plan).values_list("plan_line_id", "asked"))
    shares = shares_of(plan, lines)
    rows = []
    for line in lines:
        if line.pk in held:
            continue
        said = [
            f"{share.label} {money(share.amount)}" + (f" · {share.why}" if share.why else "")
            for share in shares.get(line.pk, [])
        ]
        teeth = _("tooth %(teeth)s") % {"teeth": line.teeth_text} if line.teeth else ""
        title = " · ".join(word for word in (str(line.service), teeth, money(line.sum)) if word)
        rows.append(PlanLinePayer(line, asked.get(line.pk, ""), title, "; ".join(said)))
    return rows

"""Who printed what: names and phones of a whole day leave the program on paper (SCH-57)."""

from typing import Any

from core.audit import audit
from core.command import command
from scheduling import audit as said
from scheduling.selectors.papers import DaySheet, RouteSlip


@command
def day_printed(*, sheet: DaySheet, actor: Any) -> None:
    """Put down that a day was printed; nothing to take back."""
    audit(
        actor, said.DAY_PRINTED, branch_id=sheet.days.branches[0].pk, day=f"{sheet.days.first:%d.%m.%Y}", count=sheet.visits,
        doctor=", ".join(str(each.doctor) for each in sheet.doctors) if sheet.days.doctor_id else "",
    )  # fmt: skip


@command
def slip_printed(*, slip: RouteSlip, actor: Any) -> None:
    """Put down that a route slip was printed; nothing to take back."""
    audit(
        actor, said.SLIP_PRINTED, slip.visit, patient_id=slip.visit.patient_id, day=f"{slip.visit.local_start:%d.%m.%Y}"
    )

"""Finishing a visit: whom its steps are asked of."""

from typing import Any

from core.access import is_allowed
from scheduling.permissions import BOOK, SEE_MY_DAY
from scheduling.policies import WORK_ORDER_BY
from scheduling.slots import CLOSE_STEPS, CloseStep


def fills_work_order(user: Any) -> bool:
    """The desk always may; who only treats does where the clinic leaves the work order to doctors (SCH-30)."""
    is_at_the_desk = is_allowed(user, BOOK) or not is_allowed(user, SEE_MY_DAY)
    return is_at_the_desk or WORK_ORDER_BY.get() == "doctor"


def close_steps_of(user: Any, *, work_order_only: bool = False) -> list[CloseStep]:
    """The steps that this user takes when he finishes a visit, in layer order."""
    may_fill = fills_work_order(user)
    steps = [step for step in CLOSE_STEPS if may_fill or not step.is_work_order]
    return [step for step in steps if step.is_work_order] if work_order_only else steps

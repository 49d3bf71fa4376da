"""The flow board (SCH-48): the day as four columns, one tap to move a patient on, live."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from clinic.models import Branch
from core import clock
from core.access import is_allowed, requires
from core.shared import shared
from scheduling import permissions
from scheduling.selectors.flow import ARRIVED, EXPECTED, IN_CHAIR, TO_PAY, flow_read
from scheduling.views.asking import branches_asked


@requires(permissions.SEE)
def flow(request: HttpRequest) -> HttpResponse:
    """A page; asked for again when somebody changes a visit, and each minute for the minutes."""
    branch = branches_asked(request)[0]
    if request.headers.get("HX-Target") != "flow":
        return render(request, "scheduling/flow.html", board_of(request, branch))
    minute = clock.now().replace(second=0, microsecond=0)
    return HttpResponse(shared(
        request.user, "flow", branch.pk, minute,
        make=lambda: render(request, "scheduling/flow.html#board", board_of(request, branch)).content,
    ))  # fmt: skip


def board_of(request: HttpRequest, branch: Branch) -> dict[str, Any]:
    board = flow_read(request.user, branch, clock.today(branch.timezone))
    titles = {EXPECTED: _("Expected"), ARRIVED: _("Arrived"), IN_CHAIR: _("In the chair"), TO_PAY: _("To pay")}
    return {
        "title": _("Flow"),
        "active": "flow",
        "branch_shown": branch,
        "columns": [(name, title, board[name]) for name, title in titles.items()],
        "late": sum(card.is_late for cards in board.values() for card in cards),
        "may_step": is_allowed(request.user, permissions.SET_STATE),
        "may_close": is_allowed(request.user, permissions.CLOSE_VISIT),
    }

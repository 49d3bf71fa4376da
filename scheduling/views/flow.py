"""The flow board (SCH-48): the day as four columns, one tap to move a patient on, live."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core import clock
from core.access import is_allowed, requires
from scheduling import permissions
from scheduling.selectors.flow import ARRIVED, EXPECTED, IN_CHAIR, TO_PAY, flow_read
from scheduling.views.asking import branches_asked


@requires(permissions.SEE)
def flow(request: HttpRequest) -> HttpResponse:
    """A page; asked for again when somebody changes a visit, and each minute for the minutes."""
    branch = branches_asked(request)[0]
    board = flow_read(request.user, branch, clock.today(branch.timezone))
    titles = {EXPECTED: _("Expected"), ARRIVED: _("Arrived"), IN_CHAIR: _("In the chair"), TO_PAY: _("To pay")}
    context = {
        "title": _("Flow"),
        "active": "flow",
        "branch_shown": branch,
        "columns": [(name, title, board[name]) for name, title in titles.items()],
        "late": sum(card.is_late for cards in board.values() for card in cards),
        "may_step": is_allowed(request.user, permissions.SET_STATE),
        "may_close": is_allowed(request.user, permissions.CLOSE_VISIT),
    }
    is_part = request.headers.get("HX-Target") == "flow"
    return render(request, "scheduling/flow.html#board" if is_part else "scheduling/flow.html", context)

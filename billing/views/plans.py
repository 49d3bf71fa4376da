"""Who pays for the lines of a treatment plan: chosen a line, with the engine's reasons (MOON-08, BIL-04)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from billing import permissions
from billing.forms import PlanPayersForm
from billing.selectors.payers import payer_options, plan_lines_with_payers
from billing.services.plan_payers import plan_payers_set
from clinical.selectors import plan_get
from core.access import requires
from core.forms import Done, form_page


@requires(permissions.ISSUE_INVOICE)
def payers(request: HttpRequest, pk: int) -> HttpResponse:
    """A choice of payers for every line that is not invoiced yet; under each, who pays as things stand and why."""
    plan = plan_get(request.user, pk)
    options = payer_options(plan.patient_id, plan.branch, request.user)
    form = PlanPayersForm(request.POST or None, rows=plan_lines_with_payers(plan), options=options)

    def save(valid: Any) -> Done:
        plan_payers_set(plan_id=pk, payers=valid.payers(), actor=request.user)
        return Done(plan.get_absolute_url(), _("Saved"), follow=True)

    title = _("Who pays for plan No. %(number)s") % {"number": plan.number}
    return form_page(request, form, title=title, save=save, cancel_url=plan.get_absolute_url())

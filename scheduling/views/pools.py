"""Settings of pooled resources (SCH-46)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.permissions import EDIT_DIRECTORIES
from core import clock
from core.access import requires
from core.forms import Done, form_page, given_version
from scheduling import permissions, services
from scheduling.models import Pool
from scheduling.pool_forms import PoolForm
from scheduling.selectors.pools import first_over, pools_shown


@requires(EDIT_DIRECTORIES)
def new(request: HttpRequest) -> HttpResponse:
    form = PoolForm(request.POST or None, user=request.user)

    def save(valid: Any) -> Done:
        made = services.pool_add(actor=request.user, **valid.values())
        return Done(reverse("scheduling:pools-list"), after(made), "pools")

    return form_page(request, form, title=_("New resource"), save=save, active="directories")


@requires(permissions.SEE, write=EDIT_DIRECTORIES)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(pools_shown(), pk=pk)
    initial = {"name": row.name, "is_active": row.is_active, "services": list(row.services.all())}
    form = PoolForm(request.POST or None, user=request.user, row=row, initial=initial)

    def save(valid: Any) -> Done:
        changed = services.pool_change(
            pool_id=pk, actor=request.user, expected_version=given_version(request), **valid.values()
        )
        return Done(reverse("scheduling:pools-list"), after(changed), "pools")

    return form_page(request, form, title=row, save=save, current=row, active="directories")


def after(row: Pool) -> str:
    """Visits that are booked already may be more than there are now: say so at once."""
    over = first_over({place.pk: place.count for place in row.places.all()}) if row.is_active else None
    if over is None:
        return _("Saved")
    zone = row.places.select_related("branch").first()
    when = clock.local(over, zone.branch.timezone) if zone else over
    return _("Saved. From %(when)s more visits are booked than there are.") % {"when": f"{when:%d.%m.%Y %H:%M}"}

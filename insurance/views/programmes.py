"""Programmes of an insurer: what they cover, at what percent, with approval or without (INS-06)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import requires
from core.forms import Done, form_page, given_version, told
from insurance import permissions, services
from insurance.forms import CoverForm, ProgrammeForm
from insurance.models import Programme
from insurance.selectors.insurers import insurer_get, programme_get, programmes_of
from insurance.views.insurers import insurer_card

EVENT = "programmes"


@requires(permissions.SEE_INSURERS)
def programmes(request: HttpRequest, pk: int) -> HttpResponse:
    insurer = insurer_get(pk)
    return insurer_card(
        request, insurer, "programmes", "insurance/_programmes.html", {"programmes": programmes_of(insurer)}
    )


def saved(programme: Programme, toast: str) -> Done:
    return Done(reverse("insurance:programmes", args=[programme.insurer_id]), toast, EVENT)


@requires(permissions.EDIT_INSURERS)
def new(request: HttpRequest, pk: int) -> HttpResponse:
    insurer = insurer_get(pk)

    def save(form: Any) -> Done:
        made = services.programme_save(insurer_id=pk, actor=request.user, **form.cleaned_data)
        return saved(made, _("“%(name)s” is saved.") % {"name": made})

    return form_page(request, ProgrammeForm(request.POST or None), title=_("New programme"), subtitle=insurer, save=save,
                     cancel_url=reverse("insurance:programmes", args=[pk]))  # fmt: skip


@requires(permissions.EDIT_INSURERS)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    programme = programme_get(pk)

    def save(form: Any) -> Done:
        made = services.programme_save(
            insurer_id=programme.insurer_id, programme_id=pk, actor=request.user, expected_version=given_version(request),
            **form.cleaned_data,
        )  # fmt: skip
        return saved(made, _("“%(name)s” is saved.") % {"name": made})

    form = ProgrammeForm(request.POST or None, instance=programme)
    return form_page(request, form, title=programme, subtitle=programme.insurer, save=save, current=programme_get(pk),
                     cancel_url=reverse("insurance:programmes", args=[programme.insurer_id]))  # fmt: skip


@requires(permissions.EDIT_INSURERS)
@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    offered = services.programme_archive(programme_id=pk, actor=request.user)
    toast = _("It can be chosen again.") if offered else _("Archived: it is no longer offered.")
    return told(Done(toast=toast, event=EVENT))


@requires(permissions.EDIT_INSURERS)
@require_POST
def trash(request: HttpRequest, pk: int) -> HttpResponse:
    services.programme_trash(programme_id=pk, actor=request.user)
    return told(Done(toast=_("Moved to the trash."), event=EVENT))


@requires(permissions.EDIT_INSURERS)
def cover_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A rule for a category or a service."""
    programme = programme_get(pk)

    def save(form: Any) -> Done:
        data = form.cleaned_data
        services.cover_set(
            programme_id=pk, actor=request.user, percent=data["percent"], needs_approval=data["needs_approval"],
            service_id=data["service"].pk if data["service"] else None, category_id=data["category"].pk if data["category"] else None,
        )  # fmt: skip
        return saved(programme, _("The rule is saved."))

    return form_page(request, CoverForm(request.POST or None), title=_("What it covers"), subtitle=programme, save=save,
                     cancel_url=reverse("insurance:programmes", args=[programme.insurer_id]))  # fmt: skip


@requires(permissions.EDIT_INSURERS)
@require_POST
def cover_drop(request: HttpRequest, pk: int, cover: int) -> HttpResponse:
    services.cover_remove(cover_id=cover, actor=request.user)
    return told(Done(toast=_("The rule is removed."), event=EVENT))

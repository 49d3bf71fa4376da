"""An entry of the register: its limit and grants, what was used, its steps and its end."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from barter import forms, permissions, services
from barter.models import SignOff
from barter.selectors.entries import entry_get
from barter.selectors.pages import entry_page
from core.access import requires
from core.forms import Done, form_page


@requires(permissions.SEE_BARTER)
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "barter/entry.html", entry_page(entry_get(request.user, pk), request.user))


@requires(permissions.GRANT)
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    """More limit by the marketer's word; a wrong grant is corrected by another (BAR-13)."""
    found = entry_get(request.user, pk)
    form = forms.GrantForm(request.POST or None)

    def save(valid: Any) -> Done:
        services.entry_grant(entry_id=pk, actor=request.user, **valid.cleaned_data)
        return Done(url=found.get_absolute_url(), toast=_("The limit is changed"), event="barter")

    return form_page(
        request, form, title=_("Change the limit: %(who)s") % {"who": found.who}, save=save, active="barter"
    )


@requires(permissions.CALL)
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """The call-centre has made the card: the entry is his, and it may pay (BAR-08, BAR-11)."""
    found = entry_get(request.user, pk)
    form = forms.LinkForm(request.POST or None, user=request.user, patient_url=reverse("barter:patient-search"))

    def save(valid: Any) -> Done:
        services.patient_link(entry_id=pk, patient_id=valid.cleaned_data["patient"].pk, actor=request.user)
        return Done(url=found.get_absolute_url(), toast=_("The card is linked"), event="barter")

    return form_page(request, form, title=_("Card of %(who)s") % {"who": found.who}, save=save, active="barter")


@requires(permissions.WALK)
def step(request: HttpRequest, pk: int, to: str) -> HttpResponse:
    """One step; meeting a public person asks for his consent first. The service asks for the step's own right."""
    found = entry_get(request.user, pk)
    form = forms.ConsentForm(request.POST or None) if to == "met" else forms.forms.Form(request.POST or None)

    def save(valid: Any) -> Done:
        services.entry_step(
            entry_id=pk, to=to, actor=request.user, has_consent=bool(valid.cleaned_data.get("has_consent"))
        )
        return Done(url=found.get_absolute_url(), toast=_("Done"), event="barter")

    return form_page(request, form, title=found.who, save=save, submit_label=_("Go on"), active="barter")


@requires(permissions.WALK)
def sign(request: HttpRequest, pk: int, part: str) -> HttpResponse:
    """One of the four sign-offs (BAR-28); the service asks for the part's own right."""
    found = entry_get(request.user, pk)
    label = dict(SignOff.Part.choices).get(part)
    if label is None:
        return redirect(found)
    form = forms.NoteForm(request.POST or None)

    def save(valid: Any) -> Done:
        services.entry_sign(entry_id=pk, part=part, actor=request.user, note=valid.cleaned_data["note"])
        return Done(url=found.get_absolute_url(), toast=_("Signed"), event="barter")

    return form_page(request, form, title=label, save=save, submit_label=_("Sign"), active="barter")


@requires(permissions.ASK_EXTRA)
def extra(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask before it is done (BAR-27)."""
    found = entry_get(request.user, pk)
    form = forms.ExtraForm(request.POST or None, service_url=reverse("scheduling:services"))

    def save(valid: Any) -> Done:
        services.extra_ask(
            entry_id=pk, service_id=valid.cleaned_data["service"].pk, reason=valid.cleaned_data["reason"],
            actor=request.user,
        )  # fmt: skip
        return Done(url=found.get_absolute_url(), toast=_("The head of sales is asked"), event="barter")

    return form_page(
        request, form, title=_("Work outside of the plan"), save=save, submit_label=_("Ask"), active="barter"
    )


@requires(permissions.AGREE)
@require_POST
def extra_decide(request: HttpRequest, pk: int, verdict: str) -> HttpResponse:
    made = services.extra_decide(extra_id=pk, is_agreed=verdict == "agree", actor=request.user)
    return redirect(made.beneficiary)

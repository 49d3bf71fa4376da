"""Insurers: the card with prices, programmes and templates, its forms (INS-01)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog.services.prices import today
from core.access import is_allowed, requires
from core.forms import Done, form_page, given_version, told
from insurance import permissions, services
from insurance.forms import CombineForm, InsurerForm
from insurance.models import Insurer
from insurance.selectors.insurers import insurer_get, prices_page

LIST = "insurance:insurers-list"


def insurer_card(request: HttpRequest, insurer: Insurer, key: str, body: str, context: dict[str, Any]) -> HttpResponse:
    """The insurer's card with a tab open; only the tab's body for HTMX."""
    tabs = [("prices", _("Prices"), "insurance:insurer"), ("programmes", _("Programmes"), "insurance:programmes")]
    if is_allowed(request.user, permissions.SEE_REGISTERS):
        tabs.append(("templates", _("Templates of registers"), "insurance:templates"))
    contract = _("contract %(number)s") % {"number": insurer.contract_number} if insurer.contract_number else ""
    page = {
        "title": insurer.name, "insurer": insurer, "icon_name": "shield-half", "tone": "teal", "active": "insurers",
        "facts": [fact for fact in (contract, insurer.contact, insurer.phone, insurer.email) if fact],
        "badges": [] if insurer.is_active else [(_("Archived"), "grey", "archive")],
        "crumbs": [(_("Insurers"), reverse(LIST))],
        "may_edit": is_allowed(request.user, permissions.EDIT_INSURERS),
        "tabs": [{"key": code, "title": title, "url": reverse(url, args=[insurer.pk]), "on": code == key} for code, title, url in tabs],
    }  # fmt: skip
    is_tab = request.headers.get("HX-Target") == "tab"
    return render(
        request, "insurance/insurer.html#tab" if is_tab else "insurance/insurer.html", {**page, **context, "body": body}
    )


@requires(permissions.SEE_INSURERS)
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """The insurer's prices of today, with those that will begin."""
    insurer, text = insurer_get(pk), request.GET.get("q", "")[:100]
    page = {"prices": prices_page(insurer, today(), text), "q": text, "today": today()}
    if request.headers.get("HX-Target") == "price-rows":
        return render(
            request,
            "insurance/_prices.html#rows",
            {**page, "insurer": insurer, "may_edit": is_allowed(request.user, permissions.EDIT_INSURERS)},
        )
    return insurer_card(request, insurer, "prices", "insurance/_prices.html", page)


@requires(permissions.EDIT_INSURERS)
def new(request: HttpRequest) -> HttpResponse:
    def save(form: Any) -> Done:
        made = services.insurer_save(actor=request.user, **form.cleaned_data)
        return Done(made.get_absolute_url(), _("“%(name)s” is saved.") % {"name": made}, "insurers", follow=True)

    form = InsurerForm(request.POST or None)
    return form_page(
        request, form, title=_("New insurer"), save=save, cancel_url=reverse(LIST), draft="insurer-new", active="insurers",
        crumbs=[(_("Insurers"), reverse(LIST))],
    )  # fmt: skip


@requires(permissions.EDIT_INSURERS)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    insurer = insurer_get(pk)

    def save(form: Any) -> Done:
        version = given_version(request)
        made = services.insurer_save(insurer_id=pk, actor=request.user, expected_version=version, **form.cleaned_data)
        return Done(made.get_absolute_url(), _("“%(name)s” is saved.") % {"name": made}, "insurers", follow=True)

    form = InsurerForm(request.POST or None, instance=insurer)
    return form_page(
        request, form, title=insurer, save=save, current=insurer_get(pk), cancel_url=insurer.get_absolute_url(), active="insurers",
        crumbs=[(_("Insurers"), reverse(LIST))],
    )  # fmt: skip


@requires(permissions.EDIT_INSURERS)
@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    works = services.insurer_archive(insurer_id=pk, actor=request.user)
    toast = _("Works with us again.") if works else _("Archived: its policies pay nothing now.")
    return told(Done(toast=toast, event="insurers"))


@requires(permissions.EDIT_INSURERS)
@require_POST
def trash(request: HttpRequest, pk: int) -> HttpResponse:
    services.insurer_trash(insurer_id=pk, actor=request.user)
    return told(Done(toast=_("Moved to the trash."), event="insurers"))


@requires(permissions.EDIT_INSURERS)
def combine(request: HttpRequest, pk: int) -> HttpResponse:
    """The same company entered twice becomes one."""
    insurer = insurer_get(pk)

    def save(form: Any) -> Done:
        services.insurers_combine(survivor_id=pk, duplicate_id=form.cleaned_data["duplicate"].pk, actor=request.user)
        return Done(insurer.get_absolute_url(), _("The two are one now"), "insurers", follow=True)

    form = CombineForm(request.POST or None, insurer=insurer)
    return form_page(request, form, title=_("Combine with a duplicate"), subtitle=insurer, save=save,
                     submit_label=_("Combine"), cancel_url=insurer.get_absolute_url())  # fmt: skip

"""The guide through the first start: a page a step, any of them skipped, come back to at any time."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from clinic import sessions
from clinic.errors import NoBranchYet
from clinic.permissions import SET_UP
from clinic.selectors import (
    anybody_exists,
    first_branch,
    first_entity,
    guide_state,
    links_of,
    staff_entered,
    start_progress,
    start_steps,
)
from clinic.services import start as services
from clinic.start_forms import BranchStartForm, ChairsForm, ClinicForm, KindForm, OwnerForm, PersonStartForm
from core import modules
from core.access import PUBLIC, is_allowed, requires
from core.errors import DomainError, NotFound
from core.forms import add_errors
from core.own_policies import BRAND, CURRENCY

FORMS: dict[str, type[forms.Form]] = {
    "kind": KindForm, "clinic": ClinicForm, "branch": BranchStartForm, "chairs": ChairsForm, "staff": PersonStartForm,
}  # fmt: skip


@requires(PUBLIC)
def start(request: HttpRequest) -> HttpResponse:
    """Without a user, the owner's page, open to whoever installed the program; later the first open step."""
    if anybody_exists():
        return goes_on(request)
    form = OwnerForm(request.POST or None)
    if form.is_valid():
        data = {name: value for name, value in form.cleaned_data.items() if name != "again"}
        try:
            user = services.owner_create(**data, language=get_language() or settings.LANGUAGE_CODE)
        except DomainError as error:
            add_errors(form, error)
        else:
            response = redirect("clinic:start-step", key="kind")
            sessions.begin_fully(request, response, user)
            return response
    context = {"form": form, "step": None, "progress": [], "number": 0, "count": len(start_steps()) + 1}
    return render(request, "clinic/start.html", context, status=422 if form.is_bound else 200)


def goes_on(request: HttpRequest) -> HttpResponse:
    if not is_allowed(request.user, SET_UP):
        return redirect("/")
    left = next((each for each in start_progress() if each.is_open), None)
    return redirect("clinic:start-step", key=left.step.key) if left else redirect("clinic:start-done")


@requires(SET_UP)
def step(request: HttpRequest, key: str) -> HttpResponse:
    """One step: a form of the guide's own, or links to where it is done."""
    progress = start_progress()
    here = next((number for number, each in enumerate(progress) if each.step.key == key), None)
    if here is None:
        raise NotFound
    form = FORMS[key](request.POST or None, initial=initial(key)) if key in FORMS else None
    if form is not None and form.is_valid():
        try:
            SAVES[key](form, request)
        except DomainError as error:
            add_errors(form, error)
        else:
            return redirect("clinic:start-step", key="staff") if key == "staff" else after(progress, here)
    context = {
        "form": form, "step": progress[here].step, "progress": progress, "number": here + 1, "count": len(progress) + 1,
        "links": links_of(progress[here].step), "is_done": progress[here].is_done,
        "before": progress[here - 1].step.key if here else "", "next": next_key(progress, here),
        "optional": optional_modules() if key == "kind" else [], "people": staff_entered() if key == "staff" else [],
    }  # fmt: skip
    return render(request, "clinic/start.html", context, status=422 if form is not None and form.errors else 200)


def next_key(progress: list[Any], here: int) -> str:
    return progress[here + 1].step.key if here + 1 < len(progress) else ""


def after(progress: list[Any], here: int) -> HttpResponse:
    key = next_key(progress, here)
    return redirect("clinic:start-step", key=key) if key else redirect("clinic:start-done")


def initial(key: str) -> dict[str, Any]:
    """What is known already: a step can be opened again."""
    entity, branch = first_entity(), first_branch()
    if key == "kind":
        return {"kind": guide_state().get("kind", "dental")}
    if key == "clinic":
        known = {"short_name": entity.short_name, "inn": entity.inn, "phone": entity.phone} if entity else {}
        return {"brand": BRAND.get(), "currency": CURRENCY.get(), **known}
    if key == "branch":
        known = {"name": branch.name, "address": branch.address, "timezone": branch.timezone} if branch else {}
        return {"timezone": settings.TIME_ZONE, **known}
    return {}


def optional_modules() -> list[dict[str, Any]]:
    """The modules with the kinds of clinic that do without them, for the badges of the page."""
    return [
        {"title": module.title, "off": [kind for kind, without in services.WITHOUT.items() if name in without]}
        for name, module in modules.REGISTRY.items() if module.optional
    ]  # fmt: skip


def save_kind(form: KindForm, request: HttpRequest) -> None:
    services.kind_choose(kind=form.cleaned_data["kind"], actor=request.user)


def save_clinic(form: ClinicForm, request: HttpRequest) -> None:
    data = form.cleaned_data
    services.clinic_name(brand=data["brand"], currency=data["currency"], entity=form.entity, actor=request.user)


def save_branch(form: BranchStartForm, request: HttpRequest) -> None:
    data = form.cleaned_data
    values = {name: data[name] for name in ("name", "address", "timezone")}
    services.branch_first(
        values=values, weekdays=data["weekdays"], opens=data["opens"], closes=data["closes"], actor=request.user
    )


def save_chairs(form: ChairsForm, request: HttpRequest) -> None:
    branch = first_branch()
    if branch is None:
        raise NoBranchYet
    services.chairs_first(branch=branch, actor=request.user, **form.cleaned_data)


def save_person(form: PersonStartForm, request: HttpRequest) -> None:
    services.person_first(
        values=form.person, profession=form.cleaned_data["profession"], branch=first_branch(), actor=request.user
    )


SAVES: dict[str, Callable[[Any, HttpRequest], None]] = {
    "kind": save_kind, "clinic": save_clinic, "branch": save_branch, "chairs": save_chairs, "staff": save_person,
}  # fmt: skip


@requires(SET_UP)
@require_POST
def skip(request: HttpRequest, key: str) -> HttpResponse:
    """Go on without this step."""
    progress = start_progress()
    here = next((number for number, each in enumerate(progress) if each.step.key == key), None)
    if here is None:
        raise NotFound
    services.step_skip(key=key, actor=request.user)
    return after(progress, here)


@requires(SET_UP)
def done(request: HttpRequest) -> HttpResponse:
    """What was set up, what is left, and to work."""
    if request.method == "POST":
        services.guide_finish(actor=request.user)
        return redirect("/")
    return render(request, "clinic/start_done.html", {"progress": start_progress()})

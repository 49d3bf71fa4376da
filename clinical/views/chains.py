"""«Book the plan»: the chain of visits of an approved plan, changed and booked on one page (MOON-02)."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from clinic.selectors import chairs_visible_to
from clinical import services
from clinical.chain_forms import ChainState, WishesForm, state_of, whole
from clinical.models import TreatmentPlan
from clinical.permissions import BOOK_PLANS
from clinical.selectors import plan_get
from clinical.selectors.chains import Proposal, alternatives_of, chain_propose, is_bookable
from clinical.views.card import card_answer
from core import clock
from core.access import requires
from core.forms import Done, done_answer, given_version, told
from scheduling.errors import ChainBroken
from scheduling.selectors.choices import doctors_by_id
from scheduling.selectors.free import Spot
from scheduling.services import chain_hold, chain_keep, chain_release

TRIES = 3  # a place may be taken between the look and the hold


@requires(BOOK_PLANS)
def book_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """The page; it asks for the chain as soon as it is there, and books it."""
    plan = plan_get(request.user, pk)
    form = WishesForm(request.POST or None, user=request.user, plan=plan)
    if request.method == "POST":
        return booked(request, plan, form)
    context = {"plan": plan, "form": form, "is_bookable": is_bookable(plan)}
    return card_answer(request, plan.patient, "plans", "clinical/chain.html", context)


@requires(BOOK_PLANS)
@require_POST
def chain(request: HttpRequest, pk: int) -> HttpResponse:
    """The chain for these wishes and choices, held for this person."""
    plan = plan_get(request.user, pk)
    form = WishesForm(request.POST, user=request.user, plan=plan)
    state = state_of(request.POST, plan)
    if not form.is_valid():
        return render(request, "clinical/_chain.html", {"plan": plan, "form": form}, status=422)
    return render(request, "clinical/_chain.html", solved(request, plan, form, state))


@requires(BOOK_PLANS)
@require_POST
def others(request: HttpRequest, pk: int) -> HttpResponse:
    """Other places for one visit: `visit` is its first line, `from` a day to look from."""
    plan = plan_get(request.user, pk)
    form, state = WishesForm(request.POST, user=request.user, plan=plan), state_of(request.POST, plan)
    proposal = chain_propose(request.user, plan, state.asked(form.wishes(), plan)) if form.is_valid() else None
    key = whole(request.POST.get("visit", ""))
    visit = next((each for each in proposal.visits if each.key == key), None) if proposal else None
    if proposal is None or visit is None:
        return render(request, "clinical/_chain_others.html", {"rows": []})
    spots = alternatives_of(request.user, proposal, visit, first=day_from(request.POST.get(f"from-{key}", "")))
    rows = drawn_spots(request, [spot for spot in spots if spot != visit.spot])
    return render(request, "clinical/_chain_others.html", {"rows": rows, "visit": visit})


@requires(BOOK_PLANS)
@require_POST
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    """The page is still open. Where somebody has come between, the chain is asked for anew."""
    state = state_of(request.POST, plan_get(request.user, pk))
    try:
        chain_keep(hold_ids=state.holds, actor=request.user)
    except ChainBroken:
        return HttpResponse(status=204, headers={"HX-Trigger": "chain:solve"})
    return HttpResponse(status=204)


@requires(BOOK_PLANS)
@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """The page is left."""
    chain_release(hold_ids=state_of(request.POST, plan_get(request.user, pk)).holds, actor=request.user)
    return told(Done())


def solved(
    request: HttpRequest, plan: TreatmentPlan, form: WishesForm, state: ChainState, proposal: Proposal | None = None
) -> dict[str, Any]:
    """The chain, and the holds on all of its new places; a place that is lost meanwhile is looked for again."""
    holds: list[int] = []
    for _try in range(TRIES):
        proposal = proposal or chain_propose(request.user, plan, state.asked(form.wishes(), plan))
        spots = [visit.spot for visit in proposal.to_book if visit.spot and not visit.appointment]
        try:
            holds = [row.pk for row in chain_hold(spots=spots, actor=request.user, replaces=state.holds)]
        except ChainBroken:
            proposal = None
        else:
            break
    if proposal is None:
        proposal = chain_propose(request.user, plan, state.asked(form.wishes(), plan))
    return {
        "plan": plan, "form": form, "proposal": proposal, "visits": drawn(request, proposal),
        "state": state.of(proposal, holds), "is_held": bool(holds),
    }  # fmt: skip


def booked(request: HttpRequest, plan: TreatmentPlan, form: WishesForm) -> HttpResponse:
    """All or nothing: a lost place shows a fresh chain with everything else as it was."""
    state = state_of(request.POST, plan)
    if not form.is_valid():
        return render(request, "clinical/_chain.html", {"plan": plan, "form": form}, status=422)
    try:
        made = services.plan_book(
            plan_id=plan.pk, places=list(state.places.values()), wishes=form.wishes(), hold_ids=state.holds,
            actor=request.user, expected_version=given_version(request),
        )  # fmt: skip
    except ChainBroken as error:
        context = solved(request, plan, form, state, error.proposal)  # type: ignore[attr-defined]
        return render(request, "clinical/_chain.html", {**context, "lost": error}, status=422)
    count = made.visits.count()
    words = ngettext("%(count)s visit booked", "%(count)s visits booked", count) % {"count": count}
    return done_answer(
        request, Done(f"{reverse('clinical:plan', args=[plan.pk])}?booked={made.pk}", words, follow=True)
    )


def drawn(request: HttpRequest, proposal: Proposal) -> list[dict[str, Any]]:
    """Visits with names, and what stands between them."""
    places = {id(spot): row for spot, row in zip(
        [visit.spot for visit in proposal.placed], drawn_spots(request, [v.spot for v in proposal.placed if v.spot]),
        strict=True,
    )}  # fmt: skip
    doctors = doctors_by_id(pk for visit in proposal.visits for pk in visit.search.doctors)
    shown = []
    for visit in proposal.visits:
        before = shown[-1]["place"] if shown else None
        place = places.get(id(visit.spot)) if visit.spot else None
        days = (place["start"].date() - before["start"].date()).days if place and before else None
        doctor = doctors.get(visit.search.doctors[0]) if visit.search.doctors else None
        shown.append(
            {"visit": visit, "place": place, "days": days, "doctor": doctor, "title": proposal.plan.phase_title(visit.phase)}
        )  # fmt: skip
    return shown


def drawn_spots(request: HttpRequest, spots: list[Spot]) -> list[dict[str, Any]]:
    """Places with names; the wall clock is that of the chair's branch."""
    chairs = {row.pk: row for row in chairs_visible_to(request.user).filter(pk__in={spot.chair_id for spot in spots})}
    doctors = doctors_by_id(spot.doctor_id for spot in spots)
    return [
        {
            "doctor": doctors[spot.doctor_id], "chair": chairs[spot.chair_id],
            "start": clock.local(spot.start, chairs[spot.chair_id].branch.timezone).replace(tzinfo=None),
            "end": clock.local(spot.end, chairs[spot.chair_id].branch.timezone).replace(tzinfo=None),
            "value": f"{spot.doctor_id}:{spot.chair_id}:{spot.start.isoformat()}",
        } for spot in spots
    ]  # fmt: skip


def day_from(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

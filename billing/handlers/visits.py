"""Finishing a visit: its services with their payers, from which the desk's draft is prepared (SCH-25, SCH-30)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from billing.selectors.payers import payer_options
from billing.selectors.visits import Asked, Offer, plan_lines_open, services_to_offer
from billing.services.of_plans import payers_asked
from billing.services.visits import invoice_prepare, invoice_unprepare
from catalog.models import Service
from clinical.selectors import may_mark_work
from core.errors import Invalid
from scheduling.models import Appointment
from scheduling.slots import CLOSE_STEPS, CloseStep


def draw(visit: Appointment, request: Any) -> str:
    """Booked services are ticked; more are found as one types; a payer a line where there are others than the patient."""
    given = request.POST if request.method == "POST" else None
    offers = services_to_offer(visit, request.user)
    added = [] if given is None else list(Service.objects.live().filter(pk__in=ids_of(given.getlist("billing.added"))))
    choices = payer_options(visit.patient_id, visit.branch, request.user)
    lines = list(plan_lines_open(visit)) if choices and may_mark_work(request.user) else []
    if given is not None:
        ticked = ids_of(given.getlist("billing.services"))
        for offer in offers:
            offer.is_ticked = offer.service.pk in ticked
            offer.payer = given.get(f"billing.payer-service-{offer.service.pk}", "")
            offer.quantity = given.get(f"billing.quantity-{offer.service.pk}", "1")  # type: ignore[assignment]
    chosen = payers_asked(line.pk for line in lines) if lines else {}
    for line in lines:
        line.payer = given.get(f"billing.payer-line-{line.pk}", "") if given is not None else chosen.get(line.pk, "")
    page = {"offers": offers, "added": added, "payers": choices, "lines": lines}
    return render_to_string("billing/_close_step.html", page, request)


def apply(visit: Appointment, answers: Mapping[str, Any], actor: Any) -> None:
    services = asked_of(answers)
    named = {
        name.removeprefix("payer-line-"): str(value)
        for name, value in answers.items()
        if name.startswith("payer-line-")
    }
    payers = {int(pk): kind for pk, kind in named.items() if pk.isascii() and pk.isdigit() and kind}
    invoice_prepare(visit=visit, services=services, payers=payers, actor=actor)


def asked_of(answers: Mapping[str, Any]) -> list[Asked]:
    """Ticked services with quantity and payer, then those added; each once."""
    found = [
        Asked(pk, quantity_of(answers, pk), str(answers.get(f"payer-service-{pk}", "")))
        for pk in ids_of(answers.get("services", ()))
    ]
    known = {each.service_id for each in found}
    return found + [Asked(pk) for pk in ids_of(answers.get("added", ())) if pk not in known]


def quantity_of(answers: Mapping[str, Any], pk: int) -> int:
    text = str(answers.get(f"quantity-{pk}", "1")).strip() or "1"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:5]) <= 999:
        raise Invalid(fields={f"quantity-{pk}": _("A quantity is from 1 to 999.")})
    return int(text)


def ids_of(given: str | Sequence[Any]) -> list[int]:
    values = [given] if isinstance(given, str) else list(given)
    return list(dict.fromkeys(int(v) for v in values if str(v).isascii() and str(v).isdigit() and len(str(v)) < 18))


def usual(visit: Appointment, actor: Any) -> dict[str, list[str]]:
    """What the untouched form would send: everything that the visit was booked for."""
    offers: list[Offer] = services_to_offer(visit, actor)
    return {"services": [str(offer.service.pk) for offer in offers]}


def undo(visit: Appointment, actor: Any) -> None:
    invoice_unprepare(visit=visit, actor=actor)


CLOSE_STEPS.register(
    CloseStep("billing", _("Services"), apply, draw, usual, undo, is_work_order=True), module="billing", order=20
)

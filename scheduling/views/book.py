"""The public page of online booking: branch, service, doctor, time, then who it is (SCH-51). No sign-in."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core import clock
from core.access import PUBLIC, requires
from core.errors import DomainError, NotFound, Throttled
from core.forms import add_errors
from core.middleware import address_of
from core.throttle import Limit, Pace
from scheduling.online import policies
from scheduling.online.errors import OnlineOff, WrongCode
from scheduling.online.forms import BookingForm
from scheduling.online.links import Slot, code_of, is_proof, nonce_made, proof_of, slot_of
from scheduling.rules import part_of_day
from scheduling.selectors.online import (
    EXAMINATION,
    Time,
    Wanted,
    branches_offered,
    doctors_offered,
    examination_type,
    first_day,
    services_offered,
    times_free,
    times_near,
    wanted_of,
)
from scheduling.services.online import Typed, alternatives_matter, online_book, online_hold
from scheduling.services.online_codes import code_send, code_use
from scheduling.views.asking import number

BROWSING = Pace("scheduling.online", 300, timedelta(minutes=5))
HOLDS = Limit("scheduling.online_hold", 20, timedelta(minutes=10))
BOOKS_OF_ADDRESS = Limit("scheduling.online_address", 10, timedelta(hours=1))
BOOKS_OF_PHONE = Limit("scheduling.online_phone", 5, timedelta(days=1))
CODES_OF_ADDRESS = Limit("scheduling.code_address", 10, timedelta(hours=1))
CODES_OF_PHONE = Limit("scheduling.code_phone", 3, timedelta(minutes=15))
CODE_TRIES = Limit("scheduling.code_tries", 5, timedelta(minutes=15))
STRIP = 14  # days in sight
ANY = "any"


@requires(PUBLIC)
@never_cache
def book(request: HttpRequest) -> HttpResponse:
    """The first question that the address does not answer yet; a clinic's own links answer some of them."""
    BROWSING.count(address_of(request))
    branches = branches_offered()
    asked = Asked.of(request, branches)
    if not branches or (asked.branch and asked.branch not in [row.pk for row in branches]):
        return closed(request)
    if not asked.branch:
        return step(request, asked, "branch", branches=branches)
    if asked.service is None:
        return step(request, asked, "service", services=services_offered(), examination=examination_shown())
    if asked.doctor is None:
        return doctors_step(request, asked, branches)
    return times_step(request, asked)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address says; `doctor` 0 is any."""

    branch: int
    service: int | None
    doctor: int | None

    @classmethod
    def of(cls, request: HttpRequest, branches: list[Any]) -> "Asked":
        branch = number(request.GET.get("branch", "")) or (branches[0].pk if len(branches) == 1 else 0)
        doctor = request.GET.get("doctor", "")
        return cls(branch, number(request.GET.get("service", "")), 0 if doctor == ANY else number(doctor) or None)

    def url(self, **changed: Any) -> str:
        made = {
            "branch": self.branch or None,
            "service": self.service,
            "doctor": ANY if self.doctor == 0 else self.doctor,
        } | changed
        words = urlencode({name: value for name, value in made.items() if value is not None})
        return f"{reverse('scheduling:book')}?{words}"

    def wanted(self) -> Wanted:
        return wanted_of(self.branch, self.service or EXAMINATION, self.doctor or None)


def closed(request: HttpRequest) -> HttpResponse:
    context = {"title": _("Online booking"), "branches": branches_offered()}
    return render(request, "scheduling/book/closed.html", context, status=OnlineOff.status)


def examination_shown() -> Any:
    return examination_type() if policies.EXAMINATION.get() else None


def step(request: HttpRequest, asked: Asked, name: str, **context: Any) -> HttpResponse:
    """One question, with a link for each answer and the answers so far."""
    for kind, key in (("branches", "branch"), ("services", "service"), ("doctors", "doctor")):
        for row in context.get(kind, ()):
            row.url = asked.url(**{key: row.pk})
    made = {"title": _("Book a visit"), "step": name, "asked": asked, "chosen": chosen_so_far(asked), **context}
    made |= {"any_url": asked.url(doctor=ANY), "examination_url": asked.url(service=EXAMINATION)}
    return render(request, "scheduling/book/choose.html", made)


def chosen_so_far(asked: Asked) -> list[tuple[str, str, str]]:
    """(kind, words, where to choose anew) of what is answered already."""
    found: list[tuple[str, str, str]] = []
    if not asked.branch:
        return found
    wanted = wanted_of(asked.branch, asked.service or EXAMINATION, None) if asked.service is not None else None
    branch = wanted.branch if wanted else next(row for row in branches_offered() if row.pk == asked.branch)
    again = asked.url(branch=None, service=None, doctor=None) if len(branches_offered()) > 1 else ""
    found.append(("map-pin", branch.name, again))
    if wanted:
        found.append(("dental", service_words(wanted), asked.url(service=None, doctor=None)))
    return found


def service_words(wanted: Wanted) -> str:
    return str(wanted.service) if wanted.service else _("Examination")


def doctors_step(request: HttpRequest, asked: Asked, branches: list[Any]) -> HttpResponse:
    wanted = asked.wanted()
    doctors = doctors_offered(wanted.branch, wanted.service)
    return step(request, asked, "doctor", doctors=doctors, branch=wanted.branch)


def times_step(request: HttpRequest, asked: Asked) -> HttpResponse:
    wanted = asked.wanted()
    context = strip_of(request, wanted, asked.url)
    who = wanted.doctor.short_name if wanted.doctor else _("Any doctor")
    doctor = ("stethoscope", who, asked.url(doctor=None))
    context |= {
        "title": _("Book a visit"), "step": "time", "chosen": [*chosen_so_far(asked), doctor], "wanted": wanted,
        "action": reverse("scheduling:book-hold"), "fields": asked_fields(asked), "branch": wanted.branch,
    }  # fmt: skip
    return render(request, "scheduling/book/choose.html", context)


def asked_fields(asked: Asked) -> dict[str, Any]:
    return {"branch": asked.branch, "service": asked.service or EXAMINATION, "doctor": asked.doctor or ANY}


def strip_of(
    request: HttpRequest, wanted: Wanted, url: Any, *, leaves_out: tuple[int, ...] = (), usual: date | None = None
) -> dict[str, Any]:
    """Two weeks of days, and the times of the chosen one; `usual` is the day on which nobody has pressed yet."""
    today = wanted.now.date()
    last = today + timedelta(days=policies.DAYS_AHEAD.get())
    chosen = day_in(request, "day") or (None if "from" in request.GET else usual)
    first = day_in(request, "from") or chosen or today
    first = min(max(first, today), last)
    first = today + (first - today) // timedelta(days=STRIP) * timedelta(days=STRIP)
    end = min(first + timedelta(days=STRIP - 1), last)
    days = times_free(wanted, first, end, leaves_out=leaves_out)
    day = chosen if chosen in days else min(days, default=None)
    nearest = None if days else first_day(wanted)
    return {
        "days": [
            {"day": each, "count": len(days.get(each, ())), "url": url(day=each), "is_on": each == day}
            for each in (first + timedelta(days=offset) for offset in range((end - first).days + 1))
        ],
        "day": day, "parts": parts_of(days.get(day, []) if day else [], wanted),
        "earlier": url(**{"from": first - timedelta(days=STRIP)}) if first > today else "",
        "later": url(**{"from": end + timedelta(days=1)}) if end < last else "",
        "nearest": nearest, "nearest_url": url(day=nearest) if nearest else "",
    }  # fmt: skip


def day_in(request: HttpRequest, name: str) -> date | None:
    try:
        day = date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None


def parts_of(times: list[Time], wanted: Wanted) -> list[tuple[str, list[Time]]]:
    names = {row.pk: row.last_name for row in doctors_offered(wanted.branch, wanted.service)} if times else {}
    found: dict[str, list[Any]] = {"morning": [], "day": [], "evening": []}
    for each in times:
        found[part_of_day(each.local.hour)].append({"time": each, "doctor": names.get(each.doctor_id, "")})
    return [(part, rows) for part, rows in found.items() if rows]


# A time is chosen


def picked(text: str) -> tuple[int, int, datetime]:
    """(doctor, chair, moment) of a button of the page."""
    parts = [number(part) for part in text.split(".")]
    if len(parts) != 3 or None in parts or (parts[2] or 0) > 9_999_999_999:
        raise NotFound
    doctor, chair, seconds = parts
    return int(doctor or 0), int(chair or 0), datetime.fromtimestamp(int(seconds or 0), UTC)


@requires(PUBLIC)
@never_cache
@require_POST
def hold(request: HttpRequest) -> HttpResponse:
    """The time is kept for some minutes, and the page asks for a name (SCH-39)."""
    HOLDS.failed(address_of(request))
    branch, service = number(request.POST.get("branch", "")), number(request.POST.get("service", ""))
    asked = Asked(branch or 0, service, number(request.POST.get("doctor", "")) or 0)
    wanted = asked.wanted()
    doctor, chair, start = picked(request.POST.get("time", ""))
    try:
        made = online_hold(wanted=wanted, doctor_id=doctor, chair_id=chair, start=start)
    except DomainError as error:
        if not alternatives_matter(error):
            raise
        return redirect(f"{asked.url(day=clock.local(start, wanted.branch.timezone).date())}&lost=1")
    slot = Slot(
        branch=asked.branch, service=asked.service or EXAMINATION, doctor=doctor, chair=chair, start=start, key=nonce_made(),
        hold=made.pk, is_any_doctor=asked.doctor == 0,
    )  # fmt: skip
    return redirect(f"{reverse('scheduling:book-details')}?{urlencode({'slot': slot.signed()})}")


# Who it is


@requires(PUBLIC)
@never_cache
def details(request: HttpRequest) -> HttpResponse:
    """Name, phone, consent; sent, it is the booking. Whatever is refused, nothing typed is lost."""
    BROWSING.count(address_of(request))
    slot = slot_of(request.POST.get("slot") or request.GET.get("slot", ""))
    if slot is None:
        return redirect("scheduling:book")
    wanted = wanted_of(slot.branch, slot.service, None)
    if request.method != "POST":
        return details_shown(request, slot, wanted, BookingForm())
    form = BookingForm(request.POST, asks_code="code" in request.POST)
    if instead := request.POST.get("instead"):
        slot = taken_instead(slot, instead)
    if not form.is_valid():
        return details_shown(request, slot, wanted, form, status=422)
    return sent(request, slot, wanted, form)


def taken_instead(slot: Slot, text: str) -> Slot:
    """One of the times that were offered for the lost one; the same press twice is the same form."""
    doctor, chair, start = picked(text)
    key = hashlib.sha256(f"{slot.key}:{text}".encode()).hexdigest()[:32]
    return replace(slot, doctor=doctor, chair=chair, start=start, key=key, hold=0)


def sent(request: HttpRequest, slot: Slot, wanted: Wanted, form: BookingForm) -> HttpResponse:
    proof = ""
    try:
        is_proven = phone_proven(request, form)
        if policies.CODE.get() and not is_proven:
            return code_asked(request, slot, wanted, form)
        typed = typed_in(form, is_proven=is_proven)
        proof = proof_of(typed.phone) if is_proven else ""
        limits_count(request, typed.phone)
        booking = online_book(wanted=wanted, slot=slot, typed=typed)
    except DomainError as error:
        return not_taken(request, slot, wanted, form, error, proof=proof)
    return redirect(f"{reverse('scheduling:book-visit', args=[code_of(booking)])}?new=1")


def limits_count(request: HttpRequest, phone: str) -> None:
    """However it ends: many bookings of one address or one phone are no patient's."""
    BOOKS_OF_ADDRESS.failed(address_of(request))
    BOOKS_OF_PHONE.failed(phone)


def phone_proven(request: HttpRequest, form: BookingForm) -> bool:
    """By the code that was typed, or by one that an earlier sending of this form has brought."""
    phone, code = form.cleaned_data["phone"], form.cleaned_data.get("code", "")
    if not policies.CODE.get():
        return False
    if is_proof(request.POST.get("proof", ""), phone):
        return True
    if not code:
        return False
    CODE_TRIES.check(phone)
    try:
        code_use(phone=phone, code=code)
    except WrongCode:
        CODE_TRIES.failed(phone)
        raise
    return True


def code_asked(request: HttpRequest, slot: Slot, wanted: Wanted, form: BookingForm) -> HttpResponse:
    """A code goes to the phone, and the same form comes back with a field for it."""
    phone = form.cleaned_data["phone"]
    CODES_OF_ADDRESS.failed(address_of(request))
    CODES_OF_PHONE.failed(phone)
    code_send(phone=phone, language=get_language() or "", branch=wanted.branch)
    again = BookingForm(request.POST, asks_code=True)
    return details_shown(request, slot, wanted, again, code_sent_to=phone)


def typed_in(form: BookingForm, *, is_proven: bool) -> Typed:
    data = form.cleaned_data
    names = ("last_name", "first_name", "middle_name", "phone", "birth_date", "comment", "wants_reminders")
    consent = " ".join(filter(None, (str(form.fields["consent"].label), policies.CONSENT_URL.get())))
    return Typed(
        **{name: data[name] for name in names}, consent_text=consent, language=get_language() or "", is_phone_proven=is_proven
    )  # fmt: skip


def not_taken(
    request: HttpRequest, slot: Slot, wanted: Wanted, form: BookingForm, error: DomainError, *, proof: str
) -> HttpResponse:
    """The same form with the reason, and three other times where the time was lost."""
    context: dict[str, Any] = {}
    if alternatives_matter(error):
        context["instead"] = alternatives(slot, wanted)
    elif error.fields:
        add_errors(form, error)
    else:
        context["refusal"] = str(error)
    if isinstance(error, Throttled):
        context["refusal"] = _("Too many tries. Please call us, or come back later.")
    status = 422 if error.fields and not context else error.status
    return details_shown(request, slot, wanted, form, status=status, proof=proof, **context)


def alternatives(slot: Slot, wanted: Wanted) -> list[dict[str, Any]]:
    """The doctor's own first, where one was chosen; then his colleagues'."""
    own = [] if slot.is_any_doctor else times_near(wanted_of(slot.branch, slot.service, slot.doctor), slot.start)
    found = list(own)
    if len(found) < 3:
        found += [each for each in times_near(wanted, slot.start) if each not in found]
    names = {row.pk: row.short_name for row in doctors_offered(wanted.branch, wanted.service)}
    return [{"time": each, "doctor": names.get(each.doctor_id, "")} for each in found[:3]]


def details_shown(
    request: HttpRequest, slot: Slot, wanted: Wanted, form: BookingForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    doctors = {row.pk: row for row in doctors_offered(wanted.branch, wanted.service)}
    made = {
        "title": _("Book a visit"), "form": form, "slot": slot.signed(), "branch": wanted.branch, "service": service_words(wanted),
        "doctor": doctors.get(slot.doctor), "start": clock.local(slot.start, wanted.branch.timezone).replace(tzinfo=None),
        "minutes": int(wanted.length.total_seconds() // 60), "consent_url": consent_url(),
        "hold_minutes": policies.HOLD_MINUTES.get(),
        "again_url": again_url(slot, wanted), **first_visit(), **context,
    }  # fmt: skip
    return render(request, "scheduling/book/details.html", made, status=status)


def again_url(slot: Slot, wanted: Wanted) -> str:
    day: date = clock.local(slot.start, wanted.branch.timezone).date()
    return Asked(slot.branch, slot.service, 0 if slot.is_any_doctor else slot.doctor).url(day=day)


def consent_url() -> str:
    url = policies.CONSENT_URL.get().strip()
    return url if url.startswith("https://") else ""


def first_visit() -> dict[str, Any]:
    """What the clinic asks of a first visit: said to everybody alike, since the page knows nobody."""
    return {"asks": policies.FIRST_ASK.get(), "deposit": policies.DEPOSIT.get(), "asks_text": policies.FIRST_TEXT.get()}

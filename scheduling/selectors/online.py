"""Reads of online booking: what is offered, when there is time for it, whose card a typed person may have."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.selectors import prices_on
from clinic.models import Branch, Staff
from clinic.selectors import professions_of
from core import clock
from core.errors import NotFound
from core.text import digits
from patients.models import Patient
from patients.selectors import patients_visible_to
from patients.slots import Section
from scheduling.models import Appointment, OnlineBooking, OnlineRule, OnlineService, Shift, State, VisitType
from scheduling.online import policies, rules
from scheduling.online.errors import OnlineOff
from scheduling.online.links import is_genuine, number_of
from scheduling.reminders.words import HOLD_MINUTES
from scheduling.selectors.search import FreeRange, Search, free_ranges, offers_find, search_for
from scheduling.visitors import Online

EXAMINATION = 0
NEAR = timedelta(days=14)
MOST = 4000  # free ranges of a strip of days
OFFERED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a patient has chosen: where, what, and with whom (nobody: whoever is free)."""

    branch: Branch
    service: OnlineService | None
    doctor: Staff | None = None
    visit_type: VisitType | None = None
    doctors: tuple[int, ...] = ()  # who may do it
    minutes: int | None = None  # of a visit that stands already

    @property
    def visitor(self) -> Online:
        return Online((self.branch.pk,))

    @property
    def service_ids(self) -> list[int]:
        return [self.service.service_id] if self.service else []

    @property
    def now(self) -> datetime:
        return clock.local(clock.now(), self.branch.timezone)

    @property
    def length(self) -> timedelta:
        return self.search().length

    def search(self, first: date | None = None, last: date | None = None, *, leaves_out: Iterable[int] = ()) -> Search:
        chosen = [self.service.service] if self.service else []
        return search_for(
            chosen, minutes=self.minutes or (self.service.length if self.service else None), visit_type=self.visit_type,
            branches=(self.branch.pk,), doctors=(self.doctor.pk,) if self.doctor else self.doctors, first=first, last=last,
            leaves_out=tuple(leaves_out),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Time:
    """A moment that can be booked now, with the doctor and the chair that it would take."""

    start: datetime
    doctor_id: int
    chair_id: int
    zone: str = field(compare=False)

    @property
    def local(self) -> datetime:
        """What the branch's clock says; for screens, which know no zones."""
        return clock.local(self.start, self.zone).replace(tzinfo=None)

    @property
    def value(self) -> str:
        return f"{self.doctor_id}.{self.chair_id}.{int(self.start.timestamp())}"


# What is offered


def branches_offered() -> list[Branch]:
    """Branches that can be booked online; none while it is off."""
    if not policies.ON.get():
        return []
    chosen = policies.BRANCHES.get()
    rows = Branch.objects.live().order_by("position", "pk")
    return list(rows.filter(pk__in=chosen) if chosen else rows)


def services_offered() -> list[OnlineService]:
    rows = OnlineService.objects.filter(
        is_active=True, service__deleted_at__isnull=True, service__is_active=True
    ).select_related("service")
    found = list(rows)
    prices = prices_on({row.service_id for row in found}, clock.now().date()) if policies.SHOW_PRICES.get() else {}
    for row in found:
        row.price = prices.get(row.service_id)  # type: ignore[attr-defined]
    return found


def examination_type() -> VisitType | None:
    rows = VisitType.objects.live()
    chosen = policies.EXAMINATION_TYPE.get()
    return rows.filter(pk=chosen).first() or rows.order_by("-is_first_visit", "position", "pk").first()


def doctors_offered(branch: Branch, service: OnlineService | None) -> list[Staff]:
    """Doctors who work in the branch in the time ahead, do this, and may be booked online; each with `does`."""
    now = clock.now()
    ahead = Shift.objects.filter(
        chair__branch=branch, chair__deleted_at__isnull=True, ends_at__gt=now,
        starts_at__lt=now + timedelta(days=policies.DAYS_AHEAD.get() + 1),
    )  # fmt: skip
    rows = Staff.objects.live().filter(is_doctor=True, pk__in=ahead.values("doctor_id"))
    if chosen := policies.DOCTORS.get():
        rows = rows.filter(pk__in=chosen)
    if service and (wanted := list(service.professions.values_list("pk", flat=True))):
        rows = rows.filter(pk__in=Staff.professions.through.objects.filter(profession__in=wanted).values("staff_id"))
    found = list(rows.order_by("last_name", "first_name", "pk"))
    does = professions_of([row.pk for row in found])
    for row in found:
        row.does = ", ".join(does.get(row.pk, [])[:2])  # type: ignore[attr-defined]
    return found


def wanted_of(branch_id: int, service_id: int, doctor_id: int | None) -> Wanted:
    """What is asked for, if it is offered. Raises OnlineOff, NotFound."""
    branch = next((row for row in branches_offered() if row.pk == branch_id), None)
    if branch is None:
        raise OnlineOff
    service = None
    if service_id != EXAMINATION:
        service = next((row for row in services_offered() if row.pk == service_id), None)
        if service is None:
            raise NotFound
    elif not policies.EXAMINATION.get():
        raise NotFound
    doctors = doctors_offered(branch, service)
    doctor = next((row for row in doctors if row.pk == doctor_id), None)
    if doctor_id and doctor is None:
        raise NotFound
    return Wanted(
        branch=branch, service=service, doctor=doctor, visit_type=None if service else examination_type(),
        doctors=tuple(row.pk for row in doctors) or (0,),
    )  # fmt: skip


def wanted_of_visit(visit: Appointment, *, is_any_doctor: bool = False) -> Wanted:
    """The same visit at another time: as long as it is, with its doctor or, where it is still offered, with any."""
    services = list(visit.services.all())
    chosen = OnlineService.objects.filter(service__in=services).select_related("service").first()
    own = (visit.doctor_id,)
    others = doctors_offered(visit.branch, chosen) if is_any_doctor else []
    return Wanted(
        branch=visit.branch, service=chosen, visit_type=visit.visit_type, minutes=visit.minutes,
        doctor=None if is_any_doctor else visit.doctor, doctors=tuple({*own, *(row.pk for row in others)}),
    )  # fmt: skip


def service_of(visit: Appointment) -> str:
    """What the patient has chosen, in the words that he chose it by."""
    service = visit.services.select_related("online").first()
    if service is None:
        return gettext("Examination")
    return str(getattr(service, "online", service))


# When there is time


def times_free(wanted: Wanted, first: date, last: date, *, leaves_out: Iterable[int] = ()) -> dict[date, list[Time]]:
    """Every time that may be booked on these days, by day; at each moment one doctor, who is put where no hole is left."""
    terms, now = policies.terms(), wanted.now
    soonest, latest = rules.days_of(now, terms)
    first, last = max(first, soonest), min(last, latest)
    if first > last:
        return {}
    best: dict[datetime, tuple[tuple[bool, int, int], Time]] = {}
    ranges = free_ranges(wanted.visitor, wanted.search(first, last, leaves_out=leaves_out), limit=MOST)
    for each in ranges:
        for start in marks_in(each):
            if rules.refusal_of(clock.local(start, each.zone), now, terms):
                continue
            rank = start not in (each.first, each.last), each.doctor_id, each.chair_id
            if start not in best or rank < best[start][0]:
                best[start] = rank, Time(start, each.doctor_id, each.chair_id, each.zone)
    found: defaultdict[date, list[Time]] = defaultdict(list)
    for start in sorted(best):
        made = best[start][1]
        found[made.local.date()].append(made)
    return found


def marks_in(free: FreeRange) -> list[datetime]:
    """The marks of the page's clock that lie in a free range."""
    step = timedelta(minutes=policies.STEP_MINUTES.get())
    midnight = clock.at(clock.local(free.first, free.zone).date(), time.min, free.zone)
    mark = midnight + -(-(free.first - midnight) // step) * step
    found = []
    while mark <= free.last:
        found.append(mark)
        mark += step
    return found


def is_mark(start: datetime, zone: str) -> bool:
    midnight = clock.at(clock.local(start, zone).date(), time.min, zone)
    return (start - midnight) % timedelta(minutes=policies.STEP_MINUTES.get()) == timedelta(0)


def first_day(wanted: Wanted) -> date | None:
    """The first day on which there is any time at all."""
    soonest, latest = rules.days_of(wanted.now, policies.terms())
    while soonest <= latest:
        days = times_free(wanted, soonest, min(soonest + NEAR, latest))
        if days:
            return min(days)
        found = offers_find(wanted.visitor, wanted.search(soonest + NEAR + timedelta(days=1), latest), limit=1)
        if not found:
            return None
        soonest = max(clock.local(found[0].start, found[0].zone).date(), soonest + NEAR + timedelta(days=1))
    return None


def times_near(wanted: Wanted, start: datetime, *, leaves_out: Iterable[int] = ()) -> list[Time]:
    """Three times around one that was lost, the nearest first, which do not overlap (MOON-01)."""
    day = clock.local(start, wanted.branch.timezone).date()
    for reach in (timedelta(days=1), timedelta(days=7), NEAR * 2):
        days = times_free(wanted, day - reach, day + reach, leaves_out=leaves_out)
        near = sorted((each for times in days.values() for each in times), key=lambda each: abs(each.start - start))
        chosen: list[Time] = []
        for each in near:
            if all(abs(each.start - other.start) >= wanted.length for other in chosen):
                chosen.append(each)
            if len(chosen) == OFFERED:
                return sorted(chosen, key=lambda each: each.start)
    return sorted(near[:OFFERED] if len(near) >= OFFERED > len(chosen) else chosen, key=lambda each: each.start)


# Whose card it is


def cards_near(typed: rules.Somebody) -> list[Patient]:
    """Cards with this phone, or with this birth date or name; each condition runs on an index of its own."""
    cards = Patient.objects.live().filter(erased_at__isnull=True)
    signs = [Q(search_digits__contains=f" {digits(phone)} ") for phone in typed.phones]
    if typed.birth_date:
        signs.append(Q(birth_date=typed.birth_date))
    name = f" {rules.plain(typed.last_name)} {rules.plain(typed.first_name)} "
    signs.append(Q(search_name__contains=name))
    return list({row.pk: row for sign in signs for row in cards.filter(sign).order_by("pk")[:50]}.values())


def somebody_of(card: Patient) -> rules.Somebody:
    return rules.Somebody(
        card.last_name, card.first_name, card.middle_name, card.birth_date, frozenset(card.phones), card.pk
    )


def typed_of(booking: OnlineBooking) -> rules.Somebody:
    return rules.Somebody(
        booking.last_name, booking.first_name, booking.middle_name, booking.birth_date, frozenset({booking.phone})
    )


def cards_like(booking: OnlineBooking, user: Any) -> list[Patient]:
    """Cards that the user may see and that look like the typed person, besides the one that the visit is on."""
    typed, own = typed_of(booking), booking.appointment.patient_id
    near = [card for card in cards_near(typed) if card.pk != own and rules.is_near(typed, somebody_of(card))]
    seen = {card.pk for card in patients_visible_to(user).filter(pk__in=[card.pk for card in near])}
    found = [card for card in near if card.pk in seen]
    exceptions = rules_of(card.pk for card in found)
    for card in found:
        card.is_refused = exceptions.get(card.pk) == OnlineRule.Choice.REFUSED  # type: ignore[attr-defined]
    return found[:8]


def rules_of(patient_ids: Iterable[int]) -> dict[int, str]:
    return dict(OnlineRule.objects.filter(patient__in=set(patient_ids)).values_list("patient_id", "choice"))


def rule_of(patient_id: int) -> OnlineRule | None:
    return OnlineRule.objects.filter(patient=patient_id).first()


def has_come(patient_id: int) -> bool:
    return Appointment.objects.filter(patient=patient_id, state=State.COMPLETED).exists()


# Bookings


def booking_by_link(code: str) -> OnlineBooking | None:
    """The booking behind a secret link; None for a wrong one."""
    pk = number_of(code)
    booking = bookings().filter(pk=pk).first() if pk else None
    return booking if booking and is_genuine(code, booking) else None


def bookings() -> QuerySet[OnlineBooking]:
    return OnlineBooking.objects.select_related(
        "appointment__branch", "appointment__doctor", "appointment__visit_type", "appointment__patient"
    )


def bookings_visible_to(user: Any) -> QuerySet[OnlineBooking]:
    return bookings().filter(appointment__branch__in=user.branch_ids)


def booking_get(pk: int, user: Any) -> OnlineBooking:
    found = bookings_visible_to(user).select_related("appointment__chair", "checked_by").filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def bookings_to_check(user: Any) -> QuerySet[OnlineBooking]:
    """What nobody has looked at yet, once its minutes of silence are over, the next visit first.

    A visit that was confirmed by whatever path is done, unless it is not clear whose it is; a merge of cards clears that.
    """
    silent = clock.now() - timedelta(minutes=HOLD_MINUTES.get())
    merged = Patient.objects.filter(merged_into=OuterRef("appointment__patient"))
    unclear = Q(person=OnlineBooking.Person.UNCLEAR, appointment__state__in=(State.CONFIRMED, State.ARRIVED)) & ~Exists(
        merged
    )
    rows = bookings_visible_to(user).filter(
        Q(appointment__state=State.BOOKED) | unclear, checked_at__isnull=True, created_at__lte=silent,
        appointment__starts_at__gte=clock.now() - timedelta(hours=3),
    )  # fmt: skip
    return rows.order_by("appointment__starts_at", "pk")


def online_exported(patient_id: int, user: Any) -> list[Section]:
    """What he typed himself, for the patient's copy of his data."""
    rows = OnlineBooking.objects.filter(appointment__patient=patient_id).order_by("pk")
    return [
        Section("online", _("Booked online"), [
            {
                "name": row.full_name, "phone": row.phone, "born": str(row.birth_date or ""), "comment": row.comment,
                "consent": row.consent_text, "at": row.created_at.isoformat(),
            }
            for row in rows
        ])
    ]  # fmt: skip

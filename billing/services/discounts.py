"""Promotions: made, changed by a new version of their terms, paused; ticked on patients' cards (BIL-20..25, PAT-11)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, time
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.models import Discount, DiscountGrant, DiscountTerms
from billing.services.telling import in_words
from catalog.models import Category, Service
from clinic.models import Branch
from core import clock, live
from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import Invalid, NotFound
from core.money import Money
from core.trash import trash_put
from patients.models import Group, Patient
from patients.selectors import patients_visible_to

Source, Recipients, ValueKind = DiscountTerms.Source, DiscountTerms.Recipients, DiscountTerms.Kind

sentence("billing.discount.created", _("Promotion “%(object)s” made: %(terms)s"), "discount", "green")
sentence("billing.discount.changed", _("Promotion “%(object)s” changed: %(terms)s"), "pencil", "grey")
sentence("billing.discount.paused", _("Promotion “%(object)s” paused"), "player-pause", "amber")
sentence("billing.discount.resumed", _("Promotion “%(object)s” is in use again"), "player-play", "green")
sentence(
    "billing.discount.granted", _("Discount “%(discount)s” ticked on the card"), "discount", "green", words=in_words
)
sentence("billing.discount.ungranted", _("Discount “%(discount)s” taken off the card"), "discount-off", "grey")


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsIn:
    """Terms as asked for. Empty lists, days and hours mean no bound."""

    kind: str
    value: Money
    source: str = "order"
    services: Sequence[int] = ()
    categories: Sequence[int] = ()
    recipients: str = "everyone"
    age_from: int | None = None
    age_to: int | None = None
    groups: Sequence[int] = ()
    days_before: int = 0
    days_after: int = 0
    starts: date | None = None
    ends: date | None = None
    weekdays: Sequence[int] = ()
    from_time: time | None = None
    to_time: time | None = None
    branches: Sequence[int] = ()
    most: Money | None = None
    combines: bool = False
    position: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CapsIn:
    """How often and how much in all: counted by the promotion, whatever version of its terms gave it."""

    uses_most: int | None = None
    uses_most_patient: int | None = None
    budget: Money | None = None


LISTS: tuple[tuple[str, Any], ...] = (
    ("services", Service), ("categories", Category), ("groups", Group), ("branches", Branch),
)  # fmt: skip


@command
def discount_create(
    *, name: str, terms: TermsIn, actor: Any, caps: CapsIn | None = None, patients: Iterable[int] | None = None,
    is_active: bool = True,
) -> Discount:  # fmt: skip
    """A new promotion (BIL-20..23). Raises Invalid by fields, DiscountNameTaken. Reverse: discount_delete."""
    checked(terms)
    discount = Discount(name=named(name), is_active=is_active, created_by=actor)
    caps_set(discount, caps or CapsIn())
    discount.save()
    terms_write(discount, terms, actor, number=1)
    if patients is not None:
        patients_set(discount, patients, actor)
    audit(actor, "billing.discount.created", discount, terms=terms_text(terms))
    live.announce("discount", discount.pk, version=discount.version)
    return discount


@command
def discount_change(
    *, discount_id: int, actor: Any, name: str | None = None, terms: TermsIn | None = None, caps: CapsIn | None = None,
    patients: Iterable[int] | None = None, is_active: bool | None = None, expected_version: int | None = None,
) -> Discount:  # fmt: skip
    """Change a promotion; other terms become a new version, what is invoiced keeps the old one (BIL-25).

    Caps may not go below what is used already. Raises Stale, Invalid, DiscountNameTaken.
    """
    discount = discount_locked(discount_id)
    check_version(expected_version, discount.version)
    if name is not None:
        discount.name = named(name)
    if caps is not None:
        caps_set(discount, caps)
    if is_active is not None:
        discount.is_active = is_active
    discount.version += 1
    discount.save()
    now = DiscountTerms.objects.get(discount=discount, is_current=True)
    if terms is not None and not is_same(now, checked(terms)):
        DiscountTerms.objects.filter(pk=now.pk).update(is_current=False)
        now = terms_write(discount, terms, actor, number=now.number + 1)
    if patients is not None:
        patients_set(discount, patients, actor)
    audit(actor, "billing.discount.changed", discount, terms=terms_text(now))
    live.announce("discount", discount.pk, version=discount.version)
    return discount


@command
def discount_switch(*, discount_id: int, is_active: bool, actor: Any) -> Discount:
    """Pause a promotion or take it up again; what it gave stays. Its own reverse."""
    discount = discount_locked(discount_id)
    if discount.is_active != is_active:
        discount.is_active = is_active
        discount.version += 1
        discount.save()
        audit(actor, f"billing.discount.{'resumed' if is_active else 'paused'}", discount)
        live.announce("discount", discount.pk, version=discount.version)
    return discount


@command
def discount_delete(*, discount_id: int, actor: Any, reason: str = "") -> Any:
    """To the trash: no longer given, what it gave stays (BIL-25). Reverse: core.trash.trash_restore."""
    discount = discount_locked(discount_id)
    live.announce("discount", discount.pk, version=discount.version)
    return trash_put(discount, actor=actor, reason=reason)


@command
def patient_discounts_set(*, patient_id: int, ticked: Mapping[int, date | None], actor: Any) -> None:
    """Tick which individual discounts a patient has, each until a day or for good (PAT-11). Its own reverse.

    Raises NotFound for a stranger's card, Invalid for a promotion that is not for chosen patients, or a day gone by.
    """
    patient = patients_visible_to(actor).select_for_update(of=("self",)).filter(pk=patient_id).first()
    if patient is None:
        raise NotFound
    known = Discount.objects.live().filter(
        pk__in=list(ticked), terms__is_current=True, terms__recipients=Recipients.PATIENTS
    )
    found = {row.pk: row for row in known}
    if strange := set(ticked) - set(found):
        raise Invalid(
            fields={"discounts": _("Only promotions for chosen patients are ticked.")}, unknown=sorted(strange)
        )
    today = clock.now().date()
    had = {row.discount_id: row for row in grants_open(patient)}
    for pk, row in had.items():
        if pk not in ticked or ticked[pk] != row.until:
            grant_end(row, actor, is_told=pk not in ticked)
    for pk, until in ticked.items():
        if pk not in had or had[pk].until != until:
            if until is not None and until < today:
                raise Invalid(fields={f"until-{pk}": _("This day is gone already.")})
            grant_write(found[pk], patient, until, actor)


# Parts


def discount_locked(pk: int) -> Discount:
    discount = Discount.objects.live().select_for_update(of=("self",)).filter(pk=pk).first()
    if discount is None:
        raise NotFound
    return discount


def named(name: str) -> str:
    if not name.strip():
        raise Invalid(fields={"name": _("Name the promotion.")})
    return name.strip()[:120]


def caps_set(discount: Discount, caps: CapsIn) -> None:
    """Raises Invalid where a cap is below what is used already, or no cap at all."""
    errors: dict[str, Any] = {}
    if caps.uses_most is not None and caps.uses_most < max(1, discount.uses):
        errors["uses_most"] = _("Used %(uses)s times already.") % {"uses": discount.uses}
    if caps.uses_most_patient is not None and caps.uses_most_patient < 1:
        errors["uses_most_patient"] = _("At least once.")
    if caps.budget is not None and (caps.budget <= 0 or caps.budget < discount.given):
        errors["budget"] = _("More than nothing, and no less than what was given already.")
    if errors:
        raise Invalid(fields=errors)
    discount.uses_most, discount.uses_most_patient = caps.uses_most, caps.uses_most_patient
    discount.budget = caps.budget


def checked(terms: TermsIn) -> TermsIn:
    """The same terms, if they can be meant. Raises Invalid by fields, NotFound for what is not in the directories."""
    errors: dict[str, Any] = {}
    if terms.value <= 0:
        errors["value"] = _("A discount is more than nothing.")
    elif terms.kind == ValueKind.PERCENT and terms.value > 100:
        errors["value"] = _("At most 100 percent.")
    if terms.source != Source.ORDER and not (terms.services or terms.categories):
        errors["services"] = _("Choose at least one service or category.")
    if terms.recipients == Recipients.GROUPS and not terms.groups:
        errors["groups"] = _("Choose at least one group.")
    if terms.recipients == Recipients.AGE and terms.age_from is None and terms.age_to is None:
        errors["age_from"] = _("Name the first age, the last one, or both.")
    if None not in (terms.age_from, terms.age_to) and terms.age_to < terms.age_from:  # type: ignore[operator]
        errors["age_to"] = _("The last age comes before the first.")
    if terms.starts and terms.ends and terms.ends < terms.starts:
        errors["ends"] = _("The last day comes before the first.")
    if terms.from_time and terms.to_time and terms.to_time <= terms.from_time:
        errors["to_time"] = _("The last hour comes before the first.")
    if terms.most is not None and terms.most <= 0:
        errors["most"] = _("More than nothing.")
    if any(not 0 <= day <= 6 for day in terms.weekdays):
        errors["weekdays"] = _("Monday is 0, Sunday is 6.")
    if max(terms.days_before, terms.days_after) > 180 or min(terms.days_before, terms.days_after) < 0:
        errors["days_before"] = _("From 0 to 180 days.")
    if errors:
        raise Invalid(fields=errors)
    for field, model in LISTS:
        asked = set(getattr(terms, field))
        if asked and (strange := asked - set(model.objects.filter(pk__in=asked).values_list("pk", flat=True))):
            raise NotFound(**{field: sorted(strange)})
    return terms


FIELDS = tuple(TermsIn.__dataclass_fields__)


def is_same(now: DiscountTerms, asked: TermsIn) -> bool:
    return all(plain(getattr(now, name)) == plain(getattr(asked, name)) for name in FIELDS)


def plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, list | tuple) else value


def terms_write(discount: Discount, terms: TermsIn, actor: Any, *, number: int) -> DiscountTerms:
    values = {name: plain(value) for name, value in asdict(terms).items()}
    return DiscountTerms.objects.create(discount=discount, number=number, created_by=actor, **values)


def terms_of(row: DiscountTerms, **changes: Any) -> TermsIn:
    """Terms as they stand, with some of them other."""
    return TermsIn(**{name: getattr(row, name) for name in FIELDS} | changes)


def terms_text(terms: TermsIn | DiscountTerms) -> str:
    """«−10 %», «−500»: enough for a feed, the card shows the rest."""
    return f"−{terms.value.normalize():f} %" if terms.kind == ValueKind.PERCENT else f"−{terms.value}"


def patients_set(discount: Discount, patients: Iterable[int], actor: Any) -> None:
    """Chosen patients of a promotion: those who were not yet are ticked, the others of the actor's sight are not."""
    asked = set(patients)
    seen = patients_visible_to(actor)
    cards = {card.pk: card for card in seen.filter(pk__in=asked)}
    if strange := asked - set(cards):
        raise NotFound(patients=sorted(strange))
    had = {row.patient_id: row for row in discount.grants.filter(ended_at__isnull=True)}
    gone = seen.filter(pk__in=set(had) - asked).values_list("pk", flat=True)
    for pk in gone:
        grant_end(had[pk], actor)
    for pk in sorted(asked - set(had)):
        grant_write(discount, cards[pk], None, actor)


def grants_open(patient: Patient) -> Any:
    return DiscountGrant.objects.filter(patient=patient, ended_at__isnull=True).select_related("discount")


def grant_write(discount: Discount, patient: Patient, until: date | None, actor: Any) -> None:
    DiscountGrant.objects.create(discount=discount, patient=patient, until=until, granted_by=actor)
    audit(actor, "billing.discount.granted", patient, patient_id=patient.pk, discount=str(discount))


def grant_end(row: DiscountGrant, actor: Any, *, is_told: bool = True) -> None:
    row.ended_at, row.ended_by = clock.now(), actor
    row.save(update_fields=["ended_at", "ended_by"])
    if is_told:
        audit(actor, "billing.discount.ungranted", row.patient, patient_id=row.patient_id, discount=str(row.discount))

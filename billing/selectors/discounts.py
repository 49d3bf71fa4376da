"""Promotions as people see them: the list, the card with its versions and uses, the dry run on a patient (BIL-20, BIL-24)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from billing.models import Discount, DiscountGrant, DiscountTerms, DiscountUse, LineDiscount
from billing.models.invoices import STANDING
from billing.rules.discounts import Item, Verdict
from billing.selectors.invoices import invoices_visible_to
from billing.selectors.patients import branch_for_money
from billing.selectors.promotions import promotions_now
from billing.services.promotions import ask, ban_of
from billing.services.sharing import payers_ask
from billing.slots import Quote, QuoteLine
from billing.words import WEEKDAYS, hours_text, value_text, verdict_sentence
from catalog.models import Category, Service
from clinic.models import Branch
from core import clock
from core.errors import NotFound
from core.money import ZERO, Money
from core.templatetags.ui import day_short, money
from patients.models import Group, Patient
from patients.selectors import patients_visible_to


def discounts_live() -> QuerySet[Any]:
    """Promotions with their current terms as `now`."""
    current = DiscountTerms.objects.filter(is_current=True)
    return Discount.objects.live().prefetch_related(Prefetch("terms", current, to_attr="current"))


def discount_get(pk: int) -> Discount:
    found = discounts_live().filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def now_of(discount: Any) -> DiscountTerms:
    return discount.current[0]


def state_of(discount: Any, today: date) -> tuple[str, str]:
    """«Действует», «Приостановлена», «Начнётся», «Закончилась», «Исчерпана» with its tone."""
    terms = now_of(discount)
    if not discount.is_active:
        return _("Paused"), "grey"
    if terms.ends and terms.ends < today:
        return _("Ended"), "grey"
    is_full = discount.uses_most is not None and discount.uses >= discount.uses_most
    if is_full or (discount.budget is not None and discount.given >= discount.budget):
        return _("Used up"), "amber"
    return (_("Begins later"), "blue") if terms.starts and terms.starts > today else (_("In use"), "green")


# Terms in words


def value_of(terms: DiscountTerms) -> str:
    return f"−{value_text(terms.kind, terms.value)}"


def recipient_of(terms: DiscountTerms) -> str:
    """«Пациенты от 60 лет», «Выбранные пациенты»."""
    kind = DiscountTerms.Recipients
    if terms.recipients == kind.AGE:
        ages = [
            _("from %(age)s") % {"age": terms.age_from} if terms.age_from is not None else "",
            _("to %(age)s") % {"age": terms.age_to} if terms.age_to is not None else "",
        ]
        return _("Age %(ages)s") % {"ages": " ".join(filter(None, ages))}
    if terms.recipients == kind.BIRTHDAY:
        days = {"before": terms.days_before, "after": terms.days_after}
        return _("Birthday: %(before)s days before, %(after)s after") % days
    return str(terms.get_recipients_display())


def period_of(terms: DiscountTerms) -> str:
    """«01.11.2026 – 30.11.2026», «без срока»."""
    if not terms.starts and not terms.ends:
        return _("no time limit")
    return f"{day_short(terms.starts) if terms.starts else '…'} – {day_short(terms.ends) if terms.ends else '…'}"


def names_of(model: Any, ids: Sequence[int]) -> str:
    return ", ".join(str(row) for row in model.objects.filter(pk__in=ids)) if ids else ""


def terms_rows(discount: Discount, terms: DiscountTerms) -> list[tuple[Any, str]]:
    """Every term that bounds the promotion, as the card shows it."""
    days = ", ".join(str(WEEKDAYS[day]) for day in terms.weekdays)
    hours = hours_text(terms.from_time, terms.to_time) if terms.from_time or terms.to_time else ""
    listed = ", ".join(filter(None, (names_of(Category, terms.categories), names_of(Service, terms.services))))
    rows = [
        (_("Discount"), value_of(terms)),
        (_("At most for one invoice"), money(terms.most) if terms.most else ""),
        (_("Applies to"), str(terms.get_source_display()) + (f": {listed}" if listed else "")),
        (_("Recipient"), recipient_of(terms)),
        (_("Groups"), names_of(Group, terms.groups)),
        (_("Period"), period_of(terms)),
        (_("Days of the visit"), days),
        (_("Hours of the visit"), hours),
        (_("Branches"), names_of(Branch, terms.branches)),
        (_("Uses by one patient"), str(discount.uses_most_patient or "")),
        (_("With other discounts"), _("adds up") if terms.combines else _("stands alone")),
    ]
    return [(label, text) for label, text in rows if text]


# Who has one, where it was given


def any_individual() -> bool:
    return promotions_now().filter(recipients=DiscountTerms.Recipients.PATIENTS).exists()


def individual_discounts() -> list[Discount]:
    """Promotions that are ticked on cards."""
    rows = promotions_now().filter(recipients=DiscountTerms.Recipients.PATIENTS).select_related("discount")
    return [row.discount for row in rows.order_by("discount__name")]


def grants_shown(patient_id: int) -> list[DiscountGrant]:
    rows = DiscountGrant.objects.filter(patient_id=patient_id, ended_at__isnull=True, discount__deleted_at__isnull=True)
    return list(rows.select_related("discount", "granted_by").order_by("discount__name"))


def given_visible_to(user: Any) -> QuerySet[LineDiscount]:
    """Discounts on lines of issued invoices that the user may list."""
    invoices = invoices_visible_to(user).filter(status__in=STANDING)
    return LineDiscount.objects.filter(line__invoice__in=invoices)


def plans_holding(discount_id: int) -> QuerySet[DiscountUse]:
    """Approved plans that use the promotion."""
    return DiscountUse.objects.filter(discount_id=discount_id, plan__isnull=False, returned_at__isnull=True)


# The dry run


@dataclass(frozen=True, slots=True)
class TriedLine:
    service: Service
    gross: Money
    discount: Money

    @property
    def sum(self) -> Money:
        return self.gross - self.discount


@dataclass(frozen=True, slots=True)
class Told:
    """A promotion with what it gives and the sentence of why, or why not."""

    discount_id: int
    name: str
    is_chosen: bool
    amount: Money
    reason: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What an invoice for these services made now would give, and why."""

    lines: list[TriedLine]
    told: list[Told]

    @property
    def gross(self) -> Money:
        return sum((line.gross for line in self.lines), ZERO)

    @property
    def amount(self) -> Money:
        return sum((line.discount for line in self.lines), ZERO)

    @property
    def sum(self) -> Money:
        return self.gross - self.amount

    @property
    def chosen(self) -> list[Told]:
        return [each for each in self.told if each.is_chosen]

    @property
    def reason(self) -> str:
        if self.chosen:
            return ". ".join(each.reason for each in self.chosen)
        return self.told[0].reason if self.told else _("There are no promotions in use.")


def discounts_try(user: Any, patient_id: int, service_ids: Iterable[int], *, branch_id: int | None = None) -> Tried:
    """Decide for a patient and services as if they were invoiced now; changes nothing. NotFound for a stranger's card."""
    patient: Patient | None = patients_visible_to(user).select_related("branch").filter(pk=patient_id).first()
    if patient is None:
        raise NotFound
    branch = branch_for_money(patient, user, branch_id)
    today = clock.today(branch.timezone)
    ids = list(service_ids)
    found = {row.pk: row for row in Service.objects.live().filter(pk__in=ids).priced(today)}
    if strange := sorted(set(ids) - set(found)):
        raise NotFound(services=strange)
    services: list[Any] = [found[pk] for pk in ids]
    quote = Quote(
        patient_id=patient.pk, branch_id=branch.pk, on=today, actor=user, lines=[
            QuoteLine(index=place, service_id=row.pk, quantity=1, price=row.price or ZERO)
            for place, row in enumerate(services)
        ],
    )  # fmt: skip
    deal = payers_ask(quote, is_firm=False)
    items = [
        Item(
            index=place, sum=choice.price, service_id=row.pk, category_id=row.category_id, ban=ban_of(deal, place)
        )
        for place, (row, choice) in enumerate(zip(services, deal.choices, strict=True))
    ]  # fmt: skip
    at = clock.local(clock.now(), branch.timezone).time()
    verdicts = ask(patient, branch.pk, today, at, items, with_ended=True)
    return Tried(lines_of(services, items, verdicts), [told_of(verdict) for verdict in verdicts])


def lines_of(services: Sequence[Any], items: Sequence[Item], verdicts: Sequence[Verdict]) -> list[TriedLine]:
    return [
        TriedLine(row, item.sum, sum((each.amounts.get(item.index, ZERO) for each in verdicts), ZERO))
        for row, item in zip(services, items, strict=True)
    ]


def told_of(verdict: Verdict) -> Told:
    amount = verdict.amount if verdict.is_chosen else verdict.alone
    return Told(verdict.rule.key, verdict.rule.name, verdict.is_chosen, amount, verdict_sentence(verdict))

"""Insurers with policies, an approval in every state, a register that was sent and paid in part."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from billing.services import invoice_make
from catalog.models import Category, Service
from clinic.selectors import user_loaded
from clinical.services import LineIn, plan_approve, plan_create
from demo.world import Person, World
from insurance import services, words
from insurance.models import Approval, CoveredLine, Insurer, Policy
from insurance.rules import Wanted
from insurance.selectors.registers import Wish
from insurance.services.settling import Split

INSURERS = (
    ("Северная звезда", "Акционерное общество «Страховая компания «Северная звезда»", "7701234562", "ДМС-114/26", -10),
    ("Полис-Мед", "Общество с ограниченной ответственностью «Полис-Мед страхование»", "7802345672", "27-С", -15),
)
PROGRAMMES = (("Стоматология: базовая", 10, Decimal(0)), ("Стоматология: расширенная", 0, Decimal(0)))
HOLDERS = ("ООО «Северный мост»", "АО «Завод точных приборов»", "ООО «Логистика 24»", "")
HEAD = (
    "Реестр оказанных услуг № {{register_number}} от {{register_date}}\n"
    "Исполнитель: {{company_name}}, ИНН {{company_inn}}\n"
    "Заказчик: {{insurer_full_name}}, ИНН {{insurer_inn}}, договор № {{contract_number}}\n"
    "Период: {{date_from}} – {{date_to}}"
)
FOOT = "Итого услуг: {{count}}, на сумму {{total}} ({{total_words}})"
# What became of each plan that went to an insurer, in the order of the patients.
STORIES = (
    "accepted_full", "accepted_partial", "sent", "query", "refused", "draft", "cancelled", "expired", "accepted_full", "sent",
)  # fmt: skip


def build(world: World) -> None:
    actor = user_loaded(world.users["director"].pk)
    insurers = [insurer(world, actor, *each) for each in INSURERS]
    adults = [person for person in world.people if person.age(world.today) >= 18 and person.visits][: 2 * len(STORIES)]
    policies = [policy(world, actor, insurers, person, number) for number, person in enumerate(adults)]
    for story, held in zip(STORIES, policies, strict=False):
        tell(world, actor, held, story)
    registers(world, actor, insurers[0])


def insurer(world: World, actor: Any, name: str, full: str, inn: str, contract: str, percent: int) -> Insurer:
    made = services.insurer_save(
        name=name, full_name=full, inn=inn, contract_number=contract, contract_from=world.today.replace(month=1, day=1),
        contact="Отдел согласований", phone="+7 900 000-44-10", email="dms@example.org", actor=actor,
    )  # fmt: skip
    services.prices_copy(
        insurer_id=made.pk, percent=Decimal(percent), starts_on=world.today, step=Decimal(10), actor=actor
    )
    excluded = Category.objects.filter(code__in=("prosthetics", "implantology", "orthodontics"))
    for title, share, visit in PROGRAMMES:
        programme = services.programme_save(
            insurer_id=made.pk, name=title, copay_percent=share, copay_amount=visit, actor=actor
        )
        for category in excluded:
            services.cover_set(
                programme_id=programme.pk, category_id=category.pk, percent=0, needs_approval=False, actor=actor
            )
    services.template_save(
        insurer=made, name="Ежемесячный реестр", columns=words.USUAL, head=HEAD, foot=FOOT, actor=actor
    )
    return made


def policy(world: World, actor: Any, insurers: list[Insurer], person: Person, number: int) -> Policy:
    """Most hold for months, one ends within days, one has ended."""
    company = insurers[number % len(insurers)]
    days = {3: 9, 13: -20, 17: 5}.get(number, 60 + 17 * number)
    made = services.policy_save(
        patient_id=person.id, insurer=company, number=f"{company.pk:02}-{world.today.year}-{4100 + number * 37}",
        programme=company.programmes.order_by("pk")[number % 3 == 2], holder=HOLDERS[number % len(HOLDERS)],
        valid_from=world.today - timedelta(days=300 - number), valid_to=world.today + timedelta(days=days),
        limit=None if number % 7 == 6 else Decimal(30000 + 10000 * (number % 4)), actor=actor,
    )  # fmt: skip
    if number % 3 == 0:
        services.policy_verify(policy_id=made.pk, actor=actor)
    return made


def tell(world: World, actor: Any, held: Policy, story: str) -> None:
    """A plan, what the insurer said of it, and the invoice where he agreed."""
    if held.valid_to < world.today:
        return
    doctor = next(iter(world.doctors.values()))
    codes = Service.objects.filter(category__code="therapy", deleted_at__isnull=True, is_active=True).order_by("pk")[:4]
    lines = [
        LineIn(service_id=service.pk, teeth=[tooth]) for tooth, service in zip((16, 17, 26, 36), codes, strict=False)
    ]
    plan = plan_create(
        patient_id=held.patient_id, doctor=doctor.staff, branch=doctor.branch, lines=lines, name="По ДМС", actor=actor
    )
    letter = services.letter_add(
        policy_id=held.pk, number=f"ГП-{plan.pk}", issued_on=world.today, valid_to=world.today + timedelta(days=60), sum=Decimal(25000),
        services="терапия, зубы 16, 17, 26, 36", actor=actor,
    )  # fmt: skip
    approval = services.approval_request(
        plan_id=plan.pk, policy_id=held.pk, actor=actor, draft=story == "draft", letter_id=letter.pk
    )
    answer(world, actor, approval, story)
    if story.startswith("accepted"):
        plan_approve(plan_id=plan.pk, actor=actor)
        invoice_make(patient_id=held.patient_id, plan_id=plan.pk, actor=actor)


def answer(world: World, actor: Any, approval: Approval, story: str) -> None:
    pk = approval.pk
    if story == "query":
        services.approval_query(approval_id=pk, comment="Пришлите прицельный снимок зуба 16", actor=actor)
    elif story == "cancelled":
        services.approval_cancel(approval_id=pk, reason="Пациент лечится за свой счёт", actor=actor)
    elif story == "expired":
        yesterday = world.today - timedelta(days=1)
        services.approval_decide(approval_id=pk, decision="accepted_full", valid_to=yesterday, actor=actor)
        services.approvals_expire()
    elif story == "accepted_partial":
        taken = [
            Wanted(line.plan_line_id or 0, line.quantity, line.price) for line in approval.lines.order_by("pk")[:2]
        ]
        services.approval_decide(
            approval_id=pk,
            decision=story,
            lines=taken,
            comment="Эстетическая реставрация не входит в программу",
            actor=actor,
        )
    elif story in ("accepted_full", "refused"):
        services.approval_decide(
            approval_id=pk, decision=story, reference=f"С-{pk + 2000}", comment="" if story == "accepted_full" else "Не страховой случай",
            actor=actor,
        )  # fmt: skip


def registers(world: World, actor: Any, company: Insurer) -> None:
    """One sent and paid but for a refusal; what is billed later waits for the next."""
    template = company.templates.get()
    wish = Wish(company, world.entity.pk, world.today.replace(day=1), world.today)
    if not CoveredLine.objects.filter(policy__insurer=company).exists():
        return
    made = services.register_make(wish=wish, template=template, actor=actor)
    made = services.register_send(register_id=made.pk, actor=actor)
    rows = list(CoveredLine.objects.filter(register_line__register=made).select_related("share").order_by("pk"))
    first, rest = rows[0], rows[1:]
    splits = [Split(row.pk, row.share.amount) for row in rest[: len(rest) // 2]]
    splits.append(Split(first.pk, Decimal(0), first.share.amount, "Нет снимка до лечения"))
    services.payment_enter(
        register_id=made.pk, number="318", paid_on=world.today, amount=sum((split.paid for split in splits), Decimal(0)),
        splits=splits, actor=actor,
    )  # fmt: skip

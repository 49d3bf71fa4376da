"""Invoices of the visits, payments, deposits, cash shifts: the same rows and postings that the services write.

Everything happens in the order of time, so that a deposit is there before it is spent and a shift before its payments.
"""

import heapq
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing.models import (
    Article,
    CashDesk,
    CashMovement,
    CashShift,
    Invoice,
    InvoiceLine,
    Payment,
    PaymentPart,
    Share,
    Status,
)
from billing.selectors.visits import Asked
from billing.services import invoice_prepare
from clinic.models import Branch, NumberSequence
from clinic.selectors import user_loaded
from core.money import split
from demo.bulk import Table
from demo.world import Visit, World, moment
from ledger import accounts
from ledger.accounts import AccountName
from ledger.models import Account, Payer, Posting
from scheduling.models import Appointment, State

IN_DEBT = 0.08  # of invoices; older debts are mostly paid at the next visit
PAID_LATER = 0.72
ROLLED_BACK = 0.004
DEPOSITS = 0.02
METHODS = [("card", 62), ("cash", 33), ("both", 5)]
CHANGE = Decimal(5000)  # stays in the drawer overnight
ZERO = Decimal(0)


@dataclass(slots=True)
class Desk:
    """A drawer, its open shift and what it holds."""

    id: int
    branch: Branch
    cash: Decimal = ZERO
    shift: int | None = None
    number: int = 0
    opening: Decimal = ZERO
    opened_at: datetime | None = None


@dataclass(slots=True)
class Bill:
    """An issued invoice while the story is told."""

    id: int
    visit: Visit
    total: Decimal
    shares: list[tuple[int, Any, Decimal]]  # id, line, amount
    line_ids: list[int] = field(default_factory=list)
    paid: list[Decimal] = field(default_factory=list)
    rolled_back: bool = False

    @property
    def due(self) -> Decimal:
        return self.total - sum(self.paid, ZERO)


class Book:
    """Tables of money and the postings that go with them."""

    def __init__(self, world: World) -> None:
        self.world, self.dice = world, world.dice
        self.payers = Table(Payer, "kind", "subject_id", "label")
        self.accounts = Table(
            Account, "code", "kind", "side", "keeps_balance", "never_negative", "payer_id", "branch_id", "subject_id"
        )
        self.postings = Table(
            Posting, "entry", "account_id", "debit", "credit", "branch_id", "patient_id", "doctor_id", "direction_id", "document_kind",
            "document_id", "line_id", "effective_on", "posted_at", "actor_id", "reverses_id", "note",
        )  # fmt: skip
        self.lines = Table(
            InvoiceLine, "invoice_id", "position", "service_id", "direction_id", "code", "name", "doctor_id", "teeth", "quantity",
            "list_price", "price", "discount", "discount_reason", "sum", "service_on", "plan_line_id", "holds_plan_line",
        )  # fmt: skip
        self.payments = Table(
            Payment, "kind", "patient_id", "payer_id", "branch_id", "desk_id", "shift_id", "cash", "card", "taken_on", "taken_at",
            "taken_by_id", "reason",
        )  # fmt: skip
        self.parts = Table(PaymentPart, "payment_id", "share_id", "invoice_id", "method", "amount")
        self.moves = Table(
            CashMovement,
            "desk_id",
            "branch_id",
            "legal_entity_id",
            "shift_id",
            "article_id",
            "number",
            "amount",
            "made_on",
            "made_at",
            "made_by_id",
            "note",
        )
        self.bills: list[Bill] = []
        self.bill_rows: dict[int, tuple[Any, ...]] = {}
        self.invoice_ids = Table(Invoice)
        self.share_ids = Table(Share)
        self.shift_ids = Table(CashShift)
        self.shifts: dict[int, list[Any]] = {}
        self.payer_of: dict[int, Any] = {}
        self.account_ids: dict[str, int] = {}
        self.deposits: dict[int, Decimal] = defaultdict(lambda: ZERO)
        self.debts: dict[int, list[Bill]] = defaultdict(list)
        self.invoice_number = 0
        self.order_numbers = {"cash_receipt": 0, "cash_expense": 0}

    # Names of the book

    def payer(self, patient_id: int, label: str) -> Any:
        known = self.payer_of.get(patient_id)
        if known is None:
            number = self.payers.add("patient", patient_id, label)
            known = self.payer_of[patient_id] = Payer(pk=number, kind="patient", subject_id=patient_id)
        return known

    def account(self, name: AccountName) -> int:
        number = self.account_ids.get(name.code)
        if number is None:
            number = self.account_ids[name.code] = self.accounts.add(
                name.code,
                name.kind,
                name.side,
                name.keeps_balance,
                name.never_negative,
                name.payer_id,
                name.branch_id,
                name.subject_id,
            )
        return number

    def entry(self, at: datetime) -> UUID:
        """A key that grows with time, as the ledger's own."""
        stamp = int(at.timestamp() * 1000) << 80
        return UUID(int=stamp | 0x7 << 76 | self.dice.getrandbits(76))

    def post(
        self, entry: UUID, name: AccountName, amount: Decimal, *, branch: int, day: date, at: datetime, document: tuple[str, int],
        actor: int | None, patient: int | None = None, line: tuple[int, int, int] | None = None, reverses: int | None = None, note: str = "",
    ) -> int:  # fmt: skip
        """One leg; `line` is (line, doctor, direction)."""
        line_id, doctor, direction = line or (None, None, None)
        debit, credit = (amount, 0) if amount > 0 else (0, -amount)
        return self.postings.add(
            entry,
            self.account(name),
            debit,
            credit,
            branch,
            patient,
            doctor,
            direction,
            *document,
            line_id,
            day,
            at,
            actor,
            reverses,
            note,
        )

    # Invoices

    def issue(self, visit: Visit, at: datetime) -> Bill:
        """Number, lines, shares of the patient alone, a receivable and income of each line (3.0)."""
        self.invoice_number += 1
        bill = Bill(self.invoice_ids.add(), visit, Decimal(sum(line.sum for line in visit.lines)), [])
        payer = self.payer(visit.person.id, visit.person.name)
        day, entry, actor = visit.start.date(), self.entry(at), self.world.writer(visit.branch).pk
        for position, line in enumerate(visit.lines):
            direction, amount = self.world.directions[line.code], Decimal(line.sum)
            line_id = self.lines.add(
                bill.id, position, self.world.services[line.code], direction, line.code, self.world.names[line.code][:300],
                visit.doctor.staff.pk, list(line.teeth), line.quantity, line.price, line.price, line.discount,
                visit.why if line.discount else "", line.sum, day, line.plan_line, True,
            )  # fmt: skip
            facts = (line_id, visit.doctor.staff.pk, direction)
            bill.shares.append((self.share_ids.add(), facts, amount))
            bill.paid.append(ZERO)
            if amount:
                common: dict[str, Any] = {
                    "branch": visit.branch.pk, "day": day, "at": at, "document": ("invoice", bill.id), "actor": actor,
                    "patient": visit.person.id, "line": facts,
                }  # fmt: skip
                self.post(entry, accounts.receivable(payer), amount, **common)
                self.post(entry, accounts.income(visit.branch.pk, direction), -amount, **common)
        self.bill_rows[bill.id] = (self.invoice_number, day, at, actor)
        self.bills.append(bill)
        return bill

    def roll_back(self, bill: Bill, at: datetime) -> None:
        """A mistake found at once: mirrored on the same day, nothing was paid."""
        bill.rolled_back = True
        mine = [
            row for row in self.postings.rows[-2 * len(bill.shares) :] if row[10] == bill.id and row[9] == "invoice"
        ]
        entry = self.entry(at)
        for row in mine:
            number, _entry, account, debit, credit, *rest = row
            self.postings.add(entry, account, credit, debit, *rest[:8], at, rest[9], number, REASON)

    # Money

    def pay(
        self,
        desk: Desk,
        at: datetime,
        patient_id: int,
        tenders: list[tuple[str, Decimal]],
        bill: Bill | None,
        kind: str = "payment",
    ) -> None:
        """One act at the desk: tenders go to the bill's shares in proportion, what is over to the deposit (BIL-06)."""
        payer = self.payer_of[patient_id]
        actor, day = self.world.writer(desk.branch).pk, at.astimezone(moment(self.world.today, 0).tzinfo).date()
        sums = dict(tenders)
        at_desk = any(method in ("cash", "card") for method, _sum in tenders)
        number = self.payments.add(
            kind, patient_id, payer.pk, desk.branch.pk, desk.id if at_desk else None, desk.shift if at_desk else None,
            sums.get("cash", ZERO), sums.get("card", ZERO), day, at, actor, "",
        )  # fmt: skip
        common: dict[str, Any] = {
            "day": day,
            "at": at,
            "document": ("payment", number),
            "actor": actor,
            "patient": patient_id,
        }
        entry = self.entry(at)
        for method, amount in tenders:
            self.post(entry, self.source(desk, payer, method), amount, branch=desk.branch.pk, **common)
        rest = {method: amount for method, amount in tenders}
        if bill:
            for index, amount in self.spread(number, rest, bill):
                _share, facts, _sum = bill.shares[index]
                self.post(entry, accounts.receivable(payer), -amount, branch=bill.visit.branch.pk, line=facts, **common)
        surplus = sum(rest.values(), ZERO)
        if surplus:
            for method, amount in rest.items():
                if amount:
                    self.parts.add(number, None, None, method, amount)
            self.post(entry, accounts.deposit(payer), -surplus, branch=desk.branch.pk, **common)
            self.deposits[patient_id] += surplus
        desk.cash += sums.get("cash", ZERO)
        self.deposits[patient_id] -= sums.get("deposit", ZERO)

    def spread(self, payment: int, rest: dict[str, Decimal], bill: Bill) -> list[tuple[int, Decimal]]:
        """Parts by method and share; gives what each share got in all and takes it from `rest`."""
        got: dict[int, Decimal] = defaultdict(lambda: ZERO)
        for method in sorted(rest, key=ORDER.index):
            left = [amount - paid for (_id, _facts, amount), paid in zip(bill.shares, bill.paid, strict=True)]
            takes = min(rest[method], sum(left, ZERO))
            if not takes:
                continue
            for index, piece in enumerate(split(takes, left)):
                if piece:
                    self.parts.add(payment, bill.shares[index][0], bill.id, method, piece)
                    bill.paid[index] += piece
                    got[index] += piece
            rest[method] -= takes
        return list(got.items())

    def source(self, desk: Desk, payer: Any, method: str) -> AccountName:
        if method == "cash":
            return accounts.cash(desk.branch.pk, desk.id)
        return accounts.acquirer(desk.branch.pk) if method == "card" else accounts.deposit(payer)

    # The drawer

    def shift_open(self, desk: Desk, at: datetime) -> None:
        desk.number += 1
        desk.shift, desk.opening, desk.opened_at = self.shift_ids.add(), desk.cash, at
        opened_by = self.world.writer(desk.branch).pk
        self.shifts[desk.shift] = [desk.id, desk.number, at, opened_by, desk.opening, None, None, None, None, None, ""]

    def move(self, desk: Desk, at: datetime, amount: Decimal, article: int, note: str = "") -> None:
        kind = "cash_receipt" if amount > 0 else "cash_expense"
        self.order_numbers[kind] += 1
        actor, day = self.world.writer(desk.branch).pk, at.date()
        number = self.moves.add(
            desk.id,
            desk.branch.pk,
            self.world.entity.pk,
            desk.shift,
            article,
            self.order_numbers[kind],
            amount,
            day,
            at,
            actor,
            note,
        )
        common: dict[str, Any] = {
            "branch": desk.branch.pk,
            "day": day,
            "at": at,
            "document": ("cash_order", number),
            "actor": actor,
        }
        entry = self.entry(at)
        self.post(entry, accounts.cash(desk.branch.pk, desk.id), amount, note=note, **common)
        self.post(entry, accounts.article(desk.branch.pk, article), -amount, note=note, **common)
        desk.cash += amount

    def shift_close(self, desk: Desk, at: datetime) -> None:
        """Counted as expected, but for a few shifts with some roubles too little or too many."""
        assert desk.shift is not None
        difference = Decimal(self.dice.choice((-50, -10, 10, 100))) if self.dice.random() < 0.04 else ZERO
        difference = max(difference, -desk.cash)
        counted = desk.cash + difference
        row = self.shifts[desk.shift]
        row[5:11] = [
            at,
            self.world.writer(desk.branch).pk,
            desk.cash,
            counted,
            difference,
            "Пересчитано дважды" if difference else "",
        ]
        if difference:
            common: dict[str, Any] = {
                "branch": desk.branch.pk,
                "day": at.date(),
                "at": at,
                "document": ("cash_shift", desk.shift),
                "actor": row[6],
            }
            entry = self.entry(at)
            self.post(entry, accounts.cash(desk.branch.pk, desk.id), difference, note=row[10], **common)
            self.post(entry, accounts.article(desk.branch.pk, 0), -difference, note=row[10], **common)
            desk.cash = counted
        desk.shift = None


ORDER = ("deposit", "card", "cash")
REASON = "Ошибка в услугах"
AT_THE_DESK = 35  # minutes


class Till:
    """Goes through the days: shifts open, patients pay, drawers are counted."""

    def __init__(self, world: World) -> None:
        self.world, self.dice, self.book = world, world.dice, Book(world)
        self.desks = {
            branch.pk: Desk(CashDesk.objects.create(branch=branch, name="Касса 1").pk, branch)
            for branch in world.branches
        }
        collection = (
            Article.objects.filter(name__icontains="инкассация").first()
            or Article.objects.filter(direction="out").first()
        )
        expenses = Article.objects.filter(result="expenses").first()
        self.collection = (collection or Article.objects.create(name="Инкассация", direction="out", result="")).pk
        self.expenses = (expenses or Article.objects.create(name="Хозяйственные расходы", direction="out")).pk

    def run(self) -> Book:
        by_day: dict[date, list[Visit]] = defaultdict(list)
        for visit in self.world.visits:
            if visit.lines:
                by_day[visit.start.date()].append(visit)
        for day in sorted(by_day):
            self.day(day, by_day[day])
        return self.book

    def day(self, day: date, visits: list[Visit]) -> None:
        for desk in self.desks.values():
            if any(visit.branch.pk == desk.branch.pk for visit in visits):
                self.book.shift_open(desk, moment(day, 9 * 60 - 5 if day.weekday() < 5 else 9 * 60 + 25))
        # Who has just left the chair still waits at the desk: their invoices are prepared, see drafts().
        seen = self.world.now - timedelta(minutes=AT_THE_DESK if day == self.world.today else 0)
        for at, _number, visit in self.in_order(visits):
            if at <= seen:
                self.checkout(visit, at)
        if day == self.world.today:
            return
        for desk in self.desks.values():
            if desk.shift:
                self.evening(desk, day)

    def in_order(self, visits: list[Visit]) -> list[tuple[datetime, int, Visit]]:
        queue = [(visit.end + timedelta(minutes=self.dice.randrange(2, 9)), visit.id, visit) for visit in visits]
        heapq.heapify(queue)
        return [heapq.heappop(queue) for _visit in visits]

    def checkout(self, visit: Visit, at: datetime) -> None:
        """The invoice, the payment, now and then a debt of before, a deposit for a long treatment."""
        book, desk, person = self.book, self.desks[visit.branch.pk], visit.person
        bill = book.issue(visit, at)
        if self.world.chance(ROLLED_BACK):
            book.roll_back(bill, at + timedelta(minutes=1))
            return
        at += timedelta(minutes=1)
        if self.world.chance(IN_DEBT):
            self.in_debt(desk, at, bill)
        elif bill.total:
            book.pay(desk, at, person.id, self.tenders(person.id, bill.due), bill)
        for debt in book.debts[person.id]:
            if debt is not bill and debt.due and self.world.chance(PAID_LATER):
                book.pay(desk, at + timedelta(seconds=30), person.id, self.tenders(person.id, debt.due), debt)
        if self.world.chance(DEPOSITS):
            amount = Decimal(self.dice.choice((5000, 10000, 15000, 20000, 30000)))
            book.pay(
                desk,
                at + timedelta(seconds=45),
                person.id,
                [(self.dice.choice(("card", "cash")), amount)],
                None,
                "deposit",
            )

    def in_debt(self, desk: Desk, at: datetime, bill: Bill) -> None:
        self.book.debts[bill.visit.person.id].append(bill)
        if bill.total and self.world.chance(0.5):
            part = Decimal(int(bill.total * Decimal(self.dice.choice((30, 50, 70))) / 100))
            if part:
                self.book.pay(desk, at, bill.visit.person.id, [(self.dice.choice(("card", "cash")), part)], bill)

    def tenders(self, patient_id: int, due: Decimal) -> list[tuple[str, Decimal]]:
        """The deposit first, then card, cash, or some of each."""
        tenders = []
        from_deposit = min(due, self.book.deposits[patient_id])
        if from_deposit:
            tenders.append(("deposit", from_deposit))
        rest = due - from_deposit
        method = self.world.weighted(METHODS)
        if rest and method == "both" and rest > 2000:
            card = Decimal(int(rest / 2000) * 1000)
            tenders += [("card", card), ("cash", rest - card)]
        elif rest:
            tenders.append(("card" if method == "both" else method, rest))
        return tenders

    def evening(self, desk: Desk, day: date) -> None:
        """Something for the household now and then; all but the change goes to the bank; the drawer is counted."""
        at = moment(day, 20 * 60 + 50 if day.weekday() < 6 else 17 * 60 + 50)
        if desk.cash > 3000 and self.world.chance(0.15):
            self.book.move(
                desk, at, -Decimal(self.dice.choice((350, 620, 900, 1200))), self.expenses, "Вода, кофе, канцелярия"
            )
        if desk.cash > CHANGE:
            self.book.move(desk, at + timedelta(minutes=5), -(desk.cash - CHANGE), self.collection, "Сдано в банк")
        self.book.shift_close(desk, at + timedelta(minutes=12))


def build(world: World) -> None:
    """Tell the year at the desks and write it down."""
    book = Till(world).run()
    world.facts["book"] = book
    book.payers.write()
    write_shifts(book)
    write_invoices(world, book)
    book.lines.write()
    write_shares(book)
    book.payments.write()
    book.parts.write()
    book.moves.write()
    book.accounts.write()
    book.postings.write()
    for kind, last in (("invoice", book.invoice_number), *book.order_numbers.items()):
        NumberSequence.objects.update_or_create(
            legal_entity=world.entity, kind=kind, period="", defaults={"last": last}
        )


def drafts(world: World) -> None:
    """What the end of today's last visits has prepared, for the desk to issue."""
    begins = moment(world.today, 0)
    waiting = Appointment.objects.filter(state=State.COMPLETED, starts_at__gte=begins, invoices__isnull=True)
    writers = {branch.pk: user_loaded(world.writer(branch).pk) for branch in world.branches}
    for visit in waiting.select_related("branch").prefetch_related("services").order_by("pk"):
        asked = [Asked(service.pk) for service in visit.services.all()]
        invoice_prepare(visit=visit, services=asked, actor=writers[visit.branch_id])


def write_shifts(book: Book) -> None:
    table = book.shift_ids
    table.columns = (
        "desk_id", "number", "opened_at", "opened_by_id", "opening", "closed_at", "closed_by_id", "expected", "counted", "difference",
        "explanation",
    )  # fmt: skip
    table.rows = [(number, *row) for number, row in book.shifts.items()]
    table.write()


def write_invoices(world: World, book: Book) -> None:
    table = book.invoice_ids
    table.columns = (
        "legal_entity_id", "number", "branch_id", "patient_id", "appointment_id", "plan_id", "status", "list_total", "total", "paid",
        "due", "issued_on", "issued_at", "issued_by_id", "rolled_back_on", "rolled_back_at", "rolled_back_by_id", "rollback_reason",
        "created_at", "created_by_id",
    )  # fmt: skip
    table.rows = []
    for bill in book.bills:
        number, day, at, actor = book.bill_rows[bill.id]
        visit, paid = bill.visit, sum(bill.paid, ZERO)
        back = bill.rolled_back
        table.rows.append((
            bill.id, world.entity.pk, number, visit.branch.pk, visit.person.id, visit.id, visit.plan, status_of(bill, paid),
            sum(line.price * line.quantity for line in visit.lines), bill.total, paid, ZERO if back else bill.total - paid, day, at, actor,
            day if back else None, at + timedelta(minutes=1) if back else None, actor if back else None, REASON if back else "", at, actor,
        ))  # fmt: skip
    table.write()
    gone = {bill.id for bill in book.bills if bill.rolled_back}
    if gone:
        book.lines.rows = [(*row[:-1], row[1] not in gone) for row in book.lines.rows]


def status_of(bill: Bill, paid: Decimal) -> str:
    if bill.rolled_back:
        return Status.ROLLED_BACK
    return Status.PAID if paid >= bill.total else Status.PARTLY_PAID if paid else Status.ISSUED


def write_shares(book: Book) -> None:
    table = book.share_ids
    table.columns = ("invoice_id", "line_id", "payer_id", "kind", "amount", "paid")
    table.rows = [
        (share, bill.id, facts[0], book.payer_of[bill.visit.person.id].pk, "patient", amount, paid)
        for bill in book.bills
        for (share, facts, amount), paid in zip(bill.shares, bill.paid, strict=True)
    ]
    table.write()

"""The cash desk: shifts from counting to counting, cash in and out by article (BIL-16, BIL-17)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _

from billing.errors import CashShiftClosed, NotEnoughCash, ShiftAlreadyOpen
from billing.events import ShiftClosed
from billing.models import Article, CashDesk, CashMovement, CashShift
from billing.permissions import EDIT_ARTICLES
from billing.policies import CASH_MAY_RUN_OUT, SHIFT_REQUIRED
from billing.services.telling import FINANCIAL
from clinic.models import Branch
from clinic.numbers import insert_numbered
from core import clock, live
from core.access import check
from core.audit import audit, sentence
from core.command import check_version, command, lock
from core.errors import IllegalMove, Invalid, NotFound
from core.events import publish
from core.money import Money
from ledger import accounts
from ledger.models import Posting
from ledger.selectors import account_sum
from ledger.services import Leg, Source, mirrored, post

sentence(
    "billing.shift.opened", _("Cash shift № %(number)s opened with %(opening)s"), "door-enter", "green", **FINANCIAL
)
sentence(
    "billing.shift.closed", _("Cash shift № %(number)s closed: counted %(counted)s, expected %(expected)s"), "door-exit",
    "blue", **FINANCIAL,
)  # fmt: skip
sentence("billing.cash.paid_in", _("%(amount)s put in: %(article)s"), "plus", "green", **FINANCIAL)
sentence("billing.cash.paid_out", _("%(amount)s taken out: %(article)s"), "minus", "amber", **FINANCIAL)
sentence("billing.cash.undone", _("Cash order № %(number)s cancelled: %(reason)s"), "arrow-back-up", "red", **FINANCIAL)
sentence("billing.desk.added", _("Cash desk %(object)s added"), "cash-register", "green", **FINANCIAL)
sentence("billing.article.added", _("Cash article %(object)s added"), "tag", "green", **FINANCIAL)


def desk_ensure(branch_id: int) -> CashDesk:
    """The first desk of a branch; a branch that has none yet gets one with its first money."""
    desk = CashDesk.objects.live().filter(branch_id=branch_id).order_by("position", "pk").first()
    if desk is None:
        desk, _made = CashDesk.objects.get_or_create(
            branch_id=branch_id, name=gettext_now("Cash desk 1"), deleted_at=None
        )
    return desk


def desk_for(branch_id: int, actor: Any, desk_id: int | None = None) -> int:
    """The desk that a user's money goes to: the one named, the one of his open shift, else the branch's first."""
    if desk_id is not None:
        if not CashDesk.objects.live().filter(pk=desk_id, branch_id__in=actor.branch_ids).exists():
            raise NotFound
        return desk_id
    mine = CashShift.objects.filter(desk__branch_id=branch_id, desk__deleted_at__isnull=True, closed_at__isnull=True)
    shifts = sorted(mine.values_list("desk_id", "opened_by_id"), key=lambda row: row[1] != actor.pk)
    return shifts[0][0] if shifts else desk_ensure(branch_id).pk


@command
def desk_add(*, branch_id: int, name: str, actor: Any) -> CashDesk:
    """Another drawer in a branch. Reverse: to the trash while nothing has gone through it."""
    if branch_id not in actor.branch_ids:
        raise NotFound
    if not name.strip():
        raise Invalid(fields={"name": _("Give it a name.")})
    last = CashDesk.objects.filter(branch_id=branch_id).aggregate(last=Max("position"))["last"] or 0
    if CashDesk.objects.live().filter(branch_id=branch_id, name=name.strip()).exists():
        raise Invalid(fields={"name": _("There is a desk of this name already.")})
    desk = CashDesk.objects.create(branch_id=branch_id, name=name.strip()[:80], position=last + 1)
    audit(actor, "billing.desk.added", desk)
    return desk


@command
def article_add(*, name: str, direction: str, result: str, actor: Any) -> Article:
    """An article of cash in or out; the desk may add one while taking cash (BIL-17)."""
    name = name.strip()
    if not name:
        raise Invalid(fields={"name": _("Give it a name.")})
    if direction not in Article.Direction.values:
        raise Invalid(fields={"direction": _("Choose a direction.")})
    if result not in Article.Result.values:
        raise Invalid(fields={"result": _("Choose what it counts as.")})
    if Article.objects.live().filter(name__iexact=name).exists():
        raise Invalid(fields={"name": _("There is an article of this name already.")})
    article = Article.objects.create(name=name[:120], direction=direction, result=result)
    audit(actor, "billing.article.added", article)
    return article


@command
def shift_open(*, desk_id: int, actor: Any) -> CashShift:
    """Begin a shift with what the desk holds by the book (BIL-16). Raises ShiftAlreadyOpen. Reverse: shift_close."""
    desk = (
        CashDesk.objects.live().select_for_update(of=("self",)).select_related("branch")
        .filter(pk=desk_id, branch_id__in=actor.branch_ids).first()
    )  # fmt: skip
    if desk is None:
        raise NotFound
    if desk.shifts.filter(closed_at__isnull=True).exists():
        raise ShiftAlreadyOpen
    last = desk.shifts.aggregate(last=Max("number"))["last"] or 0
    shift = CashShift.objects.create(
        desk=desk,
        number=last + 1,
        opened_at=clock.now(),
        opened_by=actor,
        opening=account_sum(accounts.cash(desk.branch_id, desk.pk)),
    )
    audit(actor, "billing.shift.opened", shift, branch_id=desk.branch_id, number=shift.number, opening=shift.opening)
    live.announce("cash_shift", shift.pk, branch_id=desk.branch_id, version=shift.version)
    return shift


def shift_lock(shift_id: int, actor: Any) -> CashShift:
    shift = (
        CashShift.objects.select_for_update(of=("self",)).select_related("desk__branch")
        .filter(pk=shift_id, desk__branch_id__in=actor.branch_ids).first()
    )  # fmt: skip
    if shift is None:
        raise NotFound
    if not shift.is_open:
        raise IllegalMove(source="closed", to="closed")
    return shift


def shift_expected(shift: CashShift) -> Money:
    """What the drawer should hold: what the book says, which has every payment and order, whichever shift names it.

    A payment that began before the shift was opened and ended after it belongs to no shift, and is in the drawer.
    """
    return account_sum(accounts.cash(shift.desk.branch_id, shift.desk_id))


@command
def shift_close(
    *, shift_id: int, counted: Money, actor: Any, explanation: str = "", notes: Mapping[str, int] | None = None,
    expected_version: int | None = None,
) -> CashShift:  # fmt: skip
    """End a shift with a count; a difference is posted, so that the book holds what the drawer holds (BIL-16).

    Waits for payments that are being taken. Raises IllegalMove for a closed one. Cannot be undone: a mistake in the
    count is a cash order of the next shift.
    """
    if counted < 0:
        raise Invalid(fields={"counted": _("A sum is not negative.")})
    shift = shift_lock(shift_id, actor)
    check_version(expected_version, shift.version)
    desk = shift.desk
    shift.expected = shift_expected(shift)
    shift.counted, shift.difference = counted, counted - shift.expected
    shift.closed_at, shift.closed_by = clock.now(), actor
    shift.explanation, shift.notes, shift.version = explanation[:500], dict(notes or {}), shift.version + 1
    shift.save()
    source = Source(
        document_kind="cash_shift",
        document_id=shift.pk,
        branch_id=desk.branch_id,
        actor=actor,
        note=explanation,
        effective_on=clock.today(desk.branch.timezone),
        today=clock.today(desk.branch.timezone),
    )
    post(
        source,
        [
            Leg(account=accounts.cash(desk.branch_id, desk.pk), amount=shift.difference),
            Leg(account=accounts.article(desk.branch_id, 0), amount=-shift.difference),
        ],
    )
    audit(
        actor,
        "billing.shift.closed",
        shift,
        branch_id=desk.branch_id,
        number=shift.number,
        counted=counted,
        expected=shift.expected,
        difference=shift.difference,
        reason=explanation,
    )
    publish(ShiftClosed(shift_id=shift.pk))
    live.announce("cash_shift", shift.pk, branch_id=desk.branch_id, version=shift.version)
    return shift


@command
def cash_move(
    *, shift_id: int, amount: Money, into: bool, actor: Any, article_id: int | None = None, new_article: str = "",
    person: str = "", note: str = "",
) -> CashMovement:  # fmt: skip
    """Put cash in or take it out by an article (BIL-16, BIL-17). Raises NotEnoughCash. Reverse: cash_move_undo.

    `new_article` is the name of an article that is not there yet: it is added with the order, where the actor may.
    """
    if amount <= 0:
        raise Invalid(fields={"amount": _("Enter a sum.")})
    if new_article.strip() and article_id is None:
        article_id = _article_for(new_article, into, actor).pk
    article = Article.objects.live().filter(pk=article_id).first()
    if article is None:
        raise Invalid(fields={"article": _("Choose an article.")})
    if article.direction not in ("both", "in" if into else "out"):
        raise Invalid(fields={"article": _("This article goes the other way.")})
    shift = shift_lock(shift_id, actor)
    branch = shift.desk.branch
    if not into:
        check_held(shift.desk, amount)
    movement = _movement_write(shift.desk, shift, article, amount if into else -amount, actor, note, person=person)
    post(_source_of(movement, branch, note), _movement_legs(movement))
    audit(
        actor,
        "billing.cash.paid_in" if into else "billing.cash.paid_out",
        movement,
        branch_id=branch.pk,
        amount=amount,
        article=article,
        note=note,
        shift=shift.pk,
    )
    live.announce("cash_shift", shift.pk, branch_id=branch.pk, version=shift.version)
    return movement


def _article_for(name: str, into: bool, actor: Any) -> Article:
    """An article named at the desk: the one of that name, else a new one (BIL-17)."""
    known = Article.objects.live().filter(name__iexact=name.strip()).first()
    if known is not None:
        return known
    check(actor, EDIT_ARTICLES)
    way, result = (
        (Article.Direction.IN, Article.Result.OTHER_INCOME)
        if into
        else (Article.Direction.OUT, Article.Result.EXPENSES)
    )
    return article_add(name=name, direction=way, result=result, actor=actor)


def check_held(desk: CashDesk, amount: Money) -> None:
    """What goes out must be in the drawer, unless the clinic says otherwise."""
    if CASH_MAY_RUN_OUT.get():
        return
    lock(("cash_desk", desk.pk))
    available = account_sum(accounts.cash(desk.branch_id, desk.pk))
    if amount > available:
        raise NotEnoughCash(available=str(available), fields={"amount": NotEnoughCash.message})


@command
def cash_move_undo(*, movement_id: int, reason: str, actor: Any) -> CashMovement:
    """Cancel a cash order by a mirrored one, in the shift that is open now.

    Raises IllegalMove for a mirrored one, NotEnoughCash, CashShiftClosed.
    """
    if not reason.strip():
        raise Invalid(fields={"reason": _("Say why.")})
    movement = (
        CashMovement.objects.select_related("desk__branch", "article")
        .filter(pk=movement_id, branch_id__in=actor.branch_ids).first()
    )  # fmt: skip
    if movement is None:
        raise NotFound
    if movement.reverses_id or movement.mirrors.exists():
        raise IllegalMove(source="cancelled", to="cancelled")
    shift = CashShift.objects.select_for_update().filter(desk=movement.desk, closed_at__isnull=True).first()
    if shift is None and SHIFT_REQUIRED.get():
        raise CashShiftClosed
    if movement.is_receipt:
        check_held(movement.desk, movement.amount)
    mirror = _movement_write(
        movement.desk, shift, movement.article, -movement.amount, actor, reason, movement.pk, person=movement.person
    )
    postings = Posting.objects.filter(document_kind="cash_order", document_id=movement.pk).select_related("account")
    post(_source_of(mirror, movement.desk.branch, reason), mirrored(postings, effective_on=mirror.made_on))
    audit(actor, "billing.cash.undone", mirror, branch_id=movement.branch_id, number=movement.number, reason=reason)
    return mirror


def _movement_write(
    desk: CashDesk, shift: CashShift | None, article: Article | None, amount: Money, actor: Any, note: str,
    reverses_id: int | None = None, *, person: str = "",
) -> CashMovement:  # fmt: skip
    branch: Branch = desk.branch
    movement = CashMovement(
        desk=desk,
        branch=branch,
        legal_entity_id=branch.legal_entity_id,
        shift=shift,
        article=article,
        person=person.strip()[:200],
        amount=amount,
        made_on=clock.today(branch.timezone),
        made_at=clock.now(),
        made_by=actor,
        note=note[:300],
        reverses_id=reverses_id,
    )
    kind = "cash_receipt" if movement.is_receipt else "cash_expense"
    insert_numbered(movement, kind, legal_entity_id=branch.legal_entity_id)
    return movement


def _source_of(movement: CashMovement, branch: Branch, note: str) -> Source:
    return Source(
        document_kind="cash_order",
        document_id=movement.pk,
        branch_id=branch.pk,
        effective_on=movement.made_on,
        today=movement.made_on,
        actor=movement.made_by,
        note=note,
    )


def _movement_legs(movement: CashMovement) -> list[Leg]:
    branch_id = movement.branch_id
    return [
        Leg(account=accounts.cash(branch_id, movement.desk_id), amount=movement.amount),
        Leg(account=accounts.article(branch_id, movement.article_id or 0), amount=-movement.amount),
    ]

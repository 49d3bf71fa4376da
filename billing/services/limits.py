"""Limits of payers: granted, reserved, taken, returned; every change is a movement written under the limit's lock."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _

from billing.errors import LimitClosed, OverLimit
from billing.events import LimitMoved
from billing.models import Invoice, Limit, LimitMove
from core.command import command
from core.errors import Invalid
from core.events import publish
from core.money import ZERO, Money
from ledger.models import Payer

Held = dict[tuple[int, int], Money]
Kind = LimitMove.Kind


@command
def limit_open(*, payer: Payer, granted: Money, actor: Any, name: str = "", reason: str = "") -> Limit:
    """A new limit of a payer; call inside the command of the app whose limit it is. Reverse: limit_close."""
    if granted < 0:
        raise Invalid(fields={"limit": _("A limit is not negative.")})
    limit = Limit.objects.create(payer=payer, name=name[:200])
    if granted:
        limit_grant(limit_id=limit.pk, amount=granted, actor=actor, reason=reason)
        limit.refresh_from_db()
    return limit


@command
def limit_grant(*, limit_id: int, amount: Money, actor: Any, reason: str = "") -> Limit:
    """Add to a limit, or with a negative amount correct it down, never below what is used and reserved (OverLimit)."""
    limit = limits_lock([limit_id])[limit_id]
    if amount < 0 and limit.free + amount < 0:
        raise OverLimit(left=str(limit.free))
    limits_move([LimitMove(limit=limit, kind=Kind.GRANT, granted=amount, reason=reason[:300], actor=actor)])
    limit.refresh_from_db()
    return limit


@command
def limit_close(*, limit_id: int) -> None:
    """Nothing more is taken of it; what is used stays. Reverse: limit_reopen."""
    limits_lock([limit_id])
    Limit.objects.filter(pk=limit_id).update(is_open=False)


@command
def limit_reopen(*, limit_id: int) -> None:
    limits_lock([limit_id])
    Limit.objects.filter(pk=limit_id).update(is_open=True)


def limits_lock(ids: Iterable[int]) -> dict[int, Limit]:
    """Lock limits in one order, before anything is read that they decide; always before the book's balances."""
    rows = Limit.objects.select_for_update(of=("self",)).filter(pk__in=set(ids)).select_related("payer").order_by("pk")
    return {row.pk: row for row in rows}


def limits_check_open(limits: Iterable[Limit]) -> None:
    """A limit that was closed since its payer was asked: the caller looks again."""
    if any(not limit.is_open for limit in limits):
        raise LimitClosed


def held_by(plan_line_ids: Iterable[int]) -> Held:
    """What approved plans hold, by limit and line."""
    ids = set(plan_line_ids)
    if not ids:
        return {}
    rows = LimitMove.objects.filter(~Q(reserved=0), plan_line_id__in=ids).values_list("limit_id", "plan_line_id")
    return {(limit, line): sum_ for limit, line, sum_ in rows.annotate(held=Sum("reserved")).order_by() if sum_}


def limits_move(moves: Sequence[LimitMove]) -> None:
    """Write movements and move their limits with them; the caller holds the locks."""
    if not moves:
        return
    sums: dict[int, list[Money]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    payers: dict[int, int] = {}
    for move in moves:
        row = sums[move.limit_id]
        row[0], row[1], row[2] = row[0] + move.granted, row[1] + move.used, row[2] + move.reserved
        payers[move.limit_id] = move.limit.payer_id
    for limit_id, (granted, used, reserved) in sorted(sums.items()):
        Limit.objects.filter(pk=limit_id).update(
            granted=F("granted") + granted, used=F("used") + used, reserved=F("reserved") + reserved
        )
    LimitMove.objects.bulk_create(moves)
    for limit_id in sorted(sums):
        publish(LimitMoved(limit_id=limit_id, payer_id=payers[limit_id]))


# What an invoice does with limits


def limits_take(
    invoice: Invoice, draws: Mapping[int, Money], held: Held, limits: Mapping[int, Limit], actor: Any
) -> None:
    """An issued invoice takes its sums; what plans held for its lines is released with it (3.0). Reverse: limits_return."""
    moves = [
        LimitMove(
            limit=limits[limit], kind=Kind.RELEASE, reserved=-amount, invoice=invoice, plan_line_id=line, actor=actor
        )
        for (limit, line), amount in sorted(held.items())
    ]
    moves += [
        LimitMove(limit=limits[limit], kind=Kind.TAKE, used=amount, invoice=invoice, actor=actor)
        for limit, amount in sorted(draws.items())
        if amount
    ]
    limits_move(moves)


def limits_of_invoice_lock(invoice: Invoice) -> tuple[list[LimitMove], dict[int, Limit]]:
    """What an invoice moved, with its limits locked."""
    moves = list(LimitMove.objects.filter(invoice=invoice).order_by("pk"))
    return moves, limits_lock({move.limit_id for move in moves}) if moves else {}


def limits_return(
    invoice: Invoice, moved: Sequence[LimitMove], limits: Mapping[int, Limit], actor: Any, reason: str,
    standing_lines: set[int],
) -> None:  # fmt: skip
    """A rolled back invoice returns exactly what it took; to reserved while the plan stands, as far as there is room."""
    moves = [
        LimitMove(
            limit=limits[move.limit_id], kind=Kind.GIVE_BACK, used=-move.used, invoice=invoice, reason=reason[:300],
            actor=actor,
        )
        for move in moved if move.used
    ]  # fmt: skip
    free = {pk: limit.free for pk, limit in limits.items()}
    for move in moves:
        free[move.limit_id] -= move.used
    for move in moved:
        again = min(-move.reserved, free[move.limit_id])
        if again > 0 and move.plan_line_id in standing_lines and limits[move.limit_id].is_open:
            free[move.limit_id] -= again
            moves.append(
                LimitMove(
                    limit=limits[move.limit_id], kind=Kind.RESERVE, reserved=again, plan_line_id=move.plan_line_id,
                    reason=reason[:300], actor=actor,
                )
            )  # fmt: skip
    limits_move(moves)


def limits_give_back(invoice: Invoice, sums: Mapping[int, Money], actor: Any, reason: str = "") -> None:
    """A standing invoice returns a part of what it took: its payer has refused so much. A roll-back returns the rest."""
    moved = LimitMove.objects.filter(invoice=invoice, limit__in=sums).values_list("limit_id").annotate(used=Sum("used"))
    taken = dict(moved.order_by())
    limits = limits_lock(taken)
    limits_move(
        [
            LimitMove(
                limit=limits[limit], kind=Kind.GIVE_BACK, used=-min(sums[limit], taken[limit]), invoice=invoice, reason=reason[:300],
                actor=actor,
            )
            for limit in sorted(taken) if min(sums[limit], taken[limit]) > 0
        ]
    )  # fmt: skip

"""Verbs of the book: name a payer, post an entry, lock what can run out."""

import json
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from clinic.selectors import periods
from core import clock
from core.money import ZERO, Money
from ledger.accounts import AccountName
from ledger.models import Balance, Payer, Posting


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One side of an entry. `amount` is positive for a debit and negative for a credit."""

    account: AccountName
    amount: Money
    line_id: int | None = None
    doctor_id: int | None = None
    direction_id: int | None = None
    patient_id: int | None = None
    branch_id: int | None = None
    effective_on: date | None = None
    reverses_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What an entry was made by: it is the same on all its postings."""

    document_kind: str
    document_id: int
    branch_id: int
    effective_on: date
    actor: Any
    patient_id: int | None = None
    note: str = ""
    today: date | None = None  # the branch's day, where the caller knows it


def uuid7() -> UUID:
    """A UUID that grows with time, so that the newest entries stand together in their index."""
    stamp = int(time.time() * 1000).to_bytes(6, "big")
    noise = bytearray(os.urandom(10))
    noise[0] = (noise[0] & 0x0F) | 0x70
    noise[2] = (noise[2] & 0x3F) | 0x80
    return UUID(bytes=stamp + bytes(noise))


POST = """
WITH leg AS (
    SELECT * FROM jsonb_to_recordset(%(legs)s::jsonb) AS leg(
        place int, entry uuid, document_kind text, document_id bigint, note text,
        code text, kind text, side smallint, keeps boolean, guarded boolean, payer_id bigint,
        account_branch_id bigint, subject_id bigint, amount numeric, line_id bigint, doctor_id bigint,
        direction_id bigint, patient_id bigint, branch_id bigint, effective_on date, reverses_id bigint)
), found AS (
    SELECT account.id, account.code FROM ledger_account account WHERE account.code IN (SELECT code FROM leg)
), made AS (
    -- Only accounts that nobody has posted to yet; the update makes a rival's fresh row visible and waits for it.
    INSERT INTO ledger_account (code, kind, side, keeps_balance, never_negative, payer_id, branch_id, subject_id)
    SELECT DISTINCT ON (code) code, kind, side, keeps, guarded, payer_id, account_branch_id, subject_id
    FROM leg WHERE code NOT IN (SELECT code FROM found) ORDER BY code
    ON CONFLICT (code) DO UPDATE SET code = excluded.code
    RETURNING id, code
), account AS (SELECT * FROM found UNION ALL SELECT * FROM made)
INSERT INTO ledger_posting (entry, account_id, debit, credit, branch_id, patient_id, doctor_id, direction_id,
    document_kind, document_id, line_id, effective_on, posted_at, actor_id, reverses_id, note)
SELECT leg.entry, account.id, greatest(leg.amount, 0), greatest(-leg.amount, 0), leg.branch_id, leg.patient_id,
    leg.doctor_id, leg.direction_id, leg.document_kind, leg.document_id, leg.line_id, leg.effective_on, %(now)s, %(actor)s,
    leg.reverses_id, leg.note
FROM leg JOIN account USING (code) ORDER BY leg.place
"""


def post(source: Source, legs: Sequence[Leg]) -> UUID:
    """Write one balanced entry and make the accounts that it is first to name; one statement.

    Call inside the command's transaction. Raises PeriodClosed. Balances move with it; the database refuses what does
    not balance. A leg of nothing is left out. Reverse: legs of `mirrored`.
    """
    return post_together([(source, legs)])[0]


def post_together(entries: Sequence[tuple[Source, Sequence[Leg]]]) -> list[UUID]:
    """Several entries of one actor in one statement: balances move by what they come to.

    A mirrored entry and the one in its place are written so: a prepayment that is spent may change its method, though
    for a moment the deposit would not have it. Raises as `post`. Reverse: legs of `mirrored`, entry by entry.
    """
    keys = [uuid7() for _entry in entries]
    rows: list[dict[str, Any]] = []
    for key, (source, legs) in zip(keys, entries, strict=True):
        moving = [leg for leg in legs if leg.amount]
        if moving:
            check_open(source, {leg.effective_on or source.effective_on for leg in moving})
        common = {
            "entry": str(key), "document_kind": source.document_kind, "document_id": source.document_id,
            "note": source.note[:300],
        }  # fmt: skip
        rows += [{**common, **_facts(source, leg)} for leg in moving]
    if rows:
        legs_json = json.dumps([{"place": place, **row} for place, row in enumerate(rows)])
        actor = getattr(entries[0][0].actor, "pk", None)
        with connection.cursor() as cursor:
            cursor.execute(POST, {"legs": legs_json, "now": clock.now(), "actor": actor})
    return keys


def _facts(source: Source, leg: Leg) -> dict[str, Any]:
    """What the statement reads of a leg; what is absent is null."""
    account = leg.account
    facts = {
        "code": account.code, "kind": account.kind, "side": account.side, "keeps": account.keeps_balance,
        "guarded": account.never_negative, "payer_id": account.payer_id, "account_branch_id": account.branch_id,
        "subject_id": account.subject_id, "amount": str(leg.amount), "line_id": leg.line_id, "doctor_id": leg.doctor_id,
        "direction_id": leg.direction_id, "patient_id": leg.patient_id or source.patient_id,
        "branch_id": leg.branch_id or source.branch_id, "effective_on": str(leg.effective_on or source.effective_on),
        "reverses_id": leg.reverses_id,
    }  # fmt: skip
    return {name: value for name, value in facts.items() if value is not None}


def mirrored(postings: Iterable[Posting], *, effective_on: date) -> list[Leg]:
    """The legs that undo these postings on another day; `account` must be loaded with them."""
    return [
        Leg(
            account=_name_of(posting),
            amount=posting.credit - posting.debit,
            line_id=posting.line_id,
            doctor_id=posting.doctor_id,
            direction_id=posting.direction_id,
            patient_id=posting.patient_id,
            branch_id=posting.branch_id,
            effective_on=effective_on,
            reverses_id=posting.pk,
        )
        for posting in postings
    ]


def _name_of(posting: Posting) -> AccountName:
    account = posting.account
    return AccountName(
        account.code,
        account.kind,
        account.side,
        account.keeps_balance,
        account.never_negative,
        account.payer_id,
        account.branch_id,
        account.subject_id,
    )


def check_open(source: Source, days: Iterable[date]) -> None:
    """Refuse a day of a closed period (SET-20, BIL-41).

    Only a day that is over can be closed, so what is posted on the branch's today costs no look-up. The database
    guards the common lock dates once more at the insert, against a period that closes meanwhile.
    """
    first = min(days)
    if source.today is None or first < source.today:
        periods.check_open(first, source.branch_id, source.actor)


def payer_ensure(kind: str, subject_id: int, label: str = "") -> Payer:
    """The payer of a subject, made when first named."""
    payer = Payer.objects.filter(kind=kind, subject_id=subject_id).first()
    if payer is None:
        payer, _made = Payer.objects.get_or_create(kind=kind, subject_id=subject_id, defaults={"label": label[:200]})
    return payer


def balances_lock(*accounts: AccountName) -> dict[str, Money]:
    """Lock the balances that decide, in one order, and read them; an account without a row has nothing."""
    rows = (
        Balance.objects.select_for_update(of=("self",))
        .filter(account__code__in=[account.code for account in accounts])
        .order_by("account_id")
        .values_list("account__code", "amount")
    )
    found: dict[str, Decimal] = dict(rows)
    return {account.code: found.get(account.code, ZERO) for account in accounts}

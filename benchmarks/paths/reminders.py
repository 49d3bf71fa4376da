"""A hundred thousand reminders into the outbox and out of it again."""

import io
from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import CharField, DateTimeField, F, Value
from django.utils import timezone

from benchmarks.bench import Bench
from benchmarks.measure import Line, timed

MOST = 100_000
COLUMNS = """key, purpose, kind, subject_kind, subject_id, "window", branch_id, patient_id, name, phone, language, text,
    segments, cost, state, is_urgent, send_after, created_at, attempts, asks, gateway, provider_id, error, withdraw_reason"""
ROWS = f"""
COPY (SELECT gen_random_uuid(), 'bare', 'service', 'bare', id, '', branch_id, id, first_name, phone, 'ru',
    'Ждём вас завтра в 10:00, ' || first_name, 1, 5, 'waiting', true, now(), now(), 0, 0, '', '', '', ''
    FROM patients_patient WHERE reminders_allowed ORDER BY id LIMIT {MOST}) TO STDOUT
"""
DRAIN = """
WITH due AS (SELECT id FROM messaging_message WHERE state = 'waiting' AND purpose = 'bare' ORDER BY send_after, id
    LIMIT 1000 FOR UPDATE SKIP LOCKED)
UPDATE messaging_message m SET state = 'sent', sent_at = now() FROM due WHERE m.id = due.id
"""
CLEAN = "DELETE FROM messaging_message WHERE subject_kind IN ('bare', 'bench.patient')"


def measure(bench: Bench) -> Iterator[Line]:
    from messaging.services import messages_drain

    owner = bench.owner()
    with owner.cursor() as cursor:
        cursor.execute(CLEAN)
    text = io.BytesIO()
    with owner.cursor() as cursor:
        cursor.copy_expert(ROWS, text)
    text.seek(0)
    count = text.getvalue().count(b"\n")
    made = {"bare": timed(lambda: copied(bench, text)), "ours": timed(lambda: queued(bench))}
    waiting = bench.sql(
        "SELECT count(*) FROM messaging_message WHERE state = 'waiting' AND subject_kind = 'bench.patient'"
    )
    assert waiting[0][0] == count, waiting
    drained = {"bare": timed(lambda: bare_drain(bench)), "ours": timed(lambda: messages_drain(limit=count))}
    left = bench.sql(
        "SELECT count(*) FROM messaging_message WHERE state = 'waiting' AND subject_kind = 'bench.patient'"
    )
    note = f"{count:,} messages" + (f", {left[0][0]:,} left waiting" if left[0][0] else "")
    with owner.cursor() as cursor:
        cursor.execute(CLEAN)
        cursor.execute("VACUUM messaging_message")
    owner.close()
    yield Line("reminders created", "COPY of finished rows", made["bare"], made["ours"], aim=2, note=note)
    yield Line("reminders handed over", "SKIP LOCKED by 1,000", drained["bare"], drained["ours"], aim=2, note=note)


def copied(bench: Bench, text: io.BytesIO) -> None:
    with bench.raw as transaction, transaction.cursor() as cursor:
        cursor.copy_expert(f"COPY messaging_message ({COLUMNS}) FROM STDIN", text)


def queued(bench: Bench) -> None:
    from messaging.services import messages_queue_from
    from patients.models import Patient

    rows = Patient.objects.filter(reminders_allowed=True).order_by("id")[:MOST]
    given = rows.values(
        "branch_id", "phone", "language", subject_id=F("id"), patient_id=F("id"), name=F("first_name"),
        window=Value("", CharField()), send_after=Value(timezone.now(), DateTimeField()),
        expires_at=Value(timezone.now() + timedelta(days=1), DateTimeField()), place_name=F("first_name"),
    )  # fmt: skip
    with transaction.atomic():
        messages_queue_from(
            purpose="visit_reminder", subject_kind="bench.patient", rows=given, places=["name"], actor=None
        )


def bare_drain(bench: Bench) -> None:
    while True:
        with bench.raw as transaction, transaction.cursor() as cursor:
            cursor.execute(DRAIN)
            if not cursor.rowcount:
                return

"""What services tell: stored raw at once, dealt with by a worker, once."""

import hmac
from datetime import timedelta

from django.db import transaction

from core import clock, vault
from core.command import command
from core.errors import NotFound
from core.worker import wake_up
from integrations.adapters import Adapter, Told, adapter_named
from integrations.models import Connection, Exchange, Received
from integrations.services.connections import connection_heard, token_of, values_of
from integrations.wire import decoded, note

STEPS = (5, 30, 120, 600, 1800, 3600, 7200)  # seconds to the next try
KEEP = timedelta(days=30)
KEEP_LINES = 20_000  # of the raw log


def told_by(code: str, token: str) -> tuple[Adapter, Connection]:
    """Who calls, by the secret in the address. Raises NotFound and tells nothing more."""
    adapter, row = adapter_named(code), Connection.objects.filter(code=code).first()
    if adapter is None or not adapter.hears or row is None or not row.is_on:
        raise NotFound
    if not hmac.compare_digest(token_of(row).encode(), token.encode()):
        raise NotFound
    return adapter, row


@command
def event_receive(*, code: str, token: str, told: Told) -> bool:
    """Keep what came, once, and answer at once. Raises NotFound; False when it is not genuine."""
    adapter, row = told_by(code, token)
    try:
        values = values_of(row)
    except vault.VaultClosed:
        raise NotFound from None
    secrets = [values.get(field.name, "") for field in adapter.fields if field.is_secret]
    is_genuine = adapter.is_genuine(values, told, token_of(row, "header"))
    note(
        code, Exchange.Way.IN, "POST", f"/hooks/{code}/…", secrets=[*secrets, token], asked=decoded(told.body),
        status=200 if is_genuine else 403, error="" if is_genuine else "wrong signature",
    )  # fmt: skip
    if not is_genuine:
        return False
    kept = Received(
        code=code, key=adapter.key_of(told)[:160], headers=dict(told.headers), body=told.body, next_at=clock.now(),
        received_at=clock.now(),
    )  # fmt: skip
    Received.objects.bulk_create([kept], ignore_conflicts=True)
    transaction.on_commit(lambda: wake_up("integrations.receive"))
    return True


def events_process(*, limit: int = 500) -> int:
    """Deal with what is due; gives how many. Safe in many workers, and when they are killed."""
    done = 0
    while done < limit and event_process():
        done += 1
    return done


def event_process() -> bool:
    with transaction.atomic():
        row = (
            Received.objects.select_for_update(skip_locked=True)
            .filter(state=Received.State.NEW, next_at__lte=clock.now())
            .order_by("next_at", "pk").first()
        )  # fmt: skip
        if row is None:
            return False
        try:
            with transaction.atomic():
                outcome = hear(row)
        except Exception as error:  # whatever a service sends, the others' events go on
            put_off(row, repr(error))
        else:
            row.state, row.done_at, row.outcome = Received.State.DONE, clock.now(), outcome[:300]
            row.save(update_fields=["state", "done_at", "outcome"])
    return True


def hear(row: Received) -> str:
    adapter, connection = adapter_named(row.code), Connection.objects.filter(code=row.code).first()
    if adapter is None or connection is None:
        return "nobody hears it"
    outcome = adapter.hear(values_of(connection), Told(row.raw, row.headers))
    connection_heard(row.code, outcome)
    return outcome


def put_off(row: Received, error: str) -> None:
    row.tries += 1
    row.outcome = error[:300]
    if row.tries > len(STEPS):
        row.state, row.done_at = Received.State.FAILED, clock.now()
    else:
        row.next_at = clock.now() + timedelta(seconds=STEPS[row.tries - 1])
    row.save(update_fields=["tries", "outcome", "state", "done_at", "next_at"])


def logs_trim() -> int:
    """Forget old lines: they hold phones and words of patients."""
    edge = clock.now() - KEEP
    count = Exchange.objects.filter(at__lt=edge).delete()[0]
    count += Received.objects.filter(received_at__lt=edge).exclude(state=Received.State.NEW).delete()[0]
    last = Exchange.objects.order_by("-pk").values_list("pk", flat=True)[KEEP_LINES : KEEP_LINES + 1].first()
    return count + (Exchange.objects.filter(pk__lte=last).delete()[0] if last else 0)

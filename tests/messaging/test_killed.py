"""Whatever is killed, every reminder reaches the provider once. `FULL=1` for the whole size: 1,000 and 50 kills."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from clinic.models import Branch
from core import clock
from messaging.models import Message
from messaging.recipients import Recipient
from tests.fakes.gateway import serve

ROOT = Path(__file__).resolve().parents[2]
MESSAGES, KILLS, WORKERS = (1000, 50, 3) if os.environ.get("FULL") else (100, 5, 2)
DEADLINE = 600 if os.environ.get("FULL") else 90


def start(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.messaging.drainer", url],
        cwd=ROOT,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        text=True,
    )


def ready(worker: subprocess.Popen[str]) -> subprocess.Popen[str]:
    assert worker.stdout and worker.stdout.readline() == "ready\n"
    return worker


def hurry() -> None:
    """The pauses of real life are half a minute and more; what they are for is a second in this provider."""
    now = clock.now()
    Message.objects.filter(state=Message.State.WAITING, send_after__gt=now).update(send_after=now)
    Message.objects.filter(state=Message.State.UNKNOWN, ask_at__gt=now + timedelta(seconds=2)).update(
        ask_at=now + timedelta(seconds=2)
    )


def left() -> int:
    return Message.objects.exclude(state__in=[Message.State.SENT, Message.State.DELIVERED]).count()


@pytest.fixture
def always_awake(transactional_db):
    from core import policies

    for key in ("messaging.quiet_from", "messaging.quiet_to"):
        policies.Setting.objects.update_or_create(key=key, defaults={"value": "00:00"})
    policies.forget()
    yield
    policies.forget()


@pytest.mark.slow
@pytest.mark.race
@pytest.mark.feature("MSG-19")
def test_no_reminder_is_lost_or_doubled_when_workers_are_killed(always_awake, branch):
    """Kills fall at random moments: before the claim, between claim and hand-over, and after the provider has it."""
    provider = serve(slow=0.02, mute=17, busy=29, lose=23)
    url = f"http://127.0.0.1:{provider.server_port}"
    rng = random.Random(20261124)
    workers = [ready(start(url)) for _n in range(WORKERS)]
    try:
        # A portion a kill: whatever the machine's speed, every kill meets work under way.
        for numbers in batched(range(MESSAGES), MESSAGES // KILLS):
            queue_all(branch, numbers)
            time.sleep(rng.uniform(0, 0.4))
            index = rng.randrange(WORKERS)
            workers[index].kill()
            workers[index].wait()
            hurry()
            workers[index] = ready(start(url))
        end = time.monotonic() + DEADLINE
        while left() and time.monotonic() < end:
            time.sleep(0.2)
            hurry()
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
        provider.shutdown()
    taken = provider.provider.taken
    assert left() == 0
    assert len(taken) == MESSAGES
    assert set(taken.values()) == {1}
    assert set(taken) == {str(key) for key in Message.objects.values_list("key", flat=True)}


def batched(numbers: Sequence[int], size: int) -> list[Sequence[int]]:
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]


def queue_all(branch: Branch, numbers: Sequence[int]) -> None:
    from messaging import services

    for number in numbers:
        services.message_queue(
            purpose="test_reminder", recipient=Recipient(f"+7900{number:07}", "Анна"), branch=branch, actor=None,
            facts={"fio": "Анна", "time": "10:00"}, subject=("scheduling.appointment", number + 1), window="x",
            expires_at=clock.now() + timedelta(days=1),
        )  # fmt: skip

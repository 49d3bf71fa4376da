"""A worker of the outbox whose clock stands at a chosen moment and goes on from there; made to be killed."""

import os
import sys
import time
from datetime import datetime, timedelta

import django
import time_machine

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from messaging import services  # noqa: E402
from messaging.services import messages_drain  # noqa: E402


def main(moment: datetime, lease: timedelta) -> None:
    print("ready", flush=True)
    with time_machine.travel(moment):
        while True:
            done = messages_drain(limit=64, lease=lease)
            done += services.messages_recover() + services.messages_ask(ask_again=timedelta(seconds=1))
            if not done:
                time.sleep(0.05)


if __name__ == "__main__":
    main(datetime.fromisoformat(sys.argv[1]), timedelta(seconds=float(sys.argv[2])))

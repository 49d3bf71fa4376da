"""A worker that does nothing but drain and ask, as the Celery tasks do; made to be killed."""

import os
import sys
import time
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from messaging import services  # noqa: E402
from messaging.gateways import GATEWAYS  # noqa: E402
from messaging.gateways.http import HttpGateway  # noqa: E402

LEASE = timedelta(seconds=1.5)


def main(url: str) -> None:
    road = HttpGateway(url, timeout=0.6)
    for other in list(GATEWAYS):
        GATEWAYS.unregister(other)
    GATEWAYS.register(road, module="messaging")
    print("ready", flush=True)
    while True:
        handled = services.messages_drain(limit=20, lease=LEASE, gateway=road)
        handled += services.messages_recover() + services.messages_ask(ask_again=timedelta(seconds=1))
        if not handled:
            time.sleep(0.05)


if __name__ == "__main__":
    main(sys.argv[1])

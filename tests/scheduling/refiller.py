"""A worker of the refilling that also plays the patients, whom it hurries; made to be killed at any moment."""

import os
import random
import sys
import time
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from core import clock  # noqa: E402
from core.events import deliver_due  # noqa: E402
from messaging import services  # noqa: E402
from messaging.gateways import GATEWAYS  # noqa: E402
from messaging.gateways.http import HttpGateway  # noqa: E402
from messaging.models import Message  # noqa: E402
from scheduling.errors import OfferClosed  # noqa: E402
from scheduling.models import Offer  # noqa: E402
from scheduling.services.refills import SUBJECT, offer_accept, offer_decline, offers_expire  # noqa: E402

LEASE = timedelta(seconds=1.5)


def answer(dice: random.Random) -> None:
    """Whoever has got his message takes the time, declines it, or lets it lie until its minutes are over."""
    told = Message.objects.filter(subject_kind=SUBJECT, state__in=["sent", "delivered"]).values("subject_id")
    ids = list(Offer.objects.filter(state=Offer.State.SENT, pk__in=told).values_list("pk", flat=True))
    if not ids:
        return
    pk, mood = dice.choice(ids), dice.random()
    try:
        if mood < 0.25:
            offer_accept(offer_id=pk)
        elif mood < 0.6:
            offer_decline(offer_id=pk)
        else:
            Offer.objects.filter(pk=pk).update(expires_at=clock.now())
    except OfferClosed:
        pass  # another was quicker, or the place is taken: he has been told


def main(url: str, seed: int) -> None:
    dice, road = random.Random(seed), HttpGateway(url, timeout=0.6)
    for other in list(GATEWAYS):
        GATEWAYS.unregister(other)
    GATEWAYS.register(road, module="messaging")
    print("ready", flush=True)
    while True:
        deliver_due(5)
        services.messages_drain(limit=5, lease=LEASE, gateway=road)
        services.messages_recover()
        services.messages_ask(ask_again=timedelta(seconds=1))
        answer(dice)
        offers_expire()
        time.sleep(0.02)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

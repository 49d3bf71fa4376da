"""What a clinic decides about its messages."""

from datetime import time
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.policies import Policy
from messaging.choices import Channel
from messaging.gateways import GATEWAYS

SECTION = _("Messages")


def check_time(value: Any) -> None:
    try:
        time.fromisoformat(value)
    except ValueError as error:
        raise Invalid(fields={"time": _("A time such as 21:00.")}) from error


def roads() -> tuple[tuple[Any, Any], ...]:
    """The gateways that carry SMS."""
    return tuple((road.code, road.title) for road in GATEWAYS if road.channel == Channel.SMS)


GATEWAY = Policy(
    "messaging.gateway",
    str,
    "file",
    _("SMS go through"),
    _(
        "“File” sends nothing: messages are seen in the log and in a file beside the data. Others are connected in Integrations."
    ),
    SECTION,
    choices=roads,
)
CHANNELS = Policy(
    "messaging.channels",
    list,
    ["telegram", "whatsapp", "sms"],
    _("Order of channels"),
    _("A message goes by the first one that the patient has; what is not delivered goes by the next."),
    SECTION,
    choices=tuple(Channel.choices),
)
QUIET_FROM = Policy(
    "messaging.quiet_from",
    str,
    "21:00",
    _("Quiet from"),
    _("No messages from this hour on, by the branch's clock."),
    SECTION,
    check=check_time,
)
QUIET_TO = Policy("messaging.quiet_to", str, "09:00", _("Quiet until"), "", SECTION, check=check_time)
MAILING_REST = Policy(
    "messaging.mailing_rest", int, 7, _("Days between two mailings to one person"),
    _("Who has had a marketing mailing within these days is left out of the next one. 0: never."), SECTION, minimum=0,
    maximum=365,
)  # fmt: skip
SEGMENT_PRICE = Policy(
    "messaging.segment_price",
    Decimal,
    Decimal("4.50"),
    _("Price of one SMS part"),
    _("For the cost in the log."),
    SECTION,
    minimum=0,
)


def quiet_hours() -> tuple[time, time]:
    return time.fromisoformat(QUIET_FROM.get()), time.fromisoformat(QUIET_TO.get())

"""An own SMS service of the clinic over HTTP: POST /messages, GET /messages/{id}."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext_lazy as _

from core.services import policies_set
from integrations.adapters import Adapter, Field, Tested
from integrations.services import is_on, values_now
from messaging.gateways import Envelope, Fate
from messaging.gateways.http import HttpGateway


class PlainGateway(HttpGateway):
    """The gateway with the address and the key of the connection."""

    title = _("Own SMS service (HTTP)")

    def is_ready(self) -> bool:
        return is_on(self.code)

    def place(self) -> tuple[str, str]:
        values = values_now(self.code) or {}
        return values.get("url", ""), values.get("token", "")


class PlainAdapter(Adapter):
    code = "http"
    title = _("Own SMS service (HTTP)")
    group = "messages"
    icon = "api"
    hint = _("For a service of your own: POST /messages {id, phone, text}, GET /messages/{id}.")
    fields = (Field("url", _("Address of the service")), Field("token", _("Key"), is_secret=True, is_required=False))

    def test(self, values: Mapping[str, str]) -> Tested:
        """Ask for a message that cannot exist: a service that works says that it does not know it."""
        road = HttpGateway(values["url"], token=values.get("token", ""))
        report = road.ask(Envelope(uuid4(), "", ""))
        if report.fate == Fate.SILENT:
            return Tested(
                False, _("The service cannot be reached."), fields={"url": [_("The service cannot be reached.")]}
            )
        return Tested(True, _("It works."))

    def adopted(self, actor: Any) -> None:
        policies_set(values={"messaging.gateway": self.code}, actor=actor)

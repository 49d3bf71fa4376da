"""Business.ru Online Checks as an integration: app id and secret key, test by a token."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.services import policies_set
from integrations.adapters import Adapter, Field, Tested
from integrations.business_ru import client

BASE = "https://check.business.ru/open-api"


class BusinessRuAdapter(Adapter):
    code = client.CODE
    title = _("Business.ru")
    group = "money"
    icon = "receipt"
    hint = _("Gives fiscal receipts by 54-FZ through Business.ru Online Checks.")
    steps = (
        _(
            "Open the integration with an online shop in your account at Business.ru and take its app_id and secret key there."
        ),
        _("Enter them and press “Connect”."),
        _("Add a cash register of a branch: Directories → Cash registers."),
    )
    fields = (
        Field("app_id", "app_id"),
        Field("secret_key", _("Secret key"), is_secret=True),
        Field("protocol", _("Protocol"), _("v1 for FFD 1.05, v2 for FFD 1.2."), is_required=False, default="v2"),
        Field("url", _("Address of the service"), is_required=False, default=BASE, is_rare=True),
    )

    def adopted(self, actor: Any) -> None:
        """From the first register's service on every payment makes its receipt."""
        policies_set(values={"fiscal.is_on": True}, actor=actor)

    def test(self, values: Mapping[str, str]) -> Tested:
        if values.get("protocol") not in ("v1", "v2"):
            wrong = _("v1 or v2.")
            return Tested(False, wrong, fields={"protocol": [wrong]})
        client.token_forget(values)
        try:
            client.token_of(values)
        except client.NotLetIn as error:
            if error.is_wrong:
                wrong = _("Wrong app_id or secret key.")
                return Tested(False, wrong, fields={"secret_key": [wrong]})
            return Tested(False, _("The service cannot be reached."))
        return Tested(True, _("It works."))

"""ATOL Online and Evotor as integrations: login and password, test by a token, news of receipts to our address."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.services import policies_set
from fiscal.services import receipt_hurry
from integrations.adapters import Adapter, Field, Tested, Told
from integrations.atol import client

ATOL = "https://online.atol.ru/possystem"
EVOTOR = "https://fiscalization.evotor.ru/possystem"


class AtolAdapter(Adapter):
    code = "atol"
    title = _("ATOL Online")
    group = "money"
    icon = "receipt"
    hint = _("Gives fiscal receipts by 54-FZ through rented cash registers.")
    steps = (
        _("Make a contract at online.atol.ru and download the settings of the group of registers."),
        _("Enter the login and the password of the integrator and press “Connect”."),
        _("Add a cash register of a branch with the group's code: Directories → Cash registers."),
    )
    fields = (
        Field("login", _("Login")),
        Field("password", _("Password"), is_secret=True),
        Field("group", _("Group of registers"), _("Used by registers that name none of their own."), is_required=False),
        Field("protocol", _("Protocol"), _("v5 for FFD 1.2, v4 for FFD 1.05."), is_required=False, default="v5"),
        Field("url", _("Address of the service"), is_required=False, default=ATOL, is_rare=True),
    )
    hears = True
    hook_hint = _("The service tells this address when a receipt is issued; it is asked all the same.")

    def test(self, values: Mapping[str, str]) -> Tested:
        if values.get("protocol") not in ("v4", "v5"):
            wrong = _("v4 or v5.")
            return Tested(False, wrong, fields={"protocol": [wrong]})
        client.token_forget(values)
        try:
            client.token_of(self.code, values)
        except client.NotLetIn as error:
            if error.is_wrong:
                wrong = _("Wrong login or password.")
                return Tested(False, wrong, fields={"password": [wrong]})
            return Tested(False, _("The service cannot be reached."))
        return Tested(True, _("It works."))

    def adopted(self, actor: Any) -> None:
        """From the first register's service on every payment makes its receipt."""
        policies_set(values={"fiscal.is_on": True}, actor=actor)

    def connected(self, values: Mapping[str, str], hook_url: str, token: str) -> Mapping[str, Any]:
        """Each receipt carries our address; the secret part of it is not kept with the facts."""
        return {"base": hook_url.partition("/hooks/")[0]}

    def key_of(self, told: Told) -> str:
        said = told.as_object()
        return f"{said.get('uuid', '')}:{said.get('status', '')}"

    def hear(self, values: Mapping[str, str], told: Told) -> str:
        """It is not signed, so it is only a reason to ask."""
        uuid = str(told.as_object().get("uuid") or "")
        if uuid and receipt_hurry(provider_id=uuid, codes=(self.code,)):
            return gettext("News of receipt %(id)s") % {"id": uuid[:40]}
        return gettext("News of a receipt that is issued already or unknown")


class EvotorAdapter(AtolAdapter):
    code = "evotor"
    title = _("Evotor")
    hint = _("Gives fiscal receipts by 54-FZ through Evotor's online cash registers.")
    steps = (
        _("Install the application “Fiscal registrar” in your account at Evotor and take its login and key there."),
        _("Enter them and press “Connect”."),
        _("Add a cash register of a branch with the group's code: Directories → Cash registers."),
    )
    fields = (
        *AtolAdapter.fields[:-1],
        Field("url", _("Address of the service"), is_required=False, default=EVOTOR, is_rare=True),
    )

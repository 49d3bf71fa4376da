"""Cash registers by branch, and whose services the clinic sells as an agent."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import vault
from core.directory import Directory, EntryForm
from core.listing import Column
from fiscal.devices import device_choices, device_named
from fiscal.models import Agency, Register
from fiscal.permissions import EDIT_REGISTERS, SEE_RECEIPTS


class RegisterForm(EntryForm):
    """A register's own key is closed at once and never shown again."""

    device = forms.ChoiceField(label=_("Service"), choices=device_choices)
    key = forms.CharField(
        label=_("Own password or key"), required=False, max_length=300, help_text=_("Empty: as it is."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    class Meta:
        model = Register
        fields = ("name", "branch", "desk", "device", "group", "account", "key", "tax_system", "address", "email")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        key = data.pop("key", "")
        if key:
            data["sealed"] = vault.seal({"key": key})
        desk, branch = data.get("desk"), data.get("branch")
        if desk and branch and desk.branch_id != branch.pk:
            self.add_error("desk", _("This desk is of another branch."))
        return data


def device_title(row: Register) -> Any:
    device = device_named(row.device)
    return device.title if device else row.device


REGISTERS = Directory(
    slug="cash-registers", app="fiscal", model=Register, title=_("Cash registers"), new_label=_("New cash register"),
    see=SEE_RECEIPTS, edit=EDIT_REGISTERS, form=RegisterForm, fields=RegisterForm.Meta.fields, archive="is_active",
    columns=(
        Column("name", _("Name"), kind="link", value=str),
        Column("branch", _("Branch"), value="branch__name", sort="branch__name"),
        Column("desk", _("Cash desk"), value=lambda row: str(row.desk or _("all")), file="desk__name"),
        Column("device", _("Service"), value=device_title, file="device"),
        Column("group", _("Group of registers")),
    ),
    rows=lambda user: Register.objects.filter(branch_id__in=user.branch_ids).select_related("branch", "desk"),
    section=_("Money"), icon="receipt", hint=_("Which register gives the receipts of which branch and desk"),
)  # fmt: skip
AGENCIES = Directory(
    slug="fiscal-agencies", app="fiscal", model=Agency, title=_("Services sold as an agent"),
    new_label=_("New agent's service"), see=SEE_RECEIPTS, edit=EDIT_REGISTERS,
    fields=("direction", "supplier", "inn", "phone"), search=("supplier", "inn"), archive="is_active",
    section=_("Money"), icon="users", hint=_("Directions whose receipts name another supplier (tags 1222, 1226)"),
)  # fmt: skip

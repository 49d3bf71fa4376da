"""The form of a connection, from the fields that its adapter declares."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from integrations.adapters import Field
from integrations.selectors import Service


def control(field: Field, has_secret: bool) -> forms.Field:
    if not field.is_secret:
        return forms.CharField(
            label=field.title, help_text=field.hint, required=field.is_required and not field.default, max_length=300,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )  # fmt: skip
    shown = _("as it is") if has_secret else ""
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password", "placeholder": shown})
    return forms.CharField(
        label=field.title,
        help_text=field.hint,
        required=field.is_required and not has_secret,
        max_length=500,
        widget=widget,
    )


class ConnectForm(forms.Form):
    """Login and password, or a key. A secret that is there already need not be typed again."""

    def __init__(self, service: Service, data: Any = None) -> None:
        known = service.row.options if service.row else {}
        initial = {
            each.name: known.get(each.name, each.default) for each in service.adapter.fields if not each.is_secret
        }
        super().__init__(data, initial=initial)
        for each in service.adapter.fields:
            self.fields[each.name] = control(each, service.known_secrets)
        rare = [each.name for each in service.adapter.fields if each.is_rare]
        usual = [each.name for each in service.adapter.fields if not each.is_rare]
        self.fieldsets = [("", usual, ""), *([(_("Rarely needed"), rare, "")] if rare else [])]

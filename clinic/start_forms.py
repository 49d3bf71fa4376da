"""The pages of the first start: short forms with what a new clinic knows by heart."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.forms import DAYS, NewPasswordForm
from core.own_policies import CURRENCIES
from core.phones import PhoneField
from core.zones import zone_choices

WORKDAYS = [0, 1, 2, 3, 4, 5]


class OwnerForm(NewPasswordForm):
    name = forms.CharField(label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    username = forms.CharField(
        label=pgettext_lazy("account", "Login"), max_length=60, initial="director",
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )  # fmt: skip
    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("A forgotten password is reset by it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip
    field_order = ("name", "username", "email", "password", "again")


class KindForm(forms.Form):
    kind = forms.ChoiceField(
        choices=(
            ("dental", _("Dental clinic")), ("network", _("Dental network")), ("medical", _("Medical centre")),
            ("inpatient", _("Clinic with wards")),
        ),
        initial="dental", widget=forms.RadioSelect,
    )  # fmt: skip
    notes = {
        "dental": _("tooth chart, treatment plans, laboratories"),
        "network": _("several branches, partners, EBITDA"),
        "medical": _("many directions, insurance"),
        "inpatient": _("beds, stays, daily charges"),
    }


class ClinicForm(forms.Form):
    brand = forms.CharField(label=_("Name of the clinic"), max_length=120, help_text=_("Stands in the menu."))
    short_name = forms.CharField(label=_("Legal entity"), max_length=120, help_text=_("As in contracts: OOO “Smile”."))
    inn = forms.CharField(label=_("INN"), max_length=12, required=False)
    phone = PhoneField(label=_("Phone"), required=False)
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES)

    @property
    def entity(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "name": data["short_name"],
            "short_name": data["short_name"],
            "inn": data["inn"],
            "phone": data["phone"],
        }


class BranchStartForm(forms.Form):
    name = forms.CharField(label=_("Name of the branch"), max_length=120)
    address = forms.CharField(label=_("Address"), max_length=300, required=False)
    timezone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Works on"),
        choices=tuple(enumerate(DAYS)),
        coerce=int,
        initial=WORKDAYS,
        widget=forms.CheckboxSelectMultiple,
    )
    opens = forms.TimeField(label=_("Opens"), initial="09:00")
    closes = forms.TimeField(label=_("Closes"), initial="21:00")


class ChairsForm(forms.Form):
    count = forms.IntegerField(label=_("How many chairs"), min_value=1, initial=3)
    name = forms.CharField(
        label=_("Called"), max_length=60, initial=_("Chair"), help_text=_("Numbers are added: Chair 1, Chair 2.")
    )


class PersonStartForm(forms.Form):
    last_name = forms.CharField(label=_("Last name"), max_length=80)
    first_name = forms.CharField(label=_("First name"), max_length=80)
    middle_name = forms.CharField(label=_("Patronymic"), max_length=80, required=False)
    is_doctor = forms.BooleanField(label=_("Doctor"), required=False, initial=True)
    profession = forms.CharField(label=_("Profession"), max_length=120, required=False)

    @property
    def person(self) -> dict[str, Any]:
        data = self.cleaned_data
        names = {name: data[name] for name in ("last_name", "first_name", "middle_name")}
        return {**names, "is_doctor": data["is_doctor"], "is_employee": not data["is_doctor"]}

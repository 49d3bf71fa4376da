"""What a patient types when he books: shape and type only."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import DayField
from core.phones import PhoneField

TRAP = "visit_note"  # seen and filled in by programs only


def line(label: Any, autocomplete: str, length: int, *, required: bool = True, **options: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete, "maxlength": length, **options.pop("attrs", {})})
    return forms.CharField(label=label, max_length=length, required=required, widget=widget, **options)


class BookingForm(forms.Form):
    """`code` is asked for only while a code is on its way to the phone."""

    last_name = line(_("Last name"), "family-name", 80)
    first_name = line(_("First name"), "given-name", 80)
    middle_name = line(_("Patronymic, if there is one"), "additional-name", 80, required=False)
    phone = PhoneField(label=_("Mobile phone"), widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}))
    birth_date = DayField(
        label=_("Birth date"), required=False, help_text=_("With it the reception finds your card, if you have one."),
        widget=forms.DateInput(
            format="%d.%m.%Y",
            attrs={
                "autocomplete": "bday", "inputmode": "numeric", "data-kind": "text", "data-mask": "00.00.0000",
                "placeholder": _("DD.MM.YYYY"),
            },
        ),
    )  # fmt: skip
    comment = forms.CharField(
        label=_("What should we know?"), required=False, max_length=300, help_text=_("Please write nothing about your health."),
        widget=forms.Textarea(attrs={"rows": "2", "maxlength": 300, "autocomplete": "off"}),
    )  # fmt: skip
    wants_reminders = forms.BooleanField(label=_("Remind me of the visit by a message"), required=False, initial=True)
    consent = forms.BooleanField(
        label=_("I agree that the clinic keeps and processes my name, phone and birth date to book my visit."),
        error_messages={"required": _("Without this consent we may not keep your booking.")},
    )
    code = forms.CharField(
        label=_("Code from the message"), required=False, max_length=10,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "num"}),
    )  # fmt: skip
    visit_note = forms.CharField(required=False, max_length=500)

    def __init__(self, *args: Any, asks_code: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if not asks_code:
            del self.fields["code"]

    def clean_visit_note(self) -> str:
        if self.cleaned_data["visit_note"]:
            raise forms.ValidationError(_("Please send the form once more."))
        return ""

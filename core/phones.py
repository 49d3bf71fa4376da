"""Phones: taken in any usual form, kept as E.164, shown by the `phone` filter."""

from typing import Any

import phonenumbers
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

WRONG_PHONE = _("This is not a phone number. Give it with its code, for example +7 900 123-45-67.")


def phone_of(text: str) -> str:
    """«8 (900) 123-45-67», «9001234567», «+373 69 123456» as E.164; ValueError for what cannot be a phone."""
    region = getattr(settings, "PHONE_REGION", "RU")
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError(text) from error
    if not phonenumbers.is_possible_number(number):
        raise ValueError(text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class PhoneField(forms.CharField):
    """A form field that gives E.164 or an empty string."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 40, "widget": forms.TextInput(attrs={"type": "tel"}), **options})

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            return phone_of(text) if text else ""
        except ValueError as error:
            raise forms.ValidationError(WRONG_PHONE) from error

"""Shape of what is typed about messages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.text import digits
from messaging.models import Kind, Template


class PhoneField(forms.CharField):
    """Any usual way of writing a Russian or foreign number becomes +79001234567."""

    default_error_messages = {"phone": _("A phone number has ten to fifteen digits.")}

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        number = digits(typed)
        if len(number) == 11 and number.startswith("8"):
            number = "7" + number[1:]
        elif len(number) == 10:
            number = "7" + number
        if typed and not 11 <= len(number) <= 15:
            raise forms.ValidationError(self.error_messages["phone"], code="phone")
        return f"+{number}" if number else ""


class MessageForm(forms.Form):
    """One message by hand (MSG-03)."""

    phone = PhoneField(label=_("Phone"), max_length=24, widget=forms.TextInput(attrs={"data-kind": "phone"}))
    kind = forms.ChoiceField(label=_("About"), choices=Kind, initial=Kind.SERVICE, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Text"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Nothing about diagnoses and treatment: other people may read it."),
    )


class TemplateForm(forms.ModelForm):
    class Meta:
        model = Template
        fields = ("text",)
        widgets = {"text": forms.Textarea(attrs={"rows": 5})}

"""Shape of what is typed about messages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.text import digits
from messaging.happenings import Happening
from messaging.models import Channel, Kind, Template, Trigger


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
    """One message by hand (MSG-03): to the patient or to who is near him (MSG-18)."""

    phone = PhoneField(label=_("Phone"), max_length=24, widget=forms.TextInput(attrs={"data-kind": "phone"}))
    kind = forms.ChoiceField(label=_("About"), choices=Kind, initial=Kind.SERVICE, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Text"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Nothing about diagnoses and treatment: other people may read it."),
    )


class AnswerForm(forms.Form):
    """An answer in a thread."""

    text = forms.CharField(
        label=_("Answer"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3, "data-wide": "1"})
    )


class ChannelsForm(forms.Form):
    """The person's own order of channels, the first one tried first."""

    first = forms.ChoiceField(
        label=_("First"), required=False, choices=[("", _("as the clinic has it")), *Channel.choices]
    )
    second = forms.ChoiceField(label=_("Then"), required=False, choices=[("", "—"), *Channel.choices])
    third = forms.ChoiceField(label=_("At last"), required=False, choices=[("", "—"), *Channel.choices])

    def order(self) -> list[str]:
        given = [self.cleaned_data[name] for name in ("first", "second", "third")]
        return list(dict.fromkeys(each for each in given if each))


class MailingForm(forms.Form):
    """The words and the pace of a mailing; the audience comes from a list."""

    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(
        label=_("About"), choices=Kind, initial=Kind.MARKETING, widget=forms.RadioSelect,
        help_text=_("Only those get it who have allowed messages of this kind."),
    )  # fmt: skip
    text = forms.CharField(
        label=_("Text"), max_length=1000, widget=forms.Textarea(attrs={"rows": 5, "data-wide": "1"}),
        help_text=_("May hold {{name}}, {{fio}}, {{branch}}, {{address}}, {{phone}}."),
    )  # fmt: skip
    per_minute = forms.IntegerField(label=_("Messages a minute"), min_value=1, max_value=3000, initial=60)


class StartForm(forms.Form):
    """When a mailing goes; empty is now."""

    goes_at = forms.DateTimeField(
        label=_("When"), required=False, help_text=_("Empty: in half a minute. Not in quiet hours."),
        widget=forms.DateTimeInput(attrs={"data-kind": "datetime", "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip


class TestForm(forms.Form):
    phone = PhoneField(
        label=_("Phone for the test"), max_length=24, widget=forms.TextInput(attrs={"data-kind": "phone"})
    )


class TriggerForm(forms.ModelForm):
    """A trigger of one event; the event's own conditions are fields `cond_<name>`."""

    class Meta:
        model = Trigger
        fields = ("name", "delay", "unit", "kind", "channel", "text", "is_approved_by_people", "is_active")
        widgets = {"text": forms.Textarea(attrs={"rows": 4, "data-wide": "1"}), "kind": forms.RadioSelect}

    def __init__(self, happening: Happening, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.happening = happening
        places = ", ".join(f"{{{{{name}}}}}" for name in happening.places)
        self.fields["text"].help_text = _("May hold %(places)s.") % {"places": places}
        known = self.instance.conditions if self.instance.pk else {}
        names = []
        for condition in happening.conditions:
            name = f"cond_{condition.name}"
            self.fields[name] = forms.TypedMultipleChoiceField(
                label=condition.title, choices=condition.choices, coerce=int, required=False,
                initial=known.get(condition.name, []), widget=forms.SelectMultiple(attrs={"data-select": ""}),
            )  # fmt: skip
            names.append(name)
        self.fieldsets = [
            (_("When"), ["name", "delay", "unit"], happening.hint),
            (_("Only if"), names, _("Empty: always.")),
            (_("What"), ["text", "kind", "channel", "is_approved_by_people", "is_active"], ""),
        ]

    def taken(self) -> dict[str, Any]:
        """What the service takes."""
        given = {name: self.cleaned_data[name] for name in self.Meta.fields}
        chosen = {name: self.cleaned_data[f"cond_{name}"] for name in (each.name for each in self.happening.conditions)}
        return {**given, "event": self.happening.code, "conditions": {name: ids for name, ids in chosen.items() if ids}}

    def validate_unique(self) -> None:
        """The service says it beside the field."""


class TemplateForm(forms.ModelForm):
    class Meta:
        model = Template
        fields = ("text",)
        widgets = {"text": forms.Textarea(attrs={"rows": 5})}

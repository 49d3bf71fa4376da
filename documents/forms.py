"""Forms of templates and of what is chosen before a paper is made."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.forms import add_errors
from documents.models import Kind
from documents.selectors import consents_known

WIDE = {"data-wide": "1"}


class TemplateForm(forms.Form):
    """Name, type, language and the text, which the editor's island makes comfortable (DOC-01)."""

    name = forms.CharField(label=_("Name"), max_length=160)
    kind = forms.ChoiceField(label=_("Type"), choices=Kind.choices)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, initial="ru")
    consent = forms.ChoiceField(
        label=_("Signing records the consent"), required=False,
        help_text=_("The card's register of consents gets the signature by itself."),
    )  # fmt: skip
    body = forms.CharField(
        label=_("Text"), max_length=2_000_000,
        widget=forms.Textarea(attrs={**WIDE, "rows": 24, "data-editor-text": "", "data-no-draft": "1"}),
    )  # fmt: skip
    is_active = forms.BooleanField(label=_("Offered when a document is made"), required=False, initial=True)
    is_renewed = forms.BooleanField(
        label=_("The new text must be signed anew"), required=False,
        help_text=_("Whoever has signed the former edition is asked again."),
    )  # fmt: skip

    def __init__(self, *args: Any, is_new: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["consent"].choices = [("", _("none")), *consents_known()]  # type: ignore[attr-defined]
        if is_new:
            del self.fields["is_renewed"]


class SignForm(forms.Form):
    """What a signer writes; the box for his finger fills `drawing` in (DOC-13). The service says what is wrong."""

    name = forms.CharField(label=_("Your name"), max_length=240, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    initials = forms.CharField(
        label=_("Your initials"), max_length=12, required=False, help_text=_("They stand in every box of the document."),
    )  # fmt: skip
    has_read = forms.BooleanField(label=_("I have read the document and sign it"), required=False)
    drawing = forms.CharField(max_length=400_000, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, with_initials: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False
        if not with_initials:
            del self.fields["initials"]

    def take(self, error: DomainError) -> None:
        add_errors(self, error)

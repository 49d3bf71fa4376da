"""Forms of families, representatives, alerts and consents."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.forms import DayField
from core.phones import PhoneField
from patients.models import Alert, Consent, ConsentKind, Family, Patient, Representative
from patients.picker import PatientField


class FamilyForm(forms.Form):
    """A new family with its first member (PAT-13)."""

    name = forms.CharField(label=_("Family name"), max_length=120)
    role = forms.CharField(
        label=_("Who this patient is in it"), max_length=40, required=False, help_text=_("Mother, son…")
    )
    has_card = forms.BooleanField(label=_("Has a family card"), required=False)
    card_number = forms.CharField(label=_("Number of the family card"), max_length=40, required=False)
    pays = forms.BooleanField(label=_("Pays for the family"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("has_card") and not given.get("card_number"):
            self.add_error("card_number", _("This field is required."))
        return given


class FamilyEditForm(forms.Form):
    """Name, card and payer of a family."""

    name = forms.CharField(label=_("Family name"), max_length=120)
    card_number = forms.CharField(label=_("Number of the family card"), max_length=40, required=False)
    guarantor = forms.ModelChoiceField(Patient.objects.none(), label=_("Who pays"), required=False, empty_label="—")

    def __init__(self, *args: Any, family: Family, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["guarantor"].queryset = family.members.live()  # type: ignore[attr-defined]


class FamilyJoinForm(forms.Form):
    """Another card joins the family of this one."""

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["patient"] = PatientField(user=user, label=_("Who joins"))
        self.fields["role"] = forms.CharField(
            label=_("Who it is"), max_length=40, required=False, help_text=_("Mother, son…")
        )


class RepresentativeForm(forms.Form):
    """Who speaks for the patient; a person with a card of his own is chosen, another is typed in (PAT-26)."""

    fieldsets = (
        (_("Representative"), ("card", "full_name", "relation", "phone", "email", "birth_date")),
        (_("For documents"), ("document", "inn", "authority")),
        (_("What he does"), ("is_responsible", "pays", "signs", "may_know")),
    )

    full_name = forms.CharField(label=pgettext_lazy("person", "Full name"), max_length=240, required=False)
    relation = forms.ChoiceField(label=_("Who it is"), choices=Representative.Relation.choices)
    phone = PhoneField(label=_("Phone"), required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    birth_date = DayField(label=_("Birth date"), required=False)
    document = forms.CharField(label=_("Document"), max_length=300, required=False)
    inn = forms.CharField(
        label=_("INN"), max_length=12, required=False, help_text=_("For the tax certificate of who pays.")
    )
    authority = forms.CharField(
        label=_("On what ground"), max_length=200, required=False, help_text=_("Birth certificate, power of attorney…")
    )
    is_responsible = forms.BooleanField(label=_("Responsible under the contract"), required=False)
    pays = forms.BooleanField(label=_("Pays"), required=False)
    signs = forms.BooleanField(label=_("Signs documents"), required=False)
    may_know = forms.BooleanField(label=_("May be told about health"), required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["card"] = PatientField(
            user=user, label=_("Own card"), required=False, help_text=_("If he is a patient too.")
        )


class AlertForm(forms.Form):
    """An allergy, a medical alert or a note (PAT-42)."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Alert.Kind.choices, widget=forms.RadioSelect)
    severity = forms.ChoiceField(label=_("Severity"), choices=Alert.Severity.choices)
    title = forms.CharField(
        label=_("What"), max_length=120, help_text=_("For example: lidocaine, pacemaker, call before the visit.")
    )
    until = DayField(label=_("Valid until"), required=False)
    text = forms.CharField(
        label=_("Details"), max_length=1000, required=False, widget=forms.Textarea(attrs={"data-wide": "1"})
    )

    def __init__(self, *args: Any, kinds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(key, words) for key, words in Alert.Kind.choices if key in kinds]  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why, in a sentence."""

    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.TextInput(attrs={"data-wide": "1"}))


class ConsentForm(forms.Form):
    """A signature under a document (PAT-46)."""

    kind = forms.ModelChoiceField(ConsentKind.objects.none(), label=_("Document"))
    signed_on = DayField(label=_("Signed on"))
    channel = forms.ChoiceField(label=_("How"), choices=Consent.Channel.choices)
    representative = forms.ModelChoiceField(
        Representative.objects.none(),
        label=_("Signed by the representative"),
        required=False,
        empty_label=_("The patient himself"),
    )
    number = forms.CharField(label=_("Number"), max_length=40, required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, patient: Patient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].queryset = ConsentKind.objects.live()  # type: ignore[attr-defined]
        people = patient.representatives.filter(signs=True)
        self.fields["representative"].queryset = people  # type: ignore[attr-defined]
        if not people.exists():
            del self.fields["representative"]


class RevokeForm(ReasonForm):
    """When and why a consent was taken back."""

    revoked_on = DayField(label=_("Revoked on"))


class MergeWithForm(forms.Form):
    """The other card of a merge."""

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["with"] = PatientField(user=user, label=_("The other card"))

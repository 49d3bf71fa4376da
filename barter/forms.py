"""Forms of barter: shape and type of what is typed."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from barter.models import Contract, Kind, Organisation, OverLimit, Receipt
from catalog.models import Service
from clinic.models import Staff
from core.forms import DayField, MoneyField, searched
from patients.models import Patient
from patients.selectors import patients_visible_to


def day(label: Any, **more: Any) -> DayField:
    return DayField(label=label, widget=forms.DateInput(format="%d.%m.%Y", attrs={"data-kind": "date"}), **more)


class ContractForm(forms.ModelForm):
    """Terms of a contract; an organisation is chosen or named anew."""

    new_organisation = forms.CharField(label=_("Or a new organisation"), max_length=200, required=False)
    over_limit = forms.ChoiceField(label=_("Over the limit"), choices=OverLimit.choices, widget=forms.RadioSelect)
    starts_on = day(_("From"), required=False)
    ends_on = day(_("Till"), required=False)

    class Meta:
        model = Contract
        fields = ("kind", "organisation", "over_limit", "starts_on", "ends_on", "allowed_services", "note")
        widgets = {
            "kind": forms.RadioSelect,
            "note": forms.Textarea(attrs={"rows": 2, "data-wide": "1"}),
            "allowed_services": forms.SelectMultiple(attrs={"data-wide": "1"}),
        }
        help_texts = {"allowed_services": _("Empty: every service of the price list.")}
        labels = {"kind": _("Who")}

    field_order = (
        "kind", "organisation", "new_organisation", "over_limit", "starts_on", "ends_on", "allowed_services", "note",
    )  # fmt: skip

    def __init__(self, *args: Any, service_url: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["organisation"].queryset = Organisation.objects.filter(is_active=True)
        fields["allowed_services"].queryset = Service.objects.live()
        fields["kind"].choices = Kind.choices
        searched(self, "allowed_services", service_url)
        if self.instance.pk:
            del fields["kind"]
        else:
            fields["kind"].initial, fields["over_limit"].initial = Kind.ORGANISATION, OverLimit.ORGANISATION

    def _get_validation_exclusions(self) -> set[str]:
        return {field.name for field in Contract._meta.fields}

    def validate_constraints(self) -> None:
        return


class ActivateForm(forms.Form):
    """The regulation is signed: when, and its scan."""

    signed_on = day(_("Signed on"))
    regulation = forms.FileField(
        label=_("Scan of the signed regulation"), required=False, help_text=_("PDF or a photograph, up to 20 MB.")
    )


class PersonForm(forms.Form):
    """A person of a contract: a card, or a name and a phone until the call-centre has made it."""

    patient = forms.ModelChoiceField(label=_("Patient's card"), queryset=Patient.objects.none(), required=False)
    name = forms.CharField(label=_("Name, while there is no card"), max_length=200, required=False)
    phone = forms.CharField(
        label=_("Phone"), max_length=20, required=False, widget=forms.TextInput(attrs={"data-kind": "phone"})
    )
    limit = MoneyField(label=_("Limit"), min_value=Decimal(0))
    doctor = forms.ModelChoiceField(label=_("Chosen doctor"), queryset=Staff.objects.none(), required=False)

    def __init__(self, *args: Any, user: Any, patient_url: str, is_public: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["patient"].queryset = patients_visible_to(user)
        searched(self, "patient", patient_url)
        if is_public:
            fields["doctor"].queryset = Staff.objects.live().filter(is_doctor=True)
        else:
            del fields["doctor"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("patient") and not data.get("name"):
            self.add_error("patient", _("Choose a card, or give a name."))
        return data


class LinkForm(forms.Form):
    """The call-centre's step: which card is it."""

    patient = forms.ModelChoiceField(label=_("Patient's card"), queryset=Patient.objects.none())

    def __init__(self, *args: Any, user: Any, patient_url: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["patient"].queryset = patients_visible_to(user)  # type: ignore[attr-defined]
        searched(self, "patient", patient_url)


class GrantForm(forms.Form):
    amount = MoneyField(label=_("Add to the limit"), help_text=_("With a minus it is corrected down."))
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.TextInput(attrs={"data-wide": "1"}))


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Comment"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2, "data-wide": "1"})
    )


class ConsentForm(forms.Form):
    """A public person is met: photographs only with his consent (BAR-24)."""

    has_consent = forms.BooleanField(label=_("Consents to photographs"), required=False)


class ExtraForm(forms.Form):
    service = forms.ModelChoiceField(label=_("Service"), queryset=Service.objects.none())
    reason = forms.CharField(
        label=_("Why it is needed"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "data-wide": "1"})
    )

    def __init__(self, *args: Any, service_url: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service"].queryset = Service.objects.live()  # type: ignore[attr-defined]
        searched(self, "service", service_url)


class ReceiptForm(forms.ModelForm):
    planned = MoneyField(label=_("Planned, at its price"), min_value=Decimal(0), required=False)
    received = MoneyField(label=_("Received, at its price"), min_value=Decimal(0), required=False)
    planned_on = day(_("Planned for"), required=False)
    received_on = day(_("Received on"), required=False)

    class Meta:
        model = Receipt
        fields = ("title", "planned", "planned_on", "received", "received_on", "act_number")
        widgets = {"title": forms.TextInput(attrs={"data-wide": "1"})}

    def validate_constraints(self) -> None:
        return


class PaidForm(forms.Form):
    amount = MoneyField(label=_("Sum"), min_value=Decimal("0.01"))
    paid_on = day(_("Day of the payment"), required=False)

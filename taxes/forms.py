"""Input of tax certificates."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.models import LegalEntity
from core.forms import DayField
from taxes.models import Relation
from taxes.rules import Person
from taxes.selectors import Offer, PayerChoice, document_codes
from taxes.services import Request

PERSON = tuple(field.name for field in fields(Person))


class ChoiceForm(forms.Form):
    """Which year, whose money, at which legal entity: asked by GET, so that a page has an address."""

    year = forms.TypedChoiceField(label=_("Year"), coerce=int)
    payer = forms.ChoiceField(label=_("Who paid"))
    relation = forms.ChoiceField(label=_("To the patient he is"), required=False)
    legal_entity = forms.TypedChoiceField(label=_("Legal entity"), coerce=int)

    def __init__(
        self, data: Any, *, years: Sequence[int], payers: Sequence[PayerChoice], entities: Sequence[LegalEntity]
    ) -> None:
        self.payers = {payer.key: payer for payer in payers}
        given = data.dict() if hasattr(data, "dict") else dict(data)
        given.setdefault("year", str(years[0] if years else ""))
        given.setdefault("payer", payers[0].key)
        given.setdefault("legal_entity", str(entities[0].pk if entities else ""))
        super().__init__(given)
        shown = [(payer.key, f"{payer.name} · {_relation(payer)}") for payer in payers]
        self.fields["year"].choices = [(year, year) for year in years]
        self.fields["payer"].choices = shown
        self.fields["relation"].choices = [("", "—"), *(each for each in Relation.choices if each[0] != Relation.SELF)]
        self.fields["legal_entity"].choices = [(entity.pk, str(entity)) for entity in entities]
        if len(entities) == 1:
            self.fields["legal_entity"].widget = forms.HiddenInput()
        if self.chosen is None or self.chosen.relation:
            self.fields["relation"].widget = forms.HiddenInput()

    @property
    def chosen(self) -> PayerChoice | None:
        return self.payers.get(self.data.get("payer", ""))


def _relation(payer: PayerChoice) -> Any:
    return Relation(payer.relation).label.lower() if payer.relation else _("of the family")


class CertificateForm(forms.Form):
    """The persons as they shall stand, which payments, who signs; for a correction why."""

    payments = forms.TypedMultipleChoiceField(coerce=int, required=False)
    payer_last_name = forms.CharField(label=_("Last name"), max_length=60)
    payer_first_name = forms.CharField(label=_("First name"), max_length=60)
    payer_middle_name = forms.CharField(label=_("Patronymic"), max_length=60, required=False)
    payer_birth_date = DayField(label=_("Birth date"))
    payer_inn = forms.CharField(label=_("INN"), max_length=12, required=False)
    payer_document_code = forms.ChoiceField(label=pgettext_lazy("identity", "Document"), required=False)
    payer_document_number = forms.CharField(label=_("Series and number"), max_length=25, required=False)
    payer_document_on = DayField(label=_("Issued on"), required=False)
    patient_last_name = forms.CharField(label=_("Last name"), max_length=60)
    patient_first_name = forms.CharField(label=_("First name"), max_length=60)
    patient_middle_name = forms.CharField(label=_("Patronymic"), max_length=60, required=False)
    patient_birth_date = DayField(label=_("Birth date"))
    patient_inn = forms.CharField(label=_("INN"), max_length=12, required=False)
    patient_document_code = forms.ChoiceField(label=pgettext_lazy("identity", "Document"), required=False)
    patient_document_number = forms.CharField(label=_("Series and number"), max_length=25, required=False)
    patient_document_on = DayField(label=_("Issued on"), required=False)
    signer = forms.CharField(label=_("Signed by"), max_length=200)
    authority = forms.CharField(
        label=_("On what ground"), max_length=200, required=False, help_text=_("Empty where the head signs.")
    )
    reason = forms.CharField(label=_("Why it is corrected"), max_length=300)

    def __init__(
        self, *args: Any, offers: Sequence[Offer], payer: Person, subject: Person | None, signer: str, corrects: bool,
        ticked: Sequence[int] | None = None, authority: str = "", **options: Any,
    ) -> None:  # fmt: skip
        free = [offer.paid.payment for offer in offers if offer.is_free]
        initial = {"payments": free if ticked is None else ticked, "signer": signer, "authority": authority}
        for prefix, person in (("payer", payer), ("patient", subject)):
            initial |= {f"{prefix}_{name}": getattr(person, name) for name in PERSON} if person else {}
        super().__init__(*args, initial=initial, **options)
        self.fields["payments"].choices = [(offer.paid.payment, "") for offer in offers]
        for prefix in ("payer", "patient"):
            self.fields[f"{prefix}_document_code"].choices = [("", "—"), *document_codes()]
        self.with_patient = subject is not None
        dropped = ([] if corrects else ["reason"]) + ([] if subject else [f"patient_{name}" for name in PERSON])
        for name in dropped:
            del self.fields[name]

    @property
    def ticked(self) -> set[int]:
        """Payments that are ticked now, typed or offered."""
        given = self.data.getlist("payments") if self.is_bound else self.initial["payments"]
        return {int(pk) for pk in given if str(pk).isdigit()}

    def group(self, prefix: str) -> list[Any]:
        return [self[f"{prefix}_{name}"] for name in PERSON]

    @property
    def payer_fields(self) -> list[Any]:
        return self.group("payer")

    @property
    def patient_fields(self) -> list[Any]:
        return self.group("patient") if self.with_patient else []

    def request(self, relation: str = "") -> Request:
        data = self.cleaned_data
        people = {
            prefix: replace(Person(), **{name: data[f"{prefix}_{name}"] for name in PERSON})
            for prefix in ("payer", "patient")
            if prefix == "payer" or self.with_patient
        }
        return Request(
            payer=people["payer"], subject=people.get("patient"), relation=relation, payments=data["payments"],
            signer=data["signer"], authority=data["authority"],
        )  # fmt: skip


class CancelForm(forms.Form):
    reason = forms.CharField(label=_("Why it is cancelled"), max_length=300)


class RegisterForm(forms.Form):
    legal_entity = forms.TypedChoiceField(label=_("Legal entity"), coerce=int)
    year = forms.TypedChoiceField(label=_("Year"), coerce=int)

    def __init__(self, *args: Any, entities: Sequence[LegalEntity], years: Sequence[int], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["legal_entity"].choices = [(entity.pk, str(entity)) for entity in entities]
        self.fields["year"].choices = [(year, year) for year in years]

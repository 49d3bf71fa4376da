"""The form of an arrival: what the law and the clinic ask of a patient, and what he signs (PAT-36)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.access import is_allowed
from patients import permissions
from patients.forms.cards import CardForm, initial_of
from patients.models import Consent, ConsentKind, Identity, Patient
from patients.services.identity import FIELDS as IDENTITY_FIELDS

PERSON = ("birth_date", "sex", "email")
DOCUMENT = (
    "passport_series", "passport_number", "issued_by", "issued_on", "issuer_code", "is_foreign", "document_kind",
    "document_number", "citizenship",
)  # fmt: skip
NUMBERS = (
    "registered_address",
    "is_same_address",
    "actual_address",
    "snils",
    "inn",
    "policy_number",
    "insurance_company",
)
SIGN = "sign_"


class ArrivalForm(CardForm):
    """Documents only for who may write them; a tick for each paper that is not signed yet."""

    channel = forms.ChoiceField(
        label=_("How it is signed"), choices=Consent.Channel.choices, required=False, initial="paper"
    )

    def __init__(
        self, *args: Any, user: Any, patient: Patient, identity: Identity, unsigned: list[ConsentKind], **kwargs: Any
    ) -> None:
        documents = (*DOCUMENT, *NUMBERS) if is_allowed(user, permissions.EDIT_IDENTITY) else ()
        signs = unsigned if is_allowed(user, permissions.EDIT_CONSENTS) else []
        names = [*PERSON, *documents, *(["channel"] if signs else [])]
        initial = {name: initial_of(name, patient, identity) for name in (*PERSON, *documents)}
        super().__init__(*args, user=user, names=names, initial=initial, **kwargs)
        self.fields["birth_date"].widget = forms.DateInput(format="%d.%m.%Y", attrs={"autofocus": True})
        self.unsigned = {f"{SIGN}{kind.pk}": kind for kind in signs}
        for name, kind in self.unsigned.items():
            self.fields[name] = forms.BooleanField(label=_("Signed: %(paper)s") % {"paper": kind.name}, required=False)

    @property
    def fieldsets(self) -> list[tuple[Any, list[str], Any]]:
        groups = [
            (_("Patient"), PERSON), (_("Document of identity"), DOCUMENT), (_("Address and numbers"), NUMBERS),
            (_("Signatures"), (*self.unsigned, "channel")),
        ]  # fmt: skip
        shown = [(title, [name for name in names if name in self.fields], "") for title, names in groups]
        return [group for group in shown if group[1]]

    def values(self) -> dict[str, Any]:
        return {
            "fields": self.taken(PERSON),
            "identity": self.taken(IDENTITY_FIELDS),
            "signed": [kind for name, kind in self.unsigned.items() if self.cleaned_data.get(name)],
            "channel": self.cleaned_data.get("channel") or Consent.Channel.PAPER,
        }

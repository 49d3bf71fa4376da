"""Choosing a patient in a form of any app: a select that is searched by typing, bounded by what its user may see."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from core.errors import NotFound
from patients.models import Patient
from patients.selectors import patient_get


class PatientField(forms.TypedChoiceField):
    """Gives a live card or None. The chosen one is shown again when the form comes back with errors.

    `PatientField(user=request.user)`; the choices come from /patients/pick/ while somebody types.
    """

    def __init__(self, *, user: Any, **options: Any) -> None:
        self.user = user
        attrs = {"data-select": "", "data-url": reverse_lazy("patients:pick")}
        common = {"label": _("Patient"), "widget": forms.Select(attrs=attrs), "empty_value": None}
        super().__init__(coerce=self.card_of, **{**common, **options})

    def card_of(self, value: Any) -> Patient:
        try:
            card = patient_get(self.user, int(value))
        except (NotFound, ValueError, OverflowError) as error:
            raise forms.ValidationError(_("There is no such patient.")) from error
        if card.merged_into_id:
            raise forms.ValidationError(_("This card was merged into another one."))
        return card

    def valid_value(self, value: Any) -> bool:
        return True

    def to_python(self, value: Any) -> str:
        return "" if value in self.empty_values else str(getattr(value, "pk", value))

    def prepare_value(self, value: Any) -> Any:
        """The chosen card must stand among the options to be shown."""
        pk = getattr(value, "pk", value)
        if pk not in self.empty_values:
            try:
                card = patient_get(self.user, int(pk))
                self.widget.choices = self.choices = [(card.pk, card.full_name)]
            except (NotFound, ValueError, OverflowError):
                return ""
        return pk

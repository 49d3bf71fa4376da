"""Forms of the reception's side: a service for patients, an exception for one patient."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import Service
from core.directory import EntryForm
from core.forms import searched
from scheduling.models import OnlineRule, OnlineService
from scheduling.selectors.choices import professions_of_doctors


class OnlineServiceForm(EntryForm):
    class Meta:
        model = OnlineService
        fields = ("service", "name", "name_en", "name_ro", "minutes", "professions")
        widgets = {"service": forms.Select(attrs={"data-wide": "1"}), "name": forms.TextInput(attrs={"data-wide": "1"})}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["service"].queryset = Service.objects.live().filter(is_active=True)
        fields["professions"].queryset = professions_of_doctors()
        searched(self, "service", reverse("catalog:service-options"))

    def clean_service(self) -> Service:
        service: Service = self.cleaned_data["service"]
        known = OnlineService.objects.filter(service=service).exclude(pk=self.instance.pk)
        if known.exists():
            raise forms.ValidationError(_("This service is on the list already."))
        return service


class RuleForm(forms.Form):
    """As for everybody, or otherwise."""

    choice = forms.ChoiceField(
        label=_("Online booking"), required=False, choices=(("", _("As for everybody")), *OnlineRule.Choice.choices),
        widget=forms.RadioSelect(attrs={"data-wide": "1"}),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Why"), required=False, max_length=200, widget=forms.TextInput(attrs={"data-wide": "1"})
    )

"""Input of the catalog's screens."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.imports import Kind
from catalog.models import Category, Diagnosis, DiagnosisGroup, Service
from catalog.selectors import professions_of_services
from catalog.services import PriceRule
from catalog.services.prices import today
from core.directory import EntryForm
from core.forms import CodeField, DayField, MoneyField, searched
from core.tables import decimal_of


class ServiceForm(EntryForm):
    """A service; `price` from `starts_on` is a new price, empty leaves the list as it is."""

    code = CodeField(label=_("Code"), max_length=40)
    code_804n = CodeField(label=_("Code of Order 804n"), max_length=40, required=False)
    price = MoneyField(label=_("Price"), required=False, min_value=0)
    starts_on = DayField(label=_("From"), required=False, help_text=_("Empty: from today."))

    fieldsets = (
        ("", ["category", "code", "name", "name_en", "duration_min", "buffer_min"]),
        (_("In a treatment plan"), ["profession", "chair_purpose", "healing_days", "healing_most"]),
        (_("More"), ["code_804n", "tax_code", "diagnoses", "is_active"]),
        (_("New price"), ["price", "starts_on"]),
    )

    class Meta:
        model = Service
        fields = (
            "category", "code", "name", "name_en", "duration_min", "buffer_min", "code_804n", "tax_code", "diagnoses",
            "is_active", "profession", "chair_purpose", "healing_days", "healing_most",
        )  # fmt: skip
        widgets = {
            "name": forms.TextInput(attrs={"data-wide": "1"}),
            "name_en": forms.TextInput(attrs={"data-wide": "1"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = Category.objects.live()  # type: ignore[attr-defined]
        self.fields["healing_days"].required = False
        self.fields["profession"].queryset = professions_of_services()  # type: ignore[attr-defined]
        self.fields["diagnoses"].queryset = Diagnosis.objects.live()  # type: ignore[attr-defined]
        self.fields["diagnoses"].widget.attrs["data-wide"] = "1"
        searched(self, "diagnoses", reverse("catalog:diagnosis-options"))
        self.fields["diagnoses"].help_text = _("What this service treats: it is offered first for them in plans.")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        return {**data, "healing_days": data.get("healing_days") or 0}


class DiagnosisForm(EntryForm):
    code = CodeField(label=_("Code"), max_length=12)

    class Meta:
        model = Diagnosis
        fields = ("group", "code", "name", "name_en")
        widgets = {
            "name": forms.TextInput(attrs={"data-wide": "1"}),
            "name_en": forms.TextInput(attrs={"data-wide": "1"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = DiagnosisGroup.objects.live()  # type: ignore[attr-defined]


class ChangeForm(forms.Form):
    """Which prices move, by how much, how rounded and from which day."""

    kind = forms.ChoiceField(
        label=_("Change by"), choices=[("percent", _("percent")), ("amount", _("a sum"))], initial="percent",
        widget=forms.RadioSelect,
    )  # fmt: skip
    value = forms.CharField(
        label=_("How much"),
        help_text=_("With a minus prices go down."),
        widget=forms.TextInput(attrs={"inputmode": "text"}),
    )
    step = forms.ChoiceField(
        label=_("Round to"), initial="10",
        choices=[("0.01", _("kopecks")), ("1", "1"), ("10", "10"), ("50", "50"), ("100", "100")],
    )  # fmt: skip
    way = forms.ChoiceField(
        label=_("Rounding"), choices=[("nearest", _("to the nearest")), ("up", _("up")), ("down", _("down"))],
        initial="nearest",
    )  # fmt: skip
    starts_on = DayField(label=_("From"))
    categories = forms.ModelMultipleChoiceField(
        Category.objects.none(), label=_("Categories"), required=False, help_text=_("None chosen means the whole list.")
    )
    services = forms.ModelMultipleChoiceField(
        Service.objects.none(), label=_("Only these services"), required=False,
        widget=forms.SelectMultiple(attrs={"data-wide": "1"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["categories"].queryset = Category.objects.live()  # type: ignore[attr-defined]
        self.fields["services"].queryset = Service.objects.live().filter(is_active=True)  # type: ignore[attr-defined]
        searched(self, "services", reverse("catalog:service-options"))

    def clean_value(self) -> Any:
        try:
            return decimal_of(self.cleaned_data["value"].replace("%", ""))
        except ValueError as error:
            raise forms.ValidationError(_("Enter a number, for example 5 or −200.")) from error

    def rule(self) -> PriceRule:
        data = self.cleaned_data
        return PriceRule(
            kind=data["kind"], value=data["value"], starts_on=data["starts_on"], step=forms.DecimalField().to_python(data["step"]),
            way=data["way"], categories=[row.pk for row in data["categories"]], services=[row.pk for row in data["services"]],
        )  # fmt: skip


class UploadForm(forms.Form):
    file = forms.FileField(label=_("File"))


class MappingForm(forms.Form):
    """Which column of the file is which field: a choice for each column, named `column-<number>`."""

    starts_on = DayField(label=_("New prices start on"), required=False)

    def __init__(self, kind: Kind, headings: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        choices = [("", _("do not import")), *((each.name, each.label) for each in kind.fields)]
        for number, heading in enumerate(headings):
            self.fields[f"column-{number}"] = forms.ChoiceField(
                choices=choices, required=False, label=heading or _("Column %(number)s") % {"number": number + 1}
            )
        if not kind.has_start:
            del self.fields["starts_on"]

    def columns(self) -> dict[str, int]:
        chosen = ((name, value) for name, value in self.cleaned_data.items() if name.startswith("column-") and value)
        return {value: int(name.removeprefix("column-")) for name, value in chosen}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        chosen = [value for name, value in data.items() if name.startswith("column-") and value]
        for each in self.kind.fields:
            if each.is_required and each.name not in chosen:
                self.add_error(None, _("Say which column is “%(field)s”.") % {"field": each.label})
            if chosen.count(each.name) > 1:
                self.add_error(None, _("“%(field)s” is chosen for two columns.") % {"field": each.label})
        if (data.get("starts_on") or today()) < today():
            self.add_error("starts_on", _("A new price starts today or later."))
        return data

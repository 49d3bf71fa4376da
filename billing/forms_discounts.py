"""Forms of promotions: terms, caps, ticks on a card, the dry run."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.models import Discount, DiscountTerms
from billing.services import CapsIn, TermsIn
from billing.words import WEEKDAYS
from catalog.models import Category, Service
from clinic.selectors import branches_visible_to
from core.forms import DayField, MoneyField, searched
from patients.models import Group, Patient
from patients.selectors import patients_visible_to

LISTS = ("services", "categories", "groups", "branches")
# (the field that chooses, its values) -> what the page shows with them (form.js); the rest of the terms is not asked.
SHOWN_WHEN = {
    ("source", "listed except"): ("categories", "services"),
    ("recipients", "age"): ("age_from", "age_to"),
    ("recipients", "groups"): ("groups",),
    ("recipients", "birthday"): ("days_before", "days_after"),
    ("recipients", "patients"): ("patients",),
}


def many(queryset: Any, label: Any, **attrs: Any) -> forms.ModelMultipleChoiceField:
    return forms.ModelMultipleChoiceField(
        queryset, label=label, required=False, widget=forms.SelectMultiple(attrs={"data-select": "", **attrs})
    )


class DiscountForm(forms.Form):
    """A promotion as the clinic speaks of it: source, recipient, activation, value (BIL-21..23)."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"data-wide": "1"}))
    kind = forms.ChoiceField(label=_("Discount in"), choices=DiscountTerms.Kind.choices)
    value = MoneyField(
        label=_("Value"), help_text=_("Percent, or a sum off the whole invoice."),
        widget=forms.TextInput(attrs={"data-unit": "kind:percent:%"}),
    )  # fmt: skip
    most = MoneyField(label=_("At most for one invoice"), required=False)
    source = forms.ChoiceField(label=_("Applies to"), choices=DiscountTerms.Source.choices)
    categories = many(Category.objects.none(), _("Categories"))
    services = many(Service.objects.none(), _("Services"), **{"data-wide": "1"})
    recipients = forms.ChoiceField(label=_("Recipient"), choices=DiscountTerms.Recipients.choices)
    age_from = forms.IntegerField(label=_("Age from"), min_value=0, max_value=130, required=False)
    age_to = forms.IntegerField(label=_("Age to"), min_value=0, max_value=130, required=False)
    groups = many(Group.objects.none(), _("Groups"))
    patients = many(Patient.objects.none(), _("Chosen patients"), **{"data-wide": "1"})
    days_before = forms.IntegerField(label=_("Days before the birthday"), min_value=0, max_value=180, required=False)
    days_after = forms.IntegerField(label=_("Days after the birthday"), min_value=0, max_value=180, required=False)
    starts = DayField(label=_("First day"), required=False)
    ends = DayField(label=_("Last day"), required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days of the visit"), choices=list(enumerate(WEEKDAYS)), coerce=int, required=False,
        widget=forms.SelectMultiple(attrs={"data-select": ""}),
    )  # fmt: skip
    branches = many(None, _("Branches"))
    from_time = forms.TimeField(label=_("Visits from"), required=False, widget=forms.TimeInput(format="%H:%M"))
    to_time = forms.TimeField(label=_("Visits before"), required=False, widget=forms.TimeInput(format="%H:%M"))
    uses_most = forms.IntegerField(label=_("Uses in all"), min_value=1, required=False)
    uses_most_patient = forms.IntegerField(label=_("Uses by one patient"), min_value=1, required=False)
    budget = MoneyField(label=_("Budget"), required=False)
    position = forms.IntegerField(
        label=_("Place in the order"), min_value=0, max_value=30000, initial=100, required=False,
        help_text=_("Discounts that add up are taken from the smallest number on, each of what is left."),
    )  # fmt: skip
    combines = forms.BooleanField(label=_("Adds up with others that do"), required=False)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, user: Any, row: Discount | None = None, **options: Any) -> None:
        options.setdefault("initial", initial_of(row) if row else {})
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["categories"].queryset = Category.objects.live()
        fields["services"].queryset = Service.objects.live()
        fields["groups"].queryset = Group.objects.live()
        fields["patients"].queryset = patients_visible_to(user)
        fields["branches"].queryset = branches_visible_to(user)
        searched(self, "services", reverse("billing:discount-services"))
        searched(self, "patients", reverse("patients:pick"))
        for (chooser, values), names in SHOWN_WHEN.items():
            for name in names:
                fields[name].widget.attrs["data-when"] = f"{chooser}:{values}"

    @property
    def fieldsets(self) -> list[tuple[Any, list[str], Any]]:
        return [
            ("", ["name", "kind", "value", "most"], ""),
            (_("Source"), ["source", "categories", "services"], ""),
            (
                _("Recipient"),
                ["recipients", "groups", "age_from", "age_to", "days_before", "days_after", "patients"], "",
            ),
            (
                _("Activation"), ["starts", "ends", "weekdays", "branches", "from_time", "to_time"],
                _("Empty: always and everywhere. Days and hours are those of the visit."),
            ),
            (_("How often and how much"), ["uses_most", "uses_most_patient", "budget"], _("Empty: no bound.")),
            (_("With other discounts"), ["combines", "position", "is_active"], ""),
        ]  # fmt: skip

    def taken(self) -> dict[str, Any]:
        """What the service takes."""
        data = self.cleaned_data
        plain = {name: data[name] for name in TermsIn.__dataclass_fields__ if name not in LISTS}
        plain |= {name: [row.pk for row in data[name]] for name in LISTS}
        for name, usual in (("days_before", 0), ("days_after", 0), ("position", 100)):
            plain[name] = usual if plain[name] is None else plain[name]
        if plain["source"] == DiscountTerms.Source.ORDER:
            plain |= {"services": [], "categories": []}
        is_chosen = plain["recipients"] == DiscountTerms.Recipients.PATIENTS
        return {
            "name": data["name"], "terms": TermsIn(**plain), "is_active": data["is_active"],
            "caps": CapsIn(**{name: data[name] for name in CapsIn.__dataclass_fields__}),
            "patients": [card.pk for card in data["patients"]] if is_chosen else None,
        }  # fmt: skip


def initial_of(row: Any) -> dict[str, Any]:
    terms = row.current[0]
    values = {name: getattr(terms, name) for name in TermsIn.__dataclass_fields__}
    values |= {name: getattr(row, name) for name in ("name", "is_active", *CapsIn.__dataclass_fields__)}
    values["value"] = terms.value.normalize() if terms.kind == "percent" else terms.value
    values["patients"] = list(row.grants.filter(ended_at__isnull=True).values_list("patient_id", flat=True))
    return values


class TicksForm(forms.Form):
    """Which individual discounts a patient has, each until a day or for good (PAT-11)."""

    def __init__(self, *args: Any, discounts: list[Discount], had: dict[int, Any], **options: Any) -> None:
        super().__init__(*args, **options)
        self.discounts = discounts
        for row in discounts:
            grant = had.get(row.pk)
            said = _("Granted by %(name)s") % {"name": grant.granted_by or "—"} if grant else ""
            self.fields[f"on-{row.pk}"] = forms.BooleanField(
                label=row.name, required=False, initial=grant is not None, help_text=said
            )
            self.fields[f"until-{row.pk}"] = DayField(
                label=_("Until"),
                required=False,
                initial=grant.until if grant else None,
                help_text=_("Empty: for good."),
            )

    def ticked(self) -> dict[int, Any]:
        data = self.cleaned_data
        return {row.pk: data[f"until-{row.pk}"] for row in self.discounts if data[f"on-{row.pk}"]}


class TryForm(forms.Form):
    """A patient and services for the dry run."""

    patient = forms.ModelChoiceField(Patient.objects.none(), label=_("Patient"))
    services = many(Service.objects.none(), _("Services"), **{"data-wide": "1"})

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["patient"].queryset = patients_visible_to(user)
        fields["services"].queryset = Service.objects.live()
        searched(self, "patient", reverse("patients:pick"))
        searched(self, "services", reverse("billing:discount-services"))

"""Input of insurance's screens."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Service
from catalog.services.prices import today
from clinic.models import LegalEntity
from core.directory import EntryForm
from core.forms import DayField, MoneyField, searched
from core.tables import decimal_of
from insurance import words
from insurance.models import Approval, GuaranteeLetter, Insurer, Policy, Programme, RegisterTemplate
from insurance.rules import Wanted
from insurance.selectors.insurers import insurers_live, programmes_offered
from insurance.selectors.registers import Wish
from insurance.services.prices import IMPORT_FIELDS
from insurance.services.settling import PAYMENT_FIELDS

WIDE = {"data-wide": "1"}
STEPS = [("0.01", _("kopecks")), ("1", "1"), ("10", "10"), ("50", "50"), ("100", "100")]
WAYS = [("nearest", _("to the nearest")), ("up", _("up")), ("down", _("down"))]


class InsurerForm(EntryForm):
    contract_from = DayField(label=_("Contract from"), required=False)
    contract_to = DayField(label=_("Contract to"), required=False)
    answer_days = forms.IntegerField(
        label=_("Answers within, days"),
        min_value=0,
        max_value=90,
        initial=0,
        help_text=_("0: as the clinic's setting says."),
    )

    fieldsets = (
        ("", ["name", "full_name", "prices", "answer_days"]),
        (_("Contract"), ["contract_number", "contract_from", "contract_to"]),
        (_("Contacts"), ["contact", "phone", "email"]),
        (_("Requisites"), ["inn", "kpp", "ogrn", "address", "bank", "note"]),
    )

    class Meta:
        model = Insurer
        fields = (
            "name", "full_name", "prices", "contract_number", "contact", "phone", "email", "inn", "kpp", "ogrn", "address",
            "bank", "note",
        )  # fmt: skip
        widgets = {
            "full_name": forms.TextInput(attrs=WIDE), "address": forms.TextInput(attrs=WIDE),
            "bank": forms.TextInput(attrs=WIDE), "note": forms.Textarea(attrs={**WIDE, "rows": 2}),
        }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("contract_from", "contract_to", "answer_days"):
            if self.instance.pk:
                self.initial[name] = getattr(self.instance, name)


class CombineForm(forms.Form):
    duplicate = forms.ModelChoiceField(
        Insurer.objects.none(), label=_("The same company, entered twice"),
        help_text=_("Its policies and programmes go over; it goes to the trash."),
    )  # fmt: skip

    def __init__(self, *args: Any, insurer: Insurer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["duplicate"].queryset = insurers_live().exclude(pk=insurer.pk)  # type: ignore[attr-defined]


class PriceForm(forms.Form):
    service = forms.ModelChoiceField(Service.objects.none(), label=_("Service"), widget=forms.Select(attrs=WIDE))
    amount = MoneyField(label=_("Price"), min_value=0)
    starts_on = DayField(label=_("From"), required=False, help_text=_("Empty: from today."))
    code = forms.CharField(label=_("The insurer's code"), max_length=40, required=False)
    name = forms.CharField(label=_("The insurer's name"), max_length=300, required=False)

    def __init__(self, *args: Any, service: Service | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service"].queryset = Service.objects.live()  # type: ignore[attr-defined]
        if service is not None:
            del self.fields["service"]
        else:
            searched(self, "service", reverse("catalog:service-options"))


class CopyForm(forms.Form):
    percent = forms.CharField(
        label=_("Percent"), initial="0", help_text=_("−10: ten percent cheaper than the main list, 0: the same prices.")
    )
    starts_on = DayField(label=_("From"))
    step = forms.ChoiceField(label=_("Round to"), choices=STEPS, initial="1")
    way = forms.ChoiceField(label=_("Rounding"), choices=WAYS, initial="nearest")
    categories = forms.ModelMultipleChoiceField(
        Category.objects.none(), label=_("Categories"), required=False, help_text=_("None chosen means the whole list."),
        widget=forms.SelectMultiple(attrs=WIDE),
    )  # fmt: skip
    only_new = forms.BooleanField(label=_("Only services that the insurer's list does not have yet"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["categories"].queryset = Category.objects.live()  # type: ignore[attr-defined]
        self.fields["starts_on"].initial = today()

    def clean_percent(self) -> Any:
        try:
            return decimal_of(self.cleaned_data["percent"].replace("%", "").replace("−", "-"))
        except ValueError as error:
            raise forms.ValidationError(_("Enter a number, for example 5 or −10.")) from error


class UploadForm(forms.Form):
    file = forms.FileField(label=_("File"))


class ColumnsForm(forms.Form):
    """Which column of the insurer's table is which: chosen by us, corrected by a person."""

    starts_on = DayField(label=_("New prices start on"))

    def __init__(self, headings: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].initial = today()
        columns = [("", _("not in the file")), *((str(n), heading or str(n + 1)) for n, heading in enumerate(headings))]
        for each in IMPORT_FIELDS:
            self.fields[each.name] = forms.ChoiceField(label=each.label, choices=columns, required=each.is_required)

    def columns(self) -> dict[str, int]:
        return {
            each.name: int(self.cleaned_data[each.name]) for each in IMPORT_FIELDS if self.cleaned_data.get(each.name)
        }


class ProgrammeForm(EntryForm):
    copay_amount = MoneyField(label=_("Patient pays for a visit"), min_value=0, required=False)
    percent = forms.IntegerField(
        label=_("Pays for everything else, percent"), min_value=0, max_value=100, initial=100,
        help_text=_("0: only what is listed below is covered."),
    )  # fmt: skip
    copay_percent = forms.IntegerField(label=_("Patient's share, percent"), min_value=0, max_value=100, initial=0)

    fieldsets = (
        ("", ["name", "percent", "needs_approval", "note"]),
        (_("The patient's part"), ["copay_percent", "copay_amount"]),
    )

    class Meta:
        model = Programme
        fields = ("name", "percent", "needs_approval", "copay_percent", "copay_amount", "note")
        widgets = {"name": forms.TextInput(attrs=WIDE), "note": forms.Textarea(attrs={**WIDE, "rows": 2})}

    def clean_copay_amount(self) -> Any:
        return self.cleaned_data["copay_amount"] or 0


class CoverForm(forms.Form):
    category = forms.ModelChoiceField(Category.objects.none(), label=_("Category"), required=False)
    service = forms.ModelChoiceField(Service.objects.none(), label=_("or one service"), required=False)
    percent = forms.IntegerField(label=_("Pays, percent"), min_value=0, max_value=100, initial=100,
                                 help_text=_("0: not covered."))  # fmt: skip
    needs_approval = forms.BooleanField(label=_("Needs approval"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = Category.objects.live()  # type: ignore[attr-defined]
        self.fields["service"].queryset = Service.objects.live()  # type: ignore[attr-defined]
        searched(self, "service", reverse("catalog:service-options"))


class PolicyForm(EntryForm):
    valid_from = DayField(label=_("Valid from"))
    valid_to = DayField(label=_("Valid to"))
    limit = MoneyField(label=_("Limit"), min_value=0, required=False, help_text=_("Empty: no limit."))
    elsewhere = MoneyField(label=_("Used elsewhere"), min_value=0, required=False)
    franchise = MoneyField(
        label=_("Franchise"),
        min_value=0,
        required=False,
        help_text=_("The patient pays so much before the insurer does."),
    )
    copay_percent = forms.IntegerField(
        label=_("Patient's share, percent"),
        min_value=0,
        max_value=100,
        required=False,
        help_text=_("Empty: as the programme says."),
    )
    copay_amount = MoneyField(label=_("Patient pays for a visit"), min_value=0, required=False)

    fieldsets = (
        ("", ["insurer", "programme", "number", "holder", "valid_from", "valid_to", "is_active"]),
        (_("Limit"), ["limit", "elsewhere"]),
        (_("The patient's part"), ["franchise", "copay_percent", "copay_amount"]),
        (_("More"), ["note"]),
    )

    class Meta:
        model = Policy
        fields = (
            "insurer", "programme", "number", "holder", "valid_from", "valid_to", "limit", "elsewhere", "franchise", "copay_percent",
            "copay_amount", "is_active", "note",
        )  # fmt: skip
        widgets = {"note": forms.Textarea(attrs={**WIDE, "rows": 2}), "holder": forms.TextInput(attrs=WIDE)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = self.instance
        insurers = insurers_live().filter(is_active=True)
        self.fields["insurer"].queryset = insurers | insurers_live().filter(pk=own.insurer_id)  # type: ignore[attr-defined]
        programmes = programmes_offered() | Programme.objects.filter(pk=own.programme_id).select_related("insurer")
        self.fields["programme"].queryset = programmes.order_by("insurer__name", "name")  # type: ignore[attr-defined]
        self.fields["programme"].label_from_instance = lambda row: f"{row.insurer}: {row}"  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("elsewhere", "franchise"):
            data[name] = data.get(name) or 0
        return data

    def _post_clean(self) -> None:
        """The service checks and writes; the row itself stays as it was read."""


class CategoryLimitsForm(forms.Form):
    """A limit for each category, empty where there is none."""

    def __init__(self, *args: Any, policy: Policy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = {row.category_id: row.limit for row in policy.category_limits.all()}
        self.categories = list(Category.objects.live())
        for category in self.categories:
            self.fields[f"limit-{category.pk}"] = MoneyField(
                label=str(category), min_value=0, required=False, initial=own.get(category.pk)
            )

    def limits(self) -> dict[int, Any]:
        found = {row.pk: self.cleaned_data.get(f"limit-{row.pk}") for row in self.categories}
        return {pk: limit for pk, limit in found.items() if limit is not None}


class LetterForm(EntryForm):
    issued_on = DayField(label=_("Of"))
    valid_to = DayField(label=_("Valid to"), required=False)
    sum = MoneyField(label=_("Sum"), min_value=0, required=False, help_text=_("Empty: without a sum."))
    file = forms.FileField(label=_("Scan"), required=False, help_text=_("PDF or a picture, up to 20 MB."))

    class Meta:
        model = GuaranteeLetter
        fields = ("number", "issued_on", "valid_to", "sum", "services")
        widgets = {"services": forms.TextInput(attrs=WIDE)}


class RequestForm(forms.Form):
    """Which policy is asked, for which lines of the plan, on which letter."""

    policy = forms.ModelChoiceField(Policy.objects.none(), label=_("Policy"))
    letter = forms.ModelChoiceField(GuaranteeLetter.objects.none(), label=_("Guarantee letter"), required=False)
    note = forms.CharField(
        label=_("To the insurer"), max_length=1000, required=False, widget=forms.Textarea(attrs={**WIDE, "rows": 3})
    )
    file = forms.FileField(label=_("Scan or picture"), required=False)
    draft = forms.BooleanField(label=_("Only prepare, do not send yet"), required=False)

    def __init__(self, *args: Any, policies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["policy"].queryset = policies  # type: ignore[attr-defined]
        letters = GuaranteeLetter.objects.filter(policy__in=policies)
        self.fields["letter"].queryset = letters  # type: ignore[attr-defined]
        if not letters.exists():
            del self.fields["letter"]
        self.initial.setdefault("policy", policies.first())


class CommentForm(forms.Form):
    comment = forms.CharField(label=_("Comment"), max_length=1000, widget=forms.Textarea(attrs={**WIDE, "rows": 3}))
    file = forms.FileField(label=_("Scan or picture"), required=False)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=300, widget=forms.TextInput(attrs=WIDE))


class DecideForm(forms.Form):
    """The insurer's answer: a decision, and for a partial one the lines with what is accepted of them."""

    DECISIONS = [
        (Approval.Status.ACCEPTED_FULL, Approval.Status.ACCEPTED_FULL.label),
        (Approval.Status.ACCEPTED_PARTIAL, Approval.Status.ACCEPTED_PARTIAL.label),
        (Approval.Status.REFUSED, Approval.Status.REFUSED.label),
    ]
    decision = forms.ChoiceField(
        label=_("Decision"), choices=DECISIONS, widget=forms.RadioSelect, initial="accepted_full"
    )
    valid_to = DayField(label=_("Valid to"), required=False, help_text=_("The last day of the service; empty: no end."))
    reference = forms.CharField(label=_("The insurer's number"), max_length=60, required=False)
    letter = forms.ModelChoiceField(GuaranteeLetter.objects.none(), label=_("Guarantee letter"), required=False)
    comment = forms.CharField(label=_("Comment"), max_length=1000, required=False, widget=forms.TextInput(attrs=WIDE))
    file = forms.FileField(label=_("Scan or picture"), required=False)

    def __init__(self, *args: Any, approval: Approval, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["letter"].queryset = approval.policy.letters.all()  # type: ignore[attr-defined]
        self.lines = [line for line in approval.lines.select_related("service").order_by("pk") if line.plan_line_id]
        for line in self.lines:
            key = line.plan_line_id
            self.fields[f"take-{key}"] = forms.BooleanField(required=False, initial=True, label=str(line.service))
            self.fields[f"quantity-{key}"] = forms.IntegerField(
                min_value=1, max_value=line.quantity, initial=line.quantity, required=False, label=_("Quantity")
            )
            self.fields[f"price-{key}"] = MoneyField(
                min_value=0, max_value=line.price, initial=line.price, required=False, label=_("Price")
            )
            self.fields[f"reason-{key}"] = forms.CharField(max_length=300, required=False, label=_("Reason"))

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """(line, tick, quantity, price, reason) for the table."""
        return [
            (line, *(self[f"{name}-{line.plan_line_id}"] for name in ("take", "quantity", "price", "reason")))
            for line in self.lines
        ]

    @property
    def plain(self) -> list[Any]:
        return [self[name] for name in ("valid_to", "reference", "letter", "comment", "file")]

    def wanted(self) -> list[Wanted]:
        data = self.cleaned_data
        return [
            Wanted(
                line.plan_line_id or 0, data[f"quantity-{line.plan_line_id}"] or line.quantity,
                line.price if data[f"price-{line.plan_line_id}"] is None else data[f"price-{line.plan_line_id}"],
            )
            for line in self.lines if data[f"take-{line.plan_line_id}"]
        ]  # fmt: skip

    def reasons(self) -> dict[int, str]:
        return {line.plan_line_id or 0: self.cleaned_data[f"reason-{line.plan_line_id}"] for line in self.lines}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        ticked = any(data.get(f"take-{line.plan_line_id}") for line in self.lines)
        if data.get("decision") == Approval.Status.ACCEPTED_PARTIAL and not ticked:
            self.add_error("decision", _("Tick the lines that are accepted."))
        return data


class TemplateForm(forms.Form):
    """Words above and below the table, columns in the order chosen (INS-04, INS-05)."""

    name = forms.CharField(label=_("Name"), max_length=120)
    head = forms.CharField(
        label=_("Text above the table"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={**WIDE, "rows": 7}),
    )
    columns = forms.MultipleChoiceField(
        label=_("Data"), choices=[(code, column.label) for code, column in words.COLUMNS.items()],
        widget=forms.SelectMultiple(attrs={**WIDE, "data-select": ""}), help_text=_("Columns stand in the order in which they are chosen."),
    )  # fmt: skip
    foot = forms.CharField(
        label=_("Text below the table"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={**WIDE, "rows": 4}),
    )

    @staticmethod
    def usual() -> dict[str, Any]:
        """What most insurers want."""
        head = (
            "Реестр оказанных услуг № {{register_number}} от {{register_date}}\n"
            "Исполнитель: {{company_name}}, ИНН {{company_inn}}\n"
            "Заказчик: {{insurer_full_name}}, ИНН {{insurer_inn}}\n"
            "Договор № {{contract_number}} от {{contract_date}}\n"
            "Период: {{date_from}} – {{date_to}}"
        )
        foot = "Итого услуг: {{count}}, на сумму {{total}} ({{total_words}})"
        return {"name": _("Monthly register"), "head": head, "foot": foot, "columns": list(words.USUAL)}


class RegisterForm(forms.Form):
    """What goes into a register (INS-11); the last set is remembered."""

    insurer = forms.ModelChoiceField(Insurer.objects.none(), label=_("Insurer"))
    template = forms.ModelChoiceField(RegisterTemplate.objects.none(), label=_("Template"))
    entity = forms.ModelChoiceField(LegalEntity.objects.none(), label=_("Legal entity"))
    first = DayField(label=_("From"))
    last = DayField(label=_("To"))
    approval = forms.ChoiceField(
        label=_("Approval"), required=False,
        choices=[("", _("any")), ("accepted_full", Approval.Status.ACCEPTED_FULL.label),
                 ("accepted_partial", Approval.Status.ACCEPTED_PARTIAL.label), ("none", _("without approval"))],
    )  # fmt: skip
    invoice = forms.ChoiceField(
        label=_("Invoice"), required=False,
        choices=[("", _("any")), ("issued", _("issued")), ("partly_paid", _("partly paid")), ("paid", _("paid"))],
    )  # fmt: skip

    def __init__(self, *args: Any, entities: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["insurer"].queryset = insurers_live()  # type: ignore[attr-defined]
        templates = RegisterTemplate.objects.live().filter(insurer__deleted_at__isnull=True).select_related("insurer")
        self.fields["template"].queryset = templates.order_by("insurer__name", "name")  # type: ignore[attr-defined]
        self.fields["template"].label_from_instance = lambda row: f"{row.insurer}: {row}"  # type: ignore[attr-defined]
        self.fields["entity"].queryset = entities  # type: ignore[attr-defined]
        if len(entities) == 1:
            self.initial.setdefault("entity", entities[0].pk)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            self.add_error("last", _("The end is before the beginning."))
        template, insurer = data.get("template"), data.get("insurer")
        if template and insurer and template.insurer_id != insurer.pk:
            self.add_error("template", _("This template is another insurer's."))
        return data

    def wish(self) -> Wish:
        data = self.cleaned_data
        return Wish(data["insurer"], data["entity"].pk, data["first"], data["last"], data["approval"], data["invoice"])

    def kept(self) -> str:
        """The set without its days, for the next time."""
        return urlencode(
            {name: self.data.get(name, "") for name in ("insurer", "template", "entity", "approval", "invoice")}
        )


class PaymentForm(forms.Form):
    """A bank order of an insurer; with his table when he did not pay all of it."""

    number = forms.CharField(label=_("Number of the order"), max_length=60)
    paid_on = DayField(label=_("Day"))
    amount = MoneyField(label=_("Amount"), min_value=0)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)
    file = forms.FileField(
        label=_("The insurer's table"), required=False,
        help_text=_("XLSX or CSV with what is paid and refused; without it everything that is open is paid in full."),
    )  # fmt: skip

    def clean_paid_on(self) -> Any:
        if self.cleaned_data["paid_on"] > today():
            raise forms.ValidationError(_("This day has not come yet."))
        return self.cleaned_data["paid_on"]


class PaymentColumnsForm(forms.Form):
    """The order once more, and which column of the table is which."""

    number = forms.CharField(max_length=60, widget=forms.HiddenInput)
    paid_on = DayField(widget=forms.HiddenInput(attrs={"data-plain": ""}))
    amount = MoneyField(min_value=0, widget=forms.HiddenInput)
    note = forms.CharField(max_length=300, required=False, widget=forms.HiddenInput)

    def __init__(self, headings: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns = [("", _("not in the file")), *((str(n), heading or str(n + 1)) for n, heading in enumerate(headings))]
        for each in PAYMENT_FIELDS:
            self.fields[each.name] = forms.ChoiceField(label=each.label, choices=columns, required=each.is_required)

    def columns(self) -> dict[str, int]:
        return {
            each.name: int(self.cleaned_data[each.name]) for each in PAYMENT_FIELDS if self.cleaned_data.get(each.name)
        }


class RefuseForm(forms.Form):
    amount = MoneyField(label=_("Refused"), min_value=0)
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.TextInput(attrs=WIDE))


class RebillForm(forms.Form):
    agreement = forms.CharField(
        label=_("Signed agreement"), max_length=200, widget=forms.TextInput(attrs=WIDE),
        help_text=_("What the patient has signed and when: «consent to pay of 12.03.2026»."),
    )  # fmt: skip
    file = forms.FileField(label=_("Scan"), required=False)

"""Forms of money: shape and type of what is typed; rules stand in the services."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from billing import rules
from billing.models import Article, Invoice
from billing.policies import DISCOUNT_IN_INVOICE
from billing.rules.instalments import FORTNIGHT, MONTH, WEEK, days_from, equal_sums
from billing.selectors.cash import articles_live, desks_visible_to
from billing.selectors.promotions import promotions_now
from billing.services import LineInput
from billing.services.promotions import parts_of
from catalog.models import Service
from catalog.selectors import services_offered
from clinic.models import Staff
from clinic.selectors import branches_visible_to, staff_visible_to
from clinical.models import TreatmentPlan
from clinical.teeth import TEETH
from core import clock
from core.forms import DayField, MoneyField
from core.money import ZERO, Money
from patients.picker import PatientField

NOT_NEGATIVE = {"min_value": Decimal(0), "required": False}


class PayForm(forms.Form):
    """Split tender: so much by each method, and what becomes of a surplus in cash."""

    cash = MoneyField(label=_("Cash"), **NOT_NEGATIVE)
    card = MoneyField(label=_("Card"), **NOT_NEGATIVE)
    deposit = MoneyField(label=_("From the deposit"), **NOT_NEGATIVE)
    surplus = forms.ChoiceField(choices=(("deposit", _("To deposit")), ("change", _("Give change"))), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not rules.in_order(self._sums(data)):
            raise ValidationError(_("Enter a sum."), code="empty")
        return data

    def _sums(self, data: dict[str, Any]) -> list[tuple[str, Money]]:
        return [(name, data.get(name) or ZERO) for name in ("cash", "card", "deposit")]

    def tenders(self, due: Money) -> list[tuple[str, Money]]:
        """What enters the desk: without the change that goes back over it."""
        ordered = rules.in_order(self._sums(self.cleaned_data))
        return rules.change_of(ordered, due)[0] if self.cleaned_data.get("surplus") == "change" else ordered


REASONS = (
    ("wrong_service", _("Wrong service")),
    ("wrong_patient", _("Wrong patient")),
    ("wrong_sum", _("Wrong price or discount")),
    ("refused", _("The patient refused")),
    ("other", _("Another reason")),
)


class ReasonForm(forms.Form):
    """Why something is undone: a usual reason and words of one's own; «another» needs words."""

    reason = forms.ChoiceField(label=_("Reason"), choices=REASONS)
    comment = forms.CharField(
        label=_("Comment"), max_length=250, required=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-wide": "1", "placeholder": _("Seen in the patient's history")}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("reason") == "other" and not data.get("comment"):
            self.add_error("comment", _("Say why."))
        return data

    @property
    def words(self) -> str:
        """«Не та услуга: перепутан зуб»."""
        reason = str(dict(REASONS)[self.cleaned_data["reason"]])
        comment = self.cleaned_data.get("comment") or ""
        if self.cleaned_data["reason"] == "other":
            return comment
        return f"{reason}: {comment}" if comment else reason


class RollbackForm(ReasonForm):
    back = forms.ChoiceField(
        label=_("Money goes back"), choices=(("refund", _("The way it came")), ("deposit", _("To the deposit"))),
        widget=forms.RadioSelect, initial="refund", required=False,
    )  # fmt: skip


class MethodForm(forms.Form):
    """By what the money really came; together the sum of the payment."""

    cash = MoneyField(label=_("Cash"), **NOT_NEGATIVE)
    card = MoneyField(label=_("Card"), **NOT_NEGATIVE)
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.TextInput(attrs={"data-wide": "1"}))

    def __init__(self, *args: Any, total: Money, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.total = total

    @property
    def tenders(self) -> list[tuple[str, Money]]:
        return rules.in_order([(name, self.cleaned_data.get(name) or ZERO) for name in ("cash", "card")])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and rules.total(self.tenders) != self.total:
            raise ValidationError(_("The methods have to come to the sum of the payment."), code="sum")
        return data


class MovePaymentForm(forms.Form):
    """Whose money it was, and what it pays there."""

    goes_to = forms.ChoiceField(
        label=_("What it pays"), choices=(("debts", _("His debts, then the deposit")), ("deposit", _("The deposit"))),
        widget=forms.RadioSelect, initial="debts",
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.TextInput(attrs={"data-wide": "1"}))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["patient"] = PatientField(user=user, label=_("Whose money it was"))
        self.order_fields(["patient", "goes_to", "reason"])


class DepositForm(forms.Form):
    cash = MoneyField(label=_("Cash"), **NOT_NEGATIVE)
    card = MoneyField(label=_("Card"), **NOT_NEGATIVE)
    branch = forms.ModelChoiceField(label=_("Branch"), queryset=None)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        branches_field(self, user)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not self.tenders_of(data):
            raise ValidationError(_("Enter a sum."), code="empty")
        return data

    def tenders_of(self, data: dict[str, Any]) -> list[tuple[str, Money]]:
        return rules.in_order([(name, data.get(name) or ZERO) for name in ("cash", "card")])


class PayDebtsForm(PayForm):
    """Which money pays the debts; the division is shown before it is done."""

    surplus = None
    with_family = forms.BooleanField(label=_("Debts of the family too"), required=False, initial=True)
    branch = forms.ModelChoiceField(label=_("Branch"), queryset=None)

    def __init__(self, *args: Any, user: Any, has_family: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        branches_field(self, user)
        if not has_family:
            del self.fields["with_family"]

    @property
    def ordered(self) -> list[tuple[str, Money]]:
        return rules.in_order(self._sums(self.cleaned_data))


class StatementForm(forms.Form):
    """The days of a statement; this year where nothing is said."""

    locals()["from"] = DayField(label=_("From"), required=False)
    to = DayField(label=_("To"), required=False)


class InstalmentsForm(forms.Form):
    """Equal sums from a day on, month by month or more often."""

    count = forms.IntegerField(label=_("How many payments"), min_value=1, max_value=60, initial=3)
    every = forms.ChoiceField(
        label=_("How often"), widget=forms.RadioSelect, initial=MONTH,
        choices=((MONTH, _("Every month")), (FORTNIGHT, _("Every two weeks")), (WEEK, _("Every week"))),
    )  # fmt: skip
    first_on = DayField(label=_("First payment"))
    note = forms.CharField(
        label=_("Note"), max_length=300, required=False, widget=forms.TextInput(attrs={"data-wide": "1"})
    )

    def dues(self, owed: Money) -> list[tuple[Any, Money]]:
        data = self.cleaned_data
        days = days_from(data["first_on"], data["count"], data["every"])
        return list(zip(days, equal_sums(owed, data["count"]), strict=True))


class EndForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.TextInput(attrs={"data-wide": "1"}))


class WithdrawForm(forms.Form):
    """All of it unless a sum is typed (C17)."""

    amount = MoneyField(
        label=_("Sum"), min_value=Decimal("0.01"), required=False, help_text=_("Empty: the whole deposit.")
    )
    method = forms.ChoiceField(
        label=_("How"),
        choices=(("original", _("The way it came")), ("cash", _("Cash")), ("card", _("To the card"))),
        widget=forms.RadioSelect,
        initial="original",
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.TextInput(attrs={"data-wide": "1"}))
    branch = forms.ModelChoiceField(label=_("Branch"), queryset=None)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        branches_field(self, user)


def branches_field(form: forms.Form, user: Any) -> None:
    """A choice among the user's branches; not asked where there is but one."""
    field: Any = form.fields["branch"]
    field.queryset = branches_visible_to(user)
    if len(user.branch_ids) == 1:
        field.widget, field.required = forms.HiddenInput(), False
        field.initial = user.branch_ids[0]


class ShiftOpenForm(forms.Form):
    desk = forms.ModelChoiceField(label=_("Cash desk"), queryset=None)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["desk"].queryset = desks_visible_to(user)  # type: ignore[attr-defined]


class CloseForm(forms.Form):
    """What was counted, note by note or as a sum."""

    counted = MoneyField(label=_("Counted"), min_value=Decimal(0))
    explanation = forms.CharField(label=_("Explain the difference"), max_length=500, required=False)


class MoveForm(forms.Form):
    """Cash in or out; who may add articles names a new one right here (BIL-17)."""

    amount = MoneyField(label=_("Sum"), min_value=Decimal("0.01"))
    article = forms.ModelChoiceField(label=_("Article"), queryset=Article.objects.none(), required=False)
    new_article = forms.CharField(
        label=_("Or a new article"), max_length=120, required=False, help_text=_("Added to the list of articles.")
    )
    person = forms.CharField(max_length=200, required=False)
    note = forms.CharField(
        label=_("Comment"), max_length=300, required=False, widget=forms.TextInput(attrs={"data-wide": "1"})
    )

    def __init__(self, *args: Any, into: bool, may_add: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ways = ("in", "both") if into else ("out", "both")
        self.fields["article"].queryset = articles_live().filter(direction__in=ways)  # type: ignore[attr-defined]
        self.fields["person"].label = _("From whom") if into else _("To whom")
        if not may_add:
            del self.fields["new_article"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data.get("article") and not data.get("new_article"):
            self.add_error("article", _("Choose an article."))
        return data


class ArticleForm(forms.ModelForm):
    class Meta:
        model = Article
        fields = ("name", "direction", "result")


class DeskForm(forms.Form):
    branch = forms.ModelChoiceField(label=_("Branch"), queryset=None)
    name = forms.CharField(label=_("Name"), max_length=80)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        branches_field(self, user)


# A new invoice


class LineForm(forms.Form):
    """One service of an invoice; a line without a service is no line."""

    service = forms.ModelChoiceField(label=_("Service"), queryset=Service.objects.none(), required=False)
    teeth = forms.CharField(label=_("Teeth"), max_length=200, required=False)
    doctor = forms.ModelChoiceField(label=_("Doctor"), queryset=Staff.objects.none(), required=False)
    assistant = forms.ModelChoiceField(label=_("Assistant"), queryset=Staff.objects.none(), required=False)
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=999, required=False, initial=1)
    payer = forms.ChoiceField(label=_("Payer"), required=False)
    price = MoneyField(label=_("Price"), **NOT_NEGATIVE)
    discount = MoneyField(label=_("Discount"), **NOT_NEGATIVE)
    discount_kind = forms.ChoiceField(
        label=_("Discount in"), choices=(("sum", _("sum")), ("percent", "%")), required=False
    )

    def __init__(
        self,
        *args: Any,
        doctors: QuerySet[Staff],
        assistants: QuerySet[Staff],
        payers: list[tuple[str, Any]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["service"].queryset = services_offered(clock.now().date())
        fields["doctor"].queryset, fields["assistant"].queryset = doctors, assistants
        fields["payer"].choices = payers
        if not payers:
            del fields["payer"]

    def clean_teeth(self) -> list[int]:
        words = self.cleaned_data["teeth"].replace(",", " ").split()
        if any(not word.isdigit() or int(word) not in TEETH for word in words):
            raise ValidationError(_("Teeth are numbers such as 11 or 36."))
        return [int(word) for word in words]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("discount_kind") == "percent" and (data.get("discount") or 0) > 100:
            self.add_error("discount", _("At most 100 percent."))
        return data

    def line(self) -> LineInput | None:
        data = self.cleaned_data
        service = data.get("service")
        if service is None:
            return None
        quantity, price = data.get("quantity") or 1, data.get("price")
        discount = data.get("discount") or ZERO
        if discount and data.get("discount_kind") == "percent":
            discount = rules.percent_of(price if price is not None else service.price or ZERO, quantity, discount)
        return LineInput(
            service_id=service.pk, quantity=quantity, teeth=data["teeth"], price=price, discount=discount or None,
            payer=data.get("payer") or None,
            doctor_id=data["doctor"].pk if data.get("doctor") else None,
            assistant_id=data["assistant"].pk if data.get("assistant") else None,
        )  # fmt: skip


LineSet = forms.formset_factory(LineForm, extra=0, min_num=0, max_num=300, validate_max=True)


class InvoiceForm(forms.Form):
    """The head of a new invoice: which plan lines, the discount on the whole, a note."""

    plan = forms.ModelChoiceField(label=_("Treatment plan"), queryset=TreatmentPlan.objects.none(), required=False)
    plan_lines = forms.MultipleChoiceField(label=_("Lines of the plan"), required=False)
    discount = MoneyField(label=_("Discount on the whole"), **NOT_NEGATIVE)
    discount_reason = forms.CharField(label=_("Why the discount"), max_length=200, required=False)
    promotions = forms.ChoiceField(label=_("Promotions"), required=False)
    note = forms.CharField(label=_("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, plans: QuerySet[TreatmentPlan], line_ids: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["plan"].queryset = plans
        fields["plan_lines"].choices = [(str(pk), str(pk)) for pk in line_ids]
        rows = promotions_now().select_related("discount").order_by("discount__name")
        named = [(str(row.discount_id), str(row.discount)) for row in rows]
        best = [("", _("The best one by itself"))] if DISCOUNT_IN_INVOICE.get() else []
        fields["promotions"].choices = [*best, ("none", _("No promotion")), *named]
        self.has_promotions = bool(named)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("discount") and not data.get("discount_reason"):
            self.add_error("discount_reason", _("Say why: it stands on the invoice."))
        return data

    @property
    def picked(self) -> list[int] | None:
        """Promotions that a person has chosen; None leaves it to the program."""
        asked = self.cleaned_data.get("promotions") or ""
        return None if not asked else [] if asked == "none" else [int(asked)]


class PlanPayersForm(forms.Form):
    """A payer for each line of a plan; the hint says who pays as things stand, and why."""

    def __init__(self, *args: Any, rows: list[Any], options: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {value for value, _label in options}
        for row in rows:
            extra = [(row.asked, _("no longer to be had"))] if row.asked and row.asked not in known else []
            self.fields[f"line_{row.line.pk}"] = forms.ChoiceField(
                label=row.title, choices=[*options, *extra], initial=row.asked, required=False, help_text=row.why,
                widget=forms.Select(attrs={"data-wide": "1"}),
            )  # fmt: skip

    def payers(self) -> dict[int, str]:
        return {int(name.removeprefix("line_")): str(value) for name, value in self.cleaned_data.items()}


def lines_of(formset: Any) -> Iterator[LineInput]:
    for form in formset:
        line = form.line()
        if line is not None:
            yield line


def initial_lines(invoice: Invoice) -> list[dict[str, Any]]:
    """A draft's own lines as the form shows them; those of a plan are ticked in it instead, promotions come anew."""
    lines = list(invoice.lines.all())
    given = parts_of(lines)
    own = {line.pk: line.discount - sum((part.amount for part in given.get(line.pk, ())), ZERO) for line in lines}
    return [
        {
            "service": line.service_id, "teeth": ", ".join(map(str, line.teeth)), "doctor": line.doctor_id,
            "assistant": line.assistant_id, "quantity": line.quantity, "price": line.price, "discount": own[line.pk] or None,
            "payer": line.asked_payer,
        }
        for line in lines
        if line.plan_line_id is None
    ]  # fmt: skip


def people_of(user: Any) -> tuple[QuerySet[Staff], QuerySet[Staff]]:
    """Doctors and assistants for a line: colleagues of the user's branches."""
    staff = staff_visible_to(user)
    return staff.filter(is_doctor=True), staff.filter(is_doctor=False)

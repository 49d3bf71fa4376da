"""Billing's part of the API: invoices, payments, deposits, cash shifts. Names and codes are the contract's."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from billing import permissions, services
from billing.listings import (
    ArticleListing,
    DebtListing,
    DeskListing,
    InvoiceListing,
    PaymentListing,
    ShiftListing,
    ToPayListing,
)
from billing.models import Article, Invoice
from billing.selectors.cash import shift_get
from billing.selectors.instalments import due_rows, schedule_of
from billing.selectors.invoices import invoice_get, payment_get
from billing.selectors.patients import balances_of_patients, patient_for_money
from billing.selectors.statements import members_money
from billing.services import LineInput
from billing.services.families import division_of
from clinical.teeth import TEETH
from core.api import Amount, Body, Id, Moment, Out, Router, if_match
from core.money import ZERO

router = Router("billing")


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "integer", "minimum": 1}]})
class Payer(serializers.Field):
    """A payer's key or a kind: patient, dms, barter, organisation, partner."""

    def to_internal_value(self, data: Any) -> str | int:
        if isinstance(data, bool) or not isinstance(data, str | int):
            raise serializers.ValidationError(_("A kind of payer or a payer's id."))
        if isinstance(data, str) and data.isascii() and data.isdigit() and len(data) < 18:
            return int(data)
        if isinstance(data, int) and not 0 < data < 2**63:
            raise serializers.ValidationError(_("There is no such payer."))
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class Tooth(serializers.IntegerField):
    """A tooth by FDI."""

    def to_internal_value(self, data: Any) -> int:
        number = super().to_internal_value(data)
        if number not in TEETH:
            raise serializers.ValidationError(_("There is no such tooth."))
        return number


class LineIn(Body):
    service = Id()
    quantity = serializers.IntegerField(min_value=1, max_value=999, default=1)
    doctor = Id(required=False, allow_null=True)
    assistant = Id(required=False, allow_null=True)
    teeth = serializers.ListField(child=Tooth(), max_length=52, default=list)
    price = Amount(required=False, allow_null=True, min_value=Decimal(0))
    discount = Amount(required=False, allow_null=True, min_value=Decimal(0))
    payer = Payer(required=False, allow_null=True)


class InvoiceIn(Body):
    patient = Id()
    plan = Id(required=False, allow_null=True)
    plan_lines = serializers.ListField(
        child=Id(), required=False, max_length=300, help_text="lines of the plan; all that are left when absent"
    )
    lines = LineIn(many=True, required=False)
    appointment = Id(required=False, allow_null=True)
    branch = Id(required=False, allow_null=True)
    discount = Amount(
        required=False, default=ZERO, min_value=Decimal(0), help_text="off the whole, spread over the lines"
    )
    discounts = serializers.ListField(
        child=Id(), required=False, max_length=50, allow_null=True,
        help_text="promotions picked; an empty list is none, left out the best ones",
    )  # fmt: skip
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    draft = serializers.BooleanField(default=False)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if not data.get("plan") and not data.get("lines"):
            raise serializers.ValidationError({"lines": [_("Name a plan or at least one service.")]})
        if len(data.get("lines") or ()) > 300:
            raise serializers.ValidationError({"lines": [_("At most 300 lines.")]})
        return data


class LineOut(Out):
    id = serializers.IntegerField()
    service = serializers.IntegerField(source="service_id")
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    teeth = serializers.ListField(child=serializers.IntegerField())
    doctor = serializers.IntegerField(source="doctor_id", allow_null=True)
    assistant = serializers.IntegerField(source="assistant_id", allow_null=True)
    price = Amount()
    discount = Amount()
    discount_reason = serializers.CharField()
    reasons = serializers.JSONField(help_text="what the engine decided, as [about, sentence]")
    sum = Amount()
    service_on = serializers.DateField()
    plan_line = serializers.IntegerField(source="plan_line_id", allow_null=True)


class ShareOut(Out):
    payer = serializers.IntegerField()
    kind = serializers.CharField()
    amount = Amount()
    paid = Amount()


class InvoiceOut(Out):
    id = serializers.IntegerField()
    number = serializers.IntegerField(allow_null=True, help_text="null while a draft")
    status = serializers.CharField()
    patient = serializers.IntegerField(source="patient_id")
    branch = serializers.IntegerField(source="branch_id")
    appointment = serializers.IntegerField(source="appointment_id", allow_null=True)
    plan = serializers.IntegerField(source="plan_id", allow_null=True)
    issued_on = serializers.DateField(allow_null=True)
    issued_at = Moment(zone="branch.timezone")
    list_total = Amount(help_text="by the price list, before discounts")
    total = Amount()
    paid = Amount(help_text="by whomever")
    due = Amount(help_text="what the patient himself has still to pay")
    note = serializers.CharField()
    version = serializers.IntegerField()
    lines = LineOut(many=True)
    shares = serializers.SerializerMethodField()

    def get_shares(self, invoice: Invoice) -> list[dict[str, Any]]:
        sums: dict[tuple[int, str], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
        for share in invoice.shares.all():
            row = sums[share.payer_id, share.kind]
            row[0] += share.amount
            row[1] += share.paid
        rows = [
            {"payer": payer, "kind": kind, "amount": amount, "paid": paid}
            for (payer, kind), (amount, paid) in sums.items()
        ]
        return ShareOut(rows, many=True).data


router.listing("invoices/", InvoiceListing, gives=InvoiceOut)


@router.post("invoices/", permissions.ISSUE_INVOICE, takes=InvoiceIn, gives=InvoiceOut, status=201, needs_key=True)
def invoice_make(request: Request, data: dict[str, Any]) -> Invoice:
    """Make an invoice and issue it; with `draft` only make it. Of a plan all lines that are not invoiced yet."""
    lines = [
        LineInput(
            service_id=line["service"], quantity=line["quantity"], doctor_id=line.get("doctor"),
            assistant_id=line.get("assistant"), teeth=line["teeth"], price=line.get("price"), discount=line.get("discount"),
            payer=line.get("payer"),
        )
        for line in data.get("lines") or ()
    ]  # fmt: skip
    return services.invoice_make(
        patient_id=data["patient"], lines=lines, actor=request.user, plan_id=data.get("plan"),
        plan_line_ids=data.get("plan_lines"), appointment_id=data.get("appointment"), branch_id=data.get("branch"),
        note=data["note"], discount=data["discount"], draft=data["draft"], picked=data.get("discounts"),
    )  # fmt: skip


@router.get("invoices/<int:pk>/", permissions.SEE_MONEY, gives=InvoiceOut)
def invoice(request: Request, pk: int) -> Invoice:
    return invoice_get(request.user, pk)


@router.delete("invoices/<int:pk>/", permissions.ISSUE_INVOICE)
def invoice_discard(request: Request, pk: int) -> None:
    """Drop a draft. An issued invoice is rolled back instead: 409 illegal_move."""
    services.invoice_discard(invoice_id=pk, actor=request.user)


@router.post("invoices/<int:pk>/issue/", permissions.ISSUE_INVOICE, gives=InvoiceOut)
def invoice_issue(request: Request, pk: int) -> Invoice:
    """Issue a draft."""
    services.invoice_issue(invoice_id=pk, actor=request.user, expected_version=if_match(request))
    return invoice_get(request.user, pk)


class TenderIn(Body):
    method = serializers.ChoiceField(choices=("cash", "card", "deposit"))
    amount = Amount(min_value=Decimal("0.01"))


class PayIn(Body):
    """`{method, amount}`, or `{payments: [{method, amount}, ...]}`."""

    method = serializers.ChoiceField(choices=("cash", "card", "deposit"), required=False)
    amount = Amount(min_value=Decimal("0.01"), required=False)
    payments = TenderIn(many=True, required=False)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        single = [name for name in ("method", "amount") if name in data]
        if "payments" in data:
            if single or not 1 <= len(data["payments"]) <= 20:
                raise serializers.ValidationError(
                    {"payments": [_("Either a method and an amount, or a list of them.")]}
                )
        elif len(single) < 2:
            missing = {"method", "amount"} - set(single)
            raise serializers.ValidationError({name: [_("This field is required.")] for name in sorted(missing)})
        return data


def tenders_of(data: dict[str, Any]) -> list[tuple[str, Decimal]]:
    return [(row["method"], row["amount"]) for row in data.get("payments") or [data]]


@router.post(
    "invoices/<int:pk>/pay/", permissions.TAKE_PAYMENT, takes=PayIn, gives=InvoiceOut, status=201, needs_key=True
)
def pay(request: Request, data: dict[str, Any], pk: int) -> Invoice:
    """Take money, in one tender or several. Cash and card over the due go to the deposit, or to earlier debts."""
    taken = services.payment_accept(
        invoice_id=pk, tenders=tenders_of(data), actor=request.user, expected_version=if_match(request)
    )
    return taken.invoice


class RollbackIn(Body):
    reason = serializers.CharField(max_length=300)
    refund = serializers.BooleanField(default=False)


@router.post("invoices/<int:pk>/rollback/", permissions.ROLL_BACK, takes=RollbackIn, gives=InvoiceOut, needs_key=True)
def rollback(request: Request, data: dict[str, Any], pk: int) -> Invoice:
    """Undo an invoice by mirrored postings; the money goes to the deposit, with `refund` back as it came."""
    services.invoice_rollback(invoice_id=pk, actor=request.user, expected_version=if_match(request), **data)
    return invoice_get(request.user, pk)


class DueIn(Body):
    due_on = serializers.DateField()
    amount = Amount(min_value=Decimal("0.01"))


class InstalmentsIn(Body):
    dues = DueIn(many=True)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class EndIn(Body):
    reason = serializers.CharField(max_length=300)


class DueOut(Out):
    due_on = serializers.DateField(source="on")
    amount = Amount()
    paid = Amount()
    overdue = serializers.BooleanField(source="is_overdue")


def dues_of(request: Request, pk: int) -> Any:
    found = invoice_get(request.user, pk)
    schedule = schedule_of(found)
    return due_rows(found, schedule) if schedule else []


@router.get("invoices/<int:pk>/instalments/", permissions.SEE_MONEY, gives=DueOut, many=True)
def instalments(request: Request, pk: int) -> Any:
    """Dues agreed for an invoice, with what is paid of each; empty where none are agreed."""
    return dues_of(request, pk)


@router.post(
    "invoices/<int:pk>/instalments/",
    permissions.ISSUE_INVOICE,
    takes=InstalmentsIn,
    gives=DueOut,
    many=True,
    status=201,
)
def instalments_agree(request: Request, data: dict[str, Any], pk: int) -> Any:
    """Agree dues that come to what the patient owes; 409 schedule_stands where some are agreed."""
    services.instalments_agree(
        invoice_id=pk, dues=[(row["due_on"], row["amount"]) for row in data["dues"]], note=data["note"],
        actor=request.user, expected_version=if_match(request),
    )  # fmt: skip
    return dues_of(request, pk)


@router.post("invoices/<int:pk>/instalments/end/", permissions.ISSUE_INVOICE, takes=EndIn, gives=DueOut, many=True)
def instalments_end(request: Request, data: dict[str, Any], pk: int) -> Any:
    """End the agreement: what is left is owed at once."""
    services.instalments_end(invoice_id=pk, reason=data["reason"], actor=request.user)
    return dues_of(request, pk)


# Payments


class PaymentOut(Out):
    id = serializers.IntegerField()
    kind = serializers.CharField()
    patient = serializers.IntegerField(source="patient_id", allow_null=True)
    branch = serializers.IntegerField(source="branch_id")
    desk = serializers.IntegerField(source="desk_id", allow_null=True)
    shift = serializers.IntegerField(source="shift_id", allow_null=True)
    cash = Amount(help_text="below zero: given back")
    card = Amount()
    taken_on = serializers.DateField()
    taken_at = Moment(zone="branch.timezone")
    taken_by = serializers.IntegerField(source="taken_by_id", allow_null=True)
    reason = serializers.CharField()
    reverses = serializers.IntegerField(source="reverses_id", allow_null=True)
    corrects = serializers.IntegerField(source="corrects_id", allow_null=True, help_text="it stands instead of")


class VoidIn(Body):
    reason = serializers.CharField(max_length=300)


router.listing("payments/", PaymentListing, gives=PaymentOut)
router.listing("debts/", DebtListing)
router.listing("to-pay/", ToPayListing)


@router.get("payments/<int:pk>/", permissions.SEE_MONEY, gives=PaymentOut)
def payment(request: Request, pk: int) -> Any:
    return payment_get(request.user, pk)


@router.post("payments/<int:pk>/void/", permissions.ROLL_BACK, takes=VoidIn, gives=PaymentOut, needs_key=True)
def payment_void(request: Request, data: dict[str, Any], pk: int) -> Any:
    """Cancel a payment taken by mistake; gives the mirrored one."""
    return payment_get(request.user, services.payment_void(payment_id=pk, actor=request.user, **data).pk)


class MethodIn(Body):
    """`{method}` for the whole of it, or `{payments: [{method, amount}, ...]}` that come to the same sum."""

    method = serializers.ChoiceField(choices=("cash", "card"), required=False)
    payments = TenderIn(many=True, required=False)
    reason = serializers.CharField(max_length=300)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if ("method" in data) == ("payments" in data):
            raise serializers.ValidationError({"method": [_("Either a method, or a list of them.")]})
        return data


class MoveToIn(Body):
    patient = Id()
    invoice = Id(required=False, allow_null=True)
    to_debts = serializers.BooleanField(default=True, help_text="what he owes first, oldest first; else the deposit")
    reason = serializers.CharField(max_length=300)


@router.post("payments/<int:pk>/method/", permissions.ROLL_BACK, takes=MethodIn, gives=PaymentOut, needs_key=True)
def payment_method(request: Request, data: dict[str, Any], pk: int) -> Any:
    """The money came by another method: gives the payment that stands in its place."""
    found = payment_get(request.user, pk)
    tenders = [(row["method"], row["amount"]) for row in data.get("payments") or ()]
    if "method" in data:
        tenders = [(data["method"], abs(found.money))]
    done = services.payment_method_change(
        payment_id=pk, tenders=tenders, reason=data["reason"], actor=request.user
    )  # fmt: skip
    return payment_get(request.user, done.pk)


@router.post("payments/<int:pk>/move/", permissions.ROLL_BACK, takes=MoveToIn, gives=PaymentOut, needs_key=True)
def payment_move(request: Request, data: dict[str, Any], pk: int) -> Any:
    """The money was another patient's: gives the payment that stands in its place."""
    done = services.payment_move(
        payment_id=pk, patient_id=data["patient"], invoice_id=data.get("invoice"), to_debts=data["to_debts"],
        reason=data["reason"], actor=request.user,
    )  # fmt: skip
    return payment_get(request.user, done.pk)


# A patient's money


class BalanceOut(Out):
    deposit = Amount()
    debt = Amount()
    barter_left = Amount(allow_null=True)
    dms_left = Amount(allow_null=True)


class DepositIn(Body):
    amount = Amount(min_value=Decimal("0.01"))
    method = serializers.ChoiceField(choices=("cash", "card"))


class WithdrawIn(Body):
    amount = Amount(min_value=Decimal("0.01"), required=False, allow_null=True)
    method = serializers.ChoiceField(choices=("cash", "card", "original"), help_text="original: the way it came")
    reason = serializers.CharField(max_length=300)


def balance_of(request: Request, pk: int) -> Any:
    patient = patient_for_money(pk, request.user)
    return balances_of_patients([patient.pk])[patient.pk]


@router.get("patients/<int:pk>/balance/", permissions.SEE_BALANCE, gives=BalanceOut)
def balance(request: Request, pk: int) -> Any:
    """Deposit, debt (never below zero), and what is left with barter and DMS (null where there is none)."""
    return balance_of(request, pk)


@router.post(
    "patients/<int:pk>/deposit/",
    permissions.TAKE_PAYMENT,
    takes=DepositIn,
    gives=BalanceOut,
    needs_key=True,
)
def deposit(request: Request, data: dict[str, Any], pk: int) -> Any:
    """Take a prepayment; where the setting says so it pays earlier debts first."""
    services.deposit_put(patient_id=pk, tenders=[(data["method"], data["amount"])], actor=request.user)
    return balance_of(request, pk)


class DebtsIn(PayIn):
    family = serializers.BooleanField(default=True, help_text="debts of the family too")
    seen = serializers.CharField(required=False, max_length=20_000, help_text="the key of the division that was shown")


class PieceOut(Out):
    invoice = serializers.IntegerField(source="invoice.pk")
    patient = serializers.IntegerField(source="invoice.patient_id")
    due = Amount()
    pays = Amount()
    left = Amount()


class DivisionOut(Out):
    key = serializers.CharField()
    owed = Amount()
    to_deposit = Amount()
    pieces = PieceOut(many=True)


@router.post("patients/<int:pk>/division/", permissions.TAKE_PAYMENT, takes=DebtsIn, gives=DivisionOut)
def division(request: Request, data: dict[str, Any], pk: int) -> Any:
    """How money would be divided over the debts of a patient and his family, oldest first; changes nothing."""
    patient = patient_for_money(pk, request.user)
    return division_of(patient=patient, tenders=tenders_of(data), actor=request.user, with_family=data["family"])


@router.post(
    "patients/<int:pk>/pay-debts/",
    permissions.TAKE_PAYMENT,
    takes=DebtsIn,
    gives=PaymentOut,
    status=201,
    needs_key=True,
)
def pay_debts(request: Request, data: dict[str, Any], pk: int) -> Any:
    """Pay what a patient and his family owe; 409 division_changed where it is no longer what `seen` names."""
    done = services.debts_pay(
        patient_id=pk, tenders=tenders_of(data), actor=request.user, with_family=data["family"], seen=data.get("seen")
    )
    return payment_get(request.user, done.pk)


class MemberOut(Out):
    patient = serializers.IntegerField(source="patient.pk")
    deposit = Amount()
    debt = Amount()
    pays = serializers.BooleanField()


@router.get("patients/<int:pk>/family-balance/", permissions.SEE_BALANCE, gives=MemberOut, many=True)
def family_balance(request: Request, pk: int) -> Any:
    """Deposit and debt of each of the patient's family whom the caller may see."""
    return members_money(request.user, patient_for_money(pk, request.user))


@router.post(
    "patients/<int:pk>/withdraw/", permissions.WITHDRAW_DEPOSIT, takes=WithdrawIn, gives=BalanceOut, needs_key=True
)
def withdraw(request: Request, data: dict[str, Any], pk: int) -> Any:
    """Give a deposit back, all of it without `amount`."""
    services.deposit_withdraw(patient_id=pk, actor=request.user, **data)
    return balance_of(request, pk)


# The cash desk


class DeskOut(Out):
    id = serializers.IntegerField()
    name = serializers.CharField()
    branch = serializers.IntegerField(source="branch_id")


class ArticleOut(Out):
    id = serializers.IntegerField()
    name = serializers.CharField()
    direction = serializers.CharField()
    result = serializers.CharField()


class ArticleIn(Body):
    name = serializers.CharField(max_length=120)
    direction = serializers.ChoiceField(choices=Article.Direction.choices)
    result = serializers.ChoiceField(choices=Article.Result.choices, default=Article.Result.EXPENSES)


class ShiftOut(Out):
    id = serializers.IntegerField()
    desk = serializers.IntegerField(source="desk_id")
    number = serializers.IntegerField()
    opened_at = Moment(zone="desk.branch.timezone")
    opened_by = serializers.IntegerField(source="opened_by_id")
    opening = Amount()
    closed_at = Moment(zone="desk.branch.timezone")
    expected = Amount(allow_null=True)
    counted = Amount(allow_null=True)
    difference = Amount(allow_null=True)
    explanation = serializers.CharField()
    version = serializers.IntegerField()


class OpenIn(Body):
    desk = Id()


class MoveIn(Body):
    article = Id()
    amount = Amount(min_value=Decimal("0.01"))
    person = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        default="",
        help_text="from whom, to whom: stands on the order",
    )
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class CloseIn(Body):
    counted = Amount(min_value=Decimal(0))
    explanation = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


router.listing("cash-desks/", DeskListing, gives=DeskOut)
router.listing("cash-articles/", ArticleListing, gives=ArticleOut)
router.listing("cash-shifts/", ShiftListing, gives=ShiftOut)


@router.post("cash-articles/", permissions.EDIT_ARTICLES, takes=ArticleIn, gives=ArticleOut, status=201)
def article_add(request: Request, data: dict[str, Any]) -> Article:
    return services.article_add(actor=request.user, **data)


@router.post("cash-shifts/open/", permissions.USE_DESK, takes=OpenIn, gives=ShiftOut, status=201)
def shift_open(request: Request, data: dict[str, Any]) -> Any:
    """Begin a shift with what the desk holds by the book; 409 shift_already_open."""
    return services.shift_open(desk_id=data["desk"], actor=request.user)


@router.get("cash-shifts/<int:pk>/", permissions.USE_DESK, gives=ShiftOut)
def shift(request: Request, pk: int) -> Any:
    return shift_get(request.user, pk)


@router.post("cash-shifts/<int:pk>/pay-in/", permissions.USE_DESK, takes=MoveIn, gives=ShiftOut, needs_key=True)
def pay_in(request: Request, data: dict[str, Any], pk: int) -> Any:
    return moved(request, data, pk, into=True)


@router.post("cash-shifts/<int:pk>/pay-out/", permissions.USE_DESK, takes=MoveIn, gives=ShiftOut, needs_key=True)
def pay_out(request: Request, data: dict[str, Any], pk: int) -> Any:
    """Take cash out by an article; more than the desk holds is 409 not_enough_cash."""
    return moved(request, data, pk, into=False)


def moved(request: Request, data: dict[str, Any], pk: int, *, into: bool) -> Any:
    services.cash_move(
        shift_id=pk,
        article_id=data["article"],
        amount=data["amount"],
        into=into,
        actor=request.user,
        note=data["note"],
        person=data["person"],
    )
    return shift_get(request.user, pk)


@router.post("cash-shifts/<int:pk>/close/", permissions.USE_DESK, takes=CloseIn, gives=ShiftOut, needs_key=True)
def shift_close(request: Request, data: dict[str, Any], pk: int) -> Any:
    """End a shift with what was counted; gives `expected, counted, difference`."""
    return services.shift_close(shift_id=pk, actor=request.user, expected_version=if_match(request), **data)

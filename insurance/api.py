"""Insurance's part of the API: insurers, policies, approvals, registers. Names and codes are the contract's."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request

from catalog.services.prices import today
from clinical.api import PlanOut
from clinical.selectors import PlanView, plan_get, plan_view, shares_of
from core.api import Amount, Body, Id, Moment, Out, Router, if_match
from core.errors import Invalid
from insurance import permissions, services
from insurance.listings import ApprovalListing, InsurerListing, InsurerPaymentListing, PolicyListing, RegisterListing
from insurance.models import Approval, Insurer, Policy
from insurance.rules import Wanted
from insurance.selectors.approvals import approval_get, approval_with_lines
from insurance.selectors.insurers import insurer_get, insurers_live, prices_page, programmes_offered
from insurance.selectors.policies import policy_get
from insurance.selectors.registers import register_get
from patients.selectors import patient_get

router = Router("insurance")


class InsurerIn(Body):
    name = serializers.CharField(max_length=120)
    full_name = serializers.CharField(max_length=300, required=False, allow_blank=True)
    inn = serializers.CharField(max_length=12, required=False, allow_blank=True)
    contract_number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    contract_from = serializers.DateField(required=False, allow_null=True)
    contract_to = serializers.DateField(required=False, allow_null=True)
    contact = serializers.CharField(max_length=200, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=60, required=False, allow_blank=True)
    email = serializers.EmailField(required=False, allow_blank=True)
    prices = serializers.ChoiceField(choices=Insurer.Prices.choices, required=False)
    answer_days = serializers.IntegerField(min_value=0, max_value=90, required=False)


class InsurerPatch(InsurerIn):
    name = serializers.CharField(max_length=120, required=False)


class InsurerOut(Out):
    id = serializers.IntegerField()
    name = serializers.CharField()
    full_name = serializers.CharField()
    inn = serializers.CharField()
    contract_number = serializers.CharField()
    contract_from = serializers.DateField(allow_null=True)
    contract_to = serializers.DateField(allow_null=True)
    prices = serializers.CharField(help_text="main: the clinic's price list, own: the insurer's")
    answer_days = serializers.IntegerField()
    is_active = serializers.BooleanField()
    version = serializers.IntegerField()


router.listing("insurers/", InsurerListing, gives=InsurerOut)


@router.post("insurers/", permissions.EDIT_INSURERS, takes=InsurerIn, gives=InsurerOut, status=201)
def insurer_add(request: Request, data: dict[str, Any]) -> Insurer:
    """A company whose policies the clinic takes."""
    return services.insurer_save(actor=request.user, **data)


@router.get("insurers/<int:pk>/", permissions.SEE_INSURERS, gives=InsurerOut)
def insurer(request: Request, pk: int) -> Insurer:
    return insurer_get(pk)


@router.patch("insurers/<int:pk>/", permissions.EDIT_INSURERS, takes=InsurerPatch, gives=InsurerOut)
def insurer_patch(request: Request, pk: int, data: dict[str, Any]) -> Insurer:
    return services.insurer_save(insurer_id=pk, actor=request.user, expected_version=if_match(request), **data)


@router.delete("insurers/<int:pk>/", permissions.EDIT_INSURERS)
def insurer_drop(request: Request, pk: int) -> None:
    """To the trash; 409 `trash_in_use` while policies are his."""
    services.insurer_trash(insurer_id=pk, actor=request.user)


class PriceIn(Body):
    service = Id()
    amount = Amount(min_value=Decimal(0))
    starts_on = serializers.DateField(required=False)
    code = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    name = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class InsurerPriceOut(Out):
    service = serializers.IntegerField(source="pk")
    code = serializers.CharField(source="own_code", allow_null=True)
    name = serializers.CharField(source="own_name", allow_null=True)
    amount = Amount(source="own_price", allow_null=True)
    starts_on = serializers.DateField(source="own_from", allow_null=True)


@router.get("insurers/<int:pk>/prices/", permissions.SEE_INSURERS, gives=InsurerPriceOut, many=True)
def prices(request: Request, pk: int) -> list[Any]:
    """The insurer's own list as of today."""
    return prices_page(insurer_get(pk), today())


@router.post(
    "insurers/<int:pk>/prices/", permissions.EDIT_INSURERS, takes=PriceIn, gives=InsurerPriceOut, many=True, status=201
)
def price_add(request: Request, pk: int, data: dict[str, Any]) -> list[Any]:
    """The insurer's price of a service from a day on; answers his whole list."""
    insurer_get(pk)
    services.price_set(
        insurer_id=pk, service_id=data["service"], amount=data["amount"], starts_on=data.get("starts_on") or today(),
        code=data["code"], name=data["name"], actor=request.user,
    )  # fmt: skip
    return prices_page(insurer_get(pk), today())


# Policies


class PolicyIn(Body):
    patient = Id()
    insurer = Id()
    programme = Id(required=False, allow_null=True)
    number = serializers.CharField(max_length=60)
    holder = serializers.CharField(max_length=200, required=False, allow_blank=True)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField()
    limit = Amount(min_value=Decimal(0), required=False, allow_null=True, help_text="none: without a limit")
    elsewhere = Amount(min_value=Decimal(0), required=False, help_text="used of the limit in other clinics")
    franchise = Amount(min_value=Decimal(0), required=False)
    copay_percent = serializers.IntegerField(min_value=0, max_value=100, required=False, allow_null=True)
    copay_amount = Amount(min_value=Decimal(0), required=False, allow_null=True)
    is_active = serializers.BooleanField(required=False)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class PolicyPatch(PolicyIn):
    patient = None
    insurer = Id(required=False)
    number = serializers.CharField(max_length=60, required=False)
    valid_from = serializers.DateField(required=False)
    valid_to = serializers.DateField(required=False)


class PolicyOut(Out):
    permissions = dict.fromkeys(
        ("limit", "used", "reserved", "left", "elsewhere", "franchise", "copay_amount"), permissions.SEE_LIMITS
    )

    id = serializers.IntegerField()
    patient = serializers.IntegerField(source="patient_id")
    insurer = serializers.IntegerField(source="insurer_id")
    programme = serializers.IntegerField(source="programme_id", allow_null=True)
    number = serializers.CharField()
    holder = serializers.CharField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField()
    state = serializers.SerializerMethodField()
    limit = Amount(allow_null=True)
    used = serializers.SerializerMethodField()
    reserved = serializers.SerializerMethodField()
    left = Amount(allow_null=True)
    elsewhere = Amount()
    franchise = Amount()
    copay_percent = serializers.IntegerField(allow_null=True)
    copay_amount = Amount(allow_null=True)
    is_active = serializers.BooleanField()
    verified_on = serializers.DateField(allow_null=True)
    note = serializers.CharField()
    version = serializers.IntegerField()

    def get_state(self, policy: Policy) -> str:
        return policy.state_on(today())

    def get_used(self, policy: Policy) -> str | None:
        return f"{policy.purse.used:.2f}" if policy.purse else None

    def get_reserved(self, policy: Policy) -> str | None:
        return f"{policy.purse.reserved:.2f}" if policy.purse else None


router.listing("policies/", PolicyListing, gives=PolicyOut)


def policy_values(data: dict[str, Any]) -> dict[str, Any]:
    """Ids as rows; an unknown one is 400 beside its field."""
    values = dict(data)
    if "insurer" in values:
        found = insurers_live().filter(pk=values["insurer"]).first()
        if found is None:
            raise Invalid(fields={"insurer": _("Choose an insurer.")})
        values["insurer"] = found
    if values.get("programme"):
        found = programmes_offered().filter(pk=values["programme"]).first()
        if found is None:
            raise Invalid(fields={"programme": _("There is no such programme.")})
        values["programme"] = found
    return values


@router.post("policies/", permissions.EDIT_POLICIES, takes=PolicyIn, gives=PolicyOut, status=201)
def policy_add(request: Request, data: dict[str, Any]) -> Policy:
    """A patient's policy."""
    values = policy_values(data)
    patient = patient_get(request.user, values.pop("patient"))
    made = services.policy_save(patient_id=patient.pk, actor=request.user, **values)
    return policy_get(request.user, made.pk)


@router.get("policies/<int:pk>/", permissions.SEE_POLICIES, gives=PolicyOut)
def policy(request: Request, pk: int) -> Policy:
    return policy_get(request.user, pk)


@router.patch("policies/<int:pk>/", permissions.EDIT_POLICIES, takes=PolicyPatch, gives=PolicyOut)
def policy_patch(request: Request, pk: int, data: dict[str, Any]) -> Policy:
    """A limit below what is used and reserved is 409 `over_limit`."""
    policy_get(request.user, pk)
    services.policy_save(policy_id=pk, actor=request.user, expected_version=if_match(request), **policy_values(data))
    return policy_get(request.user, pk)


@router.post("policies/<int:pk>/verify/", permissions.EDIT_POLICIES, gives=PolicyOut)
def policy_verify(request: Request, pk: int) -> Policy:
    """The insurer was asked today: the policy holds."""
    policy_get(request.user, pk)
    services.policy_verify(policy_id=pk, actor=request.user)
    return policy_get(request.user, pk)


# Approvals


class ApprovalLineOut(Out):
    permissions = dict.fromkeys(("price", "approved_price"), permissions.SEE_LIMITS)

    line = serializers.IntegerField(source="plan_line_id", allow_null=True, help_text="the plan's line")
    service = serializers.IntegerField(source="service_id")
    service_name = serializers.CharField(source="service.__str__")
    teeth = serializers.ListField(child=serializers.IntegerField())
    quantity = serializers.IntegerField()
    price = Amount()
    decision = serializers.CharField(help_text="waiting, accepted or refused")
    approved_quantity = serializers.IntegerField()
    approved_price = Amount()
    reason = serializers.CharField()


class ApprovalRow(Out):
    """An approval in a list; its lines are at its own address."""

    id = serializers.IntegerField()
    number = serializers.IntegerField()
    patient = serializers.IntegerField(source="patient_id")
    plan = serializers.IntegerField(source="plan_id")
    policy = serializers.IntegerField(source="policy_id")
    insurer = serializers.IntegerField(source="policy.insurer_id")
    branch = serializers.IntegerField(source="branch_id")
    status = serializers.CharField()
    created_at = Moment(zone="branch.timezone")
    sent_at = Moment(zone="branch.timezone", allow_null=True)
    answered_at = Moment(zone="branch.timezone", allow_null=True)
    due_on = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)
    reference = serializers.CharField()
    note = serializers.CharField()
    version = serializers.IntegerField()


class ApprovalOut(ApprovalRow):
    lines = ApprovalLineOut(many=True, source="lines_read")


class RequestIn(Body):
    policy = Id()
    letter = Id(required=False, allow_null=True)
    lines = serializers.ListField(
        child=Id(), required=False, max_length=300, help_text="lines of the plan; all when absent"
    )
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    draft = serializers.BooleanField(default=False, help_text="prepare only, send later")


class PlanWithApproval(PlanOut):
    approval = serializers.IntegerField(source="approval_id")


@router.post(
    "treatment-plans/<int:pk>/request-dms/", permissions.REQUEST_APPROVAL, takes=RequestIn, gives=PlanWithApproval
)
def request_dms(request: Request, pk: int, data: dict[str, Any]) -> PlanView:
    """Ask the insurer of a policy to approve the plan: an approval in the state `sent`, or `draft`. Answers the plan."""
    plan_get(request.user, pk)
    made = services.approval_request(
        plan_id=pk, policy_id=policy_for(request, data["policy"]), actor=request.user, letter_id=data.get("letter"),
        note=data["note"], draft=data["draft"], line_ids=data.get("lines"),
    )  # fmt: skip
    return plan_shown(request, pk, made.pk)


class Shown:
    """A plan's view with the approval that was made of it."""

    def __init__(self, view: PlanView, approval_id: int) -> None:
        self.view, self.approval_id = view, approval_id

    def __getattr__(self, name: str) -> Any:
        return getattr(self.view, name)


def plan_shown(request: Request, pk: int, approval_id: int) -> Any:
    row = plan_get(request.user, pk)
    view = plan_view(row)
    shares = shares_of(row, view.lines)
    for line in view.lines:
        line.payer = ", ".join(dict.fromkeys(share.kind for share in shares.get(line.pk, ()))) or "patient"
    return Shown(view, approval_id)


def policy_for(request: Request, pk: int) -> int:
    return policy_get(request.user, pk).pk


router.listing("approvals/", ApprovalListing, gives=ApprovalRow)


@router.get("approvals/<int:pk>/", permissions.SEE_APPROVALS, gives=ApprovalOut)
def approval(request: Request, pk: int) -> Approval:
    return approval_with_lines(request.user, pk)


class SendIn(Body):
    comment = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


@router.post("approvals/<int:pk>/send/", permissions.DECIDE_APPROVAL, takes=SendIn, gives=ApprovalOut)
def approval_send(request: Request, pk: int, data: dict[str, Any]) -> Approval:
    """It went to the insurer, or his question is answered."""
    approval_get(request.user, pk)
    services.approval_send(approval_id=pk, actor=request.user, expected_version=if_match(request), **data)
    return approval_with_lines(request.user, pk)


class QueryIn(Body):
    comment = serializers.CharField(max_length=1000)


@router.post("approvals/<int:pk>/query/", permissions.DECIDE_APPROVAL, takes=QueryIn, gives=ApprovalOut)
def approval_query(request: Request, pk: int, data: dict[str, Any]) -> Approval:
    """The insurer asks."""
    approval_get(request.user, pk)
    services.approval_query(approval_id=pk, actor=request.user, expected_version=if_match(request), **data)
    return approval_with_lines(request.user, pk)


class DecidedLine(Body):
    line = Id(help_text="the plan's line")
    quantity = serializers.IntegerField(min_value=1, max_value=999)
    price = Amount(min_value=Decimal(0))


class DecideIn(Body):
    decision = serializers.ChoiceField(choices=("accepted_full", "accepted_partial", "refused"))
    lines = DecidedLine(many=True, required=False, help_text="of a partial answer; what is left out is refused")
    comment = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    reference = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    valid_to = serializers.DateField(required=False, allow_null=True)
    letter = Id(required=False, allow_null=True)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if data["decision"] == "accepted_partial" and not data.get("lines"):
            raise serializers.ValidationError({"lines": [_("Say which lines are accepted.")]})
        if data["decision"] != "accepted_partial" and data.get("lines"):
            raise serializers.ValidationError({"lines": [_("Lines belong to a partial answer.")]})
        return data


@router.post(
    "approvals/<int:pk>/decide/", permissions.DECIDE_APPROVAL, takes=DecideIn, gives=ApprovalOut, needs_key=True
)
def approval_decide(request: Request, pk: int, data: dict[str, Any]) -> Approval:
    """The insurer's answer. The plan opens for invoicing to the extent approved."""
    approval_get(request.user, pk)
    lines = [Wanted(line["line"], line["quantity"], line["price"]) for line in data.get("lines") or ()]
    services.approval_decide(
        approval_id=pk, decision=data["decision"], lines=lines or None, comment=data["comment"], reference=data["reference"],
        valid_to=data.get("valid_to"), letter_id=data.get("letter"), actor=request.user, expected_version=if_match(request),
    )  # fmt: skip
    return approval_with_lines(request.user, pk)


class CancelIn(Body):
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


@router.post("approvals/<int:pk>/cancel/", permissions.REQUEST_APPROVAL, takes=CancelIn, gives=ApprovalOut)
def approval_cancel(request: Request, pk: int, data: dict[str, Any]) -> Approval:
    """No longer wanted; 409 `approval_in_use` while invoices stand on it."""
    approval_get(request.user, pk)
    services.approval_cancel(approval_id=pk, actor=request.user, expected_version=if_match(request), **data)
    return approval_with_lines(request.user, pk)


@router.post("approvals/<int:pk>/reopen/", permissions.DECIDE_APPROVAL, gives=ApprovalOut)
def approval_reopen(request: Request, pk: int) -> Approval:
    """An answer entered by mistake is taken back."""
    approval_get(request.user, pk)
    services.approval_reopen(approval_id=pk, actor=request.user, expected_version=if_match(request))
    return approval_with_lines(request.user, pk)


# Registers


class RegisterOut(Out):
    id = serializers.IntegerField()
    number = serializers.IntegerField(allow_null=True)
    insurer = serializers.IntegerField(source="insurer_id")
    date_from = serializers.DateField()
    date_to = serializers.DateField()
    status = serializers.CharField()
    count = serializers.IntegerField()
    total = Amount()
    sent_on = serializers.DateField(allow_null=True)
    version = serializers.IntegerField()


router.listing("registers/", RegisterListing, gives=RegisterOut)
router.listing("insurer-payments/", InsurerPaymentListing)


@router.get("registers/<int:pk>/", permissions.SEE_REGISTERS, gives=RegisterOut)
def register(request: Request, pk: int) -> Any:
    return register_get(request.user, pk)


@router.post("registers/<int:pk>/send/", permissions.EDIT_REGISTERS, gives=RegisterOut)
def register_send(request: Request, pk: int) -> Any:
    """Number and freeze it."""
    register_get(request.user, pk)
    services.register_send(register_id=pk, actor=request.user, expected_version=if_match(request))
    return register_get(request.user, pk)


class PaymentIn(Body):
    number = serializers.CharField(max_length=60)
    paid_on = serializers.DateField()
    amount = Amount(min_value=Decimal(0))
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")

    def validate_paid_on(self, value: date) -> date:
        if value > today():
            raise serializers.ValidationError(_("This day has not come yet."))
        return value


@router.post(
    "registers/<int:pk>/pay/",
    permissions.EDIT_REGISTERS,
    takes=PaymentIn,
    gives=RegisterOut,
    status=201,
    needs_key=True,
)
def register_pay(request: Request, pk: int, data: dict[str, Any]) -> Any:
    """The insurer paid everything of the register that is open."""
    register_get(request.user, pk)
    services.payment_enter(register_id=pk, actor=request.user, **data)
    return register_get(request.user, pk)

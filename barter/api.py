"""Barter's part of the API: contracts and their people. Names and codes are the contract's."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from barter import permissions, services
from barter.listings import ContractListing, EntryListing
from barter.models import Beneficiary, Contract, Kind, Organisation, OverLimit
from barter.selectors.entries import contract_get, entry_get, organisation_get
from barter.services.contracts import EntryInput
from core.api import Amount, Body, Id, Out, Router, if_match

router = Router("barter")


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "integer", "minimum": 1}]})
class OrganisationField(serializers.Field):
    """An organisation's key, or its name: it is made when it is first named."""

    def to_internal_value(self, data: Any) -> str | int:
        if isinstance(data, bool) or not isinstance(data, str | int):
            raise serializers.ValidationError(_("A name or an organisation's id."))
        if isinstance(data, int) and not 0 < data < 2**63:
            raise serializers.ValidationError(_("There is no such organisation."))
        if isinstance(data, str) and not 0 < len(data.strip()) <= 200:
            raise serializers.ValidationError(_("Name the organisation."))
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class PersonIn(Body):
    patient = Id(required=False, allow_null=True)
    name = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    phone = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    limit = Amount(min_value=Decimal(0))
    doctor = Id(required=False, allow_null=True)


class ContractIn(Body):
    kind = serializers.ChoiceField(choices=Kind.choices)
    organisation = OrganisationField(required=False, allow_null=True)
    allowed_services = serializers.ListField(
        child=Id(), required=False, default=list, max_length=2000, help_text="empty: every service"
    )
    over_limit = serializers.ChoiceField(choices=OverLimit.choices, required=False)
    beneficiaries = PersonIn(many=True, required=False)
    starts_on = serializers.DateField(required=False, allow_null=True, default=None)
    ends_on = serializers.DateField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class EntryOut(Out):
    id = serializers.IntegerField()
    number = serializers.IntegerField(help_text="in the clinic's register")
    contract = serializers.IntegerField(source="contract_id")
    patient = serializers.IntegerField(source="patient_id", allow_null=True)
    name = serializers.CharField(source="who")
    state = serializers.CharField()
    limit = Amount(source="granted")
    used = Amount()
    reserved = Amount(help_text="held by approved plans")
    left = Amount(help_text="limit minus used")
    mark = serializers.ChoiceField(choices=("pink", "white"))
    version = serializers.IntegerField()


class ContractOut(Out):
    id = serializers.IntegerField()
    number = serializers.IntegerField()
    kind = serializers.CharField()
    organisation = serializers.CharField(source="organisation.name", allow_null=True, default=None)
    organisation_id = serializers.IntegerField(allow_null=True)
    status = serializers.CharField()
    over_limit = serializers.CharField()
    allowed_services = serializers.SerializerMethodField()
    beneficiaries = serializers.SerializerMethodField()
    starts_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True)
    signed_on = serializers.DateField(allow_null=True)
    note = serializers.CharField()
    version = serializers.IntegerField()

    def get_allowed_services(self, row: Contract) -> list[int]:
        return [service.pk for service in row.allowed_services.all()]

    def get_beneficiaries(self, row: Contract) -> list[int]:
        return sorted(entry.pk for entry in row.beneficiaries.all())


router.listing("barter-contracts/", ContractListing, gives=ContractOut)
router.listing("barter-beneficiaries/", EntryListing, gives=EntryOut)


@router.post("barter-contracts/", permissions.EDIT_CONTRACTS, takes=ContractIn, gives=ContractOut, status=201)
def contract_make(request: Request, data: dict[str, Any]) -> Contract:
    """Register a contract with its people; it comes into force by `activate`."""
    people = [
        EntryInput(row["limit"], row.get("patient"), row["name"], row["phone"], row.get("doctor"))
        for row in data.pop("beneficiaries", None) or ()
    ]
    named = data.pop("organisation", None)
    made = services.contract_create(
        organisation=organisation_of(request, named), beneficiaries=people, actor=request.user, **data
    )
    return contract_get(request.user, made.pk)


def organisation_of(request: Request, named: str | int | None) -> Organisation | None:
    if named is None:
        return None
    if isinstance(named, int):
        return organisation_get(request.user, named)
    return services.organisation_ensure(name=named, actor=request.user)


@router.get("barter-contracts/<int:pk>/", permissions.SEE_BARTER, gives=ContractOut)
def contract(request: Request, pk: int) -> Contract:
    return contract_get(request.user, pk)


class ActivateIn(Body):
    signed_on = serializers.DateField(required=False, allow_null=True, default=None)


@router.post("barter-contracts/<int:pk>/activate/", permissions.AGREE, takes=ActivateIn, gives=ContractOut)
def activate(request: Request, data: dict[str, Any], pk: int) -> Contract:
    """The regulation is signed (today, where no day is given): people with a card may be treated by it."""
    services.contract_activate(
        contract_id=pk, actor=request.user, signed_on=data["signed_on"], expected_version=if_match(request)
    )
    return contract_get(request.user, pk)


@router.post("barter-contracts/<int:pk>/close/", permissions.AGREE, gives=ContractOut)
def close(request: Request, pk: int) -> Contract:
    """End a contract; people who are still treated by it are 409 illegal_move."""
    services.contract_close(contract_id=pk, actor=request.user)
    return contract_get(request.user, pk)


@router.post("barter-contracts/<int:pk>/add/", permissions.EDIT_CONTRACTS, takes=PersonIn, gives=EntryOut, status=201)
def add(request: Request, data: dict[str, Any], pk: int) -> Beneficiary:
    """One more person of a contract."""
    made = services.entry_add(
        contract_id=pk, limit=data["limit"], patient_id=data.get("patient"), name=data["name"], phone=data["phone"],
        doctor_id=data.get("doctor"), actor=request.user,
    )  # fmt: skip
    return entry_get(request.user, made.pk)


@router.get("barter-beneficiaries/<int:pk>/", permissions.SEE_BARTER, gives=EntryOut)
def beneficiary(request: Request, pk: int) -> Beneficiary:
    return entry_get(request.user, pk)


class GrantIn(Body):
    amount = Amount(help_text="below zero it corrects the limit down, never below what is used and reserved")
    reason = serializers.CharField(max_length=300)


@router.post("barter-beneficiaries/<int:pk>/grant/", permissions.GRANT, takes=GrantIn, gives=EntryOut, needs_key=True)
def grant(request: Request, data: dict[str, Any], pk: int) -> Beneficiary:
    """Add to a limit; grants are never edited."""
    entry_get(request.user, pk)
    services.entry_grant(entry_id=pk, actor=request.user, expected_version=if_match(request), **data)
    return entry_get(request.user, pk)


class StepIn(Body):
    to = serializers.CharField(max_length=20)
    patient = Id(required=False, allow_null=True)
    plan = Id(required=False, allow_null=True)
    has_consent = serializers.BooleanField(default=False, help_text="a public person agrees to photographs")


@router.post("barter-beneficiaries/<int:pk>/step/", permissions.WALK, takes=StepIn, gives=EntryOut)
def step(request: Request, data: dict[str, Any], pk: int) -> Beneficiary:
    """One step of the algorithm; each has its own right."""
    entry_get(request.user, pk)
    services.entry_step(
        entry_id=pk, to=data["to"], patient_id=data.get("patient"), plan_id=data.get("plan"),
        has_consent=data["has_consent"], actor=request.user, expected_version=if_match(request),
    )  # fmt: skip
    return entry_get(request.user, pk)


class SignIn(Body):
    part = serializers.ChoiceField(choices=("marketer", "sales", "senior", "finance"))
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


@router.post("barter-beneficiaries/<int:pk>/sign/", permissions.WALK, takes=SignIn, gives=EntryOut)
def sign(request: Request, data: dict[str, Any], pk: int) -> Beneficiary:
    """One of the four who close an entry; the finance manager writes the debt off."""
    entry_get(request.user, pk)
    services.entry_sign(entry_id=pk, actor=request.user, **data)
    return entry_get(request.user, pk)

"""Fiscal receipts in the API: what is issued, what is not yet and why, once more."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from core.api import Amount, Moment, Nothing, Out, Router
from fiscal import services
from fiscal.listings import ReceiptListing
from fiscal.models import Receipt
from fiscal.permissions import RETRY, SEE_RECEIPTS
from fiscal.selectors import receipt_get, why_of

router = Router("fiscal")


class ReceiptOut(Out):
    id = serializers.IntegerField()
    external_id = serializers.CharField(help_text="our id, which the register gets")
    operation = serializers.IntegerField(help_text="tag 1054: 1 receipt, 2 refund receipt")
    cause = serializers.CharField()
    payment = serializers.IntegerField(source="payment_id", allow_null=True)
    patient = serializers.IntegerField(source="patient_id", allow_null=True)
    branch = serializers.IntegerField(source="branch_id")
    register = serializers.IntegerField(source="register_id", allow_null=True)
    reverses = serializers.IntegerField(source="reverses_id", allow_null=True)
    state = serializers.CharField()
    why = serializers.SerializerMethodField(help_text="why it is not issued yet; empty when it is")
    total = Amount()
    cash = Amount(help_text="tag 1031")
    electronic = Amount(help_text="tag 1081")
    advance = Amount(help_text="tag 1215")
    credit = Amount(help_text="tag 1216")
    other = Amount(help_text="tag 1217")
    made_at = Moment(zone="branch.timezone")
    facts = serializers.JSONField(help_text="what the register printed: fn, fd, fp, shift, number, at, kkt, url")

    def get_why(self, row: Receipt) -> str:
        return why_of(row)


class ItemOut(Out):
    name = serializers.CharField()
    price = Amount()
    quantity = serializers.IntegerField()
    sum = Amount()
    method = serializers.IntegerField(help_text="tag 1214")
    subject = serializers.IntegerField(help_text="tag 1212")
    agency = serializers.IntegerField(source="agency_id", allow_null=True)


class ReceiptFullOut(ReceiptOut):
    items = ItemOut(many=True)


router.listing("fiscal-receipts/", ReceiptListing, gives=ReceiptOut)


@router.get("fiscal-receipts/<int:pk>/", SEE_RECEIPTS, gives=ReceiptFullOut)
def receipt(request: Request, pk: int) -> Receipt:
    return receipt_get(request.user, pk)


@router.post("fiscal-receipts/<int:pk>/retry/", RETRY, takes=Nothing, gives=ReceiptOut, needs_key=True)
def retry(request: Request, data: dict[str, Any], pk: int) -> Receipt:
    """Send now what waits, and anew what was refused; what may be on its way is 409 `receipt_on_its_way`."""
    receipt_get(request.user, pk)
    return services.receipt_retry(receipt_id=pk, actor=request.user)

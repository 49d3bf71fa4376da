"""The book's part of the API: postings, and the recount."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from core.api import Amount, Moment, Out, Router
from ledger import permissions
from ledger.listings import PostingListing
from ledger.selectors import ledger_check

router = Router("ledger")


class PostingOut(Out):
    id = serializers.IntegerField()
    entry = serializers.UUIDField(help_text="postings of one movement share it; they balance")
    effective_on = serializers.DateField()
    posted_at = Moment(zone="branch.timezone")
    account = serializers.CharField(source="account.code")
    debit = Amount()
    credit = Amount()
    document = serializers.CharField(help_text="kind/id, for example invoice/12")
    actor = serializers.IntegerField(source="actor_id", allow_null=True)
    reverses = serializers.IntegerField(source="reverses_id", allow_null=True)
    branch = serializers.IntegerField(source="branch_id")
    patient = serializers.IntegerField(source="patient_id", allow_null=True)
    doctor = serializers.IntegerField(source="doctor_id", allow_null=True)
    note = serializers.CharField()


class CheckOut(Out):
    balanced = serializers.BooleanField()
    accounts = serializers.IntegerField()
    postings = serializers.IntegerField()
    problems = serializers.ListField(child=serializers.CharField(), help_text="what disagrees; empty when balanced")


router.listing("ledger/postings/", PostingListing, gives=PostingOut)


@router.get("ledger/check/", permissions.SEE_POSTINGS, gives=CheckOut)
def check(request: Request) -> Any:
    """Recount every balance and every figure that rests on the ledger, now."""
    return ledger_check()

"""`mailings/`: made from a list and its filters, counted, tried, started, paused, stopped, taken back (MSG-04)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from core.api import Amount, Body, Moment, Out, Router, if_match
from core.errors import NotFound
from messaging import services
from messaging.api.fields import PhoneIn, branch_of, seen
from messaging.api.messages import MessageOut
from messaging.listings import MailingListing, MailingPersonListing
from messaging.models import Kind, Mailing, Message
from messaging.permissions import SEND_MAILINGS
from messaging.selectors import mailings as selectors

router = Router("messaging")


class MailingRow(Out):
    id = serializers.IntegerField()
    name = serializers.CharField()
    text = serializers.CharField()
    kind = serializers.CharField()
    per_minute = serializers.IntegerField()
    listing = serializers.CharField()
    query = serializers.CharField()
    status = serializers.CharField(source="state")
    branch = serializers.IntegerField(source="branch_id", allow_null=True)
    author = serializers.IntegerField(source="created_by_id", allow_null=True)
    created_at = Moment()
    goes_at = Moment(allow_null=True)
    ended_at = Moment(allow_null=True)
    version = serializers.IntegerField()


class MailingOut(MailingRow):
    """With who gets it, who is left out and why, how far it is, and what it costs about."""

    figures = serializers.SerializerMethodField()

    def get_figures(self, row: Mailing) -> dict[str, Any]:
        found = selectors.figures_of(row)
        names = ("all", "wanted", "out", "left", "dropped", "sample", "parts")
        money = {name: Amount().to_representation(found[name]) for name in ("cost", "spent")}
        return {**{name: found[name] for name in names}, **money, "reasons": selectors.reasons_of(row)}


class PersonOut(Out):
    id = serializers.IntegerField()
    mailing = serializers.IntegerField(source="mailing_id")
    patient = serializers.IntegerField(source="patient_id")
    name = serializers.CharField()
    phone = serializers.CharField()
    status = serializers.CharField(source="state")
    why = serializers.CharField()
    message = serializers.IntegerField(source="message_id", allow_null=True)


class WordsIn(Body):
    name = serializers.CharField(max_length=120)
    text = serializers.CharField(max_length=1000)
    per_minute = serializers.IntegerField(min_value=1, max_value=3000, default=60)


class MailingIn(WordsIn):
    kind = serializers.ChoiceField(choices=Kind.choices, default=Kind.MARKETING)
    listing = serializers.CharField(max_length=60, default="patients")
    query = serializers.CharField(
        max_length=4000, default="", allow_blank=True, help_text="filters of the list, as its address has them"
    )


class ChangeIn(Body):
    name = serializers.CharField(max_length=120, required=False)
    text = serializers.CharField(max_length=1000, required=False)
    per_minute = serializers.IntegerField(min_value=1, max_value=3000, required=False)


class StartIn(Body):
    goes_at = Moment(required=False, allow_null=True)


class TestIn(Body):
    phone = PhoneIn(max_length=24)


router.listing("mailings/", MailingListing, gives=MailingRow)
router.listing("mailing-people/", MailingPersonListing, gives=PersonOut)


@router.post("mailings/", SEND_MAILINGS, takes=MailingIn, gives=MailingOut, status=201)
def mailing_create(request: Request, data: dict[str, Any]) -> Mailing:
    """Freeze the audience that the list shows with these filters; nothing goes before `start`."""
    return services.mailing_make(**data, branch=branch_of(request), actor=request.user)


@router.get("mailings/<int:pk>/", SEND_MAILINGS, gives=MailingOut)
def mailing_read(request: Request, pk: int) -> Mailing:
    row = selectors.mailing_get(request.user, pk)
    if row is None:
        raise NotFound
    return row


@router.patch("mailings/<int:pk>/", SEND_MAILINGS, takes=ChangeIn, gives=MailingOut)
def mailing_change(request: Request, pk: int, data: dict[str, Any]) -> Mailing:
    """Other words or another pace, while it has not begun or is paused."""
    row = mailing_read(request, pk)
    kept = {"name": row.name, "text": row.text, "per_minute": row.per_minute}
    return services.mailing_change(
        mailing_id=pk, actor=request.user, expected_version=if_match(request), **{**kept, **data}
    )


@router.post("mailings/<int:pk>/start/", SEND_MAILINGS, takes=StartIn, gives=MailingOut)
def mailing_start(request: Request, pk: int, data: dict[str, Any]) -> Mailing:
    """Half a minute from now at the soonest, never in quiet hours."""
    row = mailing_read(request, pk)
    version = if_match(request)
    return services.mailing_start(
        mailing_id=row.pk, actor=request.user, goes_at=data.get("goes_at"), expected_version=version
    )


@router.post("mailings/<int:pk>/pause/", SEND_MAILINGS, gives=MailingOut)
def mailing_pause(request: Request, pk: int) -> Mailing:
    return services.mailing_pause(mailing_id=seen(request, mailing_read(request, pk)).pk, actor=request.user)


@router.post("mailings/<int:pk>/resume/", SEND_MAILINGS, gives=MailingOut)
def mailing_resume(request: Request, pk: int) -> Mailing:
    return services.mailing_resume(mailing_id=seen(request, mailing_read(request, pk)).pk, actor=request.user)


@router.post("mailings/<int:pk>/stop/", SEND_MAILINGS, gives=MailingOut)
def mailing_stop(request: Request, pk: int) -> Mailing:
    """Half-way too: who has not got it, will not."""
    return services.mailing_stop(mailing_id=seen(request, mailing_read(request, pk)).pk, actor=request.user)


@router.post("mailings/<int:pk>/undo/", SEND_MAILINGS, gives=MailingOut)
def mailing_undo(request: Request, pk: int) -> Mailing:
    """The start is taken back while nobody has it; 409 `already_sent` after."""
    return services.mailing_undo(mailing_id=seen(request, mailing_read(request, pk)).pk, actor=request.user)


@router.post("mailings/<int:pk>/test/", SEND_MAILINGS, takes=TestIn, gives=MessageOut, status=201)
def mailing_test(request: Request, pk: int, data: dict[str, Any]) -> Message:
    """As the first of the list would read it, to a phone of one's own."""
    return services.mailing_test(mailing_id=mailing_read(request, pk).pk, phone=data["phone"], actor=request.user)


@router.delete("mailings/<int:pk>/people/<int:person>/", SEND_MAILINGS)
def person_drop(request: Request, pk: int, person: int) -> None:
    """One person less, while it has not begun or is paused."""
    services.mailing_drop(mailing_id=mailing_read(request, pk).pk, person_id=person, actor=request.user)

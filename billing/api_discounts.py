"""Promotions in the API, and the best discount for a patient with its reason (BIL-20..24)."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from billing import services
from billing.listings_discounts import DiscountListing, GivenListing
from billing.models import Discount, DiscountTerms
from billing.permissions import EDIT_DISCOUNTS, SEE_DISCOUNTS
from billing.selectors.discounts import Tried, discount_get, discounts_try, now_of, value_of
from billing.services import CapsIn, TermsIn
from billing.services.discounts import terms_of
from core.api import Amount, Body, Id, Out, Router, if_match

router = Router("billing")
BOUND = {"required": False, "allow_null": True}


def ids(**options: Any) -> serializers.ListField:
    return serializers.ListField(child=Id(), required=False, max_length=2000, **options)


class Terms(Body):
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    source = serializers.ChoiceField(choices=DiscountTerms.Source.choices, required=False)
    services = ids(help_text="listed or left out, by `source`")
    categories = ids()
    recipients = serializers.ChoiceField(choices=DiscountTerms.Recipients.choices, required=False)
    age_from = serializers.IntegerField(min_value=0, max_value=130, **BOUND)
    age_to = serializers.IntegerField(min_value=0, max_value=130, **BOUND)
    groups = ids()
    patients = ids(help_text="chosen patients: the discount is ticked on their cards")
    days_before = serializers.IntegerField(min_value=0, max_value=180, required=False)
    days_after = serializers.IntegerField(min_value=0, max_value=180, required=False)
    starts = serializers.DateField(**BOUND)
    ends = serializers.DateField(**BOUND)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), required=False, max_length=7, help_text="Monday is 0"
    )
    from_time = serializers.TimeField(**BOUND)
    to_time = serializers.TimeField(**BOUND)
    branches = ids()
    most = Amount(help_text="off one invoice", **BOUND)
    combines = serializers.BooleanField(required=False)
    position = serializers.IntegerField(min_value=0, max_value=30000, required=False)
    uses_most = serializers.IntegerField(min_value=1, max_value=2**31 - 1, **BOUND)
    uses_most_patient = serializers.IntegerField(min_value=1, max_value=2**31 - 1, **BOUND)
    budget = Amount(**BOUND)
    is_active = serializers.BooleanField(required=False)


class DiscountIn(Terms):
    kind = serializers.ChoiceField(choices=DiscountTerms.Kind.choices)
    value = Amount(help_text="percent or a sum")


class DiscountChange(Terms):
    kind = serializers.ChoiceField(choices=DiscountTerms.Kind.choices, required=False)
    value = Amount(required=False)


class DiscountOut(Out):
    id = serializers.IntegerField()
    name = serializers.CharField()
    source = serializers.CharField(source="now.source")
    services = serializers.ListField(child=serializers.IntegerField(), source="now.services")
    categories = serializers.ListField(child=serializers.IntegerField(), source="now.categories")
    recipients = serializers.CharField(source="now.recipients")
    age_from = serializers.IntegerField(source="now.age_from", allow_null=True)
    age_to = serializers.IntegerField(source="now.age_to", allow_null=True)
    groups = serializers.ListField(child=serializers.IntegerField(), source="now.groups")
    days_before = serializers.IntegerField(source="now.days_before")
    days_after = serializers.IntegerField(source="now.days_after")
    starts = serializers.DateField(source="now.starts", allow_null=True)
    ends = serializers.DateField(source="now.ends", allow_null=True)
    weekdays = serializers.ListField(child=serializers.IntegerField(), source="now.weekdays")
    from_time = serializers.TimeField(source="now.from_time", allow_null=True)
    to_time = serializers.TimeField(source="now.to_time", allow_null=True)
    branches = serializers.ListField(child=serializers.IntegerField(), source="now.branches")
    kind = serializers.CharField(source="now.kind")
    value = Amount(source="now.value")
    most = Amount(source="now.most", allow_null=True)
    combines = serializers.BooleanField(source="now.combines")
    position = serializers.IntegerField(source="now.position")
    terms_version = serializers.IntegerField(source="now.number")
    uses_most = serializers.IntegerField(allow_null=True)
    uses_most_patient = serializers.IntegerField(allow_null=True)
    budget = Amount(allow_null=True)
    is_active = serializers.BooleanField()
    version = serializers.IntegerField()


router.listing("discounts/", DiscountListing, gives=DiscountOut)
router.listing("discounts-given/", GivenListing)


@router.post("discounts/", EDIT_DISCOUNTS, takes=DiscountIn, gives=DiscountOut, status=201)
def discount_create(request: Request, data: dict[str, Any]) -> Discount:
    """A new promotion; without a name it is called by its value."""
    data = dict(data)
    terms = TermsIn(**{name: data[name] for name in TermsIn.__dataclass_fields__ if name in data})
    made = services.discount_create(
        name=data.get("name") or nameless(terms), terms=terms, caps=caps_in(data, CapsIn()), actor=request.user,
        patients=data.get("patients"), is_active=data.get("is_active", True),
    )  # fmt: skip
    return discount_get(made.pk)


def nameless(terms: TermsIn) -> str:
    """«Скидка −10 %», with a number where one of that name is there."""
    plain = _("Discount %(value)s") % {"value": value_of(DiscountTerms(kind=terms.kind, value=terms.value))}
    taken = set(Discount.objects.live().filter(name__startswith=plain).values_list("name", flat=True))
    return next(
        name
        for number in range(1, len(taken) + 2)
        if (name := f"{plain} ({number})" if number > 1 else plain) not in taken
    )


def caps_in(data: dict[str, Any], before: Any) -> CapsIn:
    return CapsIn(**{name: data.get(name, getattr(before, name)) for name in CapsIn.__dataclass_fields__})


@router.get("discounts/<int:pk>/", SEE_DISCOUNTS, gives=DiscountOut)
def discount(request: Request, pk: int) -> Discount:
    return discount_get(pk)


@router.patch("discounts/<int:pk>/", EDIT_DISCOUNTS, takes=DiscountChange, gives=DiscountOut)
def discount_change(request: Request, data: dict[str, Any], pk: int) -> Discount:
    """Other terms become a new version; invoices made before keep theirs."""
    row = discount_get(pk)
    changed = {name: data[name] for name in TermsIn.__dataclass_fields__ if name in data}
    services.discount_change(
        discount_id=pk, actor=request.user, name=data.get("name") or None, terms=terms_of(now_of(row), **changed),
        caps=caps_in(data, row), patients=data.get("patients"), is_active=data.get("is_active"),
        expected_version=if_match(request),
    )  # fmt: skip
    return discount_get(pk)


@router.delete("discounts/<int:pk>/", EDIT_DISCOUNTS)
def discount_delete(request: Request, pk: int) -> None:
    """To the trash; what it gave stays."""
    services.discount_delete(discount_id=pk, actor=request.user)


class BestIn(serializers.Serializer[Any]):
    services = serializers.RegexField(r"^\d{1,17}(,\d{1,17}){0,299}$", help_text="keys of services, by commas")
    branch = Id(required=False)


class ToldOut(Out):
    discount = serializers.IntegerField(source="discount_id")
    name = serializers.CharField()
    chosen = serializers.BooleanField(source="is_chosen")
    amount = Amount(help_text="what it gives, or would give alone")
    reason = serializers.CharField()


class TriedLineOut(Out):
    service = serializers.IntegerField(source="service.pk")
    price = Amount(source="gross")
    discount = Amount()
    sum = Amount()


class BestOut(Out):
    discount = serializers.SerializerMethodField(help_text="null where none is given")
    name = serializers.SerializerMethodField()
    amount = Amount()
    total = Amount(source="sum")
    reason = serializers.CharField()
    decisions = ToldOut(many=True, source="told")
    lines = TriedLineOut(many=True)

    def get_discount(self, tried: Tried) -> int | None:
        return tried.chosen[0].discount_id if tried.chosen else None

    def get_name(self, tried: Tried) -> str:
        return ", ".join(each.name for each in tried.chosen)


@router.get("patients/<int:pk>/best-discount/", SEE_DISCOUNTS, asks=BestIn, gives=BestOut)
def best_discount(request: Request, pk: int, query: dict[str, Any]) -> Tried:
    """What an invoice for these services made now would give, with the reason, and why not the others."""
    keys = [int(key) for key in query["services"].split(",")]
    return discounts_try(request.user, pk, keys, branch_id=query.get("branch"))

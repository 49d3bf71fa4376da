"""The catalog's part of the API: services with the price of a day, diagnoses by code or words."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request

from catalog.listings import DiagnosisListing, PriceListing
from catalog.models import LONGEST_HEALING, Category, Diagnosis, Service
from catalog.permissions import EDIT_PRICES, SEE_DIAGNOSES, SEE_PRICES
from catalog.selectors import categories_of_list, diagnoses_in_directory, professions_of_services, services_in_list
from catalog.services import price_set, service_change, service_create
from catalog.services.prices import today
from core.api import Amount, Body, Id, Out, Router, if_match
from core.errors import Invalid, NotFound

router = Router("catalog")


class CategoryOut(Out):
    id = serializers.IntegerField()
    name = serializers.CharField(source="__str__")


class ServiceOut(Out):
    id = serializers.IntegerField()
    code = serializers.CharField()
    code_804n = serializers.CharField()
    name = serializers.CharField(source="__str__")
    category = serializers.IntegerField(source="category_id")
    category_name = serializers.CharField(source="category")
    price = Amount(allow_null=True, help_text="of the day asked for by `on`, today by default; null: none yet")
    duration_min = serializers.IntegerField()
    buffer_min = serializers.IntegerField()
    profession = serializers.IntegerField(source="profession_id", allow_null=True, help_text="who does it in a plan")
    chair_purpose = serializers.CharField(help_text="the chair's purpose that it needs")
    healing_days = serializers.IntegerField(help_text="the next visit of a plan is that much later")
    healing_most = serializers.IntegerField(allow_null=True, help_text="and not later than this")
    is_active = serializers.BooleanField()
    version = serializers.IntegerField()


class InPlans(Body):
    """What a service means for the visits of a plan."""

    profession = Id(required=False, allow_null=True)
    chair_purpose = serializers.CharField(max_length=80, required=False, allow_blank=True)
    healing_days = serializers.IntegerField(min_value=0, max_value=LONGEST_HEALING, required=False)
    healing_most = serializers.IntegerField(min_value=0, max_value=LONGEST_HEALING, required=False, allow_null=True)


class ServiceIn(InPlans):
    category = Id()
    code = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=300)
    name_en = serializers.CharField(max_length=300, required=False, allow_blank=True)
    code_804n = serializers.CharField(max_length=40, required=False, allow_blank=True)
    duration_min = serializers.IntegerField(min_value=1, max_value=720, required=False)
    buffer_min = serializers.IntegerField(min_value=0, max_value=240, required=False)
    price = Amount(min_value=0, required=False)
    starts_on = serializers.DateField(required=False)


class ServicePatch(InPlans):
    category = Id(required=False)
    code = serializers.CharField(max_length=40, required=False)
    name = serializers.CharField(max_length=300, required=False)
    name_en = serializers.CharField(max_length=300, required=False, allow_blank=True)
    code_804n = serializers.CharField(max_length=40, required=False, allow_blank=True)
    duration_min = serializers.IntegerField(min_value=1, max_value=720, required=False)
    buffer_min = serializers.IntegerField(min_value=0, max_value=240, required=False)
    is_active = serializers.BooleanField(required=False)


class PriceIn(Body):
    amount = Amount(min_value=0)
    starts_on = serializers.DateField(required=False)


class DiagnosisOut(Out):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField(source="title")
    group = serializers.IntegerField(source="group_id")
    is_active = serializers.BooleanField()


router.listing("services/", PriceListing, gives=ServiceOut)
router.listing("diagnoses/", DiagnosisListing, gives=DiagnosisOut)


@router.get("categories/", SEE_PRICES, gives=CategoryOut, many=True)
def categories(request: Request) -> list[Category]:
    """Sections of the price list, in their order."""
    return list(categories_of_list())


@router.get("services/<int:pk>/", SEE_PRICES, gives=ServiceOut)
def service(request: Request, pk: int) -> Service:
    """One service with today's price."""
    return service_of(pk)


@router.post("services/", EDIT_PRICES, takes=ServiceIn, gives=ServiceOut, status=201)
def service_add(request: Request, data: dict[str, Any]) -> Service:
    """A new service; with `price` it costs that from `starts_on` (today by default)."""
    made = service_create(actor=request.user, **with_category(data))
    return service_of(made.pk)


@router.patch("services/<int:pk>/", EDIT_PRICES, takes=ServicePatch, gives=ServiceOut)
def service_patch(request: Request, pk: int, data: dict[str, Any]) -> Service:
    """Change what a service is; prices are set by `prices/`."""
    service_change(service_id=pk, actor=request.user, expected_version=if_match(request), **with_category(data))
    return service_of(pk)


@router.post("services/<int:pk>/prices/", EDIT_PRICES, takes=PriceIn, gives=ServiceOut, status=201)
def service_price(request: Request, pk: int, data: dict[str, Any]) -> Service:
    """The price from a day on, today by default; a day before today is 409 `price_started`."""
    starts_on: date = data.get("starts_on") or today()
    price_set(service_id=pk, amount=data["amount"], starts_on=starts_on, actor=request.user)
    return service_of(pk)


@router.get("diagnoses/<int:pk>/", SEE_DIAGNOSES, gives=DiagnosisOut)
def diagnosis(request: Request, pk: int) -> Diagnosis:
    """One diagnosis."""
    row = diagnoses_in_directory().filter(pk=pk).first()
    if row is None:
        raise NotFound
    return row


def service_of(pk: int) -> Service:
    row = services_in_list(today()).filter(pk=pk).first()
    if row is None:
        raise NotFound
    return row


def with_category(data: dict[str, Any]) -> dict[str, Any]:
    """Rows of category and profession in place of their ids."""
    if data.get("profession"):
        profession = professions_of_services().filter(pk=data["profession"]).first()
        if profession is None:
            raise Invalid(fields={"profession": _("Choose a speciality of doctors.")})
        data = {**data, "profession": profession}
    if "category" not in data:
        return data
    row = categories_of_list().filter(pk=data["category"]).first()
    if row is None:
        raise Invalid(fields={"category": _("Choose a category of the price list.")})
    return {**data, "category": row}

"""A tiny API for tests of the frame: one address that takes an amount."""

from django.urls import include, path
from rest_framework import serializers

from clinic.permissions import SEE_STAFF
from core.api import Amount, Body, Out, Router
from core.errors import DomainError

DONE: list[str] = []
router = Router("core")


class AmountIn(Body):
    amount = Amount(min_value=0)
    note = serializers.CharField(required=False)


class AmountOut(Out):
    amount = Amount()


class TooMuch(DomainError):
    code = "test_too_much"


@router.post("sums/", SEE_STAFF, takes=AmountIn, gives=AmountOut, status=201, needs_key=True)
def sum_add(request, data):
    if data["amount"] > 1000:
        raise TooMuch(limit="1000.00")
    DONE.append(str(data["amount"]))
    return data


@router.get("sums/<int:pk>/", SEE_STAFF)
def sum_show(request, pk):
    return {"pk": pk}


urlpatterns = [path("api/v1/", include(router.urls))]
handler404 = "core.views.page_missing"

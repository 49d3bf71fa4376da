"""Fields that several bodies of messages have."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers
from rest_framework.request import Request

from core.api import check_version, if_match
from messaging.forms import PhoneField


class PhoneIn(serializers.CharField):
    """Any usual form; given back as E.164."""

    def to_internal_value(self, data: Any) -> str:
        try:
            return PhoneField().clean(super().to_internal_value(data))
        except ValidationError as error:
            raise serializers.ValidationError(error.messages) from error


def seen(request: Request, row: Any) -> Any:
    """The row, when it is still as the caller has seen it (If-Match); Stale otherwise."""
    check_version(if_match(request), row.version)
    return row


def branch_of(request: Request) -> Any:
    """The branch that the caller works in, if he has chosen one."""
    return getattr(request, "branch", None) or getattr(request._request, "branch", None) or None

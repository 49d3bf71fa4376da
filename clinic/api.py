"""The clinic's part of the API: signing in, who I am, branches, chairs, professions, staff."""

from typing import Any

from django.utils.translation import get_language
from rest_framework import serializers
from rest_framework.request import Request

from clinic import listings
from clinic.services import signing_in
from core.access import ANYBODY, PUBLIC
from core.api import Body, Out, Router
from core.middleware import address_of

router = Router("clinic")


class TokenIn(Body):
    username = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    code = serializers.CharField(
        max_length=20, required=False, default="", help_text="of the authenticator app, if it is on"
    )


class TokenOut(Out):
    token = serializers.CharField()


@router.post("auth/token/", PUBLIC, takes=TokenIn, gives=TokenOut, takes_key=False)
def token(request: Request, data: dict[str, str]) -> dict[str, str]:
    """A token for `Authorization: Token <token>`. 401 bad_credentials; the sixth wrong try in 15 minutes is 429."""
    return {"token": signing_in.token_give(**data, address=address_of(request._request) or "")}


class MeOut(Out):
    id = serializers.IntegerField()
    username = serializers.CharField()
    name = serializers.SerializerMethodField()
    roles = serializers.ListField(child=serializers.CharField(), source="role_codes")
    permissions = serializers.SerializerMethodField()
    branches = serializers.ListField(child=serializers.IntegerField(), source="branch_ids")
    today_only = serializers.SerializerMethodField()
    language = serializers.SerializerMethodField()
    staff = serializers.IntegerField(source="staff_id", allow_null=True)

    def get_name(self, user: Any) -> str:
        return str(user)

    def get_permissions(self, user: Any) -> list[str]:
        return sorted(user.permission_codes)

    def get_today_only(self, user: Any) -> bool:
        return bool(user.money_days_back == 1)

    def get_language(self, user: Any) -> str:
        return user.language or get_language() or ""


@router.get("me/", ANYBODY, gives=MeOut)
def me(request: Request) -> Any:
    """Who asks, and what he may. `today_only`: money of today only (SET-14)."""
    return request.user


class BranchOut(Out):
    id = serializers.IntegerField()
    name = serializers.CharField()
    timezone = serializers.CharField()
    address = serializers.CharField()
    phone = serializers.CharField()
    legal_entity = serializers.IntegerField(source="legal_entity_id")


class ChairOut(Out):
    id = serializers.IntegerField()
    branch = serializers.IntegerField(source="branch_id")
    name = serializers.CharField()
    purpose = serializers.CharField()


class ProfessionOut(Out):
    id = serializers.IntegerField()
    name = serializers.CharField()
    code = serializers.CharField()
    kind = serializers.CharField()


class StaffOut(Out):
    id = serializers.IntegerField()
    name = serializers.CharField(source="full_name")
    short_name = serializers.CharField()
    professions = serializers.ListField(child=serializers.IntegerField(), source="profession_ids")
    branches = serializers.SerializerMethodField(help_text="where the person works; bound to none means all of them")
    is_doctor = serializers.BooleanField()
    is_employee = serializers.BooleanField()
    dismissed_on = serializers.DateField(allow_null=True)

    def get_branches(self, person: Any) -> list[int]:
        mine = self.context["request"].user.branch_ids
        return [pk for pk in person.own_branch_ids if pk in mine] if person.own_branch_ids else list(mine)


router.listing("branches/", listings.BranchListing, gives=BranchOut)
router.listing("chairs/", listings.ChairListing, gives=ChairOut)
router.listing("professions/", listings.ProfessionListing, gives=ProfessionOut)
router.listing("staff/", listings.StaffListing, gives=StaffOut)

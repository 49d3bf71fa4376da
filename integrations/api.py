"""Integrations over the API: how they do, connecting, testing. Secrets go in and never come out."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from core.api import Body, Out, Router
from integrations import selectors, services
from integrations.listings import ExchangeListing
from integrations.permissions import MANAGE

router = Router("integrations")


class ServiceOut(Out):
    code = serializers.CharField()
    title = serializers.CharField(source="adapter.title")
    status = serializers.CharField(source="state")
    facts = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    last_event = serializers.SerializerMethodField()
    last_event_at = serializers.SerializerMethodField()

    def get_facts(self, service: selectors.Service) -> dict[str, str]:
        return dict(service.row.facts) if service.row else {}

    def get_error(self, service: selectors.Service) -> str:
        return service.row.error if service.row else ""

    def get_last_event(self, service: selectors.Service) -> str:
        return service.row.last_event if service.row else ""

    def get_last_event_at(self, service: selectors.Service) -> str | None:
        return service.row.last_event_at.isoformat() if service.row and service.row.last_event_at else None


class ConnectIn(Body):
    values = serializers.DictField(child=serializers.CharField(max_length=500, allow_blank=True))


class TestedOut(Out):
    is_right = serializers.BooleanField()
    text = serializers.CharField()


class ExchangeOut(Out):
    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    service = serializers.CharField(source="code")
    way = serializers.CharField()
    method = serializers.CharField()
    url = serializers.CharField()
    request = serializers.CharField(source="asked")
    status = serializers.IntegerField(allow_null=True)
    answer = serializers.CharField(source="answered")
    error = serializers.CharField()


router.listing("integration-log/", ExchangeListing, gives=ExchangeOut)


@router.get("integrations/", MANAGE, gives=ServiceOut, many=True)
def services_read(request: Request) -> list[selectors.Service]:
    """Every service that can be connected."""
    return selectors.services_all()


@router.get("integrations/<slug:code>/", MANAGE, gives=ServiceOut)
def service_read(request: Request, code: str) -> selectors.Service:
    return selectors.service_named(code)


@router.post("integrations/<slug:code>/connect/", MANAGE, takes=ConnectIn, gives=ServiceOut)
def service_connect(request: Request, data: dict[str, Any], code: str) -> selectors.Service:
    """409 `integration_refused` when the service does not let us in; nothing is kept then."""
    base = request.build_absolute_uri("/").rstrip("/")
    services.connection_make(code=code, typed=data["values"], base_url=base, actor=request.user)
    return selectors.service_named(code)


@router.post("integrations/<slug:code>/test/", MANAGE, gives=TestedOut)
def service_test(request: Request, code: str) -> Any:
    return services.connection_test(code=code, actor=request.user)


@router.post("integrations/<slug:code>/disconnect/", MANAGE, gives=ServiceOut)
def service_disconnect(request: Request, code: str) -> selectors.Service:
    services.connection_end(code=code, actor=request.user)
    return selectors.service_named(code)

"""The REST API's one shape: strict input, one handler a method, one error body, idempotent commands.

An app writes `router = Router("billing")` and decorates plain functions; lists come from Listings.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import django_filters
from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db import DataError, IntegrityError
from django.http import Http404, QueryDict
from django.urls import path
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from drf_spectacular.drainage import set_override
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import exceptions, serializers
from rest_framework.fields import SkipField, is_simple_callable
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import modules
from core.access import PARTNER, Permission, Requirement, is_allowed
from core.command import check_version  # noqa: F401  those who ask with If-Match find both here
from core.errors import DomainError, Forbidden, Invalid, NotFound, Stale, TooLarge, from_integrity_error
from core.idempotency import KeyRequired, once
from core.listing import OWN_PARAMS, Listing
from core.refusals import error_body, headers_of

KEY_HEADER = "Idempotency-Key"
ROUTERS: list["Router"] = []


class HasRequirement(BasePermission):
    """DRF's side of core.access: 401 for nobody, 404 across the portal's border, 403 that names the right."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        requirement: Requirement | None = getattr(view, "requirement", None)
        if requirement is None:
            raise Forbidden
        if request.method not in requirement.methods and request.method not in ("HEAD", "OPTIONS"):
            return bool(request.user.is_authenticated) or _refuse_nobody()
        needed = requirement.for_method(request.method or "GET")
        if is_allowed(request.user, needed):
            return True
        if not request.user.is_authenticated:
            return _refuse_nobody()
        if request.user.is_partner_user != (needed is PARTNER):
            raise Http404
        raise Forbidden(needs=needed.code)


def _refuse_nobody() -> bool:
    raise exceptions.NotAuthenticated


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal as {code, message, facts, fields}; never a 500 for any input."""
    if isinstance(error, IntegrityError):
        error = from_integrity_error(error)
    if isinstance(error, RequestDataTooBig):
        error = TooLarge()
    if isinstance(error, DomainError):
        response = Response(error_body(error), status=error.status, headers=headers_of(error))
        response.exception = True
        return response
    if isinstance(error, serializers.ValidationError):
        return Response(error_body(Invalid(fields=flat(error.detail))), status=400)
    if isinstance(error, Http404 | ObjectDoesNotExist | exceptions.NotFound):
        return Response(error_body(NotFound()), status=404)
    if isinstance(error, DjangoPermissionDenied | exceptions.PermissionDenied):
        return Response({**error_body(Forbidden()), "message": str(error) or str(Forbidden.message)}, status=403)
    if isinstance(error, DataError | RecursionError):  # of JSON that is nested a thousand deep
        return Response(error_body(Invalid()), status=400)
    if isinstance(error, exceptions.APIException):
        code = "invalid" if error.status_code == 400 else str(error.default_code)
        headers = {"WWW-Authenticate": "Token"} if error.status_code == 401 else {}
        if wait := getattr(error, "wait", None):
            headers["Retry-After"] = str(int(wait) + 1)
        body = {"code": code, "message": str(error.detail), "facts": {}, "fields": {}}
        return Response(body, status=error.status_code, headers=headers)
    return None


def flat(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """DRF's nested errors as `lines.0.price` -> [sentence, ...]."""
    if isinstance(detail, dict):
        merged: dict[str, list[str]] = {}
        for name, inner in detail.items():
            merged |= flat(inner, f"{prefix}.{name}" if prefix else str(name))
        return merged
    if isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        merged = {}
        for number, inner in enumerate(detail):
            merged |= flat(inner, f"{prefix}.{number}" if prefix else str(number))
        return merged
    items = detail if isinstance(detail, list) else [detail]
    return {prefix or "non_field_errors": [str(item) for item in items]} if items else {}


# Fields


@extend_schema_field({"type": "string", "pattern": r"^-?\d{1,12}(\.\d{1,2})?$", "example": "1500.00"})
class Amount(serializers.DecimalField):
    """Money: a string with two digits. More digits, floats and infinities are 400."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, **kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, float | bool):
            raise serializers.ValidationError(_('Money is written as a string, for example "1500.00".'))
        return super().to_internal_value(data)


@extend_schema_field(OpenApiTypes.DATETIME)
class Moment(serializers.Field):
    """ISO 8601 with offset; given back in the zone at `zone` of the row (a path such as "branch.timezone")."""

    def __init__(self, zone: str = "", **kwargs: Any) -> None:
        self.zone = zone
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> datetime:
        try:
            moment = parse_datetime(data) if isinstance(data, str) else None
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise serializers.ValidationError(
                _("Give a moment as ISO 8601 with an offset, for example 2026-11-23T10:00:00+03:00.")
            )
        if not 1900 <= moment.year <= 2200:
            raise serializers.ValidationError(_("This year is out of range."))
        return moment

    def get_attribute(self, instance: Any) -> Any:
        moment = super().get_attribute(instance)
        if moment is not None and self.zone:
            return moment.astimezone(ZoneInfo(attrgetter(self.zone)(instance)))
        return moment

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()


class Id(serializers.IntegerField):
    """A positive id that fits the database."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=2**63 - 1, **kwargs)


BODIES: dict[str, str] = {}  # name in the schema -> module


class Named(serializers.Serializer[Any]):
    """A body by its own name in the schema: where two apps have a LineOut, the later one is BillingLineOut."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        module, name = cls.__module__, cls.__name__
        if BODIES.setdefault(name, module) != module:
            name = f"{module.partition('.')[0].capitalize()}{name}"
        set_override(cls, "component_name", name)


class Body(Named):
    """Input of a command: unknown fields are 400."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = set(data) - set(self.fields)
            if unknown:
                raise serializers.ValidationError({name: [_("Unknown field.")] for name in sorted(unknown)})
        return super().to_internal_value(data)


class Out(Named):
    """Output. `permissions` names fields that only holders of a right get: {"debt": permissions.SEE_MONEY}."""

    permissions: dict[str, Permission] = {}

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        request = self.context.get("request")
        if request is not None:
            for name, needed in self.permissions.items():
                if not is_allowed(request.user, needed):
                    fields.pop(name, None)
        return fields

    @cached_property
    def _readers(self) -> list[tuple[str, Callable[[Any], Any], Callable[[Any], Any]]]:
        """(name, how to read it off a row, how to write it): what DRF finds out anew for each field of each row."""
        return [
            (
                name,
                attrgetter(".".join(made.source_attrs)) if is_plain(made) else made.get_attribute,
                made.to_representation,
            )
            for name, made in self.fields.items()
            if not made.write_only
        ]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """As DRF does it, at a quarter of the cost; what is unusual about a row is left to DRF itself."""
        body = {}
        try:
            for name, read, write in self._readers:
                value = read(instance)
                if value is not None and callable(value) and is_simple_callable(value):
                    value = value()
                body[name] = None if value is None else write(value)
        except (AttributeError, KeyError, TypeError, ObjectDoesNotExist, SkipField):
            return dict(super().to_representation(instance))
        return body


def is_plain(made: Any) -> bool:
    """A field that reads the attribute it names, and nothing else."""
    return type(made).get_attribute is serializers.Field.get_attribute and bool(made.source_attrs)


@extend_schema_field({"type": "array", "items": {"type": "integer"}})
class Keys(serializers.Field[Any, Any, Any, Any]):
    """Ids of the rows at the other end of a many-to-many, which the listing has prefetched."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)

    def to_representation(self, value: Any) -> list[int]:
        return [row.pk for row in value.all()]


class ErrorOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    facts = serializers.DictField()

    def get_fields(self) -> Any:
        """`fields` is a name of the serializer's own, so it cannot be declared above."""
        return {**super().get_fields(), "fields": serializers.DictField()}


class Nothing(Body):
    """A command without input."""


@dataclass(slots=True)
class Handler:
    function: Callable[..., Any]
    permission: Permission
    takes: type[serializers.BaseSerializer[Any]] | None = None
    gives: type[serializers.BaseSerializer[Any]] | None = None
    asks: type[serializers.Serializer[Any]] | None = None
    status: int = 200
    needs_key: bool = False
    takes_key: bool = True
    many: bool = False
    listing: type[Listing] | None = None
    parameters: list[OpenApiParameter] = field(default_factory=list)


def if_match(request: Request) -> int | None:
    """The version that the caller has seen, from If-Match; Stale when it is not a version at all."""
    given = request.headers.get("If-Match")
    if given is None or given.strip() == "*":
        return None
    text = given.strip().removeprefix("W/").strip('"')
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Stale
    return int(text)


class Endpoint(APIView):
    """One address: a handler a method. Subclasses are made by Router."""

    handlers: dict[str, Handler] = {}
    requirement: Requirement

    def answer(self, request: Request, **kwargs: Any) -> Response:
        handler = self.handlers[request.method or "GET"]
        if handler.listing:
            return self.list(request, handler)
        asked = self.query(request, handler)
        if request.method == "GET":
            return Response(self.give(handler, handler.function(request, **kwargs, **asked)))
        data = self.body(request, handler)
        return self.command(request, handler, data, {**kwargs, **asked})

    def query(self, request: Request, handler: Handler) -> dict[str, Any]:
        known = set(handler.asks().fields) if handler.asks else set()
        refuse_unknown(request, known)
        if handler.asks is None:
            return {}
        serializer = handler.asks(data=request.query_params.dict())
        serializer.is_valid(raise_exception=True)
        return {"query": serializer.validated_data}

    def body(self, request: Request, handler: Handler) -> dict[str, Any]:
        if handler.takes is None:
            if request.method != "DELETE" and request.data not in ({}, None, ""):
                Nothing(data=request.data).is_valid(raise_exception=True)
            return {}
        serializer = handler.takes(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        return {"data": serializer.validated_data}

    def give(self, handler: Handler, result: Any) -> Any:
        if handler.gives is None or result is None:
            return result
        return handler.gives(result, many=handler.many, context={"request": self.request}).data

    def command(self, request: Request, handler: Handler, data: dict[str, Any], kwargs: dict[str, Any]) -> Response:
        def work() -> Any:
            return plain_json(self.give(handler, handler.function(request, **data, **kwargs)))

        key = idempotency_key(request) if handler.takes_key else None
        if key is None:
            if handler.needs_key:
                raise KeyRequired
            return Response(work(), status=handler.status)
        given = request.data if isinstance(request.data, dict | list) else str(request.data)
        answer, replayed = once(
            user=request.user, method=request.method or "POST", path=request.path, key=key, body=given, work=work
        )
        if replayed:
            return Response(answer, status=200, headers={"Idempotency-Replayed": "true"})
        return Response(answer, status=handler.status)

    def list(self, request: Request, handler: Handler) -> Response:
        assert handler.listing is not None
        screen = handler.listing(request.user, request.query_params, asked_only=True)
        refuse_unknown(request, params_known(screen))
        if not screen.is_valid:
            raise Invalid(fields={name: [str(e) for e in errors] for name, errors in screen.filter.form.errors.items()})
        for name in ("page", "page_size"):
            given = request.query_params.get(name)
            if given is not None and not (given.isascii() and given.isdigit() and 0 < int(given) < 10**9):
                raise Invalid(fields={name: _("A positive whole number.")})
        screen.more_orders = fields_sortable(handler.gives, screen.base.model)
        if screen.sort and not screen.is_order_known:
            raise Invalid(fields={"ordering": _("There is no such order.")})
        page = screen.page()
        if page.number > 1 and not page.rows:
            raise NotFound
        context = {"request": request, "screen": screen}
        rows = (
            handler.gives(page.rows, many=True, context=context).data
            if handler.gives
            else [{column.name: cell_json(column, value) for column, value in screen.cells(row)} for row in page.rows]
        )
        links = {
            name: absolute(request, url) for name, url in (("next", page.next_url), ("previous", page.previous_url))
        }
        body: dict[str, Any] = {"results": rows, **links}
        if screen.totals:
            kinds = {each.name: each.kind for each in screen.totals}
            body["totals"] = {name: figure_text(kinds[name], value) for name, value in screen.figures_of_all.items()}
        if request.query_params.get("count") == "1":
            body["count"] = screen.filtered().order_by().count()
        return Response(body)


def cell_json(column: Any, value: Any) -> Any:
    """A cell as data; a link of its own is its text, since the row says what it is about."""
    return plain_json(value[0] if column.kind == "link" and isinstance(value, tuple) else value)


def figure_text(kind: str, value: Any) -> Any:
    """Money as a string with two digits, a count as a number."""
    return f"{value:.2f}" if kind == "money" else plain_json(value)


def fields_sortable(gives: Any, model: Any) -> dict[str, str]:
    """Names of an answer that are columns of its table, so that a list can be asked for in their order."""
    columns = {name for field in model._meta.concrete_fields for name in (field.name, field.attname)}
    fields = gives().fields if gives is not None else {}
    sources = {name: field.source or name for name, field in fields.items()}
    return {name: source for name, source in sources.items() if source in columns}


def refuse_unknown(request: Request, known: set[str]) -> None:
    unknown = set(request.query_params) - known - {"format"}
    if unknown:
        raise Invalid(fields={name: _("Unknown parameter.") for name in sorted(unknown)})


_params: dict[Any, frozenset[str]] = {}


def params_known(screen: Listing) -> frozenset[str]:
    """What a list may be asked with: its filters by name, and names that a filter's widget reads besides its own
    (ranges read name_after, name_min, ...). Found out once a filterset.
    """
    shape = screen.filter_class
    if shape not in _params:
        names = set(shape.base_filters)
        for name, made in type(screen)(screen.user, QueryDict()).filter.form.fields.items():
            names |= {f"{name}_{suffix}" for suffix in getattr(made.widget, "suffixes", None) or () if suffix}
        _params[shape] = frozenset(names | OWN_PARAMS)
    return _params[shape]


def absolute(request: Request, url: str | None) -> str | None:
    """The same page of the API's own address: only the query of the screen's link counts."""
    return request.build_absolute_uri(f"{request.path}?{url.partition('?')[2]}") if url else None


def idempotency_key(request: Request) -> UUID | None:
    given = request.headers.get(KEY_HEADER)
    if given is None:
        return None
    try:
        return UUID(given)
    except ValueError as error:
        raise Invalid(fields={KEY_HEADER: _("The key must be a UUID.")}) from error


def plain_json(value: Any) -> Any:
    """A JSON-able copy: money as strings, moments as ISO 8601."""
    if isinstance(value, dict):
        return {str(name): plain_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def of_modules_on(endpoints: list[Any]) -> list[Any]:
    """For the schema: a module that is off leaves no trace in it."""
    return [each for each in endpoints if modules.is_on(getattr(each[3], "module", ""))]


class Router:
    """Collects handlers by address and makes one Endpoint each."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.addresses: dict[str, dict[str, Handler]] = {}
        ROUTERS.append(self)

    def add(
        self, method: str, address: str, permission: Permission, **options: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            handlers = self.addresses.setdefault(address, {})
            if method in handlers:
                raise ValueError(f"{method} {address} is declared twice")
            handlers[method] = Handler(function, permission, **options)
            return function

        return register

    def get(self, address: str, permission: Permission, **options: Any) -> Any:
        return self.add("GET", address, permission, **options)

    def post(self, address: str, permission: Permission, **options: Any) -> Any:
        return self.add("POST", address, permission, **options)

    def patch(self, address: str, permission: Permission, **options: Any) -> Any:
        return self.add("PATCH", address, permission, **options)

    def delete(self, address: str, permission: Permission, **options: Any) -> Any:
        return self.add("DELETE", address, permission, **{"status": 204, **options})

    def listing(self, address: str, listing: type[Listing], gives: Any = None) -> None:
        """GET of a list: its rows by `gives`, or by the columns themselves."""
        self.add("GET", address, listing.permission, listing=listing, gives=gives, many=True)(lambda request: None)

    @property
    def urls(self) -> list[Any]:
        return [path(address, endpoint(self.module, address, handlers)) for address, handlers in self.addresses.items()]


def endpoint(module: str, address: str, handlers: dict[str, Handler]) -> Callable[..., Any]:
    methods = {method: handler.permission for method, handler in handlers.items()}
    requirement = Requirement(next(iter(methods.values())), methods)
    name = "".join(
        word.capitalize() for word in address.replace("<int:", "").replace(">", "").replace("-", "/").split("/") if word
    )
    body: dict[str, Any] = {"handlers": handlers, "requirement": requirement, "__module__": f"{module}.api"}
    for method, handler in handlers.items():
        body[method.lower()] = described(module, address, method, handler)
    made = type(f"{name}Endpoint", (Endpoint,), body).as_view()
    made.requirement = requirement
    made.module = module
    return made


def described(module: str, address: str, method: str, handler: Handler) -> Callable[..., Response]:
    """The method of an Endpoint, with its OpenAPI description."""

    def answer(self: Endpoint, request: Request, **kwargs: Any) -> Response:
        return self.answer(request, **kwargs)

    answers: dict[int, Any] = {handler.status: answer_schema(handler)}
    if method != "GET":
        answers |= {200: answer_schema(handler), 409: ErrorOut, 412: ErrorOut}
    answers |= {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 429: ErrorOut}
    parameters = [*handler.parameters, *([handler.asks] if handler.asks else [])]
    if handler.listing:
        parameters += listing_parameters(handler.listing)
    if method != "GET" and handler.takes_key:
        parameters.append(
            OpenApiParameter(KEY_HEADER, OpenApiTypes.UUID, OpenApiParameter.HEADER, required=handler.needs_key)
        )
    operation = f"{address.strip('/').replace('/', '_').replace('<int:', '').replace('>', '').replace('-', '_')}_{method.lower()}"
    return extend_schema(
        operation_id=operation,
        tags=[module],
        request=handler.takes if method != "GET" else None,
        responses=answers,
        parameters=parameters,
        description=description_of(handler),
    )(answer)


def description_of(handler: Handler) -> str:
    """What the function says of itself; of a list, what the listing does."""
    said = (handler.listing or handler.function).__doc__ or handler.function.__doc__
    return " ".join((said or "").split())


def answer_schema(handler: Handler) -> Any:
    if handler.status == 204:
        return OpenApiResponse(description="done")
    if handler.listing:
        return page_schema(handler)
    if handler.gives is None:
        return OpenApiTypes.ANY
    return handler.gives(many=True) if handler.many else handler.gives


def page_schema(handler: Handler) -> Any:
    assert handler.listing is not None
    name = handler.listing.slug.title().replace("-", "")
    row = handler.gives or serializers.DictField
    fields = {
        "results": row(many=True) if handler.gives else serializers.ListField(child=serializers.DictField()),
        "next": serializers.CharField(allow_null=True),
        "previous": serializers.CharField(allow_null=True),
        "count": serializers.IntegerField(required=False),
        "totals": serializers.DictField(required=False),
    }
    return type(f"{name}Page", (serializers.Serializer,), fields)


def listing_parameters(listing: type[Listing]) -> list[OpenApiParameter]:
    types = {
        django_filters.NumberFilter: OpenApiTypes.NUMBER,
        django_filters.BooleanFilter: OpenApiTypes.BOOL,
        django_filters.DateFilter: OpenApiTypes.DATE,
        django_filters.ModelChoiceFilter: OpenApiTypes.INT,
    }
    found = [
        OpenApiParameter(name, next((t for sort, t in types.items() if isinstance(made, sort)), OpenApiTypes.STR))
        for name, made in (listing.filterset.base_filters.items() if listing.filterset else ())
    ]
    common = {
        "page": OpenApiTypes.INT,
        "page_size": OpenApiTypes.INT,
        "ordering": OpenApiTypes.STR,
        "count": OpenApiTypes.INT,
    }
    return found + [OpenApiParameter(name, kind) for name, kind in common.items()]

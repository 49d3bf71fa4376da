"""Pages of integrations (INT-01), and the address that services call."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from core import setting_pages
from core.access import requires
from core.errors import DomainError, Stale
from core.forms import add_errors, given_version
from integrations import selectors, services
from integrations.adapters import Told
from integrations.forms import ConnectForm
from integrations.permissions import MANAGE

MOST = 256 * 1024  # bytes of a callback
HEADERS = ("content-type", "user-agent", "x-telegram-bot-api-secret-token", "x-hub-signature-256", "authorization")


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    nav = {
        "sections": setting_pages.sections().values(), "setting_pages": setting_pages.pages_of(request.user),
        "here": "integrations", "active": "settings",
    }  # fmt: skip
    return render(request, template, {**nav, **context}, status=status)


@requires(MANAGE)
def connections(request: HttpRequest) -> HttpResponse:
    """Every service that can be connected, with how it does."""
    context = {"title": _("Integrations"), "groups": selectors.services_by_group()}
    return page(request, "integrations/connections.html", context)


@requires(MANAGE)
def connection(request: HttpRequest, code: str) -> HttpResponse:
    """One service: choose, enter login and password or a key, connect; how it does and what was said."""
    service = selectors.service_named(code)
    form = ConnectForm(service, request.POST or None)
    status, stale = 200, False
    if request.method == "POST":
        try:
            if form.is_valid() and connect(request, code, form):
                return redirect("integrations:connection", code=code)
            status = 422
        except Stale:
            status, stale = Stale.status, True
    return page(request, "integrations/connection.html", {**shown(request, code), "form": form, "stale": stale}, status)


def connect(request: HttpRequest, code: str, form: ConnectForm) -> bool:
    """A refusal stands beside its field; what was typed stays, secrets excepted."""
    try:
        services.connection_make(
            code=code, typed=form.cleaned_data, base_url=base_of(request), actor=request.user,
            expected_version=given_version(request),
        )  # fmt: skip
    except Stale:
        raise
    except DomainError as error:
        add_errors(form, error)
        return False
    messages.success(request, _("Connected"))
    return True


def shown(request: HttpRequest, code: str) -> dict[str, Any]:
    service = selectors.service_named(code)
    hook = ""
    if service.row and service.is_on and service.adapter.hears:
        hook = base_of(request) + services.hook_path(service.row)
    return {
        "title": service.adapter.title, "service": service, "hook": hook, "version": service.row.version if service.row else 1,
        "lines": selectors.exchanges_of(code)[:15], "log_url": reverse("integrations:integration-log-list") + f"?code={code}",
    }  # fmt: skip


def base_of(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


@requires(MANAGE)
@require_POST
def connection_test(request: HttpRequest, code: str) -> HttpResponse:
    found = services.connection_test(code=code, actor=request.user)
    (messages.success if found.is_right else messages.error)(request, found.text)
    return redirect("integrations:connection", code=code)


@requires(MANAGE)
def connection_pairing(request: HttpRequest, code: str) -> HttpResponse:
    """The picture to scan, asked for again and again until the phone is paired."""
    context = {"code": code, "pairing": services.connection_pairing(code=code)}
    return render(request, "integrations/_pairing.html", context)


@requires(MANAGE)
@require_POST
def connection_end(request: HttpRequest, code: str) -> HttpResponse:
    services.connection_end(code=code, actor=request.user)
    messages.success(request, _("Disconnected. The password is forgotten."))
    return redirect("integrations:connection", code=code)


@requires(MANAGE)
@require_POST
def connection_readdress(request: HttpRequest, code: str) -> HttpResponse:
    services.connection_readdress(code=code, base_url=base_of(request), actor=request.user)
    messages.success(request, _("There is a new address. Put it into the account of the service."))
    return redirect("integrations:connection", code=code)


@csrf_exempt
@require_POST
def hook(request: HttpRequest, code: str, token: str) -> HttpResponse:
    """What a service tells: kept raw and answered at once; a wrong secret is a page that does not exist."""
    if int(request.headers.get("Content-Length") or 0) > MOST:
        return HttpResponse(status=413)
    told = Told(request.body, {name: request.headers[name] for name in HEADERS if name in request.headers})
    if not services.event_receive(code=code, token=token, told=told):
        return HttpResponse(status=403)
    return HttpResponse("ok", content_type="text/plain")

"""A gateway over plain HTTP: POST /messages {id, phone, text}, GET /messages/{id} -> {status}."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from messaging.gateways import Answer, Envelope, Fate, Gateway, Outcome, Report

TIMEOUT = 10  # seconds
SURELY_NOT_TAKEN = frozenset({429, 503})
FATES = {"accepted": Fate.SENT, "sent": Fate.SENT, "delivered": Fate.DELIVERED, "failed": Fate.FAILED}


class NotConnected(Exception):
    """No byte has left us."""


class HttpGateway(Gateway):
    code = "http"
    title = _("HTTP")
    reports = True

    def __init__(self, url: str = "", timeout: float = TIMEOUT, token: str = "") -> None:
        self.url, self.timeout, self.token = url, timeout, token

    def place(self) -> tuple[str, str]:
        """Address and key of the service."""
        return self.url, self.token

    def send(self, envelope: Envelope) -> Answer:
        """201 and 200 are taken, 409 is one that it already has; what is not an answer is a lost one."""
        body = {"id": str(envelope.key), "phone": envelope.phone, "text": envelope.text}
        try:
            status, answer = self.request("POST", "/messages", body)
        except NotConnected as error:
            return Answer(Outcome.LATER, error=str(error)[:300])
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Answer(Outcome.LOST, error=repr(error)[:300])
        if status in (200, 201, 202, 409):
            return Answer(Outcome.SENT, provider_id=str(answer.get("provider_id", ""))[:100])
        if status in SURELY_NOT_TAKEN:
            return Answer(Outcome.LATER, error=f"HTTP {status}")
        if 400 <= status < 500:
            return Answer(Outcome.REFUSED, error=str(answer.get("error") or f"HTTP {status}")[:300])
        return Answer(Outcome.LOST, error=f"HTTP {status}")

    def ask(self, envelope: Envelope) -> Report:
        try:
            status, answer = self.request("GET", f"/messages/{envelope.key}")
        except (NotConnected, OSError, http.client.HTTPException, ValueError) as error:
            return Report(Fate.SILENT, error=repr(error)[:300])
        if status == 404:
            return Report(Fate.MISSING)
        fate = FATES.get(str(answer.get("status")), Fate.SILENT) if status == 200 else Fate.SILENT
        return Report(fate, str(answer.get("provider_id", ""))[:100], str(answer.get("error") or "")[:300])

    def request(self, method: str, path: str, body: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
        url, token = self.place()
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise NotConnected("the address of the SMS service is not set")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        line = kind(parts.hostname, parts.port, timeout=self.timeout)
        try:
            try:
                line.connect()
            except OSError as error:
                raise NotConnected(repr(error)) from error
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
            line.request(method, parts.path.rstrip("/") + path, json.dumps(body) if body else None, headers)
            response = line.getresponse()
            text = response.read(65536)
            answer = json.loads(text) if text else {}
            return response.status, answer if isinstance(answer, dict) else {}
        finally:
            line.close()

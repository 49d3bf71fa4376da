"""HTTP to outer services: one request, its answer, a line in the raw log without secrets.

It tells apart what no byte of has left us (`NotSent`) and what nobody knows of (`NoAnswer`): only the first may be
repeated without asking.
"""

import http.client
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, urlsplit

from integrations.models import Exchange

TIMEOUT = 10.0  # seconds
MOST = 256 * 1024
KEPT = 4000  # letters of a body in the log
HIDDEN = "•••"


class NotSent(Exception):
    """No byte has left us."""


class NoAnswer(Exception):
    """It may have been taken, or not."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes

    @property
    def text(self) -> str:
        return decoded(self.body)


def decoded(body: bytes) -> str:
    """UTF-8, else the Windows letters that some services answer with whatever was asked."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1251", "replace")


def hidden(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets, as they are and as they stand in addresses and forms."""
    for secret in sorted({each for each in secrets if len(each) > 2}, key=len, reverse=True):
        for shape in {secret, quote(secret, safe=""), quote_plus(secret)}:
            text = text.replace(shape, HIDDEN)
    return text


def note(
    code: str, way: str, method: str, url: str, *, secrets: Iterable[str] = (), asked: str = "", status: int | None = None,
    answered: str = "", ms: int | None = None, error: str = "",
) -> None:  # fmt: skip
    """A line of the raw log. Calls are made outside transactions, so a refusal stays in it too."""
    secrets = list(secrets)
    clean = [hidden(text, secrets).replace("\x00", "") for text in (url, asked, answered, error)]
    Exchange.objects.create(
        code=code, way=way, method=method, url=clean[0][:300], asked=clean[1][:KEPT], status=status,
        answered=clean[2][:KEPT], ms=ms, error=clean[3][:300],
    )  # fmt: skip


def call(
    code: str, method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None,
    secrets: Iterable[str] = (), timeout: float = TIMEOUT,
) -> Reply:  # fmt: skip
    """One request. Raises NotSent or NoAnswer; any status is an answer."""
    started, reply, error = time.monotonic(), None, ""
    try:
        reply = ask(method, url, body, dict(headers or {}), timeout)
        return reply
    except (NotSent, NoAnswer) as trouble:
        error = str(trouble)
        raise type(trouble)(hidden(error, secrets)) from None
    finally:
        note(
            code, Exchange.Way.OUT, method, url, secrets=secrets, asked=decoded(body or b""), error=error,
            status=reply.status if reply else None, answered=reply.text if reply else "",
            ms=int((time.monotonic() - started) * 1000),
        )  # fmt: skip


def ask(method: str, url: str, body: bytes | None, headers: dict[str, str], timeout: float) -> Reply:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotSent("the address of the service is wrong")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    extra = {"context": ssl.create_default_context()} if parts.scheme == "https" else {}
    try:
        line = kind(parts.hostname, parts.port, timeout=timeout, **extra)  # type: ignore[arg-type]
        line.connect()
    except (OSError, ValueError) as trouble:
        raise NotSent(repr(trouble)) from trouble
    try:
        line.request(method, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers)
        answer = line.getresponse()
        return Reply(answer.status, answer.read(MOST))
    except (OSError, http.client.HTTPException, ValueError) as trouble:
        raise NoAnswer(repr(trouble)) from trouble
    finally:
        line.close()

"""What every emulated service has: a port of its own, a log, faults on command, pushes to our address.

`python -m tests.emulators.<service> PORT` runs one in a process of its own. Its control plane, which the real service
does not have: POST /__emu/reset, POST /__emu/fault {"path", "times", "kind", "every"}, POST /__emu/push {...},
GET /__emu/log, GET /__emu/state. Faults: "500", "timeout" (nothing done, no answer), "accept_timeout" (done, no
answer), "garbage" (done, an answer in a wrong alphabet that is no JSON), "drop" (the line is cut before anything).
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from urllib.request import Request, urlopen

HANG = 1.0  # seconds before a line is cut that gets no answer


class Emulator:
    """Subclass with `answer(path, body, query) -> (status, bytes)`; it is called under the lock.

    `headers` are those of the request that is being answered, names in small letters.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.hang = HANG
        self.headers: dict[str, str] = {}
        self.reset()

    def reset(self) -> None:
        self.log: list[dict[str, Any]] = []
        self.faults: list[dict[str, Any]] = []
        self.seen = 0
        self.hook = ""
        self.begin()

    def begin(self) -> None:
        """State of a new account."""

    def answer(self, path: str, body: bytes, query: dict[str, str]) -> tuple[int, bytes]:
        raise NotImplementedError

    def push(self, order: dict[str, Any]) -> Any:
        raise NotImplementedError

    def state(self) -> Any:
        raise NotImplementedError

    def fault_for(self, path: str) -> str:
        """The fault that meets this request, if any: the next `times` ones, or each `every`-th."""
        for fault in self.faults:
            if fault["path"] not in path:
                continue
            if fault.get("every"):
                fault["met"] = fault.get("met", 0) + 1
                if fault["met"] % fault["every"] == 0:
                    return str(fault["kind"])
            elif fault.get("times", 0) > 0:
                fault["times"] -= 1
                return str(fault["kind"])
        return ""

    def tell(self, body: bytes, headers: dict[str, str]) -> int:
        """Call the clinic; gives its status."""
        request = Request(self.hook, data=body, headers=headers, method="POST")
        try:
            with urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except OSError as error:
            return int(getattr(error, "code", 0) or 0)


class Handler(BaseHTTPRequestHandler):
    service: Emulator
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def do_GET(self) -> None:
        self.handle_one()

    def do_POST(self) -> None:
        self.handle_one()

    def handle_one(self) -> None:
        parts = urlsplit(self.path)
        body = self.body()
        if parts.path.startswith("/__emu/"):
            found = control(self.service, parts.path.removeprefix("/__emu/"), json.loads(body) if body else {})
            self.reply(200, json.dumps(found, ensure_ascii=False).encode())
            return
        with self.service.lock:
            fault = self.service.fault_for(parts.path)
            line = {"path": parts.path, "body": body.decode("latin-1"), "fault": fault, "at": time.time()}
            self.service.log.append(line)
            self.service.seen += 1
            done = None
            if fault in ("", "accept_timeout", "garbage"):
                self.service.headers = {name.lower(): value for name, value in self.headers.items()}
                done = self.service.answer(parts.path, body, dict(parse_qsl(parts.query)))
        self.finish_with(fault, done)

    def finish_with(self, fault: str, done: tuple[int, bytes] | None) -> None:
        if fault == "500":
            self.reply(500, b"<html>Internal Server Error</html>")
        elif fault == "garbage":
            self.reply(200, "ошибка сервера: не удалось".encode("cp1251"))
        elif done is not None and not fault:
            self.reply(*done)
        else:
            if fault != "drop":
                time.sleep(self.service.hang)
            self.close_connection = True
            self.connection.close()


def control(service: Emulator, order: str, given: dict[str, Any]) -> Any:
    if order == "push":
        return service.push(given)
    with service.lock:
        if order == "reset":
            service.reset()
        elif order == "fault":
            service.faults.append(given)
        elif order == "hook":
            service.hook = given["url"]
            service.secret = given.get("secret", "")  # type: ignore[attr-defined]
        elif order == "hang":
            service.hang = given["seconds"]
        elif order == "log":
            return service.log
        elif order == "state":
            return service.state()
        return {"ok": True}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Workers are killed in the middle of a request: that is no news."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def serve(service: Emulator, port: int = 0) -> Server:
    """On a port of this machine only, in a thread."""
    server = Server(("127.0.0.1", port), type("Bound", (Handler,), {"service": service}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main(service: Emulator) -> None:
    server = serve(service, int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(f"ready {server.server_port}", flush=True)
    threading.Event().wait()

"""An SMS provider in a process of its own: takes messages by our id, counts them, and misbehaves on request.

`python -m tests.fakes.gateway PORT [behaviour ...]`; behaviour is `slow=SECONDS` before every answer, `mute=EVERY`
(takes the n-th message but never answers), `lose=EVERY` (answers nothing and forgets), `busy=EVERY` (503),
`refuse=EVERY` (400), `die=AFTER` (exits without answering). GET /count gives {id: times taken}.
"""

import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Provider:
    def __init__(self, **behaviour: float) -> None:
        self.behaviour = behaviour
        self.taken: dict[str, int] = {}
        self.number = 0
        self.lock = threading.Lock()

    def meets(self, name: str, number: int) -> bool:
        every = self.behaviour.get(name, 0)
        return bool(every) and number % every == 0

    def take(self, body: dict[str, str]) -> tuple[int, dict[str, str]] | None:
        """Status and answer; None is silence."""
        with self.lock:
            self.number += 1
            number = self.number
            if number == self.behaviour.get("die"):
                os._exit(1)
            if self.meets("busy", number):
                return 503, {}
            if self.meets("refuse", number):
                return 400, {"error": "bad number"}
            if self.meets("lose", number):
                return None
            self.taken[body["id"]] = self.taken.get(body["id"], 0) + 1
        time.sleep(self.behaviour.get("slow", 0))
        return None if self.meets("mute", number) else (201, {"provider_id": f"P{number}"})


class Handler(BaseHTTPRequestHandler):
    provider: Provider

    def log_message(self, *args: object) -> None:
        pass

    def answer(self, status: int, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self.provider.take(body)
        if answer is None:
            time.sleep(self.provider.behaviour.get("hang", 1))
            self.connection.close()
        else:
            self.answer(*answer)

    def do_GET(self) -> None:
        if self.path == "/count":
            self.answer(200, self.provider.taken)
        elif self.path.removeprefix("/messages/") in self.provider.taken:
            self.answer(200, {"status": "delivered"})
        else:
            self.answer(404, {})


def serve(port: int = 0, **behaviour: float) -> ThreadingHTTPServer:
    """The provider on a port, in a thread of this process; `server.provider.taken` counts."""
    provider = Provider(**behaviour)
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Bound", (Handler,), {"provider": provider}))
    server.daemon_threads = True
    server.provider = provider  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    serve(int(sys.argv[1]), **{name: float(value) for name, value in (word.split("=") for word in sys.argv[2:])})
    print("ready", flush=True)
    threading.Event().wait()

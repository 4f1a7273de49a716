"""The health endpoint: ``GET /health``, 200 where all is well or can wait for the morning, 503 where it fails."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from itam import health
from itam.home import Home
from itam.refresh import utc_now


def serve(home: Home, host: str, port: int, also_failing: Callable[[], tuple[str, ...]]) -> ThreadingHTTPServer:
    """Answer in the background; ``also_failing`` says what only the caller knows, such as a dead daemon."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer."""
            if self.path.rstrip("/") != "/health":
                self.send_error(404)
                return
            found = health.check(home, utc_now(), also_failing())
            body = json.dumps(found.as_json(), indent=1).encode()
            self.send_response(503 if found.failing else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said: object) -> None:
            """Nobody reads a line per question."""
            del said

    server = ThreadingHTTPServer((host, port), Handler)
    Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server

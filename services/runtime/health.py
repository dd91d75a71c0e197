"""``/healthz`` and ``/readyz``: whether a process lives, and whether it can work."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def serve_health(port: int | None, is_ready: Callable[[], bool], *, address: str = "0.0.0.0") -> Iterator[int | None]:  # noqa: S104  # probes come from outside the container
    """Serve the two probes while the block runs, and give the port; nothing is served when ``port`` is None.

    ``/healthz`` answers 200 as long as the process answers at all; ``/readyz`` answers 503 until ``is_ready``.
    Port 0 takes a free one.
    """
    if port is None:
        yield None
        return

    class Probes(BaseHTTPRequestHandler):
        """Answers the two probes and nothing else."""

        def do_GET(self) -> None:  # the library's name
            """Answer a probe."""
            known = {"/healthz": True, "/readyz": is_ready()} if self.path in ("/healthz", "/readyz") else {}
            status = 404 if self.path not in known else 200 if known[self.path] else 503
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing: probes come every few seconds."""

    server = ThreadingHTTPServer((address, port), Probes)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

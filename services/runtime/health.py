"""``/healthz``, ``/readyz`` and ``/metrics``: whether a process lives, can work, and what it measures."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from services.contracts.errors import BadInput
from services.runtime.message_metrics import PROCESS, READY
from services.runtime.metrics import CONTENT_TYPE, MetricTable, exposition


@contextmanager
def serve_health(
    port: int | None,
    is_ready: Callable[[], bool],
    *,
    metrics: Sequence[MetricTable] = (),
    address: str = "0.0.0.0",  # noqa: S104  # probes come from outside the container
) -> Iterator[int | None]:
    """Serve them while the block runs, and give the port; nothing is served when ``port`` is None.

    ``/healthz`` answers 200 as long as the process answers at all; ``/readyz`` answers 503 until ``is_ready``;
    ``/metrics`` gives the tables, after the one that every process has. Port 0 takes a free one. Raises BadInput for
    a port that cannot be used.
    """
    if port is None:
        yield None
        return
    READY.follow(lambda: float(is_ready()))
    tables = (PROCESS, *metrics)

    class Probes(BaseHTTPRequestHandler):
        """Answers the three and nothing else."""

        def do_GET(self) -> None:  # the library's name
            """Answer a probe or a scrape."""
            if self.path == "/metrics":
                self._answer(200, exposition(tables), CONTENT_TYPE)
            elif self.path == "/readyz":
                self._answer(200 if is_ready() else 503)
            else:
                self._answer(200 if self.path == "/healthz" else 404)

        def _answer(self, status: int, body: bytes = b"", content_type: str = "text/plain") -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: probes come every few seconds."""

    try:
        server = ThreadingHTTPServer((address, port), Probes)
    except OSError as error:
        raise BadInput(f"port {port} for health and metrics cannot be used: {error.strerror}") from error
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""Four fetcher processes at work: what the servers see of the distance between requests."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pika
import pytest
from pika.exceptions import ChannelClosedByBroker

from services.contracts import queues
from tests.e2e.conftest import environment
from tests.e2e.test_four_processes import process, run
from tests.servers.rabbitmq import amqp_url, private_rabbitmq

__all__ = ["amqp_url", "private_rabbitmq"]

INTERVAL = 0.4
FETCHERS = 4
SITES = {
    "33243": "www.libourne.fr",
    "33063": "bordeaux.fr",
    "33281": "merignac.fr",
    "33318": "pessac.communes.fr",
    "33522": "talence.communes.fr",
    "41018": "blois.communes.fr",
}
GROUP = [host for host in SITES.values() if host.endswith(".communes.fr")]
TEXT = "<p>La mairie vous accueille du lundi au vendredi de neuf heures à midi, sauf les jours fériés.</p>" * 5
PAGE = f"""<!doctype html><html lang="fr"><head><meta charset="utf-8"><link rel="stylesheet" href="/style.css">
<link rel="icon" href="data:,"></head><body><nav><a href="/mentions-legales">Mentions légales</a>
<a href="/contact">Contact</a></nav>{TEXT}<img src="/photo.svg" alt=""></body></html>""".encode()
RESOURCES = {"/style.css": ("text/css", b"body{}"), "/photo.svg": ("image/svg+xml", b"<svg/>")}


class Arrivals:
    """When each page request arrived, by host. What a page embeds is not a page request."""

    def __init__(self) -> None:
        self.seen: dict[str, list[float]] = defaultdict(list)
        self.lock = threading.Lock()

    def note(self, host: str) -> None:
        with self.lock:
            self.seen[host.partition(":")[0].removeprefix("www.")].append(time.monotonic())


@pytest.fixture
def arrivals() -> Iterator[tuple[Arrivals, int]]:
    log = Arrivals()

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = RESOURCES.get(self.path, ("text/html", PAGE))
            if self.path not in RESOURCES:
                log.note(self.headers["Host"])
            known = self.path in {"/", "/mentions-legales", "/contact", *RESOURCES}
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield log, server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def await_fetchers(url: str) -> None:
    """Wait until every fetcher takes work."""
    deadline = time.monotonic() + 120
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        while consumers(connection) < FETCHERS:
            assert time.monotonic() < deadline
            connection.sleep(0.2)


def consumers(connection: pika.BlockingConnection) -> int:
    try:
        return int(connection.channel().queue_declare(queues.FETCH, passive=True).method.consumer_count)
    except ChannelClosedByBroker:
        return 0


def test_requests_keep_their_distance_and_sites_of_one_group_take_turns(
    arrivals: tuple[Arrivals, int], amqp_url: str, tmp_path: Path
) -> None:
    log, port = arrivals
    settings = environment() | {
        "AUDIT_AMQP_URL": amqp_url,
        "AUDIT_DATABASE_URL": f"sqlite:///{tmp_path / 'audit.db'}",
        "AUDIT_STORE_URL": str(tmp_path / "artefacts"),
        "AUDIT_RESOLVE": f'["*:443=127.0.0.1:9","*=127.0.0.1:{port}"]',
        "AUDIT_REQUEST_INTERVAL": str(INTERVAL),
        "AUDIT_WORKER_THREADS": "1",
        "AUDIT_STOP_GRACE": "30",
    }
    targets = tmp_path / "targets.csv"
    targets.write_text("code,url\n" + "".join(f"{code},{host}\n" for code, host in SITES.items()), encoding="utf-8")
    out = tmp_path / "out"
    run(settings, "database", "migrate")
    run(settings, "campaign", "create", "spacing", "--targets", targets, "--out", out)
    with ExitStack() as running:
        for service in ("scheduler", "analyzer", "aggregator"):
            running.enter_context(process(service, settings, tmp_path))
        for number in range(FETCHERS):
            folder = tmp_path / f"fetcher-{number}"
            folder.mkdir()
            running.enter_context(process("fetcher", settings, folder))
        await_fetchers(amqp_url)
        run(settings, "campaign", "start", "spacing", "--out", out)
        deadline = time.monotonic() + 240
        while "in flight" in (equation := run(settings, "campaign", "status", "--out", out).splitlines()[-1]):
            assert time.monotonic() < deadline, equation
            time.sleep(1)
    working = [n for n in range(FETCHERS) if "fetch_site" in (tmp_path / f"fetcher-{n}" / "fetcher.log").read_text()]
    assert working == list(range(FETCHERS))
    seen = {host: sorted(log.seen[host.removeprefix("www.")]) for host in SITES.values()}
    assert all(len(times) >= 8 for times in seen.values()), seen
    for host, times in seen.items():
        assert min(after - before for before, after in pairwise(times)) >= INTERVAL, host
    visits = sorted((seen[host][0], seen[host][-1]) for host in GROUP)
    for (_, ended), (began, _) in pairwise(visits):
        assert began - ended >= INTERVAL

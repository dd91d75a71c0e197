"""The fetcher as it is wired: real network, real proxy, real browser, a site on loopback under its own name."""

import io
import json
import zipfile
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from warcio.archiveiterator import ArchiveIterator

from services.contracts.capture import Manifest, PageClass, RequestRecord, Viewport
from services.contracts.reasons import Reason
from services.fetcher.domain.surt import surt
from services.fetcher.settings import FetcherSettings
from services.fetcher.wiring import open_fetcher
from services.runtime.artefacts import FolderArtefactStore
from services.runtime.clock import SystemClock
from tests.fetcher.handler.fakes import command

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("needs_browser")]

MENU = (
    '<a href="/mentions-legales">Mentions légales</a><a href="/contact">Contact</a><a href="/demarches">Démarches</a>'
)


@dataclass
class Server:
    port: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    agents: set[str] = field(default_factory=set)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.hits[request.host + request.path] += 1
        self.agents.add(request.headers["User-Agent"])
        if request.path == "/style.css":
            return web.Response(text="body{}", content_type="text/css", headers={"Cache-Control": "max-age=600"})
        if request.path not in ("/", "/mentions-legales", "/contact", "/demarches"):
            raise web.HTTPNotFound
        head = '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css">'
        text = "<p>La mairie vous accueille le lundi matin.</p>" * 20
        body = f'<!doctype html>{head}<nav>{MENU}</nav><img src="http://interne.test/x.png">{text}'
        return web.Response(text=body, content_type="text/html")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Server]:
    state = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", state.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    state.port = runner.addresses[0][1]
    yield state
    await runner.cleanup()


def settings(*resolve: str, max_site_requests: int = 3000) -> FetcherSettings:
    return FetcherSettings(
        resolve=resolve,
        request_interval=0,
        attempt_interval=0,
        connect_attempts=1,
        max_site_requests=max_site_requests,
    )


async def test_a_site_is_captured_through_the_proxy_with_one_cache(server: Server, tmp_path: Path) -> None:
    store = FolderArtefactStore(tmp_path)
    target = f"127.0.0.1:{server.port}"
    before = server.hits.total()
    wired = settings(f"colombe.fr={target}", f"www.colombe.fr={target}")
    async with open_fetcher(wired, store, SystemClock()) as handler:
        answer = await handler(command("http://www.colombe.fr"))
    manifest = Manifest.model_validate_json(store.get_document(answer.manifest_key))
    assert manifest.failure is None
    assert manifest.readable_without_browser
    assert {(p.page_class, p.viewport) for p in manifest.pages if p.readable} >= {
        (PageClass.HOME, Viewport.DESKTOP),
        (PageClass.HOME, Viewport.MOBILE),
        (PageClass.CONTACT, Viewport.MOBILE),
        (PageClass.MENTIONS, Viewport.HTTP),
    }
    assert server.hits["www.colombe.fr/style.css"] == 1
    assert manifest.cost is not None
    assert manifest.cost.requests == server.hits.total() - before
    assert manifest.cost.bytes_received > 1000
    assert not manifest.cost.limit_reached
    assert all("CommuneAudit/0.1 (+https://" in agent for agent in server.agents)
    home = manifest.pages[0]
    assert home.hops[0].remote_address == "127.0.0.1"
    assert home.requests is not None
    records = [RequestRecord.model_validate_json(line) for line in store.get(home.requests).splitlines()]
    refused = next(record for record in records if "interne.test" in record.url)
    assert (refused.status, refused.transfer_bytes) == (None, 0)
    assert refused.failure is not None


async def test_a_name_that_leads_to_loopback_is_never_connected_to(server: Server, tmp_path: Path) -> None:
    store = FolderArtefactStore(tmp_path)
    before = server.hits.total()
    async with open_fetcher(settings(), store, SystemClock()) as handler:
        answer = await handler(command(f"http://127.0.0.1:{server.port}/"))
    manifest = Manifest.model_validate_json(store.get_document(answer.manifest_key))
    assert manifest.pages == ()
    assert manifest.failure is Reason.FORBIDDEN_ADDRESS
    assert server.hits.total() == before


async def test_a_site_costs_no_more_requests_than_one_site_may(server: Server, tmp_path: Path) -> None:
    store = FolderArtefactStore(tmp_path)
    target = f"127.0.0.1:{server.port}"
    before = server.hits.total()
    wired = settings(f"colombe.fr={target}", f"www.colombe.fr={target}", max_site_requests=10)
    async with open_fetcher(wired, store, SystemClock()) as handler:
        answer = await handler(command("http://www.colombe.fr"))
    manifest = Manifest.model_validate_json(store.get_document(answer.manifest_key))
    assert manifest.cost is not None
    assert (manifest.cost.requests, manifest.cost.limit_reached) == (10, True)
    assert server.hits.total() - before == 10
    assert Reason.LIMIT_REACHED in {page.failure for page in manifest.pages}


async def test_a_visit_is_archived_where_that_is_asked_for(server: Server, tmp_path: Path) -> None:
    store = FolderArtefactStore(tmp_path)
    target = f"127.0.0.1:{server.port}"
    wired = settings(f"colombe.fr={target}", f"www.colombe.fr={target}")
    wanted = command("http://www.colombe.fr").model_copy(update={"wacz": True})
    async with open_fetcher(wired, store, SystemClock()) as handler:
        answer = await handler(wanted)
    manifest = Manifest.model_validate_json(store.get_document(answer.manifest_key))
    assert manifest.wacz is not None
    archive = zipfile.ZipFile(io.BytesIO(store.get(manifest.wacz)))
    (tmp_path / "data.warc.gz").write_bytes(archive.read("archive/data.warc.gz"))
    answers: dict[str, set[bytes]] = {}
    agents: dict[str, set[str]] = {}
    with (tmp_path / "data.warc.gz").open("rb") as warc:
        for record in ArchiveIterator(warc):
            url = record.rec_headers.get_header("WARC-Target-URI")
            if record.rec_type == "response":
                answers.setdefault(url, set()).add(record.content_stream().read())
            if record.rec_type == "request":
                agents.setdefault(url, set()).add(record.http_headers.get_header("user-agent"))
    home = manifest.pages[0]
    source = home.raw or next(probe.body for probe in manifest.visits[0].probes if probe.url == home.url)
    assert source is not None
    assert answers["http://www.colombe.fr/"] == {store.get(source)}
    assert answers["http://www.colombe.fr/style.css"] == {b"body{}"}
    assert {"http://www.colombe.fr/robots.txt", "http://www.colombe.fr/contact"} <= set(answers)
    assert not [url for url in answers if "interne.test" in url], "nothing that our own proxy answered"
    assert any("X11" in agent for agent in agents["http://www.colombe.fr/style.css"])
    pages = [json.loads(line) for line in archive.read("pages/pages.jsonl").splitlines()[1:]]
    assert pages[0]["url"] == "http://www.colombe.fr/"
    index = [line.split(" ", 2) for line in archive.read("indexes/index.cdx").decode().splitlines()]
    found = {key for key, _, fields in index if json.loads(fields)["status"].startswith("2")}
    assert {surt(page["url"]) for page in pages if page["title"] != PageClass.NOT_FOUND_PROBE} <= found
    assert surt("http://www.colombe.fr/style.css") in found, "what a page embeds is replayed with it"


async def test_without_being_asked_no_body_is_read_for_an_archive(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a recorder was made")

    monkeypatch.setattr("services.fetcher.adapters.chromium.BrowserRecorder", refuse)
    store = FolderArtefactStore(tmp_path)
    async with open_fetcher(settings(f"*=127.0.0.1:{server.port}"), store, SystemClock()) as handler:
        answer = await handler(command("http://www.colombe.fr"))
    manifest = Manifest.model_validate_json(store.get_document(answer.manifest_key))
    assert (manifest.failure, manifest.wacz) == (None, None)

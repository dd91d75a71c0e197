"""What a server sees of our visit: nothing sent, nothing accepted, nothing asked for twice in vain."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from services.contracts.capture import Manifest, PageClass
from services.fetcher.settings import FetcherSettings
from services.fetcher.wiring import open_fetcher
from services.runtime.artefacts import FolderArtefactStore
from services.runtime.clock import SystemClock
from tests.fetcher.handler.fakes import command

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("needs_browser")]

BANNER = """<div id="consent"><p>Nous utilisons des cookies.</p>
<button id="accept" autofocus onclick="agree('oui')">Tout accepter</button>
<button onclick="agree('non')">Tout refuser</button></div>
<script>function agree(choice) { document.cookie = 'consent=' + choice; fetch('/consent/' + choice, {method: 'POST'}) }
</script>"""
FORM = """<form method="post" action="/envoyer"><input name="nom" autofocus required>
<input name="courriel" type="email">
<textarea name="message"></textarea><input type="submit" value="Envoyer"></form>
<form action="/recherche"><input name="q"><button>Rechercher</button></form>"""
TEXT = "<p>La mairie vous accueille le lundi matin.</p>" * 20
LINKS = '<a href="/contact">Contact</a><a href="/mentions-legales">Mentions légales</a>'


@dataclass
class Site:
    """A site with a banner and forms. The first visit of ``www`` meets a 503; the bare name redirects for ever."""

    troubled: bool = False
    hits: Counter[tuple[str, str]] = field(default_factory=Counter)
    cookies: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.hits[request.method, request.host + request.path] += 1
        self.cookies.append(request.headers.get("Cookie", ""))
        if self.troubled and request.host == "colombe.fr":
            raise web.HTTPFound("/boucle")
        if self.troubled and request.path == "/" and self.hits["GET", "www.colombe.fr/"] == 1:
            raise web.HTTPServiceUnavailable
        if request.path not in ("/", "/contact", "/mentions-legales"):
            raise web.HTTPNotFound
        form = FORM if request.path == "/contact" else ""
        body = f'<!doctype html><link rel="icon" href="data:,">{BANNER}<nav>{LINKS}</nav>{TEXT}{form}'
        return web.Response(text=body, content_type="text/html")


@asynccontextmanager
async def serving(site: Site) -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


@asynccontextmanager
async def visited(site: Site, folder: Path) -> AsyncIterator[Manifest]:
    store = FolderArtefactStore(folder)
    async with serving(site) as port:
        rules = ("*:443=127.0.0.1:9", f"*=127.0.0.1:{port}")
        wired = FetcherSettings(resolve=rules, request_interval=0, attempt_interval=0, max_retry_after=0)
        async with open_fetcher(wired, store, SystemClock()) as handler:
            answer = await handler(command("http://www.colombe.fr"))
    yield Manifest.model_validate_json(store.get_document(answer.manifest_key))


async def test_no_form_is_sent_and_no_cookie_is_agreed_to(tmp_path: Path) -> None:
    site = Site()
    async with visited(site, tmp_path) as manifest:
        assert PageClass.CONTACT in {page.page_class for page in manifest.pages if page.readable}
    assert {method for method, _ in site.hits} == {"GET"}
    touched = {url.partition("/")[2].partition("/")[0] for _, url in site.hits}
    assert not touched & {"consent", "envoyer", "recherche"}
    assert not [cookie for cookie in site.cookies if "consent" in cookie]


async def test_a_visit_after_a_failure_that_passed_repeats_nothing_that_was_known(tmp_path: Path) -> None:
    site = Site(troubled=True)
    async with visited(site, tmp_path) as manifest:
        assert (manifest.failure, len(manifest.visits)) == (None, 2)
        assert len([page for page in manifest.pages if page.page_class is PageClass.HOME and page.readable]) == 2
    assert site.hits["GET", "colombe.fr/"] == 1
    assert site.hits["GET", "www.colombe.fr/robots.txt"] == 1
    # The probe that met the 503, the one that got through, and one page view a viewport.
    assert site.hits["GET", "www.colombe.fr/"] == 4
    assert site.hits["GET", "www.colombe.fr/mentions-legales"] == 1

"""The use case over a web in memory."""

import asyncio

import pytest

from services.contracts.artefacts import manifest_key, partial_key
from services.contracts.capture import Manifest, PageClass, Viewport
from services.contracts.errors import BrowserUnavailable
from services.contracts.names import DnsStatus
from services.contracts.reasons import Reason
from services.fetcher.handlers import FetchSiteHandler
from services.fetcher.settings import FetcherSettings
from services.runtime.artefacts import FolderArtefactStore
from services.runtime.clock import FixedClock
from tests.fetcher.handler.fakes import AT, Capture, FakeSite, command, page

ROOT = "http://www.colombe.fr/"
MENU = (("/mentions", "Mentions légales"), ("/contact", "Contact"), ("/dem", "Démarches"))


def ordinary(site: FakeSite) -> None:
    site.answers = {ROOT: page(*MENU), "http://colombe.fr/": page(*MENU)} | {
        ROOT + path: page(text="<p>Le texte de cette page, assez long pour être lu sans navigateur.</p>" * 6)
        for path in ("mentions", "contact", "dem")
    }
    for url in ("https://www.colombe.fr/", "https://colombe.fr/"):
        site.answers[url] = Reason.UNREACHABLE


async def test_an_ordinary_site_is_captured_whole(site: FakeSite, capture: Capture, store: FolderArtefactStore) -> None:
    ordinary(site)
    manifest = await capture()
    assert manifest.failure is None
    assert manifest.normalised_url == "http://www.colombe.fr/"
    assert len(manifest.visits) == 1
    assert {p.url for p in manifest.visits[0].probes} >= {ROOT, "https://www.colombe.fr/"}
    assert manifest.readable_without_browser
    seen = {(p.page_class, p.viewport) for p in manifest.pages if p.readable}
    assert seen == {
        (PageClass.HOME, Viewport.DESKTOP),
        (PageClass.HOME, Viewport.MOBILE),
        (PageClass.CONTACT, Viewport.MOBILE),
        (PageClass.DEMARCHES_HUB, Viewport.MOBILE),
        (PageClass.MENTIONS, Viewport.HTTP),
        (PageClass.CONTACT, Viewport.HTTP),
        (PageClass.DEMARCHES_HUB, Viewport.HTTP),
    }
    unknown = next(p for p in manifest.pages if p.page_class is PageClass.NOT_FOUND_PROBE)
    assert (unknown.status, unknown.viewport) == (404, Viewport.HTTP)
    assert all(store.exists(ref.key) for ref in manifest.artefacts())


async def test_every_request_waits_for_its_turn(site: FakeSite, capture: Capture) -> None:
    ordinary(site)
    await capture()
    assert len(site.turns) == len(site.ends) == len(site.asked) + len(site.shown)
    assert set(site.turns) == {"colombe.fr"}


async def test_a_second_delivery_only_announces_the_capture_again(site: FakeSite, handler: FetchSiteHandler) -> None:
    ordinary(site)
    first = await handler(command(ROOT))
    asked = len(site.asked)
    second = await handler(command(ROOT))
    assert second.manifest_key == first.manifest_key
    assert len(site.asked) == asked


@pytest.mark.parametrize(
    ("declared", "problem"),
    [(None, "none_declared"), ("mairie@colombe.fr", "email"), ("https://www.facebook.com/colombe", None)],
)
async def test_without_a_site_to_visit_nothing_is_fetched(
    site: FakeSite, capture: Capture, declared: str | None, problem: str | None
) -> None:
    manifest = await capture(declared)
    assert (manifest.url_problem, manifest.failure, manifest.pages) == (problem, None, ())
    assert not site.asked


async def test_a_dead_domain_never_starts_a_browser(site: FakeSite, capture: Capture) -> None:
    site.dns = {"www.colombe.fr": DnsStatus.NXDOMAIN, "colombe.fr": DnsStatus.NXDOMAIN}
    manifest = await capture()
    assert manifest.failure is Reason.UNREACHABLE
    assert len(manifest.visits) == 3
    assert manifest.visits[0].dns[0].status is DnsStatus.NXDOMAIN
    assert (site.sessions, site.asked) == (0, [])


@pytest.mark.parametrize(
    ("reason", "visits"),
    [(Reason.UNREACHABLE, 3), (Reason.TIMEOUT, 3), (Reason.FORBIDDEN_ADDRESS, 1), (Reason.REDIRECT_LOOP, 1)],
)
async def test_only_a_failure_that_may_pass_is_visited_again(
    site: FakeSite, capture: Capture, reason: Reason, visits: int
) -> None:
    site.answers = {
        f"{scheme}://{host}/": reason for scheme in ("http", "https") for host in ("colombe.fr", "www.colombe.fr")
    }
    manifest = await capture()
    assert manifest.failure is reason
    assert len(manifest.visits) == visits
    assert site.sessions == 0


async def test_another_visit_asks_only_for_what_may_have_passed(site: FakeSite, capture: Capture) -> None:
    site.answers = {
        ROOT: Reason.TIMEOUT,
        "http://colombe.fr/": Reason.REDIRECT_LOOP,
        "https://colombe.fr/": Reason.FORBIDDEN_ADDRESS,
        "https://www.colombe.fr/": Reason.UNREACHABLE,
    }
    manifest = await capture()
    assert manifest.failure is Reason.FORBIDDEN_ADDRESS
    asked = {url: site.asked.count(url) for url in site.answers}
    assert [asked[url] for url in site.answers] == [3, 1, 1, 3]
    for visit in manifest.visits:
        assert {probe.url: probe.failure for probe in visit.probes} == site.answers


async def test_a_campaign_chooses_how_many_pages_are_read(
    site: FakeSite, handler: FetchSiteHandler, store: FolderArtefactStore
) -> None:
    ordinary(site)
    answer = await handler(command(ROOT).model_copy(update={"max_pages": 1}))
    manifest = Manifest.model_validate_json(store.get_document(answer.manifest_key))
    planned = {p.url for p in manifest.pages} - {ROOT}
    assert len(planned - {p.url for p in manifest.pages if p.page_class is PageClass.NOT_FOUND_PROBE}) == 1


async def test_the_declared_address_is_preferred_and_another_variant_replaces_a_dead_one(
    site: FakeSite, capture: Capture
) -> None:
    ordinary(site)
    assert site.shown == []
    manifest = await capture("https://www.colombe.fr")
    assert {p.url for p in manifest.pages if p.page_class is PageClass.HOME} <= {"http://colombe.fr/", ROOT}
    assert manifest.failure is None


async def test_a_home_page_that_robots_forbid_is_not_even_asked_for(site: FakeSite, capture: Capture) -> None:
    ordinary(site)
    site.answers[ROOT + "robots.txt"] = "User-agent: *\nDisallow: /"
    manifest = await capture()
    assert ROOT not in site.asked
    assert manifest.failure is Reason.ROBOTS
    assert manifest.robots is not None
    assert not manifest.robots.home_allowed
    assert manifest.robots.body is not None
    assert site.sessions == 0


async def test_a_server_whose_robots_file_fails_is_a_server_error_and_nothing_else_is_asked(
    site: FakeSite, capture: Capture
) -> None:
    for origin in ("http://www.colombe.fr/", "https://www.colombe.fr/", "http://colombe.fr/", "https://colombe.fr/"):
        site.answers[origin + "robots.txt"] = (500, "erreur")
        site.answers[origin] = (200, page())
    manifest = await capture()
    assert manifest.failure is Reason.SERVER_ERROR
    assert manifest.robots is not None
    assert manifest.robots.status == 500
    assert all(url.endswith("/robots.txt") for url in site.asked)


async def test_a_site_that_moved_is_also_judged_at_its_new_name(site: FakeSite, capture: Capture) -> None:
    site.redirects["http://www.colombe.fr/"] = "http://www.sainte-colombe.fr/"
    site.answers["http://www.sainte-colombe.fr/"] = page()
    site.answers["https://www.sainte-colombe.fr/"] = Reason.TLS_FAILURE
    manifest = await capture("http://www.colombe.fr/")
    probed = {probe.url: probe.failure for probe in manifest.visits[-1].probes}
    assert probed["https://www.sainte-colombe.fr/"] is Reason.TLS_FAILURE


async def test_robots_rule_each_page_and_the_pace(site: FakeSite, capture: Capture) -> None:
    ordinary(site)
    site.answers[ROOT + "robots.txt"] = "User-agent: *\nCrawl-delay: 4\nDisallow: /contact"
    manifest = await capture()
    contact = {p.viewport: p.failure for p in manifest.pages if p.page_class is PageClass.CONTACT}
    assert set(contact.values()) == {Reason.ROBOTS}
    assert ROOT + "contact" not in site.asked
    assert site.delays == {"colombe.fr": 4.0}


async def test_a_server_that_keeps_refusing_is_left_alone_and_the_missing_pages_say_so(
    site: FakeSite, capture: Capture
) -> None:
    ordinary(site)
    for path in ("mentions", "contact", "dem"):
        site.answers[ROOT + path] = (429, "<h1>Trop de requêtes</h1>")
    manifest = await capture()
    refused = [p for p in manifest.pages if p.page_class not in (PageClass.HOME, PageClass.NOT_FOUND_PROBE)]
    asked = [p for p in refused if p.status == 429]
    left_alone = [p for p in refused if p.failure is Reason.BLOCKED]
    assert len(asked) == 3
    assert left_alone
    assert len(asked) + len(left_alone) == len(refused)
    assert {p.detail for p in left_alone} == {"the server asked for fewer requests"}


async def test_a_server_that_answers_429_is_visited_again_before_it_counts(site: FakeSite, capture: Capture) -> None:
    site.answers = dict.fromkeys(
        (f"{scheme}://{host}/" for scheme in ("http", "https") for host in ("colombe.fr", "www.colombe.fr")),
        (429, "<h1>Trop de requêtes</h1>"),
    )
    assert len((await capture()).visits) == 3


async def test_a_site_that_needs_a_browser_is_read_in_one(site: FakeSite, capture: Capture) -> None:
    ordinary(site)
    shell = '<div id="root"></div><script src="/a.js"></script>'
    site.answers[ROOT] = shell
    site.rendered[ROOT] = page(*MENU)
    manifest = await capture()
    assert manifest.readable_without_browser is False
    assert {p.viewport for p in manifest.pages if p.page_class is PageClass.MENTIONS} == {Viewport.DESKTOP}
    assert (Viewport.DESKTOP, ROOT + "mentions") in site.shown


async def test_one_shell_page_of_a_readable_site_is_shown_in_the_browser(site: FakeSite, capture: Capture) -> None:
    ordinary(site)
    site.answers[ROOT + "dem"] = '<div id="app"></div><script></script>'
    manifest = await capture()
    viewports = {p.page_class: p.viewport for p in manifest.pages if p.viewport is not Viewport.MOBILE}
    assert viewports[PageClass.DEMARCHES_HUB] is Viewport.DESKTOP
    assert viewports[PageClass.MENTIONS] is Viewport.HTTP


async def test_the_sitemap_is_asked_for_what_the_home_page_lacks(site: FakeSite, capture: Capture) -> None:
    ordinary(site)
    site.answers[ROOT] = page(("/contact", "Contact"))
    site.answers[ROOT + "sitemap.xml"] = f"<urlset><url><loc>{ROOT}mentions-legales</loc></url></urlset>"
    site.answers[ROOT + "mentions-legales"] = page()
    manifest = await capture()
    mentions = next(p for p in manifest.pages if p.page_class is PageClass.MENTIONS)
    assert (mentions.discovery.value, mentions.status) == ("sitemap", 200)


async def test_a_home_page_in_error_is_kept_and_has_no_plan(site: FakeSite, capture: Capture) -> None:
    error = (404, page(("/contact", "Contact")))
    site.answers = {ROOT: error, "http://colombe.fr/": error}
    manifest = await capture()
    assert manifest.failure is None
    assert [(p.page_class, p.status) for p in manifest.pages] == [(PageClass.HOME, 404)] * 2


async def test_a_browser_that_dies_once_is_replaced_and_the_page_tried_again(site: FakeSite, capture: Capture) -> None:
    ordinary(site)
    site.crashes = 1
    manifest = await capture()
    assert manifest.failure is None
    assert sum(p.page_class is PageClass.HOME and p.readable for p in manifest.pages) == 2


async def test_a_browser_that_keeps_dying_fails_the_attempt(
    site: FakeSite, handler: FetchSiteHandler, store: FolderArtefactStore
) -> None:
    ordinary(site)
    site.crashes = 99
    with pytest.raises(BrowserUnavailable):
        await handler(command(ROOT, attempt=1))
    assert not store.exists(manifest_key(command(ROOT).audit))


async def test_a_second_attempt_asks_for_nothing_that_the_first_had_seen(
    site: FakeSite, handler: FetchSiteHandler, capture: Capture
) -> None:
    ordinary(site)
    site.dies_on = {(Viewport.MOBILE, ROOT): 2}
    with pytest.raises(BrowserUnavailable):
        await handler(command(ROOT))
    before = list(site.asked)
    manifest = await capture(ROOT)
    assert site.shown.count((Viewport.DESKTOP, ROOT)) == 1
    assert len(manifest.visits) == 1
    assert not set(before) & set(site.asked[len(before) :]), "neither probes nor robots.txt again"
    assert manifest.failure is None
    assert {p.viewport for p in manifest.pages if p.page_class is PageClass.HOME and p.readable} == {
        Viewport.DESKTOP,
        Viewport.MOBILE,
    }
    assert any(p.page_class is PageClass.MENTIONS and p.readable for p in manifest.pages)


async def test_what_an_earlier_attempt_left_half_written_is_not_gone_on_from(
    site: FakeSite, store: FolderArtefactStore, capture: Capture
) -> None:
    ordinary(site)
    store.put_document(partial_key(command(ROOT).audit), b'{"half')
    manifest = await capture(ROOT)
    assert manifest.failure is None
    assert len(manifest.visits) == 1


async def test_on_the_last_attempt_a_dying_browser_is_what_is_recorded(site: FakeSite, capture: Capture) -> None:
    ordinary(site)
    site.crashes = 99
    manifest = await capture(ROOT, 3)
    assert manifest.failure is Reason.BROWSER_CRASH
    assert {p.failure for p in manifest.pages} == {Reason.BROWSER_CRASH}


async def test_when_the_time_is_used_up_what_is_missing_is_recorded(site: FakeSite, store: FolderArtefactStore) -> None:
    ordinary(site)
    site.hang = {ROOT + "contact"}
    settings = FetcherSettings(site_budget=0.6, attempt_interval=0, request_interval=0)
    handler = FetchSiteHandler(site, site, site, store, FixedClock(AT), settings, user_agent="test")
    site.answers[ROOT] = page(
        ("/mentions", "Mentions légales"), ("/sous/contact.html", "Contact"), ("/dem", "Démarches")
    )
    site.hang = {ROOT + "dem"}
    async with asyncio.timeout(5):
        answer = await handler(command(ROOT))
    manifest = Manifest.model_validate_json(store.get_document(answer.manifest_key))
    assert manifest.failure is None
    missing = {(p.page_class, p.viewport) for p in manifest.pages if p.failure is Reason.TIMEOUT}
    assert (PageClass.DEMARCHES_HUB, Viewport.MOBILE) in missing
    assert (PageClass.MENTIONS, Viewport.HTTP) in missing
    assert any(p.page_class is PageClass.HOME and p.readable for p in manifest.pages)


async def test_a_site_that_moved_to_a_social_network_has_no_plan(site: FakeSite, capture: Capture) -> None:
    ordinary(site)
    site.redirects[ROOT] = "https://www.facebook.com/colombe"
    site.answers["https://www.facebook.com/colombe"] = page(("/contact", "Contact"))
    manifest = await capture()
    assert {p.page_class for p in manifest.pages} == {PageClass.HOME}


async def test_a_site_whose_owner_opted_out_meanwhile_is_asked_once_and_says_so(
    site: FakeSite, capture: Capture
) -> None:
    origins = [f"{scheme}://{host}/" for scheme in ("http", "https") for host in ("colombe.fr", "www.colombe.fr")]
    site.answers = {origin + path: Reason.OPTED_OUT for origin in origins for path in ("", "robots.txt")}
    manifest = await capture()
    assert manifest.failure is Reason.OPTED_OUT
    assert len(manifest.visits) == 1
    assert site.sessions == 0


async def test_the_network_is_told_whom_not_to_visit(site: FakeSite, handler: FetchSiteHandler) -> None:
    await handler(command(None).model_copy(update={"refused_hosts": ("ville.fr",)}))
    assert site.refused == ("ville.fr",)

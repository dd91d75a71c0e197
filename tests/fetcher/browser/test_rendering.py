"""What the browser tells of well-behaved and hostile pages."""

import io
import time
from typing import Literal

import pytest
from PIL import Image

from services.contracts.accessibility import AxeOutcome
from services.contracts.capture import Viewport
from services.contracts.reasons import Reason
from services.fetcher.adapters.chromium import ChromiumRenderer
from services.fetcher.ports import Rendered
from services.fetcher.settings import FetcherSettings
from services.runtime.clock import SystemClock

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def show(
    renderer: ChromiumRenderer, url: str, viewport: Viewport = Viewport.DESKTOP, *, screenshots: bool = False
) -> Rendered:
    async with renderer.session(viewport) as session:
        return await session.render(url, screenshots=screenshots)


@pytest.mark.parametrize(("viewport", "width"), [(Viewport.DESKTOP, 1366), (Viewport.MOBILE, 360)])
async def test_an_ordinary_page_is_seen_whole(
    renderer: ChromiumRenderer, base: str, viewport: Viewport, width: int
) -> None:
    seen = await show(renderer, f"{base}/page/responsive", viewport, screenshots=True)
    assert (seen.status, seen.failure, seen.soft_timeout, seen.media_type) == (200, None, False, "text/html")
    assert seen.dom is not None
    assert "accueille" in seen.dom.decode()
    assert seen.raw is not None
    assert seen.raw.startswith(b"<!doctype html>\n")
    assert [url for url, _ in seen.frames] == [f"{base}/page/frame"]
    assert [r.resource_type for r in seen.requests][:2] == ["document", "document"]
    assert seen.requests[0].transfer_bytes > 500
    assert seen.hops[0].header("set-cookie") == "session=<6>; Path=/; HttpOnly; SameSite=Lax"
    cookie = seen.cookies[0]
    assert (cookie.name, cookie.value_length, cookie.http_only, cookie.same_site) == ("session", 6, True, "Lax")
    assert seen.screenshot is not None
    assert Image.open(io.BytesIO(seen.screenshot)).size == ((1366, 768) if width == 1366 else (360, 800))
    assert seen.full_screenshot is not None
    layout = seen.layout
    assert layout is not None
    assert (layout.device_width, layout.content_width, layout.root_overflow_hidden) == (width, width, False)
    assert layout.viewport_metas == ("width=device-width, initial-scale=1",)
    assert layout.visible_chars == len("Sainte-Colombe") + len("La mairie vous accueille du lundi au vendredi.") + len(
        "Petit texte"
    )
    assert layout.visible_chars - layout.large_chars == len("Petit texte")


@pytest.mark.parametrize(("wanted", "taken"), [("mobile", {Viewport.MOBILE}), ("none", set())])
async def test_full_length_pictures_are_taken_where_the_settings_want_them(
    needs_browser: None,  # noqa: ARG001
    base: str,
    wanted: Literal["mobile", "none"],
    taken: set[Viewport],
) -> None:
    chromium = ChromiumRenderer(FetcherSettings(page_timeout=2, full_pictures=wanted), SystemClock())
    try:
        seen = {
            viewport: await show(chromium, f"{base}/page/responsive", viewport, screenshots=True)
            for viewport in (Viewport.DESKTOP, Viewport.MOBILE)
        }
    finally:
        await chromium.close()
    assert all(page.screenshot for page in seen.values())
    assert {viewport for viewport, page in seen.items() if page.full_screenshot} == taken


@pytest.mark.parametrize(
    ("page", "content", "without_fixed"),
    [
        ("fixed-980", 980, 980),
        ("wide-with-viewport", 900, 900),
        ("clipped", 360, 360),
        ("drawer", 360, 360),
        ("wide-banner", 700, 360),
    ],
)
async def test_on_a_phone_the_width_is_what_a_finger_can_reach(
    renderer: ChromiumRenderer, base: str, page: str, content: int, without_fixed: int
) -> None:
    layout = (await show(renderer, f"{base}/page/{page}", Viewport.MOBILE)).layout
    assert layout is not None
    assert abs(layout.content_width - content) <= 1
    assert abs(layout.content_width_without_fixed - without_fixed) <= 1


async def test_text_cut_by_a_hidden_overflow_is_counted_and_drawers_and_carousels_are_not(
    renderer: ChromiumRenderer, base: str
) -> None:
    clipped = (await show(renderer, f"{base}/page/clipped", Viewport.MOBILE)).layout
    drawer = (await show(renderer, f"{base}/page/drawer", Viewport.MOBILE)).layout
    assert clipped is not None
    assert drawer is not None
    assert clipped.root_overflow_hidden
    assert 0.4 < clipped.clipped_chars / clipped.visible_chars < 0.7
    assert drawer.clipped_chars == 0


async def test_measuring_leaves_the_page_as_it_was(renderer: ChromiumRenderer, base: str) -> None:
    seen = await show(renderer, f"{base}/page/wide-banner", Viewport.MOBILE, screenshots=True)
    assert seen.dom is not None
    assert b'style="position:sticky;bottom:0;width:700px"' in seen.dom


async def test_small_close_targets_and_plugins_are_counted(renderer: ChromiumRenderer, base: str) -> None:
    layout = (await show(renderer, f"{base}/page/taps", Viewport.MOBILE)).layout
    assert layout is not None
    assert (layout.tap_targets, layout.tap_conflicts, layout.plugin_objects) == (4, 2, 1)


@pytest.mark.parametrize(
    ("path", "statuses"),
    [("redirect", [302, 200]), ("page/meta", [200, 200]), ("page/script-redirect", [200, 302, 200])],
)
async def test_redirects_are_followed_and_kept(
    renderer: ChromiumRenderer, base: str, path: str, statuses: list[int]
) -> None:
    seen = await show(renderer, f"{base}/{path}")
    assert [hop.status for hop in seen.hops] == statuses
    assert seen.final_url == f"{base}/page/responsive"
    assert seen.dom is not None
    assert b"Sainte-Colombe" in seen.dom


@pytest.mark.parametrize(
    ("path", "failure", "status"),
    [
        ("file.pdf", Reason.UNEXPECTED_CONTENT, 200),
        ("image", Reason.UNEXPECTED_CONTENT, 200),
        ("no-content", Reason.UNEXPECTED_CONTENT, 204),
        ("silent", Reason.TIMEOUT, None),
    ],
)
async def test_what_is_not_a_page_has_a_reason_and_no_dom(
    renderer: ChromiumRenderer, base: str, path: str, failure: Reason, status: int | None
) -> None:
    seen = await show(renderer, f"{base}/{path}", screenshots=True)
    assert (seen.failure, seen.status, seen.dom, seen.screenshot) == (failure, status, None, None)


async def test_the_media_type_of_a_download_is_told(renderer: ChromiumRenderer, base: str) -> None:
    assert (await show(renderer, f"{base}/file.pdf")).media_type == "application/pdf"


async def test_a_refused_connection_is_a_value_and_no_error_page_is_kept(renderer: ChromiumRenderer) -> None:
    seen = await show(renderer, "http://127.0.0.1:9/")
    assert seen.dom is None
    assert seen.failure in (Reason.UNREACHABLE, Reason.FORBIDDEN_ADDRESS)


async def test_an_empty_error_keeps_its_status(renderer: ChromiumRenderer, base: str) -> None:
    seen = await show(renderer, f"{base}/empty-error")
    assert (seen.status, seen.failure) == (500, None)
    assert seen.dom is not None
    assert len(seen.dom) < 200


@pytest.mark.parametrize("url", ["file:///etc/hostname", "chrome://version", "javascript:alert(1)", "about:blank"])
async def test_only_web_addresses_are_shown(renderer: ChromiumRenderer, url: str) -> None:
    assert (await show(renderer, url)).failure is Reason.FORBIDDEN_ADDRESS


@pytest.mark.parametrize(
    ("path", "text", "soft"),
    [
        ("page/alerts", "Alertes", True),
        ("page/loop", "Avant la boucle", True),
        ("endless", "Début de page", True),
        ("page/popups", "Fenêtres", None),
        ("page/download", "Téléchargement", False),
        ("page/prompts", "Permissions", False),
        ("page/shell", "Rendu par script", False),
        ("page/tampered", "Page honnête", False),
        ("latin", "Été à Sainte-Colombe", False),
    ],
)
async def test_no_page_blocks_and_each_is_recorded(
    renderer: ChromiumRenderer, base: str, path: str, text: str, soft: bool | None
) -> None:
    began = time.monotonic()
    async with renderer.session(Viewport.DESKTOP) as session:
        seen = await session.render(f"{base}/{path}", screenshots=False)
        assert seen.failure is None
        assert seen.dom is not None
        assert text in seen.dom.decode()
        assert soft is None or seen.soft_timeout is soft
        after = await session.render(f"{base}/page/responsive", screenshots=False)
    assert after.failure is None
    assert after.dom is not None
    assert b"Sainte-Colombe" in after.dom
    assert time.monotonic() - began < 30


async def test_the_source_is_kept_in_utf8(renderer: ChromiumRenderer, base: str) -> None:
    seen = await show(renderer, f"{base}/latin")
    assert seen.raw is not None
    assert "Été" in seen.raw.decode()


async def test_a_frameset_is_read_through_its_frames(renderer: ChromiumRenderer, base: str) -> None:
    seen = await show(renderer, f"{base}/page/frameset")
    text = b" ".join(document for _, document in seen.frames).decode()
    assert "Contenu du cadre" in text
    assert "accueille" in text


async def test_a_page_of_a_hundred_thousand_elements_is_bounded(renderer: ChromiumRenderer, base: str) -> None:
    began = time.monotonic()
    seen = await show(renderer, f"{base}/huge", Viewport.MOBILE)
    assert seen.layout is not None
    assert seen.layout.element_count > 100_000
    assert seen.dom is not None
    assert time.monotonic() - began < 20


async def test_a_later_page_of_a_session_keeps_the_cookies_and_a_new_session_does_not(
    renderer: ChromiumRenderer, base: str
) -> None:
    async with renderer.session(Viewport.DESKTOP) as session:
        await session.render(f"{base}/page/responsive", screenshots=False)
        assert (await session.render(f"{base}/latin", screenshots=False)).cookies
    assert (await show(renderer, f"{base}/latin")).cookies == ()


@pytest.mark.parametrize("wanted", ["both", "desktop", "none"])
async def test_accessibility_rules_run_where_the_settings_want_them(
    needs_browser: None,  # noqa: ARG001
    base: str,
    wanted: Literal["both", "desktop", "none"],
) -> None:
    chromium = ChromiumRenderer(FetcherSettings(page_timeout=2, axe=wanted, full_pictures="none"), SystemClock())
    try:
        seen = {
            viewport: await show(chromium, f"{base}/page/responsive", viewport, screenshots=True)
            for viewport in (Viewport.DESKTOP, Viewport.MOBILE)
        }
    finally:
        await chromium.close()
    ran = {"both": set(seen), "desktop": {Viewport.DESKTOP}, "none": set()}[wanted]
    assert {viewport for viewport, page in seen.items() if page.axe} == ran
    for page in seen.values():
        outcomes = {rule.id: rule.outcome for rule in page.axe.rules} if page.axe else {}
        assert page.axe is None or outcomes["document-title"] is AxeOutcome.SUCCESS
        assert page.axe is None or outcomes["landmark-one-main"] is AxeOutcome.VIOLATION


async def test_the_time_of_the_largest_paint_is_told(renderer: ChromiumRenderer, base: str) -> None:
    seen = await show(renderer, f"{base}/page/responsive", Viewport.DESKTOP, screenshots=True)
    assert seen.lcp_ms is not None
    assert 0 < seen.lcp_ms < 30_000


async def test_the_home_page_is_measured_on_other_telephones(renderer: ChromiumRenderer, base: str) -> None:
    fluid = await show(renderer, f"{base}/page/responsive", Viewport.MOBILE, screenshots=True)
    assert dict(fluid.widths) == {412: 412, 320: 320}
    assert fluid.layout is not None
    assert fluid.layout.device_width == 360
    desktop = await show(renderer, f"{base}/page/responsive", Viewport.DESKTOP, screenshots=True)
    assert desktop.widths == {}

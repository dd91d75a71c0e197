"""What the synthetic web answers to one request. Pure: no socket, no clock; the same request has the same answer."""

import gzip
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from services.simulator.country import Country, SyntheticSite
from services.simulator.features import (
    Alias,
    Hsts,
    Https,
    MobileContent,
    NotFound,
    Pace,
    Plugin,
    Robots,
    Status,
)
from services.simulator.names import patterns, wrong_host
from services.simulator.pages.assets import PHOTOS, document, logo, photo, static_names, text_asset
from services.simulator.pages.french import display_name
from services.simulator.pages.render import SitePages
from services.simulator.pages.unhappy import unhappy_html

TRACKER_HOSTS = frozenset({"www.googletagmanager.com", "www.google-analytics.com"})
PORTAL_HOSTS = frozenset({"www.espace-citoyens.net", "gnau7.operis.fr", "www.payfip.gouv.fr"})
"""Platforms that sites of the country lead to: one page for every path."""
PARKING_HOST = "parkingpage.namecheap.com"
_HTML = "text/html; charset=utf-8"
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_HSTS = {Hsts.SHORT: "max-age=604800", Hsts.LONG: "max-age=63072000; includeSubDomains"}
_MIN_GZIP = 400
_TWIN = "//twin"  # marks, among rendered paths, those of the mobile twin
_FRONT_ONLY = {
    Status.DEFAULT_HOSTING: None,
    Status.UNDER_CONSTRUCTION: None,
    Status.LOGIN_ONLY: "login",
    Status.EMPTY: "empty",
}
_EVERYWHERE = {Status.PARKED: "parked", Status.SOCIAL_ONLY: "social", Status.STATE_PAGE: "state"}
_ERRORS = {"404": (404, "not_found"), "410": (410, "gone"), "500": (500, "server_error")}


class Delivery(StrEnum):
    """How an answer is sent: at once, after any budget, never, or without an end."""

    AT_ONCE = "at_once"
    LATE = "late"
    NEVER = "never"
    ENDLESS = "endless"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request. ``path`` has no query; ``mobile`` is whether the user agent says telephone."""

    scheme: str
    host: str
    path: str
    mobile: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer. ``packed`` is the body under gzip, empty where that gains nothing."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    packed: bytes = b""
    delivery: Delivery = Delivery.AT_ONCE

    def with_headers(self, *headers: tuple[str, str]) -> "Reply":
        """Return the same answer with more headers."""
        return Reply(
            status=self.status,
            headers=self.headers + headers,
            body=self.body,
            packed=self.packed,
            delivery=self.delivery,
        )


class Web:
    """Every host of a country, and the few hosts around it (trackers, strangers, a parking company).

    Pages are rendered when first asked for and kept, the least asked for dropped.
    """

    def __init__(self, country: Country) -> None:
        self._country = country
        self._strangers = frozenset(patterns().wrong.hosts)
        self._pages = lru_cache(maxsize=2_000)(self._open)
        self._page = lru_cache(maxsize=4_000)(self._render)

    def reply(self, ask: Ask) -> Reply:
        """Return the answer to a request. Total: unknown hosts and paths have answers too."""
        host = ask.host.lower().rstrip(".")
        if host in TRACKER_HOSTS:
            return _asset("gtag.js")
        if host in PORTAL_HOSTS:
            page = "not_found" if ask.path == "/robots.txt" else "portal"
            return _unhappy(page, 404 if page == "not_found" else 200, host=host, name=host)
        if host in self._strangers:
            return self._stranger(host, ask.path)
        site = self._country.by_host.get(host)
        if site is None:
            return _unhappy("not_found", 404, host=host, name=host)
        if site.features.has_site:
            return self._site(site, Ask(scheme=ask.scheme, host=host, path=ask.path, mobile=ask.mobile))
        return self._no_site(site, host, ask.path)

    def _stranger(self, host: str, path: str) -> Reply:
        return _unhappy("wrong" if path == "/" else "not_found", 200 if path == "/" else 404, host=host, name=host)

    def _no_site(self, site: SyntheticSite, host: str, path: str) -> Reply:
        """Answer for an address at which no site of the authority stands."""
        status, variant = site.features.status, site.features.variant
        name = display_name(site.authority)
        if variant == "tarpit":
            return Reply(status=200, delivery=Delivery.NEVER)
        if path == "/robots.txt":
            # A 5xx here would mean « read nothing » (RFC 9309): it is the pages that are broken.
            return _unhappy("not_found", 404, host=host, name=name)
        if status is Status.HTTP_ERROR:
            code, page = _ERRORS[variant]
            return _unhappy(page, code, host=host, name=name)
        if status is Status.WRONG_ENTITY:
            if variant == "redirect":
                return _redirect(f"http://{wrong_host(site.authority.code, self._country.seed)}/", 301)
            return self._stranger(host, path)
        if status is Status.HIJACKED:
            return _unhappy("casino", 200, host=host, name=name)
        if status in _EVERYWHERE:
            return _unhappy(_EVERYWHERE[status], 200, host=host, name=name)
        if status in _FRONT_ONLY and path == "/":
            return _unhappy(_FRONT_ONLY[status] or variant, 200, host=host, name=name)
        return _unhappy("not_found", 404, host=host, name=name)

    def _site(self, site: SyntheticSite, ask: Ask) -> Reply:
        """Answer for a host of a real site: the way there, then the files around the pages, then the pages."""
        if site.features.variant == "challenge":
            page = _unhappy("challenge", 403, host=ask.host, name=ask.host)
            return page.with_headers(("cf-mitigated", "challenge"), ("Server", "cloudflare"))
        if ask.path.startswith("/assets/"):
            return _asset(ask.path.removeprefix("/assets/"))
        reply = _on_the_way(site, ask) or self._file(site, ask) or self._page_reply(site, ask)
        if ask.scheme == "https" and site.features.hsts in _HSTS:
            reply = reply.with_headers(("Strict-Transport-Security", _HSTS[site.features.hsts]))
        if site.features.mobile_content is MobileContent.SEPARATE and ask.host != site.mobile_host:
            reply = reply.with_headers(("Vary", "User-Agent"))
        return reply

    def _file(self, site: SyntheticSite, ask: Ask) -> Reply | None:
        features, base = site.features, site.address.base if site.address else ""
        path = ask.path.removeprefix(base)
        origin = f"{ask.scheme}://{ask.host}"
        if ask.path == "/robots.txt":
            text = robots_text(site, origin)
            return None if text is None else _text(text, "text/plain; charset=utf-8")
        if path == "/sitemap.xml" and features.sitemap_xml:
            pages = self._pages(site.authority.code)
            newest = pages.content.news[0].day.isoformat()
            entries = "".join(f"<url><loc>{origin}{p}</loc><lastmod>{newest}</lastmod></url>" for p in pages.paths())
            opening = (
                '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
            )
            return _text(f"{opening}{entries}</urlset>", "application/xml")
        if path.startswith("/documents/") and path.endswith(".pdf"):
            title = path.removeprefix("/documents/").removesuffix(".pdf")
            return Reply(status=200, headers=(("Content-Type", "application/pdf"),), body=document(title))
        if path == "/intro.swf" and features.plugin is Plugin.FLASH:
            return Reply(status=200, headers=(("Content-Type", "application/x-shockwave-flash"),), body=b"FWS\x08")
        return None

    def _page_reply(self, site: SyntheticSite, ask: Ask) -> Reply:
        features, code = site.features, site.authority.code
        if ask.host == site.mobile_host:
            return self._page(code, f"{_TWIN}{ask.path}")
        home = self._pages(code).base
        if ask.path + "/" == home:
            return _redirect(f"{ask.scheme}://{ask.host}{home}", 301)
        is_home = ask.path == home
        has_twin = features.mobile_content is MobileContent.SEPARATE and ask.path in self._pages(code).views
        if ask.mobile and has_twin:
            return _redirect(f"{ask.scheme}://{site.mobile_host}{ask.path}", 302)
        found = self._page(code, ask.path)
        if is_home and features.pace is not Pace.NORMAL:
            delivery = Delivery.LATE if features.pace is Pace.SLOW else Delivery.ENDLESS
            return Reply(status=200, headers=found.headers, body=found.body, delivery=delivery)
        return found

    def _open(self, code: str) -> SitePages:
        return SitePages(self._country.sites[code], self._country)

    def _render(self, code: str, path: str) -> Reply:
        site, pages = self._country.sites[code], self._pages(code)
        host = site.address.host if site.address else ""
        twin = path.startswith(_TWIN)
        html = pages.mobile_html(path.removeprefix(_TWIN)) if twin else pages.html(path)
        if html is not None:
            return _text(html, _HTML)
        if site.features.not_found is NotFound.SOFT:
            return _unhappy("soft_not_found", 200, host=host, name=display_name(site.authority))
        return _unhappy("not_found", 404, host=host, name=host)


def robots_text(site: SyntheticSite, origin: str) -> str | None:
    """Return a site's robots.txt, None when it has none."""
    if site.features.variant == "robots":
        return "User-agent: *\nDisallow: /\n"
    match site.features.robots:
        case Robots.ABSENT:
            return None
        case Robots.OPEN:
            text = "User-agent: *\nDisallow:\n"
        case Robots.PARTIAL:
            text = "User-agent: *\nDisallow: /wp-admin/\nDisallow: /administration/\n"
        case Robots.CRAWL_DELAY:
            text = "User-agent: *\nCrawl-delay: 1\nDisallow: /administration/\n"
    base = site.address.base if site.address else ""
    return text + (f"Sitemap: {origin}{base}/sitemap.xml\n" if site.features.sitemap_xml else "")


def _on_the_way(site: SyntheticSite, ask: Ask) -> Reply | None:
    """Return the redirect that a request meets before the site answers: scheme first, then host."""
    features = site.features
    if features.https is Https.ENFORCED and ask.scheme == "http":
        return _redirect(f"https://{ask.host}{ask.path}", 301)
    if features.https is Https.DOWNGRADED and ask.scheme == "https":
        return _redirect(f"http://{ask.host}{ask.path}", 302)
    moved = ask.host == site.old_host
    aliased = ask.host == site.alias and features.alias is Alias.REDIRECT
    if (moved or aliased) and site.address:
        return _redirect(f"{ask.scheme}://{site.address.host}{ask.path}", 301)
    return None


def _asset(name: str) -> Reply:
    keep = ("Cache-Control", "public, max-age=86400")
    if name.startswith("photo-") and name.endswith(".jpg"):
        number, _, size = name.removeprefix("photo-").removesuffix(".jpg").partition("-")
        if number.isdecimal() and size in ("large", "small", "thumb"):
            return Reply(
                status=200, headers=(("Content-Type", "image/jpeg"), keep), body=photo(int(number) % PHOTOS, size)
            )
    if name == "logo.png":
        return Reply(status=200, headers=(("Content-Type", "image/png"), keep), body=logo())
    if name in static_names():
        return _packed_asset(name).with_headers(keep)
    return _unhappy("not_found", 404, host="", name="")


@lru_cache(maxsize=32)
def _packed_asset(name: str) -> Reply:
    body = text_asset(name)
    headers = (("Content-Type", _TYPES[name.rpartition(".")[2]]),)
    return Reply(status=200, headers=headers, body=body, packed=_pack(body))


def _unhappy(key: str, status: int, *, host: str, name: str) -> Reply:
    return _text(unhappy_html(key, host=host, name=name), _HTML, status=status)


def _text(text: str, media_type: str, *, status: int = 200) -> Reply:
    body = text.encode()
    return Reply(status=status, headers=(("Content-Type", media_type),), body=body, packed=_pack(body))


def _redirect(url: str, status: int) -> Reply:
    return Reply(status=status, headers=(("Location", url), ("Content-Type", _HTML)))


def _pack(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0) if len(body) >= _MIN_GZIP else b""

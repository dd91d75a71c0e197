"""Fixture pages: from a file named by the outcome it must give to a Site, through the real store and loader.

A fixture is ``tests/analyzer/indicators/<indicator>/<state>-<case>.html`` or ``.toml``. An HTML fixture begins
with a comment that holds TOML; a TOML fixture is the same without a document of its own. Everything left out is
that of Saint-Exemple, a commune with a healthy site: home, legal notice and contact pages, HTTPS, no redirect.

What the verdict must be: ``value``; ``evidence``, a text that some snippet contains; ``reasons``, that must be there.

A TOML fixture may say that its document is ``like`` a page of the healthy site (``home``), but for the texts of
``[[replace]]`` (``old``, ``new``): the fixture then shows only what matters.

The document: ``page`` (its class, default home), ``url``, ``final_url``, ``status``, ``failure`` of the page as
``page_failure``, ``discovery``, ``link_text``, ``viewports`` (``desktop``, ``mobile``, ``http``), ``[[headers]]``,
``[[hops]]`` (the redirects before it), ``[layout]``, ``[mobile_layout]``, ``mobile_html``, ``raw_html``,
``[[frames]]``, ``[axe]``, ``lcp_ms``, ``[widths]``, ``[[requests]]`` (``times``: so often), ``[[cookies]]``,
``soft_timeout``, ``truncated``, ``media_type``.

The capture: ``declared_url`` (raw text), ``[authority]``, ``[[pages]]`` (``class``, ``html`` and the keys above),
``without`` (default pages to leave out), ``captured = false`` (no page at all), ``failure``, ``[robots]``,
``[[dns]]``, ``[mail]`` (``mx``, ``spf``, ``dmarc``, ``dkim``, ``status``), ``signed``, ``[security_txt]``,
``[countries]``,
``[[probes]]`` (``url``, ``hops``, ``failure``, ``html``…), ``[[tls]]``, ``visits`` (hours before the last visit, for
example ``[72, 24, 0]``).
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from services.analyzer.loading import load_site
from services.analyzer.site import Site
from services.contracts.accessibility import AxeRecord
from services.contracts.artefacts import ArtefactRef, MediaType
from services.contracts.audits import AuditId
from services.contracts.authorities import Authority
from services.contracts.capture import (
    Cookie,
    FrameCapture,
    Header,
    Hop,
    LayoutMetrics,
    Manifest,
    PageCapture,
    PageClass,
    Probe,
    RequestRecord,
    RobotsRecord,
    TlsRecord,
    Viewport,
    Visit,
)
from services.contracts.declared_url import normalise_declared_url
from services.contracts.mail import MailRecord
from services.contracts.names import DnsRecord
from services.contracts.verdicts import State
from services.runtime.artefacts import ArtefactStore

Table = dict[str, Any]

FOLDER = Path(__file__).parent / "indicators"
PLAIN = Path(__file__).parent / "plain"
NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
DECLARED_URL = "https://www.saint-exemple.fr/"
AUTHORITY: Table = {
    "code": "33999",
    "kind": "commune",
    "name": "Saint-Exemple",
    "nature": "COM",
    "siren": "213309990",
    "population": 1240,
    "departement": "33",
    "region": "75",
    "postal_codes": ["33480"],
    "epci_siren": "243300999",
    "epci_name": "CC du Val d'Exemple",
    "email_domain": "saint-exemple.fr",
    "phone": "+33 5 56 00 00 00",
    "url_source": "annuaire",
}
_VIEWPORTS = {"desktop": Viewport.DESKTOP, "mobile": Viewport.MOBILE, "http": Viewport.HTTP}
_PATHS = {
    "home": "/",
    "mentions": "/mentions-legales",
    "contact": "/contact",
    "privacy": "/confidentialite",
    "not_found_probe": "/7b1c9f03a5d24e6f8091a2b3c4d5e6f7",
}
_HEADER = re.compile(r"\A\s*<!--(.*?)-->\s*", re.DOTALL)
_NOT_FOUND_HTML = "<!doctype html><html lang=fr><title>Page introuvable</title><h1>Page introuvable</h1></html>"


@dataclass(frozen=True)
class Fixture:
    """A fixture file: what it describes and what it must give."""

    path: Path

    @property
    def indicator(self) -> str:
        return self.path.parent.name

    @property
    def state(self) -> State:
        return State(self.path.name.split("-", 1)[0].split(".", 1)[0])

    @cached_property
    def table(self) -> Table:
        text = self.path.read_text(encoding="utf-8")
        if self.path.suffix == ".toml":
            return _document(tomllib.loads(text))
        header = _HEADER.match(text)
        assert header, f"{self.path}: an HTML fixture begins with a comment that holds TOML"
        return tomllib.loads(header[1]) | {"html": text[header.end() :]}

    def site(self, store: ArtefactStore) -> Site:
        """Return the site that the fixture describes."""
        return build_site(self.table, store)


def fixtures() -> list[Fixture]:
    """Return every fixture of every indicator."""
    return [Fixture(path) for path in sorted(FOLDER.glob("*/*")) if path.suffix in {".html", ".toml"}]


def _document(table: Table) -> Table:
    """Return the table with the document it describes by its differences from a page of the healthy site."""
    if "like" not in table:
        return table
    html = plain(table["like"])
    for change in table.get("replace", ()):
        assert html.count(change["old"]) == 1, f"not one place reads {change['old']!r}"
        html = html.replace(change["old"], change["new"])
    return table | {"html": html}


def plain(name: str) -> str:
    """Return the HTML of a page of the healthy site."""
    return (PLAIN / f"{name}.html").read_text(encoding="utf-8")


def build_site(table: Table, store: ArtefactStore) -> Site:
    """Return the site that a fixture table describes, through the store and the loader."""
    return load_site(build_manifest(table, store), store, manifest_sha256="0" * 64)


def build_manifest(table: Table, store: ArtefactStore) -> Manifest:
    """Return the manifest that a fixture table describes, its artefacts stored."""
    declared = table.get("declared_url", DECLARED_URL)
    target = normalise_declared_url(declared)
    base = target.url or DECLARED_URL
    rows = _rows(table, captured=table.get("captured", target.url is not None and "failure" not in table))
    captures = tuple(capture for row in rows for capture in _captures(row, base, store))
    home = next((capture for capture in captures if capture.page_class is PageClass.HOME), None)
    probes = _probes(table, base, home, store) if target.url else ()
    dns = _dns(table, base) if target.url else ()
    visits = tuple(Visit(at=NOW - timedelta(hours=hours), dns=dns, probes=probes) for hours in table.get("visits", [0]))
    return Manifest(
        audit=AuditId(campaign="test", code=AUTHORITY["code"]),
        authority=Authority.model_validate(AUTHORITY | {"declared_url": declared} | table.get("authority", {})),
        normalised_url=target.url,
        url_problem=target.problem,
        other_urls=target.others,
        started_at=NOW,
        finished_at=NOW + timedelta(seconds=60),
        user_agent="commune-audit",
        browser="Chromium 156",
        fetcher_version="0.1.0",
        page_plan="1",
        visits=visits if target.url else (),
        robots=RobotsRecord.model_validate(
            {"url": urljoin(base, "/robots.txt"), "status": 404} | table.get("robots", {})
        ),
        tls=_tls(table, base),
        pages=captures,
        readable_without_browser=True,
        mail=_mail(table.get("mail", {}), AUTHORITY | table.get("authority", {})),
        signed=table.get("signed", "no_data") if target.url else None,
        countries=table.get("countries", {}),
        security_txt=_security_txt(table, base, store) if target.url else None,
        failure=table.get("failure"),
    )


def _rows(table: Table, *, captured: bool) -> list[Table]:
    """Return the pages of the plan: the fixture's document, those it lists, and the plain ones it leaves out."""
    if not captured:
        return []
    document = table if "html" in table else table | {"html": plain("home")}
    document = document | {"class": document.get("page", "home"), "failure": document.get("page_failure")}
    rows = [document, *table.get("pages", [])]
    known = {row["class"] for row in rows} | set(table.get("without", []))
    defaults: list[Table] = [{"class": name, "html": plain(name)} for name in ("home", "mentions", "contact")]
    defaults.append({"class": "not_found_probe", "html": _NOT_FOUND_HTML, "status": 404, "discovery": "guess"})
    rows += [row for row in defaults if row["class"] not in known]
    return sorted(rows, key=lambda row: row["class"] != "home")


def _captures(row: Table, base: str, store: ArtefactStore) -> Iterable[PageCapture]:
    home = row["class"] == "home"
    url = row.get("url") or (base if home else urljoin(base, _PATHS.get(row["class"], "/" + row["class"])))
    final_url: str = row.get("final_url", url)
    for name in row.get("viewports", ["desktop", "mobile"] if home else ["http"]):
        html = row.get("mobile_html", row.get("html")) if name == "mobile" else row.get("html")
        hops = [*row.get("hops", []), {"url": final_url, "status": row.get("status", 200)}]
        hops[-1]["headers"] = row.get("headers", [])
        failure = row.get("failure")
        yield PageCapture(
            page_class=PageClass(row["class"]),
            viewport=_VIEWPORTS[name],
            url=url,
            final_url=None if failure else final_url,
            discovery=row.get("discovery", "declared" if home else "link"),
            link_text=row.get("link_text", ""),
            status=None if failure else row.get("status", 200),
            hops=() if failure else tuple(_hop(hop) for hop in hops),
            failure=failure,
            soft_timeout=row.get("soft_timeout", False),
            truncated=row.get("truncated", False),
            media_type=row.get("media_type", "text/html"),
            dom=None if failure or html is None else _html(store, html),
            raw=_html(store, row["raw_html"]) if "raw_html" in row else None,
            frames=tuple(
                FrameCapture(url=urljoin(final_url, frame["url"]), dom=_html(store, frame["html"]))
                for frame in row.get("frames", [])
            ),
            requests=_requests(row, final_url, store) if name != "http" else None,
            screenshot=store.put(b"RIFF....WEBP", MediaType.WEBP) if name != "http" else None,
            layout=_layout(row, name),
            axe=_axe(row) if name != "http" else None,
            lcp_ms=row.get("lcp_ms") if name == "desktop" else None,
            widths={int(width): content for width, content in row.get("widths", {}).items() if name == "mobile"},
            cookies=tuple(Cookie.model_validate(cookie) for cookie in row.get("cookies", [])),
            at=NOW,
        )


def _axe(row: Table) -> AxeRecord | None:
    """Return what axe found: ``[axe]`` with ``pass`` (rules) and ``[[axe.violation]]``; None where it did not run."""
    if "axe" not in row:
        return None
    rules = [{"id": name, "outcome": "pass", "nodes": 1} for name in row["axe"].get("pass", [])]
    rules += [{"outcome": "violation", "nodes": 1} | rule for rule in row["axe"].get("violation", [])]
    return AxeRecord.model_validate({"version": "4.12.1", "rules": rules})


def _layout(row: Table, viewport: str) -> LayoutMetrics | None:
    if viewport == "http":
        return None
    width = 360 if viewport == "mobile" else 1366
    healthy = {
        "device_width": width,
        "content_width": width,
        "content_width_without_fixed": width,
        "content_height": 2400,
        "viewport_metas": ["width=device-width, initial-scale=1"],
        "visible_chars": 2000,
        "large_chars": 1960,
        "tap_targets": 30,
        "element_count": 320,
    }
    changed = row.get("mobile_layout", {}) if viewport == "mobile" else row.get("layout", {})
    if "content_width" in changed:
        changed = {"content_width_without_fixed": changed["content_width"]} | changed
    return LayoutMetrics.model_validate(healthy | changed)


def _requests(row: Table, url: str, store: ArtefactStore) -> ArtefactRef:
    document: Table = {"url": url, "resource_type": "document", "status": row.get("status", 200)}
    asked = [request for request in row.get("requests", []) for _ in range(request.get("times", 1))]
    records = [RequestRecord.model_validate(request) for request in [document, *asked]]
    return store.put("\n".join(record.model_dump_json() for record in records).encode(), MediaType.JSON_LINES)


def _variants(base: str) -> list[str]:
    parts = urlsplit(base)
    bare = (parts.hostname or "").removeprefix("www.")
    return [f"{scheme}://{host}{parts.path}" for scheme in ("http", "https") for host in (bare, f"www.{bare}")]


def _probes(table: Table, base: str, home: PageCapture | None, store: ArtefactStore) -> tuple[Probe, ...]:
    if "probes" in table:
        return tuple(_probe(row, store) for row in table["probes"])
    final = (home.final_url if home else None) or base
    status = (home.status if home else None) or 200
    last = home.hops[-1] if home and home.hops else Hop(url=final, status=status, at=NOW)
    return tuple(
        Probe(
            url=url,
            hops=(last,) if url == final else (_hop({"url": url, "status": 301}), last),
            body=home.dom if home else None,
        )
        for url in _variants(base)
    )


def _probe(row: Table, store: ArtefactStore) -> Probe:
    row = dict(row)
    html = row.pop("html", None)
    failed = "failure" in row
    hops = row.pop("hops", [] if failed else [{"url": row["url"], "status": row.pop("status", 200)}])
    return Probe.model_validate(
        row
        | {
            "hops": tuple(_hop(hop) for hop in hops),
            "body": _html(store, html) if html is not None else None,
            "failed_url": row.get("failed_url", row["url"] if failed else None),
        }
    )


def _hop(row: Table) -> Hop:
    headers = [Header(name=header["name"].lower(), value=header["value"]) for header in row.get("headers", [])]
    return Hop(
        url=row["url"],
        status=row.get("status", 200),
        headers=tuple(headers),
        remote_address=row.get("remote_address", "203.0.113.10"),
        seconds=0.2,
        at=NOW,
    )


def _mail(table: Table, authority: Table) -> MailRecord | None:
    """Return the mail of the authority's domain: healthy but for what the table says; ``asked = false``: none."""
    domain = authority.get("email_domain")
    if not domain or not table.get("asked", True):
        return None
    status, given = table.get("status", "ok"), ["v=spf1 mx -all"]
    exchanges = (
        [] if status != "ok" else table.get("mx", [{"host": "mx.courriel-exemple.fr", "addresses": ["203.0.113.25"]}])
    )
    texts = table.get("texts_status", status)
    return MailRecord.model_validate(
        {
            "domain": domain,
            "status": status if exchanges or status != "ok" else "no_data",
            "exchanges": [{"preference": 10} | exchange for exchange in exchanges],
            "spf": {"name": domain, "status": texts, "texts": table.get("spf", given if texts == "ok" else [])},
            "dmarc": {
                "name": f"_dmarc.{domain}",
                "status": texts,
                "texts": table.get("dmarc", ["v=dmarc1; p=reject"] if texts == "ok" else []),
            },
            "dkim": table.get("dkim", []),
        }
    )


def _security_txt(table: Table, base: str, store: ArtefactStore) -> Probe | None:
    row = table.get("security_txt", {"status": 404})
    return _probe({"url": urljoin(base, "/.well-known/security.txt")} | row, store) if row else None


def _dns(table: Table, base: str) -> tuple[DnsRecord, ...]:
    hosts = dict.fromkeys(urlsplit(url).hostname or "" for url in _variants(base))
    healthy: Table = {"status": "ok", "a": ["203.0.113.10"], "ns": ["ns1.dns.example", "ns2.dns.example"]}
    rows = table.get("dns") or [{"name": host} for host in hosts]
    return tuple(DnsRecord.model_validate((healthy if row.get("status", "ok") == "ok" else {}) | row) for row in rows)


def _tls(table: Table, base: str) -> tuple[TlsRecord, ...]:
    hosts = dict.fromkeys(urlsplit(url).hostname or "" for url in _variants(base))
    healthy: Table = {
        "handshake": True,
        "verified": True,
        "protocol": "TLSv1.3",
        "issuer": "CN=R11,O=Let's Encrypt,C=US",
        "not_before": NOW - timedelta(days=30),
        "not_after": NOW + timedelta(days=60),
        "at": NOW,
    }
    rows = table["tls"] if "tls" in table else [{"host": host, "names": [host], "subject": host} for host in hosts]
    return tuple(TlsRecord.model_validate(healthy | row) for row in rows)


def _html(store: ArtefactStore, html: str) -> ArtefactRef:
    return store.put(html.encode(), MediaType.HTML)

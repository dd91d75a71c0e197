"""The fetcher's settings, read once from ``AUDIT_*`` variables."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

MOST_PAGES = 25
"""The longest page plan that can be asked for."""


class FetcherSettings(BaseSettings):
    """How sites are visited. Every field can be set as ``AUDIT_<NAME>`` in the environment."""

    model_config = SettingsConfigDict(env_prefix="AUDIT_", frozen=True, extra="ignore")

    contact_url: str = "https://example.org/commune-audit"
    """Page about the audit, sent in the user agent so that a webmaster can reach the operator."""
    request_interval: float = Field(default=1.0, ge=0)
    """Seconds between two of our page requests to one host."""
    max_crawl_delay: float = Field(default=10.0, ge=0)
    """The longest robots.txt Crawl-delay that is honoured, in seconds; beyond it fewer pages are read."""
    max_retry_after: float = Field(default=30.0, ge=0)
    """The longest Retry-After of a 429 or 503 that is waited for, in seconds."""
    max_pages: int = Field(default=12, ge=0, le=MOST_PAGES)
    """Pages of the plan beyond the home page, per site; 0 reads the home page only."""
    max_proofs: int = Field(default=3, ge=0, le=10)
    """Pages of platforms elsewhere that are read as proof of the services a site leads to; 0 follows none."""
    site_budget: float = Field(default=180.0, gt=0)
    """Seconds one site may take in all; what is missing then is recorded as such."""
    place_wait: float = Field(default=60.0, ge=0)
    """Seconds a site waits, outside its budget, for a machine that is busy; then it starts all the same."""
    memory_reserve_megabytes: float = Field(default=1000.0, ge=0)
    """Memory in MB that is to stay available; below it only one site at a time is visited."""
    connect_timeout: float = Field(default=10.0, gt=0)
    """Seconds to open a connection."""
    page_timeout: float = Field(default=30.0, gt=0)
    """Seconds for one page, in the browser or without it."""
    connect_attempts: int = Field(default=3, ge=1)
    """Attempts at a site whose name or port does not answer."""
    attempt_interval: float = Field(default=5.0, ge=0)
    """Seconds between those attempts."""
    max_body_bytes: int = Field(default=5_000_000, gt=0)
    """Decoded bytes read of one document; the rest is cut and the page marked truncated."""
    max_page_requests: int = Field(default=1000, gt=0)
    """Requests recorded for one rendered page."""
    max_site_requests: int = Field(default=3000, gt=0)
    """Requests that one site may cost in all, browser and HTTP together; what is missing then is recorded as such."""
    max_site_bytes: int = Field(default=200_000_000, gt=0)
    """Bytes that one site may cost in all, as they come off the wire."""
    wacz: bool = False
    """Keep the HTTP exchanges of every site as a WACZ, whatever its campaign says."""
    max_wacz_bytes: int = Field(default=40_000_000, gt=0, le=50_000_000)
    """Bytes of bodies, decoded, that one site's WACZ holds; exchanges beyond are left out and counted in it."""
    resolve: tuple[str, ...] = ()
    """Connection overrides ``HOST[:PORT]=ADDR:PORT``; the only way to reach a non-public address."""
    dns_server: str | None = None
    """``ADDR:PORT`` of the DNS server to ask; the system's resolvers when unset."""
    country_files: tuple[Path, ...] = ()
    """Files of address ranges by country, as a JSON list: ``geoip`` and ``geoip6`` of Debian's package tor-geoipdb."""
    trusted_ca: Path | None = None
    """PEM file of an additional certificate authority (the synthetic country's)."""
    browser: Literal["auto", "shell", "full"] = "auto"
    """The Chromium to drive: Debian's headless shell, the full browser, or the first of them that is there."""
    browser_path: Path | None = None
    """Another Chromium to drive than Debian's."""
    full_pictures: Literal["both", "mobile", "none"] = "both"
    """Home pages whose picture is also taken in full length; the first screen of both always is."""
    axe: Literal["both", "desktop", "none"] = "both"
    """Home pages on which the accessibility rules of axe-core are run, once a viewport."""
    browser_sandbox: Literal["on", "auto", "off"] = "auto"
    """Chromium's sandbox. ``auto`` turns it off, loudly, only where the kernel refuses it."""
    browser_page_memory: int = Field(default=800_000_000, gt=0)
    """Bytes of memory that one page may take; its process is ended beyond, and the page counts as crashed."""
    browser_recycle_sites: int = Field(default=100, ge=1)
    """Sites after which a browser is replaced by a fresh one, started before the old one is let go."""
    browser_recycle_seconds: float = Field(default=3600.0, gt=0)
    """Age in seconds at which a browser is replaced."""
    browser_recycle_megabytes: float = Field(default=1500.0, gt=0)
    """Memory of the browser's processes together, in MB, at which it is replaced."""

    @property
    def user_agent_token(self) -> str:
        """The product token robots.txt rules are matched against."""
        return "CommuneAudit"

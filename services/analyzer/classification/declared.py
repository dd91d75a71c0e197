"""What the declared address alone tells: nothing declared, a social network, a page of the State."""

import tomllib
from functools import cache
from importlib.resources import files

from services.analyzer.classification.landing import Landing
from services.analyzer.classification.model import Classification, SiteStatus, absent
from services.analyzer.evidence import manifest_evidence, registry_evidence
from services.analyzer.site import Site
from services.contracts.hosts import PlatformCategory, host_of, platform_of
from services.contracts.verdicts import EvidenceKind

_NOT_SITES = (PlatformCategory.SOCIAL, PlatformCategory.APP)


def without_site(site: Site, landing: Landing | None) -> Classification | None:
    """Return ``none_declared``, ``social_only`` or ``state_page`` when the address says so, else None."""
    declared = site.manifest.normalised_url
    if declared is None:
        shown = site.authority.declared_url or "aucune adresse"
        problem = site.manifest.url_problem or SiteStatus.NONE_DECLARED.value
        evidence = registry_evidence(site, "declared_url", shown)
        return absent(SiteStatus.NONE_DECLARED, evidence, reasons=(problem,))
    for url in (declared, *((landing.url,) if landing and landing.successful else ())):
        status = _kind(host_of(url))
        if status is not None:
            reached = "adresse déclarée" if url == declared else "redirection vers"
            evidence = manifest_evidence(
                site, EvidenceKind.REQUEST, f"{reached} {url}", url=url, where="normalised_url"
            )
            return absent(status, evidence)
    return None


def _kind(host: str) -> SiteStatus | None:
    if any(host == suffix or host.endswith(f".{suffix}") for suffix in _state_suffixes()):
        return SiteStatus.STATE_PAGE
    platform = platform_of(host)
    return SiteStatus.SOCIAL_ONLY if platform and platform.category in _NOT_SITES else None


@cache
def _state_suffixes() -> frozenset[str]:
    table = tomllib.loads(files(__package__).joinpath("state_hosts.toml").read_text(encoding="utf-8"))
    return frozenset(row["suffix"] for row in table["hosts"])

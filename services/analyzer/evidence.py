"""Proofs: how what was seen becomes evidence that names its artefact, address, viewport and moment."""

from services.analyzer.page import Document, Page
from services.analyzer.site import Site, once_per_site
from services.contracts.capture import PageCapture, Probe, TlsRecord
from services.contracts.names import DnsRecord
from services.contracts.verdicts import Evidence, EvidenceKind

MAX_SNIPPET = 300


def page_evidence(
    page: Page, kind: EvidenceKind, snippet: str, *, where: str | None = None, document: Document | None = None
) -> Evidence:
    """Return something seen in a page (in one of its frames when ``document`` is given) as evidence."""
    shown = document or page.document
    ref = shown.ref if shown else page.capture.dom
    return Evidence(
        kind=kind,
        url=shown.url if document and shown else page.url,
        where=where,
        snippet=cut(snippet),
        viewport=page.capture.viewport.value,
        artefact=ref.key if ref else None,
        sha256=ref.sha256 if ref else None,
        at=page.capture.at,
    )


def page_with(page: Page, normalised: str) -> Document | None:
    """Return the document of a page (its own or a frame's) whose normalised text holds a text."""
    return next((document for document in page.documents if normalised in document.text), page.document)


@once_per_site
def plan_evidence(site: Site) -> Evidence:
    """Return the pages that were searched, each with its outcome: the proof that an absence needs."""
    seen: dict[tuple[str, str], str] = {}
    for page in site.pages:
        capture = page.capture
        seen.setdefault((capture.page_class.value, capture.url), f"{capture.page_class} {_outcome(capture)}")
    return manifest_evidence(
        site,
        EvidenceKind.PLAN,
        ", ".join(seen.values()) or "aucune page lue",
        url=site.final_url or site.manifest.normalised_url,
        where="pages",
    )


def dns_evidence(site: Site, record: DnsRecord) -> Evidence:
    """Return the answer of the name servers about one name."""
    shown = [f"{record.name} : {record.status}"]
    for kind in ("a", "aaaa", "cname", "ns"):
        values: tuple[str, ...] = getattr(record, kind)
        if values:
            shown.append(f"{kind.upper()} {', '.join(values)}")
    return manifest_evidence(site, EvidenceKind.DNS, " ; ".join(shown), where=record.name)


def probe_evidence(site: Site, probe: Probe) -> Evidence:
    """Return how one URL variant answered, redirects included."""
    chain = [f"{hop.url} → {hop.status}" for hop in probe.hops]
    if probe.failure is not None:
        chain.append(f"{probe.failed_url or probe.url} : {probe.failure} {probe.detail}".strip())
    return manifest_evidence(
        site, EvidenceKind.REQUEST, " ; ".join(chain) or probe.url, url=probe.url, where="visits.probes"
    )


def tls_evidence(site: Site, record: TlsRecord) -> Evidence:
    """Return the certificate that a host showed."""
    state = "certificat valide" if record.verified else f"certificat refusé ({record.error or 'other'})"
    until = f", jusqu'au {record.not_after:%Y-%m-%d}" if record.not_after else ""
    return manifest_evidence(site, EvidenceKind.TLS, f"{record.host}:{record.port} : {state}{until}", where=record.host)


def registry_evidence(site: Site, field: str, value: str) -> Evidence:
    """Return what the frame says of the authority."""
    source = site.authority.url_source
    return manifest_evidence(
        site, EvidenceKind.REGISTRY, f"{field} : {value}" + (f" ({source})" if source else ""), where=field
    )


def manifest_evidence(
    site: Site, kind: EvidenceKind, snippet: str, *, url: str | None = None, where: str | None = None
) -> Evidence:
    """Return a fact that the capture manifest holds."""
    return Evidence(
        kind=kind,
        url=url,
        where=where,
        snippet=cut(snippet),
        artefact=site.manifest_key,
        sha256=site.manifest_sha256,
        at=site.manifest.visits[-1].at if site.manifest.visits else site.manifest.finished_at,
    )


def cut(text: str) -> str:
    """Return at most 300 characters, with an ellipsis when something was cut."""
    return text if len(text) <= MAX_SNIPPET else text[: MAX_SNIPPET - 1] + "…"


def _outcome(capture: PageCapture) -> str:
    return str(capture.failure) if capture.failure else str(capture.status)
